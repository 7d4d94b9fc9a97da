// SPDX-License-Identifier: Apache-2.0
// The stream of approvals behind approvals_watch.h. It must never show one controller's items out of order.
#include "cli/approvals_watch.h"

#include <unistd.h>

#include <iostream>

#include "approvals/card.h"
#include "cli/following.h"
#include "cli/text.h"

namespace gatehouse::cli {
namespace {

void show_item(const control::Json& item, bool json) {
  if (json) {
    std::cout << item.dump() << std::endl;
    return;
  }
  if (item.contains("approval")) {
    const auto card = approvals::card_from_json(item["approval"].dump());
    if (!card) return;
    std::cout << approvals::card_text(*card, coloured(STDOUT_FILENO))
              << "  answer: gatehouse approvals allow|deny " << card->id << std::endl;
    return;
  }
  if (!item.contains("event")) return;  // "closed": what closed it was said before
  const auto& event = item["event"];
  std::cout << event.value("type", "") << ": " << event.value("object", "") << " "
            << event.value("verdict", "") << std::endl;
}

void watch(Shared& shared, const std::string& session) {
  Following following;
  following.operation = following.later = control::ApprovalsWatch{session};
  following.joins = true;
  following.item = [&](const control::Reply& reply) {
    show_item(reply.value, shared.json);
    return std::cout.good();
  };
  follow(shared, following);
}

}  // namespace

void add_watch(CLI::App& approvals, Shared& shared) {
  auto session = std::make_shared<std::string>();
  auto* sub = approvals.add_subcommand("watch", "Show approvals as they come, until Ctrl-C");
  sub->add_option("--session", *session, "Only this session")->type_name("SESSION");
  sub->callback([&shared, session] { watch(shared, *session); });
}

}  // namespace gatehouse::cli
