// SPDX-License-Identifier: Apache-2.0
// The question on a terminal: shows one card, takes one key. It must never take for an answer what was
// typed before the person could have read the question.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "approvals/card.h"
#include "approvals/key_guard.h"
#include "approvals/terminal.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace gatehouse::approvals {

class Prompt {
 public:
  static constexpr std::uint64_t kGuard = KeyGuard::kTime;  // ns during which nothing is an answer

  // Called with the answer; `by` is for the receiver to fill.
  using Answered = std::function<void(std::uint64_t id, const Answer& answer)>;
  // Called before a question is shown and after it is over: to hold the session's output, say.
  struct Surroundings {
    std::function<void()> before;
    std::function<void()> after;
  };

  // On /dev/tty. Fails where there is none: the policy's timeout decides then.
  static Result<std::unique_ptr<Prompt>> on_terminal(Answered answered, Surroundings around = {});
  // Not a terminal: lines instead of keys.
  Prompt(UniqueFd in, UniqueFd out, bool colour, Answered answered, Surroundings around = {});
  Prompt(const Prompt&) = delete;
  Prompt& operator=(const Prompt&) = delete;
  ~Prompt();

  // Times are CLOCK_MONOTONIC, ns. A card that is shown already is replaced.
  void show(Card card, std::uint64_t now);
  // The question is over for another reason: answered elsewhere, expired, nobody waits.
  void withdraw(std::string_view why);

  void on_readable(std::uint64_t now);
  void on_timer(std::uint64_t now);
  // When on_timer wants to be called.
  [[nodiscard]] std::optional<std::uint64_t> wake_at() const;

  [[nodiscard]] int fd() const { return in_.get(); }
  // Id of the card that is shown; 0: none, show the next.
  [[nodiscard]] std::uint64_t shown() const { return card_ ? card_->id : 0; }
  // The other side hung up: nobody will answer here.
  [[nodiscard]] bool closed() const { return closed_; }

 private:
  void print(std::string_view text);
  void print_card();
  std::string choices() const;
  // What is there to be read, up to a limit.
  std::string read_all();
  bool arm(std::uint64_t now);
  void take_keys(std::string_view keys, std::uint64_t now);
  void take_line(std::string_view line);
  void take_choice(char key);
  void end(std::string_view last_words);

  UniqueFd in_;
  UniqueFd out_;
  bool colour_;
  bool keys_;  // a terminal: keys; else lines
  Answered answered_;
  Surroundings around_;
  std::optional<Card> card_;
  std::optional<BorrowedTerminal> terminal_;
  KeyGuard guard_;
  std::string line_;
  bool closed_ = false;
};

}  // namespace gatehouse::approvals
