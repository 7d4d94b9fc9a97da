// SPDX-License-Identifier: Apache-2.0
// approvals list|allow|deny. It must never answer an approval that was not named by its id.
#include <iostream>

#include "base/quote.h"
#include "cli/always.h"
#include "cli/approvals.h"
#include "cli/approvals_watch.h"
#include "cli/controllers.h"

namespace gatehouse::cli {
namespace {

struct Given {
  std::vector<std::uint64_t> ids;
  std::string scope = "once", duration, message, pattern, layer;
  bool preview = false, yes = false;
};

std::optional<std::uint64_t> milliseconds_of(const std::string& text) {
  std::size_t used = 0;
  std::uint64_t number = 0;
  try {
    number = std::stoull(text, &used);
  } catch (const std::exception&) {
    return std::nullopt;
  }
  const std::string unit = text.substr(used);
  const std::uint64_t factor = unit == "s"   ? 1000
                               : unit == "m" ? 60'000
                               : unit == "h" ? 3'600'000
                                             : 0;
  if (factor == 0 || number == 0 || number > 1'000'000) return std::nullopt;
  return number * factor;
}

void print_preview(const control::Json& preview) {
  std::cout << "This answer means the rule\n  " << preview["rule"].dump() << "\n"
            << (preview.value("alone", false) ? "and nothing else that it would match,\n" : "")
            << "for what rule " << visible(preview.value("asked_by_rule", "")) << " asks";
  const auto& past = preview["past"];
  std::cout << (past.empty() ? "; nothing of this session's past matches it\n"
                             : "; of this session's past it matches\n");
  for (const auto& one : past)
    std::cout << "  " << one.value("access", "") << " " << visible(one.value("object", "")) << "  ("
              << one.value("times", 0) << " times)\n";
  if (preview["suggestions"].empty()) return;
  std::cout << "Broader answers, by --pattern\n";
  for (const auto& one : preview["suggestions"])
    std::cout << "  '" << visible(one.value("pattern", "")) << "'  (matches "
              << one.value("past", 0) << " of the past)\n";
}

void preview(Shared& shared, const Given& given, bool allow) {
  for (const auto id : given.ids) {
    const auto reply = first_to_do(shared, control::ApprovalsPreview{id, allow, given.pattern});
    if (!reply) continue;
    if (shared.json)
      std::cout << reply->dump() << "\n";
    else
      print_preview(*reply);
  }
}

// For good: a policy file is changed. Each answer is shown and agreed to by itself.
void always(Shared& shared, const Given& given, bool allow) {
  Always one;
  one.allow = allow;
  one.yes = given.yes;
  one.layer = given.layer;
  one.pattern = given.pattern;
  one.message = given.message;
  const auto duration = given.duration.empty() ? 0 : milliseconds_of(given.duration);
  if (!duration || given.layer.empty()) {
    complain(duration ? "--scope always needs --layer: the policy file of the rule that asks"
                      : "--for takes a duration like 90s, 10m or 2h, not " + given.duration,
             "the answer is written there, after you have seen it");
    shared.status = kUsage;
    return;
  }
  one.for_ms = *duration;
  for (const auto id : given.ids) {
    one.id = id;
    if (!answer_always(shared, one)) return;
  }
}

void answer(Shared& shared, const Given& given, bool allow) {
  if (given.preview) return preview(shared, given, allow);
  if (given.scope == "always") return always(shared, given, allow);
  if (!given.layer.empty() || given.yes) {
    complain("--layer and --yes go with --scope always");
    shared.status = kUsage;
    return;
  }
  control::ApprovalsAnswer operation;
  operation.allow = allow;
  operation.message = given.message;
  operation.pattern = given.pattern;
  operation.scope = given.scope == "process"   ? control::Scope::process
                    : given.scope == "session" ? control::Scope::session
                                               : control::Scope::once;
  if (!given.duration.empty()) {
    const auto duration = milliseconds_of(given.duration);
    if (!duration) {
      complain("--for takes a duration like 90s, 10m or 2h, not " + given.duration);
      shared.status = kUsage;
      return;
    }
    operation.for_ms = *duration;
    if (given.scope == "once") operation.scope = control::Scope::session;
  }
  if (!given.pattern.empty() && given.scope == "once") operation.scope = control::Scope::session;
  for (const auto id : given.ids) {
    operation.id = id;
    const auto reply = first_to_do(shared, operation);
    if (!reply) continue;
    if (shared.json)
      std::cout << reply->dump() << "\n";
    else if (reply->value("released", 0ull) == 0 && reply->contains("approvers"))
      std::cerr << "approval " << id << ": " << reply->value("allowed", 0ull) << " of "
                << reply->value("approvers", 0ull)
                << " have allowed it; it waits for another person\n";
    else
      std::cerr << "approval " << id << (allow ? " allowed" : " denied") << ", "
                << reply->value("released", 0ull) << " released\n";
  }
}

void add_answer(CLI::App& approvals, Shared& shared, bool allow) {
  auto* sub =
      approvals.add_subcommand(allow ? "allow" : "deny", allow ? "Let it through" : "Refuse it");
  auto given = std::make_shared<Given>();
  sub->add_option("id", given->ids, "From `approvals list`")->required()->type_name("ID");
  sub->add_option("--scope", given->scope,
                  "once, process, session, or always: written into a policy file")
      ->check(CLI::IsMember({"once", "process", "session", "always"}));
  sub->add_option("--layer", given->layer, "With always: the policy file of the rule that asks")
      ->type_name("FILE");
  sub->add_flag("--yes", given->yes, "With always: write it without asking on the terminal");
  sub->add_option("--for", given->duration,
                  "Remember it so long: 90s, 10m, 2h (scope session unless given)");
  sub->add_option("--pattern", given->pattern,
                  "For all that it matches, not for this object alone (scope session)")
      ->type_name("GLOB");
  sub->add_flag("--preview", given->preview,
                "Show the rule that the answer means and broader ones, and answer nothing");
  sub->add_option("--message", given->message, "Why, for the record and the agent");
  sub->callback([&shared, given, allow] { answer(shared, *given, allow); });
}

}  // namespace

void add_approvals(CLI::App& app, Shared& shared) {
  auto* approvals = app.add_subcommand("approvals", "What waits for an answer, and answering it");
  approvals->require_subcommand(1);
  approvals->fallthrough();
  auto session = std::make_shared<std::string>();
  auto* listing = approvals->add_subcommand("list", "What is waiting now");
  listing->add_option("--session", *session, "Only this session")->type_name("SESSION");
  listing->callback([&shared, session] { list_approvals(shared, *session); });
  add_watch(*approvals, shared);
  add_answer(*approvals, shared, true);
  add_answer(*approvals, shared, false);
  add_grants(*approvals, shared);
}

}  // namespace gatehouse::cli
