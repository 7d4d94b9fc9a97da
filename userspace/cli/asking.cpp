// SPDX-License-Identifier: Apache-2.0
// Asks on the terminal of `run`: one question at a time, the most urgent first. It must never take a key for an
// approval that is not the one on the screen.
#include "cli/asking.h"

#include <algorithm>
#include <iostream>
#include <set>

#include "approvals/prompt.h"
#include "kernel/memory.h"

namespace gatehouse::cli {

struct Asking::State {
  Questions questions;
  daemon::Loop& loop;
  bool waits = false;  // nobody is prompted here: say how to answer elsewhere
  std::unique_ptr<approvals::Prompt> prompt;
  std::set<std::uint64_t> told;  // ids
  bool listens = false;  // for keys: only while a question is shown, else they are the agent's

  State(Questions of, daemon::Loop& on) : questions(std::move(of)), loop(on) {}

  void turn() {
    const auto waiting = questions.waiting();
    if (prompt == nullptr) {
      std::erase_if(told, [&](auto id) { return std::ranges::find(waiting, id) == waiting.end(); });
      for (const auto id : waiting)
        tell(id);
      return;
    }
    const auto now = kernel::ktime();
    prompt->on_timer(now);
    const auto shown = prompt->shown();
    if (shown != 0 && std::find(waiting.begin(), waiting.end(), shown) == waiting.end())
      prompt->withdraw("it is over");
    if (prompt->shown() == 0 && !waiting.empty()) {
      if (auto card = questions.card(waiting.front())) prompt->show(std::move(*card), now);
    }
    if (prompt->closed()) return give_up();
    listen();
  }

  void listen() {
    const bool asks = prompt->shown() != 0;
    if (asks == listens) return;
    listens = asks;
    if (!asks) return loop.remove(prompt->fd());
    (void)loop.add(prompt->fd(), [this] {
      prompt->on_readable(kernel::ktime());
      listen();
    });
  }

  void tell(std::uint64_t id) {
    if (!waits || told.contains(id)) return;
    const auto card = questions.card(id);
    if (!card) return;
    told.insert(id);
    std::cerr << approvals::card_text(*card, false)
              << "  waiting; in another terminal: gatehouse approvals allow|deny " << id
              << std::endl;
  }

  void give_up() {
    if (listens) loop.remove(prompt->fd());
    listens = false;
    prompt.reset();
    waits = true;
  }
};

Asking::Asking(Questions questions, daemon::Loop& loop, const std::string& on_ask)
    : state_(std::make_unique<State>(std::move(questions), loop)) {
  auto* const state = state_.get();
  state->waits = on_ask != "deny";
  if (on_ask != "prompt") return;
  auto prompt =
      approvals::Prompt::on_terminal([state](std::uint64_t id, const approvals::Answer& answer) {
        state->questions.answer(id, answer);
      });
  if (!prompt) return;
  state->prompt = std::move(*prompt);
}

Asking::~Asking() {
  if (state_->prompt != nullptr) state_->give_up();
}

void Asking::turn() { state_->turn(); }

}  // namespace gatehouse::cli
