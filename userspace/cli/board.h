// SPDX-License-Identifier: Apache-2.0
// The sessions of this host as numbers that move: what `sessions top` shows. It must never grow with what the
// agents do: lists of paths have a limit, and rates look ten seconds back.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "control/protocol.h"
#include "events/event.h"

namespace gatehouse::cli {

class Board {
 public:
  static constexpr std::size_t kSeconds = 10;
  static constexpr std::size_t kMostPaths = 512;  // then the rarest half goes

  struct Facts {
    std::uint64_t processes = 0, asks = 0;
    std::string policy, mode, state, started;
  };
  using Key = std::pair<std::uint64_t, std::string>;  // id, name

  // The sessions that there are now. Who is not among them leaves the board.
  void set(std::map<Key, Facts> sessions);
  void take(const events::Event& event);

  // At most that many columns and lines (0: no limit). `now`: ns since 1970.
  [[nodiscard]] std::string view(std::int64_t now, std::size_t columns, std::size_t lines,
                                 bool colour) const;
  [[nodiscard]] control::Json json(std::int64_t now) const;

 private:
  enum Kind { files, programs, network, other, kinds };
  struct Second {
    std::int64_t second = 0;
    std::array<std::uint32_t, kinds> counts{};
  };
  struct Moving {
    std::array<Second, kSeconds> seconds{};
    std::uint64_t requests = 0, denied = 0;
    std::map<std::string, std::uint64_t> paths;
  };

  [[nodiscard]] std::array<double, kinds> rates(const Moving& moving, std::int64_t now) const;
  static std::vector<std::pair<std::string, std::uint64_t>> busiest(const Moving& moving,
                                                                    std::size_t most);

  std::map<Key, Facts> sessions_;
  std::map<Key, Moving> moving_;
  std::string newest_;  // event, as a line
  events::Event newest_event_;
};

}  // namespace gatehouse::cli
