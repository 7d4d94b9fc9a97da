// SPDX-License-Identifier: Apache-2.0
// Both ways to watch, behind approvals_watch.h: a stream of items, and a view that takes keys. Neither must
// ever leave a terminal in another state than it was found in.
#include "cli/approvals_watch.h"

#include <fcntl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "approvals/card.h"
#include "approvals/terminal.h"
#include "base/quote.h"
#include "base/unique_fd.h"
#include "cli/desk.h"
#include "cli/following.h"
#include "cli/terminal_signals.h"
#include "cli/text.h"
#include "cli/watched.h"
#include "kernel/memory.h"

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
  std::cout << event.value("type", "") << ": " << visible(event.value("object", "")) << " "
            << event.value("verdict", "") << std::endl;
}

Following following_of(const std::string& session) {
  Following following;
  following.operation = following.later = control::ApprovalsWatch{session};
  following.joins = true;
  return following;
}

void stream(Shared& shared, const std::string& session) {
  Following following = following_of(session);
  following.item = [&](const control::Reply& reply, const std::string&) {
    show_item(reply.value, shared.json);
    return std::cout.good();
  };
  follow(shared, following);
}

// A desk on the terminal that this process is in the foreground of.
class Sitting {
 public:
  Sitting(Shared& shared, UniqueFd terminal)
      : shared_(shared),
        terminal_(std::move(terminal)),
        signals_(take_terminal_signals()),
        borrowed_(terminal_.get()) {}

  void join(Following& following) {
    following.also = {terminal_.get(), signals_.get()};
    following.item = [this](const control::Reply& reply, const std::string& socket) {
      take_item(reply.value, socket);
      return true;
    };
    following.gone = [this](const std::string& socket) { desk_.drop(socket, kernel::ktime()); };
    following.round = [this] { return round(); };
  }

 private:
  void take_item(const control::Json& item, const std::string& socket) {
    const auto now = kernel::ktime();
    if (item.contains("approval")) {
      if (auto card = approvals::card_from_json(item["approval"].dump()))
        desk_.put(socket, std::move(*card), now);
    } else if (item.contains("event")) {
      const auto& event = item["event"];
      over_ = {event.value("approval", std::uint64_t{0}), event.value("type", "")};
    } else if (item.contains("closed")) {
      const auto id = item["closed"].value("approval", std::uint64_t{0});
      desk_.close(socket, id, id == over_.first ? reason(over_.second) : "nobody waits any more",
                  now);
    }
  }

  static std::string reason(const std::string& type) {
    return type == "approval-expired" ? "its time ran out" : "it was answered elsewhere";
  }

  std::optional<int> round() {
    take_signals_that_came();
    // All that was typed until now, even if nothing was: what came too early must not count later.
    const auto typed = approvals::typed_on(terminal_.get(), closed_);
    const auto now = kernel::ktime();
    if (const auto given = desk_.take(typed, now)) answer(*given);
    if (desk_.done() || closed_ || shared_.status != 0) return std::nullopt;
    if (desk_.changed()) draw();
    const auto wake = desk_.wake_at();
    if (!wake) return 1000;
    return *wake > now ? static_cast<int>((*wake - now) / 1'000'000 + 1) : 0;
  }

  void answer(const Desk::Given& given) {
    if (const auto refused = give_answer(given.socket, given.id, given.answer))
      return desk_.notice(refused->message);
    desk_.close(given.socket, given.id, "", kernel::ktime());
    desk_.notice("#" + std::to_string(given.id) +
                 (given.answer.verdict == GH_ALLOW ? " was allowed" : " was denied"));
  }

  void take_signals_that_came() {
    signalfd_siginfo one;
    while (::read(signals_.get(), &one, sizeof one) == sizeof one) {
      if (one.ssi_signo == SIGWINCH)
        draw();
      else
        shared_.status = 128 + static_cast<int>(one.ssi_signo);
    }
  }

  void draw() {
    const bool colour = coloured(STDOUT_FILENO);
    approvals::print_on(terminal_.get(),
                        "\x1b[H\x1b[2J" + desk_.view(columns_of(terminal_.get()), colour));
  }

  Shared& shared_;
  UniqueFd terminal_, signals_;
  approvals::BorrowedTerminal borrowed_;
  Desk desk_;
  std::pair<std::uint64_t, std::string> over_;  // the last that was told to be over, and how
  bool closed_ = false;
};

// The terminal to sit at; none where a person could not use the view.
UniqueFd terminal_of(const Shared& shared) {
  const char* term = std::getenv("TERM");
  if (shared.json || ::isatty(STDOUT_FILENO) == 0 || term == nullptr || std::string(term) == "dumb")
    return {};
  UniqueFd terminal(::open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (terminal.valid() && ::tcgetpgrp(terminal.get()) != ::getpgrp()) return {};
  return terminal;
}

void watch(Shared& shared, const std::string& session) {
  auto terminal = terminal_of(shared);
  if (!terminal.valid()) return stream(shared, session);
  Following following = following_of(session);
  Sitting sitting(shared, std::move(terminal));
  sitting.join(following);
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
