// SPDX-License-Identifier: Apache-2.0
// Descriptors that come in over a socket (SCM_RIGHTS): judged as if they were opened now. It must never
// open inside the session what is to be passed.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/passing.h"
#include "support/sockets.h"
#include "support/unix_sockets.h"

namespace gatehouse::testing {
namespace {

constexpr const char* kPolicy = R"("filesystem": {
  "default": "allow",
  "rules": [
    {"id": "secret", "action": "deny", "access": ["read"], "paths": ["${workspace}/secret"]},
    {"id": "kept", "action": "deny", "access": ["write"], "paths": ["${workspace}/kept"]},
    {"id": "asked", "action": "ask", "access": ["read"], "paths": ["${workspace}/asked"]}]},
  "exec": {"default": "allow"},
  "network": {"default": "deny", "rules": [
    {"id": "web", "action": "allow", "access": ["connect"], "cidrs": ["127.0.0.1/32"], "ports": [9301]}],
    "unix_sockets": {"default": "deny", "rules": [
      {"id": "free", "action": "allow", "paths": ["${workspace}/free.sock"]}]}})";

class ReceiveTest : public ::testing::Test {
 protected:
  ReceiveTest() {
    for (const char* name : {"secret", "kept", "asked", "plain"})
      workspace.write(name, "1");
  }
  // What came of passing `fd` to a task inside, or to one outside.
  int passed(UniqueFd fd, bool inside = true) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
    EXPECT_EQ(send_fd(ends[0], fd.get()), 1);
    const Operation operation = [&] {
      const int given = receive_fd(ends[1]);
      return given < 0 ? errno : said(::fcntl(given, F_GETFL));
    };
    const int code = inside ? session.run(operation) : unconfined(operation);
    ::close(ends[0]);
    ::close(ends[1]);
    return code;
  }
  UniqueFd opened(const std::string& name, int flags) const {
    return UniqueFd(::open((workspace / name).c_str(), flags | O_CLOEXEC));
  }
  static UniqueFd connected(std::uint16_t port) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const Address to("127.0.0.1", port);
    EXPECT_EQ(::connect(fd.get(), to.get(), to.size()), 0);
    return fd;
  }
  UniqueFd connected_to(const std::string& name) const {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const UnixName to(workspace / name);
    EXPECT_EQ(::connect(fd.get(), to.get(), to.size()), 0);
    return fd;
  }

  Directory workspace;
  Session session{kPolicy, workspace.path()};
};

TEST_F(ReceiveTest, a_denied_file_does_not_come_in) {
  EXPECT_EQ(passed(opened("secret", O_RDONLY), false), 0);
  EXPECT_EQ(passed(opened("secret", O_RDONLY)), EACCES);
  const auto told = session.decisions();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(session.rule(told.back()), "secret");
  EXPECT_EQ(passed(opened("plain", O_RDWR)), 0);
}

TEST_F(ReceiveTest, what_it_was_opened_for_decides) {
  EXPECT_EQ(passed(opened("secret", O_WRONLY)), 0);
  EXPECT_EQ(passed(opened("kept", O_RDONLY)), 0);
  EXPECT_EQ(passed(opened("kept", O_RDWR)), EACCES);
  EXPECT_EQ(passed(opened("kept", O_WRONLY), false), 0);
}

// The message is taken already: nobody could be held.
TEST_F(ReceiveTest, what_would_be_asked_does_not_come_in) {
  EXPECT_EQ(passed(opened("asked", O_RDONLY)), EACCES);
  EXPECT_FALSE(session.pending_ask().has_value());
}

TEST_F(ReceiveTest, a_file_without_a_name_comes_in) {
  UniqueFd fd = opened("plain", O_RDWR);
  ::unlink((workspace / "plain").c_str());
  EXPECT_EQ(passed(std::move(fd)), 0);
}

TEST_F(ReceiveTest, a_path_descriptor_opens_nothing_that_is_denied) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd fd = opened("secret", O_PATH);
  EXPECT_EQ(send_fd(ends[0], fd.get()), 1);
  EXPECT_EQ(session.run([&] {
    const int given = receive_fd(ends[1]);
    if (given < 0) return ERANGE;
    return reads("/proc/self/fd/" + std::to_string(given))();
  }),
            EACCES);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(ReceiveTest, a_connection_comes_in_where_it_could_be_made) {
  const Listener denied("127.0.0.1", 9300), allowed("127.0.0.1", 9301);
  EXPECT_EQ(passed(connected(9300), false), 0);
  EXPECT_EQ(passed(connected(9300)), EACCES);
  EXPECT_EQ(passed(connected(9301)), 0);
}

TEST_F(ReceiveTest, a_unix_connection_comes_in_where_it_could_be_made) {
  const UnixServer denied(workspace / "kept.sock", SOCK_STREAM),
      allowed(workspace / "free.sock", SOCK_STREAM);
  EXPECT_EQ(passed(connected_to("kept.sock"), false), 0);
  EXPECT_EQ(passed(connected_to("kept.sock")), EACCES);
  EXPECT_EQ(passed(connected_to("free.sock")), 0);
}

TEST_F(ReceiveTest, one_end_of_a_pair_comes_in) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  EXPECT_EQ(passed(UniqueFd(ends[1])), 0);
  ::close(ends[0]);
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  EXPECT_EQ(passed(UniqueFd(ends[0])), 0);
  ::close(ends[1]);
}

}  // namespace
}  // namespace gatehouse::testing
