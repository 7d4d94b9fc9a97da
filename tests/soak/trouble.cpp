// SPDX-License-Identifier: Apache-2.0
// Stops and kills of the daemon, and what must hold during and after them. It must never take a session for lost
// that another daemon has not had the time to tell of.
#include "trouble.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "world.h"

namespace gatehouse::soak {
namespace {

void wait_ms(unsigned ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

}  // namespace

void Trouble::befall(const std::atomic<std::uint64_t>& denied, const std::string& session) {
  auto& daemon = Daemon::instance();
  if (random() % 2 == 0) {
    daemon.stop();
    // Longer than its heartbeat may be silent, now and then.
    wait_ms(random() % 4 == 0 ? 5500 : random() % 800);
    EXPECT_TRUE(passes(denied, 5)) << "it hangs while the daemon is stopped";
    daemon.go_on();
    stops_++;
  } else {
    wait_ms(random() % 300);
    daemon.kill();
    EXPECT_TRUE(passes(denied, 5)) << "it hangs without a daemon";
    daemon.start();
    kills_++;
  }
  control::Json all;
  ASSERT_TRUE(e2e::eventually([&] { return (all = ask(control::Sessions{})).is_object(); }, 120))
      << "the daemon answers nobody: " << daemon.said();
  ASSERT_FALSE(session_named(session).is_null())
      << "the session was not taken over: " << all.dump() << daemon.said();
}

std::string Trouble::told() const {
  return fmt::format("seed {}: {} stops, {} kills", seed_, stops_, kills_);
}

}  // namespace gatehouse::soak
