// SPDX-License-Identifier: Apache-2.0
// approvals list|allow|deny. It must never answer an approval that was not named by its id.
#include <unistd.h>

#include <iostream>

#include "cli/approvals_watch.h"
#include "cli/controllers.h"
#include "cli/text.h"

namespace gatehouse::cli {
namespace {

std::string words_of(const control::Json& argv) {
  std::string all;
  for (const auto& word : argv)
    all += (all.empty() ? "" : " ") + word.get<std::string>();
  return all;
}

void show_row(Table& table, const control::Json& one) {
  const auto& chain = one["chain"];
  const std::string who = chain.empty() ? one.value("comm", "") : words_of(chain[0]["argv"]);
  table.row({std::to_string(one.value("id", 0ull)), one["session"].value("name", ""),
             one.value("access", ""), std::to_string(one.value("waiting", 0ull)),
             ago(one.value("since", "")), one.value("rule", ""),
             one.value("object", "") + "  (" + (who.empty() ? one.value("comm", "") : who) + ")"});
}

void list(Shared& shared, const std::string& session) {
  const auto all = gather(shared, control::ApprovalsList{session}, "approvals");
  if (!all) return;
  if (shared.json) {
    std::cout << all->dump(2) << "\n";
    return;
  }
  if (all->empty()) {
    std::cerr << "nothing is waiting\n";
    return;
  }
  Table table({"ID", "SESSION", "ACCESS", "WAITING", "SINCE", "RULE", "OBJECT"});
  for (const auto& one : *all)
    show_row(table, one);
  table.print(std::cout, columns_of(STDOUT_FILENO));
}

struct Given {
  std::vector<std::uint64_t> ids;
  std::string scope = "once", duration, message;
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

void answer(Shared& shared, const Given& given, bool allow) {
  control::ApprovalsAnswer operation;
  operation.allow = allow;
  operation.message = given.message;
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
  sub->add_option("--scope", given->scope, "once, process or session")
      ->check(CLI::IsMember({"once", "process", "session"}));
  sub->add_option("--for", given->duration,
                  "Remember it so long: 90s, 10m, 2h (scope session unless given)");
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
  listing->callback([&shared, session] { list(shared, *session); });
  add_watch(*approvals, shared);
  add_answer(*approvals, shared, true);
  add_answer(*approvals, shared, false);
}

}  // namespace gatehouse::cli
