// SPDX-License-Identifier: Apache-2.0
// Reads an audit log as somebody who trusts nothing but a public key: what it proves, and what is wrong with it.
// It must never write, nor call whole what it could not read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/head.h"
#include "audit/key.h"
#include "base/result.h"

namespace gatehouse::audit {

struct VerifyOptions {
  std::string directory;
  PublicKey key;
  std::optional<Head> head;  // the end that must be reached
  // Of what is counted; the chain is checked from the first record to the last. ns since 1970.
  std::int64_t since = 0, until = INT64_MAX;
};

struct Finding {
  std::string file;
  std::uint64_t line = 0;
  std::string what;
};

struct Interval {
  std::int64_t from = 0, to = 0;  // ns since 1970
};

struct Verdict {
  static constexpr std::size_t kMostFindings = 100;

  std::uint64_t segments = 0, first = 0, last = 0;  // records
  std::int64_t begins = 0, ends = 0;                // ns since 1970
  std::uint64_t checkpoints = 0, signed_to = 0;  // the newest record that a good signature covers
  std::uint64_t given_up = 0;                    // records before the first, for age or space
  std::uint64_t cut_line = 0;  // bytes of a line that is being written, or never was

  // In the range:
  std::map<std::string, std::uint64_t> records;  // by type
  std::uint64_t numbered = 0;                    // events of the kernel
  std::map<std::string, std::uint64_t> lost;     // and told, by ring
  std::map<std::string, std::uint64_t> why;      // the same by their reasons
  std::vector<Interval> away;                    // no controller ran

  // Of the kernel's numbers, in all:
  std::uint64_t untold = 0;    // missing, and nobody said so
  std::uint64_t in_doubt = 0;  // missing at the end: may still be told, or come

  std::vector<Finding> findings;     // the first of them
  std::uint64_t findings_count = 0;  // all

  // Nothing was changed, dropped or reordered, and each loss was told.
  [[nodiscard]] bool proven() const { return findings_count == 0 && untold == 0 && last != 0; }
};

// The error is of a directory or a file that cannot be read.
Result<Verdict> verify(const VerifyOptions& options);

}  // namespace gatehouse::audit
