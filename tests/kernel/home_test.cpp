// SPDX-License-Identifier: Apache-2.0
// Programs that make a mount namespace and go on with what they opened before: judged by the names of the
// namespace they came from. It must never let the names of any other namespace decide.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "support/gate.h"

namespace gatehouse::testing {
namespace {

constexpr const char* kPolicy = R"("filesystem": {
  "default": {"read": "allow", "exec": "allow"},
  "rules": [{"id": "kept", "action": "deny", "access": ["read"], "paths": ["${workspace}/kept/**"]}]},
  "privilege": {"default": "allow"})";

int opens(int directory, const char* name) {
  const int fd = ::openat(directory, name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  ::close(fd);
  return 0;
}

int in_child(const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(act());
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class HomeTest : public ::testing::Test {
 protected:
  HomeTest() {
    workspace.write("f", "1");
    workspace.write("kept/f", "1");
  }

  // Opens `name` below what was opened before the namespace was made.
  Operation opens_from_before(const char* name) {
    return [this, name] {
      const int before = ::open(workspace.path().c_str(), O_PATH | O_CLOEXEC);
      if (::unshare(CLONE_NEWNS) != 0) return errno;
      return opens(before, name);
    };
  }

  events::Judged last() {
    const auto told = session.decisions();
    if (!told.empty()) return std::get<events::Decision>(told.back().body);
    ADD_FAILURE() << "no decision was told";
    return {};
  }

  Directory workspace;
  Session session{kPolicy, workspace.path()};
};

TEST_F(HomeTest, what_was_opened_before_a_mount_namespace_was_made_has_its_name_still) {
  EXPECT_EQ(unconfined(opens_from_before("f")), 0);
  EXPECT_EQ(session.run(opens_from_before("f")), 0);
}

TEST_F(HomeTest, and_is_denied_by_that_name) {
  EXPECT_EQ(unconfined(opens_from_before("kept/f")), 0);
  EXPECT_EQ(session.run(opens_from_before("kept/f")), EACCES);
  EXPECT_EQ(last().object.text, workspace / "kept/f");
  EXPECT_EQ(last().reason, GH_REASON_RULE);
}

TEST_F(HomeTest, children_born_in_the_new_namespace_come_from_the_same_home) {
  const auto in_a_grandchild = [&](const char* name) -> Operation {
    return [this, name] {
      const int before = ::open(workspace.path().c_str(), O_PATH | O_CLOEXEC);
      if (::unshare(CLONE_NEWNS) != 0) return errno;
      return in_child([&] {
        if (::unshare(CLONE_NEWNS) != 0) return errno;
        return in_child([&] { return opens(before, name); });
      });
    };
  };
  EXPECT_EQ(unconfined(in_a_grandchild("f")), 0);
  EXPECT_EQ(session.run(in_a_grandchild("f")), 0);
  EXPECT_EQ(unconfined(in_a_grandchild("kept/f")), 0);
  EXPECT_EQ(session.run(in_a_grandchild("kept/f")), EACCES);
}

// The same file by way of a namespace that the session made, but did not come from.
TEST_F(HomeTest, a_namespace_that_the_session_made_is_no_home) {
  const Operation from_between = [&] {
    if (::unshare(CLONE_NEWNS) != 0) return errno;
    const int between = ::open(workspace.path().c_str(), O_PATH | O_CLOEXEC);
    return in_child([&] {  // its parent keeps the namespace between alive
      if (::unshare(CLONE_NEWNS) != 0) return errno;
      return opens(between, "f");
    });
  };
  EXPECT_EQ(unconfined(from_between), 0);
  EXPECT_EQ(session.run(from_between), EACCES);
  EXPECT_EQ(last().reason, GH_REASON_FOREIGN);
}

// A session that begins in a namespace of its own, as a container does, has none of the host's names.
TEST_F(HomeTest,
       what_comes_from_the_hosts_namespace_has_no_name_for_a_session_that_began_in_another) {
  const auto handed_in = [&](bool confined) -> Operation {
    return [this, confined] {
      const int host = ::open(workspace.path().c_str(), O_PATH | O_CLOEXEC);
      if (::unshare(CLONE_NEWNS) != 0) return errno;
      if (confined) session.enter();
      return opens(host, "f");
    };
  };
  EXPECT_EQ(unconfined(handed_in(false)), 0);
  EXPECT_EQ(unconfined(handed_in(true)), EACCES);
  EXPECT_EQ(last().reason, GH_REASON_FOREIGN);
}

}  // namespace
}  // namespace gatehouse::testing
