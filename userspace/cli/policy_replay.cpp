// SPDX-License-Identifier: Apache-2.0
// policy diff --replay: past decisions, taken again by two policies. It must never say that nothing changes
// because nothing could be judged: both are counted.
#include <unistd.h>

#include <iostream>

#include "cli/policy_diff.h"
#include "cli/run.h"
#include "cli/session_events.h"
#include "cli/text.h"
#include "events/words.h"
#include "learning/replay.h"
#include "sinks/human.h"
#include "tables/compile.h"

namespace gatehouse::cli {
namespace {

using control::Json;

// Both policies as one session sees them.
struct Compiled {
  std::optional<tables::Tables> from, to;
};

class Policies {
 public:
  Policies(const policy::Policy& from, const policy::Policy& to) : from_(from), to_(to) {}

  // Nothing, and why in diagnostics(), when one of them does not compile there.
  const Compiled* in(const policy::Context& context) {
    auto& one = all_[{context.workspace, context.home}];
    if (!one.from)
      one = {tables::compile(from_, context, tables::resolve_on_host, diagnostics_),
             tables::compile(to_, context, tables::resolve_on_host, diagnostics_)};
    return one.from && one.to ? &one : nullptr;
  }
  [[nodiscard]] const Diagnostics& diagnostics() const { return diagnostics_; }

 private:
  const policy::Policy& from_;
  const policy::Policy& to_;
  std::map<std::pair<std::string, std::string>, Compiled> all_;
  Diagnostics diagnostics_;
};

Json change_json(const learning::Change& change, const learning::Changed& changed) {
  Json out = {{"access", events::access_word(change.access)},
              {"before", events::verdict_word(change.before)},
              {"after", events::verdict_word(change.after)}};
  if (!change.rule_before.empty()) out["rule_before"] = change.rule_before;
  if (!change.rule_after.empty()) out["rule_after"] = change.rule_after;
  out["times"] = changed.times;
  out["examples"] = changed.examples;
  return out;
}

std::string by(const std::string& rule) { return rule.empty() ? "default" : rule; }

void print(const learning::Replay& replay) {
  const bool colour = coloured(STDOUT_FILENO);
  for (const auto& [change, changed] : replay.changes()) {
    const auto tone = change.after >= GH_DENY  ? Tone::bad
                      : change.after == GH_ASK ? Tone::busy
                                               : Tone::good;
    std::cout << toned(std::string(events::verdict_word(change.before)) + " → " +
                           std::string(events::verdict_word(change.after)),
                       tone, colour)
              << "  " << events::access_word(change.access) << "  " << changed.times << " times  ("
              << by(change.rule_before) << " → " << by(change.rule_after) << ")\n";
    for (const auto& example : changed.examples)
      std::cout << "    " << sinks::elide(example, 74) << "\n";
  }
  std::cerr << replay.changed() << " of " << replay.requests() << " past decisions would change";
  if (replay.passed_over() != 0)
    std::cerr << "; " << replay.passed_over()
              << " rest on what no table knows, and were passed over";
  if (replay.ungrouped() != 0) std::cerr << "; " << replay.ungrouped() << " are not listed";
  std::cerr << "\n";
}

}  // namespace

void replay(Shared& shared, const policy::Policy& from, const policy::Policy& to,
            const std::string& where, const std::string& session) {
  Policies policies(from, to);
  learning::Replay replay;
  Contexts contexts;
  bool compiled = true;
  const auto tally = read_session_events(
      shared, where,
      [&](const events::Event& event) {
        contexts.take(event);
        const auto* judged = std::get_if<events::Decision>(&event.body);
        // An ask that was answered comes again as a decision; others are asked here.
        const auto* ask = std::get_if<events::Ask>(&event.body);
        if (judged == nullptr && (ask == nullptr || ask->again)) return true;
        const auto request = learning::request_of(
            judged != nullptr ? static_cast<const events::Judged&>(*judged) : *ask);
        if (!request) return replay.pass_over(), true;
        const auto* both = policies.in(contexts.of(event));
        compiled = both != nullptr;
        if (compiled) replay.put(*request, *both->from, *both->to);
        return compiled;
      },
      {}, session);
  if (!tally || !compiled) {
    print_findings(policies.diagnostics());
    shared.status = kUsage;
    return;
  }
  if (shared.json) {
    Json out = {{"requests", replay.requests()},
                {"changed", replay.changed()},
                {"passed_over", replay.passed_over()},
                {"not_listed", replay.ungrouped()},
                {"unread", tally->unread},
                {"changes", Json::array()}};
    for (const auto& [change, changed] : replay.changes())
      out["changes"].push_back(change_json(change, changed));
    std::cout << out.dump(2) << "\n";
  } else {
    print(replay);
  }
  if (replay.changed() != 0) shared.status = 1;
}

}  // namespace gatehouse::cli
