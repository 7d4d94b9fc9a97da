// SPDX-License-Identifier: Apache-2.0
// What goes wrong, said on stderr: one line, and a hint below it. It must never end the program itself.
#include <iostream>

#include "cli/verbs.h"

namespace gatehouse::cli {

void complain(const std::string& message, const std::string& hint) {
  std::cerr << "gatehouse: " << message << "\n";
  if (!hint.empty()) std::cerr << "  hint: " << hint << "\n";
}

}  // namespace gatehouse::cli
