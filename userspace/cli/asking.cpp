// SPDX-License-Identifier: Apache-2.0
// Asks on the terminal of `run`: one question at a time, oldest first. It must never take a key for an
// approval that is not the one on the screen.
#include "cli/asking.h"

#include <unistd.h>

#include <iostream>

#include "approvals/prompt.h"
#include "cli/verbs.h"

namespace gatehouse::cli {

struct Asking::State {
  daemon::Controller& controller;
  daemon::Loop& loop;
  bool waits = false;  // nobody is prompted here: say how to answer elsewhere
  std::unique_ptr<approvals::Prompt> prompt;
  std::uint64_t told = 0;  // highest id that was told of

  State(daemon::Controller& of, daemon::Loop& on) : controller(of), loop(on) {}

  void answer(std::uint64_t id, approvals::Answer given) {
    given.by = {events::Approver::Kind::person, ::getuid(), static_cast<std::uint32_t>(::getpid()),
                "gatehouse"};
    if (const auto refused = controller.queue().answer(id, given, kernel::ktime()))
      complain(refused->message, refused->hint);
  }

  void turn() {
    const auto waiting = controller.queue().list();
    if (prompt == nullptr) {
      for (const auto* entry : waiting)
        tell(*entry);
      return;
    }
    const auto now = kernel::ktime();
    prompt->on_timer(now);
    const auto shown = prompt->shown();
    if (shown != 0 && controller.queue().find(shown) == nullptr) prompt->withdraw("it is over");
    if (prompt->shown() == 0 && !waiting.empty())
      prompt->show(approvals::card_of(*waiting.front(), controller.processes(), now), now);
    if (prompt->closed()) give_up();
  }

  void tell(const approvals::Entry& entry) {
    if (!waits || entry.id <= told) return;
    told = entry.id;
    std::cerr << approvals::card_text(
                     approvals::card_of(entry, controller.processes(), kernel::ktime()), false)
              << "  waiting; in another terminal: gatehouse approvals allow|deny " << entry.id
              << "\n";
  }

  void give_up() {
    loop.remove(prompt->fd());
    prompt.reset();
    waits = true;
  }
};

Asking::Asking(daemon::Controller& controller, daemon::Loop& loop, const std::string& on_ask)
    : state_(std::make_unique<State>(controller, loop)) {
  auto* const state = state_.get();
  state->waits = on_ask != "deny";
  if (on_ask == "prompt") {
    auto prompt = approvals::Prompt::on_terminal(
        [state](std::uint64_t id, const approvals::Answer& answer) { state->answer(id, answer); });
    if (prompt) {
      state->prompt = std::move(*prompt);
      (void)loop.add(state->prompt->fd(), [state] {
        if (state->prompt != nullptr) state->prompt->on_readable(kernel::ktime());
      });
    }
  }
}

Asking::~Asking() {
  if (state_->prompt != nullptr) state_->give_up();
}

void Asking::turn() { state_->turn(); }

}  // namespace gatehouse::cli
