// SPDX-License-Identifier: Apache-2.0
// The beat and its thread.
// It must never write a time that a hook could take for the future.
#include "kernel/heartbeat.h"

#include <unistd.h>

#include <atomic>
#include <chrono>

namespace gatehouse::kernel {
namespace {

constexpr auto kEvery = std::chrono::milliseconds(500);
// A hook reads the clock, then our beat, and subtracts: a beat written in between must not seem to lie
// ahead of it. Well within GH_STALE_NS.
constexpr std::uint64_t kBehind = 250'000'000;

}  // namespace

void beat(gh_controls& controls) {
  std::atomic_ref(controls.heartbeat).store(ktime() - kBehind, std::memory_order_release);
}

Heartbeat::Heartbeat(gh_controls& controls) : controls_(controls) {
  beat(controls_);
  std::atomic_ref(controls_.controller).store(static_cast<std::uint32_t>(::getpid()));
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kEvery, [this] { return stop_; }))
      beat(controls_);
  });
}

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
  std::atomic_ref(controls_.controller).store(0);
  std::atomic_ref(controls_.heartbeat).store(0, std::memory_order_release);
}

}  // namespace gatehouse::kernel
