// SPDX-License-Identifier: Apache-2.0
// sessions top: the board, again and again in place on a terminal, once elsewhere. It must never leave the
// terminal in another state than it was found in.
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "approvals/terminal.h"
#include "cli/board.h"
#include "cli/following.h"
#include "cli/sources.h"
#include "cli/terminal_signals.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "events/time.h"
#include "reading/event_json.h"

namespace gatehouse::cli {
namespace {

constexpr auto kTurn = std::chrono::seconds(1);

// In the cgroup and those below it, as far down as anybody goes.
std::uint64_t processes_in(const std::string& cgroup, int deeper = 8) {
  std::uint64_t count = 0;
  std::ifstream file(cgroup + "/cgroup.procs");
  for (std::string line; std::getline(file, line);)
    ++count;
  if (deeper == 0) return count;
  std::error_code error;
  std::filesystem::directory_iterator at(cgroup, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error))
    if (at->is_directory(error)) count += processes_in(at->path(), deeper - 1);
  return count;
}

std::map<std::uint64_t, std::uint64_t> asks_by_session(Shared& shared) {
  std::map<std::uint64_t, std::uint64_t> out;
  const auto all = gather(shared, control::ApprovalsList{}, "approvals");
  for (const auto& one : all.value_or(control::Json::array())) {
    const auto session = one.find("session");
    if (session != one.end() && session->is_object()) ++out[session->value("id", std::uint64_t{0})];
  }
  return out;
}

// False: no controller says.
bool look(Shared& shared, Board& board) {
  const auto all = gather(shared, control::Sessions{}, "sessions");
  if (!all) return false;
  const auto asks = asks_by_session(shared);
  std::map<Board::Key, Board::Facts> sessions;
  for (const auto& one : *all) {
    const std::uint64_t id = one.value("id", std::uint64_t{0});
    const auto waiting = asks.find(id);
    sessions[{id, one.value("name", "")}] = {processes_in(one.value("cgroup", "")),
                                             waiting == asks.end() ? 0 : waiting->second,
                                             one.value("policy", ""),
                                             one.value("mode", ""),
                                             one.value("state", ""),
                                             one.value("started", "")};
  }
  board.set(std::move(sessions));
  return true;
}

Following following_of(Board& board, bool on) {
  Following following;
  following.operation = control::EventsFollow{"", kWholeBacklog, on};
  following.later = control::EventsFollow{"", kWholeBacklog, true};
  following.joins = on;
  following.item = [&board](const control::Reply& item, const std::string&) {
    if (const auto event = reading::event_from_json(item.value)) board.take(*event);
    return true;
  };
  return following;
}

void once(Shared& shared) {
  Board board;
  follow(shared, following_of(board, false));
  if (shared.status != 0 || !look(shared, board)) return;
  const auto now = events::wall_now();
  if (shared.json)
    std::cout << board.json(now).dump(2, ' ', true) << "\n";
  else
    std::cout << board.view(now, columns_of(STDOUT_FILENO), 0, coloured(STDOUT_FILENO));
}

// The other screen of a terminal, and back.
class Screen {
 public:
  explicit Screen(UniqueFd terminal)
      : terminal_(std::move(terminal)),
        signals_(take_terminal_signals()),
        borrowed_(terminal_.get()) {
    approvals::print_on(terminal_.get(), "\x1b[?1049h\x1b[?25l");
  }
  Screen(const Screen&) = delete;
  ~Screen() { approvals::print_on(terminal_.get(), "\x1b[?25h\x1b[?1049l"); }

  [[nodiscard]] std::vector<int> fds() const { return {terminal_.get(), signals_.get()}; }

  // Has the person, or somebody else, had enough? `status`: as a shell has it.
  bool done(int& status) {
    bool closed = false, enough = false;
    const auto typed = approvals::typed_on(terminal_.get(), closed);
    if (typed.find('q') != std::string::npos) enough = true;
    signalfd_siginfo one;
    while (::read(signals_.get(), &one, sizeof one) == sizeof one) {
      if (one.ssi_signo == SIGWINCH) continue;
      enough = true;
      // Ctrl-C is how one leaves a view.
      if (one.ssi_signo != SIGINT) status = 128 + static_cast<int>(one.ssi_signo);
    }
    return enough || closed;
  }

  void draw(const Board& board) const {
    winsize size = {};
    const bool known = ::ioctl(terminal_.get(), TIOCGWINSZ, &size) == 0 && size.ws_row > 3;
    approvals::print_on(
        terminal_.get(),
        "\x1b[H\x1b[2J" + board.view(events::wall_now(),
                                     known && size.ws_col > 20 ? size.ws_col : 80,
                                     known ? size.ws_row - 1u : 23u, coloured(STDOUT_FILENO)));
  }

 private:
  UniqueFd terminal_, signals_;
  approvals::BorrowedTerminal borrowed_;
};

UniqueFd terminal_of(const Shared& shared) {
  const char* term = std::getenv("TERM");
  if (shared.json || ::isatty(STDOUT_FILENO) == 0 || term == nullptr || std::string(term) == "dumb")
    return {};
  UniqueFd terminal(::open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (terminal.valid() && ::tcgetpgrp(terminal.get()) != ::getpgrp()) return {};
  return terminal;
}

void top(Shared& shared) {
  auto terminal = terminal_of(shared);
  if (!terminal.valid()) return once(shared);
  Board board;
  if (!look(shared, board)) return;  // said on the person's own screen
  int status = 0;
  {
    Screen screen(std::move(terminal));
    auto following = following_of(board, true);
    auto last = std::chrono::steady_clock::time_point();
    following.also = screen.fds();
    following.round = [&]() -> std::optional<int> {
      if (screen.done(status)) return std::nullopt;
      const auto now = std::chrono::steady_clock::now();
      if (now - last >= kTurn) {
        last = now;
        if (!look(shared, board)) return std::nullopt;
        screen.draw(board);
      }
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(last + kTurn - now);
      return static_cast<int>(std::max<long>(left.count(), 1));
    };
    follow(shared, following);
  }
  if (status != 0) shared.status = status;
}

}  // namespace

void add_sessions_top(CLI::App& sessions, Shared& shared) {
  sessions.add_subcommand("top", "Who does how much, refreshed each second until Ctrl-C or q")
      ->callback([&shared] { top(shared); });
}

}  // namespace gatehouse::cli
