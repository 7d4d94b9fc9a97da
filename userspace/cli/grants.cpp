// SPDX-License-Identifier: Apache-2.0
// approvals grants|revoke: answers that still hold, and taking one back. It must never hide that one is there
// because not all is known of it.
#include <unistd.h>

#include <iostream>

#include "base/quote.h"
#include "cli/always.h"
#include "cli/approvals.h"
#include "cli/text.h"
#include "events/json_read.h"
#include "sinks/human.h"

namespace gatehouse::cli {
namespace {

using events::number_in;
using events::text_in;

std::string terms_line(const control::Json& grant) {
  std::string line = visible(text_in(grant["session"], "name")) + ", " + text_in(grant, "scope");
  if (grant.contains("pid")) line += " " + std::to_string(number_in(grant, "pid"));
  if (grant.contains("used"))
    line += ", used " + std::to_string(number_in(grant, "used")) + " times";
  if (grant.contains("left_ms"))
    line += ", for " + std::to_string((number_in(grant, "left_ms") + 999) / 1000) + " s more";
  if (!grant.contains("given")) return line + ", given before this controller began";
  line += ", given " + ago(text_in(grant, "given")) + " ago by " + visible(text_in(grant, "by"));
  const std::string message = text_in(grant, "message");
  return message.empty() ? line : line + ": " + visible(message);
}

void print(const control::Json& grant, std::size_t columns, bool colour) {
  const std::string id = std::to_string(number_in(grant, "id"));
  const std::string margin(id.size() + 2, ' ');
  const std::string verdict = text_in(grant, "verdict");
  const std::string object = grant.contains("pattern")  ? visible(text_in(grant, "pattern"))
                             : grant.contains("object") ? visible(text_in(grant, "object"))
                                                        : "something that is not known any more";
  std::cout << id << "  " << toned(verdict, verdict == "allow" ? Tone::good : Tone::bad, colour)
            << " " << visible(text_in(grant, "access")) << (grant.contains("access") ? " " : "")
            << object << "\n";
  if (const auto argv = events::words_in(grant, "argv"); !argv.empty())
    std::cout << margin << "command " << visible_words(argv) << "\n";
  const std::string terms = terms_line(grant);
  const bool fits = columns <= margin.size();
  std::cout << margin << (fits ? terms : sinks::elide(terms, columns - margin.size())) << "\n";
}

void list(Shared& shared, const std::string& session) {
  const auto all = gather(shared, control::ApprovalsGrants{session}, "grants");
  if (!all) return;
  if (shared.json) {
    std::cout << all->dump(2) << "\n";
    return;
  }
  if (all->empty()) std::cerr << "no answer holds for longer than once\n";
  for (const auto& one : *all)
    print(one, columns_of(STDOUT_FILENO), coloured(STDOUT_FILENO));
}

void revoke(Shared& shared, const std::vector<std::uint64_t>& ids) {
  for (const auto id : ids) {
    const auto reply = first_to_do(shared, control::ApprovalsRevoke{id});
    if (!reply) continue;
    if (shared.json)
      std::cout << reply->dump() << "\n";
    else
      std::cerr << "answer " << id << " was taken back: the next request asks again\n";
  }
}

}  // namespace

void add_grants(CLI::App& approvals, Shared& shared) {
  struct Given {
    std::string session, layer;
    std::vector<std::uint64_t> ids;
    bool yes = false;
  };
  auto given = std::make_shared<Given>();
  auto* listing = approvals.add_subcommand(
      "grants", "Answers that hold for longer than once, and who gave them");
  listing->add_option("--session", given->session, "Only this session")->type_name("SESSION");
  listing->add_option("--layer", given->layer, "Those that stand in this policy file instead")
      ->type_name("FILE");
  listing->callback([&shared, given] {
    given->layer.empty() ? list(shared, given->session) : list_answers(shared, given->layer);
  });
  auto* taking = approvals.add_subcommand("revoke", "Take an answer back: it is asked again");
  taking->add_option("id", given->ids, "From `approvals grants`")->required()->type_name("ID");
  taking->add_option("--layer", given->layer, "From this policy file; numbers of `grants --layer`")
      ->type_name("FILE");
  taking->add_flag("--yes", given->yes, "With --layer: write it without asking on the terminal");
  taking->callback([&shared, given] {
    given->layer.empty() ? revoke(shared, given->ids)
                         : revoke_answers(shared, given->layer, given->ids, given->yes);
  });
}

}  // namespace gatehouse::cli
