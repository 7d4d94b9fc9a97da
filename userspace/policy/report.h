// SPDX-License-Identifier: Apache-2.0
// Findings of one run over all files of a policy, kept to a number that a person reads. It must never
// forget that something was an error, even where it no longer says which.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "base/diagnostic.h"

namespace gatehouse::policy {

class Findings {
 public:
  static constexpr std::size_t kMost = 100;

  explicit Findings(Diagnostics& out) : out_(out) {}
  Findings(const Findings&) = delete;
  Findings& operator=(const Findings&) = delete;
  ~Findings();  // says how many were left out

  void add(Diagnostic finding);
  [[nodiscard]] bool failed() const { return failed_; }
  // Nothing further will be shown: work that only makes messages may be skipped.
  [[nodiscard]] bool full() const { return shown_ >= kMost; }

 private:
  Diagnostics& out_;
  std::size_t shown_ = 0;
  std::size_t more_ = 0;
  bool failed_ = false;
  bool more_errors_ = false;
};

// The findings of one file.
class Report {
 public:
  Report(Findings& findings, std::string file) : findings_(findings), file_(std::move(file)) {}

  void error(std::string pointer, std::string message, std::string hint = {});
  void warning(std::string pointer, std::string message, std::string hint = {});
  void note(std::string pointer, std::string message, std::string hint = {});
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] Findings& findings() { return findings_; }

 private:
  Findings& findings_;
  std::string file_;
};

}  // namespace gatehouse::policy
