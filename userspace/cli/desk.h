// SPDX-License-Identifier: Apache-2.0
// The questions before a person who answers with single keys: which one is shown, and what a key means. It must
// never take a key for an answer to a question that has not stood there for half a second.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "approvals/card.h"
#include "approvals/key_guard.h"

namespace gatehouse::cli {

class Desk {
 public:
  struct Given {
    std::string socket;  // of the controller that asks
    std::uint64_t id = 0;
    approvals::Answer answer;
  };

  // Times are CLOCK_MONOTONIC, ns. A question that is new, or that another thread joined.
  void put(const std::string& socket, approvals::Card card, std::uint64_t now);
  // A question that is over, in the words of `why`.
  void close(const std::string& socket, std::uint64_t id, const std::string& why,
             std::uint64_t now);
  // All of a controller that went.
  void drop(const std::string& socket, std::uint64_t now);
  // For the last line.
  void notice(const std::string& text);

  // What was typed; empty: the time has come that wake_at() named.
  std::optional<Given> take(std::string_view input, std::uint64_t now);
  [[nodiscard]] std::optional<std::uint64_t> wake_at() const;
  [[nodiscard]] bool done() const { return done_; }

  // Is there something to draw since the last call?
  bool changed() { return std::exchange(changed_, false); }
  // The whole view, each line within `columns` (0: no limit).
  [[nodiscard]] std::string view(std::size_t columns, bool colour) const;

 private:
  using Key = std::pair<std::uint64_t, std::string>;  // id, socket: in the order of their ids
  using Cards = std::map<Key, approvals::Card>;

  void show(Cards::const_iterator card, std::uint64_t now);
  void erase(Cards::const_iterator card, std::uint64_t now);
  void move(bool forward, std::uint64_t now);
  std::optional<Given> answer(char key) const;

  Cards cards_;
  std::optional<Key> shown_;
  approvals::KeyGuard guard_;
  std::string notice_;
  bool help_ = false, changed_ = true, done_ = false;
};

}  // namespace gatehouse::cli
