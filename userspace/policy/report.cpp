// SPDX-License-Identifier: Apache-2.0
// The counting behind report.h. It must never count an error as less than one.
#include "policy/report.h"

namespace gatehouse::policy {

Findings::~Findings() {
  if (more_ == 0) return;
  const std::string message = std::to_string(more_) + " more findings are not shown";
  const std::string hint = "correct those above first";
  if (more_errors_) {
    out_.error({}, {}, message, hint);
  } else {
    out_.warning({}, {}, message, hint);
  }
}

void Findings::add(Diagnostic finding) {
  const bool error = finding.severity == Diagnostic::Severity::error;
  failed_ = failed_ || error;
  if (full()) {
    ++more_;
    more_errors_ = more_errors_ || error;
    return;
  }
  ++shown_;
  out_.add(std::move(finding));
}

void Report::error(std::string pointer, std::string message, std::string hint) {
  findings_.add({Diagnostic::Severity::error, file_, std::move(pointer), std::move(message),
                 std::move(hint)});
}

void Report::warning(std::string pointer, std::string message, std::string hint) {
  findings_.add({Diagnostic::Severity::warning, file_, std::move(pointer), std::move(message),
                 std::move(hint)});
}

void Report::note(std::string pointer, std::string message, std::string hint) {
  findings_.add(
      {Diagnostic::Severity::note, file_, std::move(pointer), std::move(message), std::move(hint)});
}

}  // namespace gatehouse::policy
