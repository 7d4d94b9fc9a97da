// SPDX-License-Identifier: Apache-2.0
// An ask posted to a web service, signed, and its decision, now or later (docs/control.md). It must never
// send an ask unsigned, nor take a decision from another place than it was sent to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "reviewers/decision.h"

namespace gatehouse::reviewers {

struct Posting {
  std::string url;
  std::string secret_file;
  std::string ask;  // JSON
  std::uint64_t timeout_ms = 0;
};

// One JSON object of our own daemon's, on stdin.
std::variant<Posting, Failure> parse_posting(std::string_view text);
std::string posting_json(const Posting& posting);

// Waits for the decision, until the time is over.
Verdict post(const Posting& posting);

// "sha256=" and the hex HMAC-SHA-256 of "TIMESTAMP.BODY".
std::string signature(std::string_view secret, std::string_view timestamp, std::string_view body);

// Without the line break at its end. An error where others than its owner's group could read it too.
Result<std::string> read_secret(const std::string& file);

}  // namespace gatehouse::reviewers
