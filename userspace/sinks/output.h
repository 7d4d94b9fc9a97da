// SPDX-License-Identifier: Apache-2.0
// Whole lines into a file, pipe or terminal, for sinks. It must never wait for its reader, and
// never leave the beginning of a line that it then counts as lost, where the file lets it take that
// back.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gatehouse::sinks {

class Output {
 public:
  static constexpr std::size_t kMostPending = 1 << 20;  // bytes kept for a slow reader

  // Made with mode 0640 if missing; opened again by flush() when it was renamed away (logrotate).
  static Result<Output> to_file(std::string path);
  // `fd` is left alone: a description of our own is opened behind it where that is possible. The
  // program must ignore SIGPIPE.
  static Result<Output> to_fd(int fd);

  // `line` with its newline. False: there was no room, and nothing of it was (or will be) written.
  bool put(std::string_view line);
  void flush();

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::size_t pending() const { return pending_.size(); }

 private:
  Output(UniqueFd fd, std::string path);
  bool start(std::string_view line);
  void take_back(std::size_t written);
  void reopen_if_moved();

  UniqueFd fd_;
  std::string path_;  // empty: not ours to open again
  bool regular_ = false;
  bool socket_ = false;
  bool torn_ = false;    // the file ends in the middle of a line
  std::string pending_;  // what a slow reader has not taken yet
};

}  // namespace gatehouse::sinks
