// SPDX-License-Identifier: Apache-2.0
// The answers that stand in a policy file: listed as they are written, and taken out. It must never take out another
// one than it has shown.
#include <algorithm>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/quote.h"
#include "cli/always.h"
#include "cli/layer_text.h"
#include "policy/answer_text.h"

namespace gatehouse::cli {
namespace {

using Written = nlohmann::ordered_json;  // as it stands there

Written answers_of(const std::string& text) {
  const Written document = Written::parse(text, nullptr, false, /*ignore_comments=*/true);
  const bool there = document.is_object() && document.contains("answers");
  return there && document["answers"].is_array() ? document["answers"] : Written::array();
}

std::string member_text(const Written& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? visible(found->get<std::string>()) : "";
}

std::string answer_line(const Written& answer) {
  std::string line = member_text(answer, "verdict");
  for (const char* key : {"access", "paths", "abstract", "command", "protocol", "cidrs", "ports"})
    if (answer.contains(key)) line += " " + visible(answer[key].dump());
  line += "  rule " + member_text(answer, "rule");
  if (answer.contains("by")) line += ", by " + member_text(answer, "by");
  if (answer.contains("at")) line += " at " + member_text(answer, "at");
  if (answer.contains("expires")) line += ", until " + member_text(answer, "expires");
  return line;
}

}  // namespace

void print_past(const nlohmann::json& past) {
  if (past.empty()) return;
  std::cerr << "Of this session's past it would have covered\n";
  for (const auto& one : past)
    std::cerr << "  " << one.value("access", "") << " " << visible(one.value("object", "")) << "  ("
              << one.value("times", 0) << " times)\n";
}

void list_answers(Shared& shared, const std::string& layer) {
  auto file = open_layer(shared, layer);
  if (!file || !prepare_layer(shared, layer, file->text(), own_context())) return;
  const Written all = answers_of(file->text());
  if (shared.json) {
    std::cout << all.dump(2) << "\n";
    return;
  }
  if (all.empty()) std::cerr << "no answer stands in " << visible(layer) << "\n";
  for (std::size_t i = 0; i < all.size(); ++i)
    std::cout << i << "  " << answer_line(all[i]) << "\n";
}

void revoke_answers(Shared& shared, const std::string& layer, std::vector<std::uint64_t> numbers,
                    bool yes) {
  auto file = open_layer(shared, layer);
  if (!file) return;
  std::string text = file->text();
  std::sort(numbers.begin(), numbers.end(), std::greater<>());  // those before keep their numbers
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  for (const auto number : numbers) {
    auto without = policy::without_answer(text, number);
    if (!without) {
      complain(without.error().what, "`gatehouse approvals grants --layer FILE` lists them");
      shared.status = 1;
      return;
    }
    text = std::move(*without);
  }
  LayerText change{std::move(*file), std::move(text)};
  if (!prepare_layer(shared, layer, change.text, own_context()) || !agreed(shared, change, yes))
    return;
  auto done = change.file.prepare(change.text);
  if (done) done = change.file.commit();
  if (!done) {
    complain(done.error().what);
    shared.status = 1;
    return;
  }
  if (shared.json)
    std::cout << Written({{"file", change.file.path()}, {"revoked", numbers}}) << "\n";
  std::cerr << "taken out of " << visible(change.file.path())
            << "; sessions that run now go by it when their policy is loaded again\n";
}

}  // namespace gatehouse::cli
