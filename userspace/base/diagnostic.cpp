// SPDX-License-Identifier: Apache-2.0
// Diagnostics as text for a terminal or a log. It must never drop one: the reader fixes all at once.
#include "base/diagnostic.h"

namespace gatehouse {

std::string render(const Diagnostics& diagnostics) {
  std::string out;
  for (const auto& d : diagnostics.all()) {
    const char* word = d.severity == Diagnostic::Severity::error     ? "error"
                       : d.severity == Diagnostic::Severity::warning ? "warning"
                                                                     : "note";
    out += d.file;
    if (!d.pointer.empty()) out += ":" + d.pointer;
    if (!out.empty() && !d.file.empty()) out += ": ";
    out += std::string(word) + ": " + d.message + "\n";
    if (!d.hint.empty()) out += "  hint: " + d.hint + "\n";
  }
  return out;
}

}  // namespace gatehouse
