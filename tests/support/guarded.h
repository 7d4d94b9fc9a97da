// SPDX-License-Identifier: Apache-2.0
// What a test of a privilege needs: sessions that deny, allow, audit and name it, and a process outside of
// them. It must never take an operation that fails anyway for one that was denied.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <string>

#include "support/gate.h"

namespace gatehouse::testing {

// Everything but privileges is allowed; `more` is put at the end.
std::string guarding(const std::string& more);

// A process outside of every session, or inside if made there, that waits for its end.
class Outsider {
 public:
  Outsider();
  ~Outsider();
  Outsider(const Outsider&) = delete;
  Outsider& operator=(const Outsider&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

class Guarded : public ::testing::Test {
 protected:
  Guarded();
  // Succeeds or fails alike outside and where it is allowed or audited; elsewhere `refused`, and it is told.
  // `more`: what else it needs beside, by its name.
  void expect_guarded(const std::string& name, const Operation& operation, int refused = EPERM,
                      const std::string& more = {});
  static void expect_told(Session& in, const std::string& name, gh_reason reason, bool audit);
  // Goes as outside, and nobody hears of it.
  void expect_free(const Operation& operation);

  Directory workspace;
  Session session{guarding(""), workspace.path()};
  Outsider outsider;
  const pid_t other = outsider.pid();
};

}  // namespace gatehouse::testing
