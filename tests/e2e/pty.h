// SPDX-License-Identifier: Apache-2.0
// A terminal with a person at it: what is shown, and keys. It must never block the test: reading happens
// when the test looks.
#pragma once

#include <string>

#include "command.h"

namespace gatehouse::e2e {

class Pty {
 public:
  Pty();
  ~Pty();
  Pty(const Pty&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Settings settings() const;  // for whoever is to live on it
  void type(const std::string& keys) const;
  // All that was shown since forget().
  const std::string& screen();
  void forget();
  bool shows(const std::string& text, double seconds = 20);

 private:
  int fd_ = -1;
  std::string name_, screen_;
};

}  // namespace gatehouse::e2e
