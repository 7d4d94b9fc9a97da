// SPDX-License-Identifier: Apache-2.0
// The ground that the runner laid outside of the session, as attempts see it. It must never be written to
// but where an attempt puts back what it changed.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "escape/seen.h"

namespace gatehouse::escape {

class Ground {
 public:
  explicit Ground(const std::string& directory);

  // A fact that the runner wrote down, such as the PID of the victim; aborts when there is none.
  [[nodiscard]] const std::string& operator[](const std::string& name) const;
  [[nodiscard]] long number(const std::string& name) const;
  [[nodiscard]] pid_t victim() const { return static_cast<pid_t>(number("victim")); }
  [[nodiscard]] int fd(const std::string& name) const {
    return static_cast<int>(number("fd-" + name));
  }

  [[nodiscard]] std::string home(const std::string& name = "") const;       // denied names below
  [[nodiscard]] std::string workspace(const std::string& name = "") const;  // all allowed
  [[nodiscard]] std::string outside(const std::string& name = "") const;    // no writing
  [[nodiscard]] std::string secret() const { return home("/.netrc"); }
  [[nodiscard]] std::string kept() const { return outside("/kept"); }  // read, never written
  [[nodiscard]] std::string canary() const { return (*this)["canary"]; }
  [[nodiscard]] std::string unix_at(const std::string& name) const {
    return directory_ + "/run/" + name;
  }
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] const Seen& seen() const { return *seen_; }

 private:
  std::string directory_;
  std::map<std::string, std::string> facts_;
  const Seen* seen_ = nullptr;
};

}  // namespace gatehouse::escape
