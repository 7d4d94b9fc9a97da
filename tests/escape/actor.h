// SPDX-License-Identifier: Apache-2.0
// Who attempts are made as, and the processes that the ground needs outside of sessions. A process here
// must never outlive its object.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "e2e/command.h"

namespace gatehouse::escape {

struct Actor {
  std::string name;
  uid_t uid;
  gid_t gid;
  std::vector<gid_t> groups;
};

inline const Actor& root_actor() {
  static const Actor actor = {"root", 0, 0, {0}};
  return actor;
}
// A member of the group gatehouse; its second group is one that it may give files to.
inline const Actor& user_actor() {
  static const Actor actor = {"user", 61001, 61000, {61000, 61010}};
  return actor;
}

// Runs a program as the actor, outside of every session.
class Outsider {
 public:
  Outsider(const Actor& actor, const std::vector<std::string>& argv, const std::string& cgroup,
           unsigned namespaces = 0, const std::string& host = "", const std::string& canary = "");
  ~Outsider();
  Outsider(const Outsider&) = delete;
  Outsider& operator=(const Outsider&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

}  // namespace gatehouse::escape
