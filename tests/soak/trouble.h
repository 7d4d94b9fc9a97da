// SPDX-License-Identifier: Apache-2.0
// What befalls the daemon at random moments: a stop, or a kill and another one in its place. It must never leave
// the daemon stopped, nor none at all.
#pragma once

#include <atomic>
#include <cstdint>
#include <random>
#include <string>

namespace gatehouse::soak {

class Trouble {
 public:
  // One of the two. `denied` must go on rising meanwhile, and the session be there afterwards.
  void befall(const std::atomic<std::uint64_t>& denied, const std::string& session);
  // Has it been stopped twice and killed twice?
  [[nodiscard]] bool enough() const { return kills_ >= 2 && stops_ >= 2; }
  [[nodiscard]] std::string told() const;
  unsigned random() { return static_cast<unsigned>(engine_()); }

 private:
  unsigned seed_ = std::random_device{}();
  std::mt19937 engine_{seed_};
  int kills_ = 0, stops_ = 0;
};

}  // namespace gatehouse::soak
