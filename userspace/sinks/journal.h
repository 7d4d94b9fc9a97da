// SPDX-License-Identifier: Apache-2.0
// The sink that writes to systemd's journal by its native protocol: every member of an event is a field of its own
// (docs/telemetry.md). It must never wait for journald, nor lose an entry without counting it.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sinks/sink.h"

namespace gatehouse::sinks {

// As it is sent: fields with their bytes as they are.
std::string journal_entry(const events::Event& event);

class JournalSink : public Sink {
 public:
  static constexpr const char* kSocket = "/run/systemd/journal/socket";
  static constexpr std::size_t kMostPending = 1 << 20;  // bytes kept while journald is busy or away

  // `target`: the path of another socket than journald's own.
  static Result<std::unique_ptr<Sink>> open(const std::string& target, const std::string& state);

  void write(const events::Event& event) override;
  void flush() override;
  std::optional<Loss> take_loss() override;
  [[nodiscard]] SinkState state() const override { return {sent_, lost_, pending_bytes_}; }

 private:
  JournalSink(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  enum class Sent { yes, later, never };
  Sent send(const std::string& entry);
  [[nodiscard]] bool send_file(const std::string& entry) const;

  UniqueFd fd_;
  std::string path_;
  std::deque<std::string> pending_;
  std::size_t pending_bytes_ = 0;
  std::uint64_t sent_ = 0, lost_ = 0, told_ = 0;
  std::chrono::steady_clock::time_point next_telling_{};  // the word of a loss may be lost too
};

}  // namespace gatehouse::sinks
