// SPDX-License-Identifier: Apache-2.0
// The program behind a policy's webhook: the controller starts it with the ask on stdin and reads the
// decision from stdout. It must never do more than post what it was given.
#include <iostream>
#include <iterator>

#include "cli/verbs.h"
#include "reviewers/post.h"

namespace gatehouse::cli {

void add_post_ask(CLI::App& app, Shared& shared) {
  app.add_subcommand("post-ask", "")->group("")->callback([&shared] {
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    const auto posting = reviewers::parse_posting(text);
    const auto* failure = std::get_if<reviewers::Failure>(&posting);
    const auto verdict = failure != nullptr
                             ? reviewers::Verdict(*failure)
                             : reviewers::post(std::get<reviewers::Posting>(posting));
    if (const auto* decision = std::get_if<reviewers::Decision>(&verdict)) {
      std::cout << reviewers::decision_json(*decision) << "\n";
      return;
    }
    std::cerr << std::get<reviewers::Failure>(verdict).why << "\n";
    shared.status = 1;
  });
}

}  // namespace gatehouse::cli
