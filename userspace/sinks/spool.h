// SPDX-License-Identifier: Apache-2.0
// Batches that wait on disk until they can be sent, oldest first, and that outlive the process. It must never
// grow past its bound, nor share its folder with another process.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gatehouse::sinks {

class Spool {
 public:
  struct Batch {
    std::uint64_t number = 0;
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
  };

  // The folder is `stem`, or `stem`.1 to .15 where others have those before it. What an earlier process left
  // there waits on.
  static Result<Spool> open(const std::string& stem, std::uint64_t most_bytes);

  // ENOSPC: it would grow past its bound, or the disk is full; nothing of it was kept.
  Result<void> add(std::string_view text, std::uint64_t events);
  [[nodiscard]] const Batch* oldest() const { return batches_.empty() ? nullptr : &batches_[0]; }
  // Of the oldest. An error when it cannot be read, or is not as it was written.
  [[nodiscard]] Result<std::string> read() const;
  void drop_oldest();
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  Spool(std::string folder, UniqueFd lock, std::uint64_t most)
      : folder_(std::move(folder)), lock_(std::move(lock)), most_(most) {}
  [[nodiscard]] std::string name_of(const Batch& batch) const;
  void find_what_is_left();

  std::string folder_;
  UniqueFd lock_;  // of the folder
  std::uint64_t most_;
  std::uint64_t bytes_ = 0;
  std::uint64_t next_ = 1;
  std::deque<Batch> batches_;
};

}  // namespace gatehouse::sinks
