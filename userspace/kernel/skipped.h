// SPDX-License-Identifier: Apache-2.0
// How often the kernel did not run a program of ours, since one was already running on that CPU: what it would
// have told is missing without a number. It must never be asked for each event.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/memory.h"

namespace gatehouse::kernel {

class Skipped {
 public:
  Skipped() = default;
  // Of the programs behind these links, from now on.
  static Result<Skipped> over(const Fds& links);

  struct Count {
    std::string program;
    std::uint64_t times = 0;  // since the last call
  };
  // Those that were skipped at all.
  Result<std::vector<Count>> news();

 private:
  struct Watched {
    std::string name;
    UniqueFd fd;
    std::uint64_t told = 0;
  };
  std::vector<Watched> programs_;
};

}  // namespace gatehouse::kernel
