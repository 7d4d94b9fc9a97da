// SPDX-License-Identifier: Apache-2.0
// `approvals list`: three lines for each, on 80 columns too. It must never cut what is asked for; who asks and
// how long it has waited may give way.
#include <unistd.h>

#include <iostream>

#include "approvals/card.h"
#include "base/quote.h"
#include "cli/approvals.h"
#include "cli/text.h"
#include "sinks/human.h"

namespace gatehouse::cli {
namespace {

std::string asker_line(const approvals::Card& card) {
  if (card.chain.empty()) return visible(card.process.comm);
  const auto& asker = card.chain.front();
  const std::string line = asker.argv.empty() ? visible(asker.exe) : visible_words(asker.argv);
  return line + (asker.cwd.empty() ? "" : "  in " + visible(asker.cwd));
}

std::string state_line(const approvals::Card& card) {
  std::string line = card.session.name.empty() ? "session " + std::to_string(card.session.serial)
                                               : visible(card.session.name);
  line += ", " + (card.rule.id.empty() ? visible(card.reason) : "rule " + visible(card.rule.id));
  return line + ", " + approvals::card_wait(card);
}

void print(const approvals::Card& card, std::size_t columns, bool colour) {
  const std::string id = std::to_string(card.id);
  const std::string margin(id.size() + 2, ' ');
  std::vector<std::string> lines;
  if (!card.argv.empty()) lines.push_back("command " + visible_words(card.argv));
  lines.push_back(asker_line(card));
  lines.push_back(state_line(card));
  std::cout << id << "  " << toned(approvals::card_title(card), Tone::busy, colour) << "\n";
  for (const auto& line : lines) {
    const std::size_t room = columns > margin.size() ? columns - margin.size() : 0;
    std::cout << margin << (room == 0 ? line : sinks::elide(line, room)) << "\n";
  }
}

}  // namespace

void list_approvals(Shared& shared, const std::string& session) {
  const auto all = gather(shared, control::ApprovalsList{session}, "approvals");
  if (!all) return;
  if (shared.json) {
    std::cout << all->dump(2) << "\n";
    return;
  }
  if (all->empty()) std::cerr << "nothing is waiting\n";
  for (const auto& one : *all) {
    if (const auto card = approvals::card_from_json(one.dump()))
      print(*card, columns_of(STDOUT_FILENO), coloured(STDOUT_FILENO));
  }
}

}  // namespace gatehouse::cli
