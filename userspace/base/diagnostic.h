// SPDX-License-Identifier: Apache-2.0
// What the user wrote and we could not take as it is: where (file and JSON pointer), what, and what to
// do about it, all findings at once. It must never report a failure of the machine: that is Result.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gatehouse {

struct Diagnostic {
  enum class Severity { error, warning, note };
  Severity severity = Severity::error;
  std::string file;     // as the user named it
  std::string pointer;  // RFC 6901; "" = whole document
  std::string message;  // one sentence, no period
  std::string hint;     // what to do; may be empty
};

class Diagnostics {
 public:
  void error(std::string file, std::string pointer, std::string message, std::string hint = {}) {
    add({Diagnostic::Severity::error, std::move(file), std::move(pointer), std::move(message),
         std::move(hint)});
  }
  void warning(std::string file, std::string pointer, std::string message, std::string hint = {}) {
    add({Diagnostic::Severity::warning, std::move(file), std::move(pointer), std::move(message),
         std::move(hint)});
  }
  void note(std::string file, std::string pointer, std::string message, std::string hint = {}) {
    add({Diagnostic::Severity::note, std::move(file), std::move(pointer), std::move(message),
         std::move(hint)});
  }
  void add(Diagnostic d) {
    failed_ = failed_ || d.severity == Diagnostic::Severity::error;
    all_.push_back(std::move(d));
  }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] const std::vector<Diagnostic>& all() const { return all_; }

 private:
  std::vector<Diagnostic> all_;
  bool failed_ = false;
};

// "file:/pointer: error: message\n  hint: …\n", one block per finding.
std::string render(const Diagnostics& diagnostics);

}  // namespace gatehouse
