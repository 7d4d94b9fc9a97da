// SPDX-License-Identifier: Apache-2.0
// One exchange with a web service, bounded in size and time. It must never follow a redirect, nor speak
// another protocol than the address names.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "web/curl.h"

namespace gatehouse::web {

using Deadline = std::chrono::steady_clock::time_point;

inline constexpr std::size_t kMostBody = 64u << 10;  // bytes of an answer

struct Reply {
  long status = 0;
  std::string body;               // at most kMostBody + 1 bytes
  std::uint64_t retry_after = 0;  // seconds; 0: not said
};

struct ExchangeOptions {
  std::string ca_file;           // whose certificates are trusted; "": the system's
  std::function<bool()> during;  // called about once a second or more often; false: give up
};

// `body`: null is a GET, else a POST of it. `headers`: "Name: value".
Result<Reply> exchange(const Curl& curl, const std::string& url, const std::string* body,
                       const std::vector<std::string>& headers, Deadline deadline,
                       const ExchangeOptions& options = {});

}  // namespace gatehouse::web
