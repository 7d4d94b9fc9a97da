// SPDX-License-Identifier: Apache-2.0
// policy learn: from what a run used to a policy for the next one. It must never write a policy that does not
// pass its own check, or that would refuse what was used.
#include <unistd.h>

#include <iostream>

#include "base/quote.h"
#include "cli/policy_diff.h"
#include "cli/run.h"
#include "cli/session_events.h"
#include "cli/verbs.h"
#include "cli/written.h"
#include "daemon/prepared.h"
#include "daemon/show.h"
#include "events/words.h"
#include "learning/learn.h"
#include "policy/load.h"
#include "policy/parse.h"

namespace gatehouse::cli {
namespace {

using control::Json;

struct Lesson {
  std::string what, out, base, from, session, workspace, home, name;
};

// The policy that the run was under, if it is one that ships; else the default.
std::optional<policy::Policy> base_of(const Lesson& asked, const learning::Observed& observed,
                                      std::string& name, Diagnostics& diagnostics) {
  if (!asked.base.empty()) {
    name = asked.base;
    return policy::load(asked.base, diagnostics);
  }
  Diagnostics none;
  if (!observed.policy().empty()) {
    name = ":" + observed.policy();
    if (auto found = policy::load(name, none)) return found;
  }
  name = ":coding-agent";
  if (!observed.policy().empty())
    complain(
        "the run's policy " + quote(observed.policy()) + " is not installed: the base is " + name,
        "name it with --base FILE");
  return policy::load(name, diagnostics);
}

Json withheld_json(const learning::Withheld& one) {
  return {{"access", events::access_word(one.request.access)},
          {"object", daemon::shown(one.request.object)},
          {"times", one.times},
          {"why", one.why}};
}

void print_summary(const learning::Learned& learned, const learning::Observed& observed,
                   const std::string& base, const Json& changes) {
  std::cerr << learned.requests << " requests of " << observed.events << " events became "
            << learned.rules << " rules; base " << visible(base) << "\n";
  for (const auto& note : learned.notes)
    std::cerr << "note: " << visible(note) << "\n";
  if (observed.lost != 0)
    complain(std::to_string(observed.lost) + " events were lost: what they told of is not learned");
  if (observed.dropped != 0)
    complain(std::to_string(observed.dropped) + " requests did not fit and are not learned");
  if (!learned.withheld.empty())
    std::cerr << learned.withheld.size() << " requests were used and are not allowed:\n";
  for (std::size_t i = 0; i < learned.withheld.size() && i < 20; i++) {
    const auto& one = learned.withheld[i];
    std::cerr << "  " << events::access_word(one.request.access) << " "
              << visible(one.request.object) << "  (" << one.times << "; " << visible(one.why)
              << ")\n";
  }
  if (learned.withheld.size() > 20)
    std::cerr << "  … and " << learned.withheld.size() - 20
              << " more; the policy's comments name 20\n";
  std::cerr << "against the base:\n";
  print_policy_changes(std::cerr, changes);
}

void learn(Shared& shared, const Lesson& asked) {
  policy::Context fixed;
  if (!asked.workspace.empty()) fixed.workspace = context_here(asked.workspace).workspace;
  fixed.home = asked.home;
  learning::Observed observed(home_of, context_here(), fixed);
  const auto tally = read_session_events(
      shared, asked.what,
      [&](const events::Event& event) {
        observed.take(event);
        return true;
      },
      asked.from, asked.session);
  if (!tally) return;
  if (observed.used().empty()) {
    complain("these events tell of no request that went through: there is nothing to learn from",
             "run the agent under :audit, or under a policy with \"log\": \"all\"");
    shared.status = 1;
    return;
  }
  Diagnostics diagnostics;
  std::string base_name;
  const auto base = base_of(asked, observed, base_name, diagnostics);
  std::optional<learning::Learned> learned;
  std::string sessions;
  for (const auto& one : observed.sessions())
    if (sessions.size() < 100) sessions += (sessions.empty() ? "" : ", ") + one;
  const std::string name =
      asked.name.empty()
          ? (observed.sessions().size() == 1 ? *observed.sessions().begin() : "agent") +
                std::string("-learned")
          : asked.name;
  if (base)
    learned = learning::learn(
        observed, *base, {daemon::shown(name).substr(0, 100), base_name, "session " + sessions},
        diagnostics);
  const std::string file = asked.out.empty() ? "learned" : asked.out;
  if (!learned || !learning::proven(*learned, observed, file, diagnostics)) {
    print_findings(diagnostics);
    shared.status = 1;
    return;
  }
  Diagnostics ignored;
  const auto no_other = [](const std::string&, const std::string&) -> Result<policy::Source> {
    return Error{0, "a learned policy extends nothing"};
  };
  const auto made = policy::parse({file, learned->text}, no_other, ignored);
  const Json changes = made ? policy_changes(*base, *made) : Json::object();
  if (!asked.out.empty()) {
    if (const auto done = write_whole(asked.out, learned->text); !done) {
      complain(done.error().what);
      shared.status = 1;
      return;
    }
  }
  if (!shared.json) {
    print_summary(*learned, observed, base_name, changes);
    if (asked.out.empty()) std::cout << learned->text;
    return;
  }
  Json out = {
      {"base", base_name},       {"events", observed.events},   {"requests", learned->requests},
      {"rules", learned->rules}, {"refused", observed.refused}, {"lost", observed.lost},
      {"unread", tally->unread}, {"withheld", Json::array()},   {"notes", learned->notes},
      {"changes", changes}};
  for (const auto& one : learned->withheld)
    out["withheld"].push_back(withheld_json(one));
  if (asked.out.empty()) out["policy"] = learned->text;
  std::cout << out.dump(2, ' ', true) << "\n";
}

}  // namespace

void add_policy_learn(CLI::App& policy, Shared& shared) {
  auto* sub =
      policy.add_subcommand("learn", "A policy that lets a run happen again and little more");
  auto asked = std::make_shared<Lesson>();
  sub->add_option("what", asked->what, "A session, or a file or directory of events, or -")
      ->required()
      ->type_name("SESSION|FILE");
  sub->add_option("-o,--output", asked->out, "Where the policy goes; else to stdout")
      ->type_name("FILE");
  sub->add_option("--base", asked->base,
                  "The policy that the run was under: what it denies stays denied")
      ->type_name("POLICY");
  sub->add_option("--from", asked->from, "Where a session's events are")->type_name("FILE|DIR");
  sub->add_option("--session", asked->session, "Of a file, this session only")
      ->type_name("SESSION");
  sub->add_option("--name", asked->name, "Of the new policy")->type_name("NAME");
  sub->add_option("--workspace", asked->workspace,
                  "What ${workspace} was, if not as the events say")
      ->type_name("DIR");
  sub->add_option("--home", asked->home, "What ~ was, likewise")->type_name("DIR");
  sub->callback([&shared, asked] { learn(shared, *asked); });
}

}  // namespace gatehouse::cli
