// SPDX-License-Identifier: Apache-2.0
// The thread that brings log records to an OTLP service, over outages. It must never make put() wait, nor
// forget a record without counting it and saying why.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "sinks/otlp_config.h"
#include "sinks/sink.h"
#include "sinks/spool.h"
#include "web/curl.h"

namespace gatehouse::sinks {

struct OtlpPace {
  std::size_t most_records = 16'384;       // in memory
  std::size_t most_bytes = 8u << 20;       // likewise
  std::size_t batch = 512;                 // records of one request
  std::chrono::milliseconds gather{1000};  // how long a record waits for company
  std::chrono::milliseconds first_pause{1000}, longest_pause{30'000};
  std::chrono::milliseconds farewell{2000};   // what the end may take
  std::chrono::milliseconds telling{10'000};  // between two words of losses, which may be lost too
};

class OtlpSender {
 public:
  OtlpSender(OtlpConfig config, Spool spool, web::Curl curl, const OtlpPace& pace = {});
  OtlpSender(const OtlpSender&) = delete;
  OtlpSender& operator=(const OtlpSender&) = delete;
  // Sends what is left, or leaves it in the spool.
  ~OtlpSender();

  // False: there was no room in memory, and it is counted as lost. `urgent` has some room of its own.
  bool put(std::string record, bool urgent);
  std::optional<Loss> take_loss();
  [[nodiscard]] SinkState state() const;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Fate { done, later };

  void run();
  // At most a batch, once it is whole or has waited long enough, or at the end.
  std::vector<std::string> take_batch();
  void ship(const std::vector<std::string>& batch);
  void ship_oldest();
  void keep(const std::string& request, std::uint64_t events);
  void relieve();
  Fate send(const std::string& request, std::uint64_t events);
  Fate pause(const std::string& why, std::uint64_t retry_after);
  void answered(std::uint64_t events, std::uint64_t lost, const std::string& why);
  void lose(std::uint64_t events, const std::string& why);
  [[nodiscard]] bool may_send() const { return Clock::now() >= next_try_; }
  [[nodiscard]] bool late() const;  // for an end in time

  const OtlpConfig config_;
  const OtlpPace pace_;
  const web::Curl curl_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> queue_;  // below: under the mutex
  std::size_t queued_bytes_ = 0;
  Clock::time_point waiting_since_{};            // the oldest of the queue
  std::map<std::string, std::uint64_t> losses_;  // not told yet
  Clock::time_point next_telling_{};
  std::uint64_t sent_ = 0, lost_ = 0, spooled_ = 0;
  std::optional<Clock::time_point> end_;  // when the end must be done

  Spool spool_;  // below: the thread's own
  Clock::time_point next_try_{};
  std::chrono::milliseconds pause_{0};
  bool out_ = false;  // said that the service does not answer
  std::minstd_rand random_;
  std::thread thread_;
};

}  // namespace gatehouse::sinks
