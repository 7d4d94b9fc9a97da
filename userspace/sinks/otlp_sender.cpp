// SPDX-License-Identifier: Apache-2.0
// Queue, batches, retries and spool behind otlp_sender.h. It must never send what is new past what waits on
// disk, nor hold the mutex while it reads, writes or sends.
#include "sinks/otlp_sender.h"

#include <signal.h>
#include <spdlog/spdlog.h>

#include "base/quote.h"
#include "sinks/otlp_record.h"
#include "sinks/otlp_reply.h"
#include "web/gzip.h"
#include "web/http.h"

namespace gatehouse::sinks {
namespace {

constexpr std::size_t kUrgentRoom = 64;
constexpr std::uint64_t kMostRetryAfter = 3600;  // seconds

bool is_passing(long status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

}  // namespace

OtlpSender::OtlpSender(OtlpConfig config, Spool spool, web::Curl curl, const OtlpPace& pace)
    : config_(std::move(config)),
      pace_(pace),
      curl_(curl),
      spooled_(spool.bytes()),
      spool_(std::move(spool)),
      random_(std::random_device{}()) {
  // Signals are for the thread that made us.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

OtlpSender::~OtlpSender() {
  {
    const std::lock_guard lock(mutex_);
    end_ = Clock::now() + pace_.farewell;
  }
  wake_.notify_one();
  thread_.join();
  for (const auto& [why, count] : losses_)
    spdlog::warn("{} events lost: {}", count, why);
}

bool OtlpSender::put(std::string record, bool urgent) {
  const std::lock_guard lock(mutex_);
  const std::size_t extra = urgent ? kUrgentRoom : 0;
  if (queue_.size() >= pace_.most_records + extra ||
      (!urgent && queued_bytes_ + record.size() > pace_.most_bytes)) {
    lost_++;
    losses_["the OTLP sink has no room in memory"]++;
    return false;
  }
  if (queue_.empty()) waiting_since_ = Clock::now();
  queued_bytes_ += record.size();
  queue_.push_back(std::move(record));
  if (queue_.size() == 1 || queue_.size() == pace_.batch) wake_.notify_one();
  return true;
}

std::optional<Loss> OtlpSender::take_loss() {
  const std::lock_guard lock(mutex_);
  if (losses_.empty() || Clock::now() < next_telling_) return std::nullopt;
  const auto first = losses_.begin();
  Loss loss{first->second, first->first};
  losses_.erase(first);
  if (losses_.empty()) next_telling_ = Clock::now() + pace_.telling;
  return loss;
}

SinkState OtlpSender::state() const {
  const std::lock_guard lock(mutex_);
  return {sent_, lost_, queued_bytes_ + spooled_};
}

void OtlpSender::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto due = [&] { return end_ || queue_.size() >= pace_.batch; };
      Clock::time_point until = Clock::now() + std::chrono::hours(1);
      if (!queue_.empty()) until = waiting_since_ + pace_.gather;
      if (spool_.oldest() != nullptr) until = std::min(until, next_try_);
      const bool empty = queue_.empty();
      wake_.wait_until(lock, until, [&] { return due() || (empty && !queue_.empty()); });
      if (end_ && queue_.empty()) return;
    }
    const auto batch = take_batch();
    if (!batch.empty())
      ship(batch);
    else if (spool_.oldest() != nullptr && may_send())
      ship_oldest();
  }
}

std::vector<std::string> OtlpSender::take_batch() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> batch;
  if (queue_.size() < pace_.batch && !end_ && Clock::now() < waiting_since_ + pace_.gather)
    return batch;
  while (!queue_.empty() && batch.size() < pace_.batch) {
    queued_bytes_ -= queue_.front().size();
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

void OtlpSender::ship(const std::vector<std::string>& batch) {
  const std::string request = otlp_request(config_.resource, batch);
  if (spool_.oldest() != nullptr || !may_send() || late() ||
      send(request, batch.size()) == Fate::later)
    keep(request, batch.size());
}

void OtlpSender::ship_oldest() {
  const auto events = spool_.oldest()->events;
  const auto request = spool_.read();
  if (!request)
    lose(events, "the OTLP sink's " + request.error().what);
  else if (send(*request, events) == Fate::later)
    return;
  spool_.drop_oldest();
  const std::lock_guard lock(mutex_);
  spooled_ = spool_.bytes();
}

void OtlpSender::keep(const std::string& request, std::uint64_t events) {
  if (auto kept = spool_.add(request, events); !kept)
    lose(events, "the OTLP sink: " + kept.error().what);
  const std::lock_guard lock(mutex_);
  spooled_ = spool_.bytes();
}

// While a request is on its way: a slow service must not fill the memory.
void OtlpSender::relieve() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (queue_.size() < std::max(pace_.batch, pace_.most_records / 2) &&
          queued_bytes_ < pace_.most_bytes / 2)
        return;
    }
    const auto batch = take_batch();
    if (batch.empty()) return;
    keep(otlp_request(config_.resource, batch), batch.size());
  }
}

bool OtlpSender::late() const {
  const std::lock_guard lock(mutex_);
  return end_ && Clock::now() >= *end_;
}

OtlpSender::Fate OtlpSender::send(const std::string& request, std::uint64_t events) {
  std::vector<std::string> headers = {"Content-Type: application/json", "Expect:"};
  headers.insert(headers.end(), config_.headers.begin(), config_.headers.end());
  const std::string* body = &request;
  auto small = config_.gzip ? web::gzip(request) : Result<std::string>(std::string());
  if (config_.gzip && small) {
    headers.emplace_back("Content-Encoding: gzip");
    body = &*small;
  }
  web::ExchangeOptions options;
  options.ca_file = config_.ca_file;
  options.during = [this] {
    relieve();
    return !late();
  };
  const auto reply =
      web::exchange(curl_, config_.url, body, headers,
                    Clock::now() + std::chrono::milliseconds(config_.timeout_ms), options);
  if (!reply) return pause(reply.error().what, 0);
  if (is_passing(reply->status))
    return pause("HTTP status " + std::to_string(reply->status), reply->retry_after);
  pause_ = {};
  if (out_) spdlog::info("otlp: {} answers again", config_.service);
  out_ = false;
  if (reply->status < 200 || reply->status > 299) {
    answered(events, events,
             "the OTLP service refused them with HTTP status " + std::to_string(reply->status));
    return Fate::done;
  }
  const Rejected rejected = otlp_rejected(reply->body);
  answered(events, std::min(events, rejected.count),
           "the OTLP service rejected them: " + quote(rejected.why));
  return Fate::done;
}

OtlpSender::Fate OtlpSender::pause(const std::string& why, std::uint64_t retry_after) {
  pause_ = pause_.count() == 0 ? pace_.first_pause : std::min(pause_ * 2, pace_.longest_pause);
  // Not all senders of a service that comes back at the same moment.
  std::uniform_int_distribution<std::int64_t> share(75, 125);
  auto wait = pause_ * share(random_) / 100;
  const std::chrono::seconds told(std::min(retry_after, kMostRetryAfter));
  wait = std::max<std::chrono::milliseconds>(wait, told);
  next_try_ = Clock::now() + wait;
  if (!out_)
    spdlog::warn("otlp: {}: {}; events are kept in {} until it answers", config_.service,
                 visible(why), spool_.folder());
  out_ = true;
  return Fate::later;
}

void OtlpSender::answered(std::uint64_t events, std::uint64_t lost, const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    sent_ += events - lost;
  }
  if (lost != 0) lose(lost, why);
}

void OtlpSender::lose(std::uint64_t events, const std::string& why) {
  const std::lock_guard lock(mutex_);
  lost_ += events;
  losses_[why] += events;
}

}  // namespace gatehouse::sinks
