// SPDX-License-Identifier: Apache-2.0
// One exchange with a web service, bounded in size and time. It must never follow a redirect, nor speak
// another protocol than the address names.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "reviewers/curl.h"

namespace gatehouse::reviewers {

using Deadline = std::chrono::steady_clock::time_point;

struct Reply {
  long status = 0;
  std::string body;               // at most kMostAnswer + 1 bytes
  std::uint64_t retry_after = 0;  // seconds; 0: not said
};

// `body`: null is a GET, else a POST of it. `headers`: "Name: value".
Result<Reply> exchange(const Curl& curl, const std::string& url, const std::string* body,
                       const std::vector<std::string>& headers, Deadline deadline);

}  // namespace gatehouse::reviewers
