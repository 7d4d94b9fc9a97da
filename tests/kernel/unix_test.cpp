// SPDX-License-Identifier: Apache-2.0
// Unix sockets: every type, by path and by abstract name, and the ways around. Each refusal has the same
// call outside as a control. It must never reach for a socket of the host.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "support/io_uring.h"
#include "support/mounts.h"
#include "support/unix_sockets.h"

namespace gatehouse::testing {
namespace {

std::string policy(const std::string& more = "") {
  return R"("filesystem": {"default": "allow"}, "exec": {"default": "allow"},
  "network": {"default": "allow", "unix_sockets": {"default": "deny", "rules": [
    {"id": "own", "action": "allow", "paths": ["${workspace}/free/**"], "abstract": ["free-*"]},
    {"id": "agent", "action": "ask", "paths": ["${workspace}/asked/*"], "abstract": ["asked-*"]},
    {"id": "never", "action": "deny", "paths": ["${workspace}/free/docker.sock"],
     "abstract": ["free-/tmp/.X11-unix/X?"]},
    {"id": "deadly", "action": "kill", "paths": ["${workspace}/free/deadly"]}]}})" +
         more;
}

class UnixTest : public ::testing::Test {
 protected:
  UnixTest() {
    for (const char* name : {"free", "asked", "other"})
      std::filesystem::create_directory(workspace / name);
  }
  // Inside refused with an event on this object; outside possible.
  void expect_denied(const Operation& operation, const std::string& object, int reason,
                     const std::string& rule = "") {
    EXPECT_EQ(unconfined(operation), 0);
    session.forget();
    EXPECT_EQ(session.run(operation), EACCES) << session.last_words();
    const auto told = session.decisions();
    ASSERT_FALSE(told.empty());
    const auto& last = std::get<events::Decision>(told.back().body);
    EXPECT_EQ(last.access, GH_UNIX);
    EXPECT_EQ(last.object.text, object);
    EXPECT_EQ(last.reason, reason);
    EXPECT_EQ(session.rule(told.back()), rule);
  }
  void expect_allowed(const Operation& operation) {
    EXPECT_EQ(session.run(operation), 0) << session.last_words();
  }
  Directory workspace;
  Session session{policy(), workspace.path()};
};

struct Kind {
  const char* name;
  int type;
  Way way;
};
constexpr Kind kKinds[] = {{"stream", SOCK_STREAM, Way::connect},
                           {"seqpacket", SOCK_SEQPACKET, Way::connect},
                           {"dgram connected", SOCK_DGRAM, Way::connect},
                           {"dgram sendto", SOCK_DGRAM, Way::sendto},
                           {"dgram sendmmsg", SOCK_DGRAM, Way::sendmmsg}};

TEST_F(UnixTest, every_type_and_name_is_allowed_denied_and_killed) {
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    const auto at = [&](const char* name) { return workspace / name; };
    for (const std::string& name : {at("free/s"), std::string("@free-s")}) {
      UnixServer server(name, kind.type);
      expect_allowed(reaches(name, kind.type, kind.way));
      EXPECT_EQ(server.came(), 1);
    }
    const std::string none = at("other/s");
    UnixServer path(none, kind.type), abstract("@other-s", kind.type);
    expect_denied(reaches(none, kind.type, kind.way), none, GH_REASON_DEFAULT);
    EXPECT_EQ(path.came(), 1);
    expect_denied(reaches("@other-s", kind.type, kind.way), "@other-s", GH_REASON_DEFAULT);
    EXPECT_EQ(abstract.came(), 1);
    UnixServer docker(at("free/docker.sock"), kind.type),
        screen("@free-/tmp/.X11-unix/X0", kind.type), deadly(at("free/deadly"), kind.type);
    expect_denied(reaches(at("free/docker.sock"), kind.type, kind.way), at("free/docker.sock"),
                  GH_REASON_RULE, "never");
    expect_denied(reaches("@free-/tmp/.X11-unix/X0", kind.type, kind.way),
                  "@free-/tmp/.X11-unix/X0", GH_REASON_RULE, "never");
    EXPECT_EQ(session.run(reaches(at("free/deadly"), kind.type, kind.way)), -SIGKILL);
    EXPECT_EQ(deadly.came(), 0);
    for (const char* name : {"free/s", "other/s", "free/docker.sock", "free/deadly"})
      ::unlink(at(name).c_str());
  }
}

TEST_F(UnixTest, every_type_and_name_can_be_asked) {
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    for (const std::string& name : {workspace / "asked/s", std::string("@asked-s")}) {
      SCOPED_TRACE(name);
      UnixServer server(name, kind.type);
      const auto operation = reaches(name, kind.type, kind.way);
      EXPECT_EQ(unconfined(operation), 0);
      EXPECT_EQ(server.came(), 1);
      Running running = session.start(operation);
      const auto ask = session.next_ask();
      ASSERT_TRUE(ask.has_value());
      EXPECT_EQ(std::get<events::Ask>(ask->body).access, GH_UNIX);
      EXPECT_EQ(std::get<events::Ask>(ask->body).object.text, name);
      EXPECT_EQ(server.came(), 0);
      session.answer(*ask, GH_SCOPE_PROCESS, GH_ALLOW);
      EXPECT_EQ(running.wait(), 0) << session.last_words();
      EXPECT_EQ(server.came(), 1);
      EXPECT_EQ(run_answering(session, operation, {GH_SCOPE_ONCE, GH_DENY}).result, EACCES);
      EXPECT_EQ(server.came(), 0);
      ::unlink(name.c_str());
    }
  }
}

TEST_F(UnixTest, an_answer_for_once_is_for_one_connection) {
  UnixServer server(workspace / "asked/s", SOCK_STREAM);
  const auto one = reaches(workspace / "asked/s", SOCK_STREAM);
  const auto answered = run_answering(session, [&] { return one() != 0 ? 1 : one(); });
  EXPECT_EQ(answered.result, 0) << session.last_words();
  EXPECT_EQ(answered.asks.size(), 2u);
  EXPECT_EQ(server.came(), 2);
}

TEST_F(UnixTest, hundreds_of_asks_under_the_peer_s_lock_leak_no_error) {
  UnixServer server(workspace / "asked/s", SOCK_DGRAM);
  int came = 0;
  const auto answered = run_answering(
      session,
      [&] {
        for (int i = 0; i < 200; i++)
          if (const int code = reaches(workspace / "asked/s", SOCK_DGRAM, Way::sendto)(); code != 0)
            return code;
        return 0;
      },
      [&](const events::Ask&) {
        came += server.came();
        return Answer{};
      });
  EXPECT_EQ(answered.result, 0) << session.last_words();
  EXPECT_EQ(answered.asks.size(), 200u);
  EXPECT_EQ(came + server.came(), 200);
}

TEST_F(UnixTest, threads_may_ask_at_once) {
  UnixServer server(workspace / "asked/s", SOCK_STREAM);
  const auto answered = run_answering(session, [&] {
    std::atomic<int> failed = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
      threads.emplace_back([&] { failed += reaches(workspace / "asked/s", SOCK_STREAM)() != 0; });
    for (auto& thread : threads)
      thread.join();
    return failed.load();
  });
  EXPECT_EQ(answered.result, 0) << session.last_words();
  EXPECT_EQ(server.came(), 4);
}

TEST_F(UnixTest, io_uring_cannot_wait_and_is_denied) {
  const std::string name = workspace / "asked/s", none = workspace / "other/s",
                    free = workspace / "free/s";
  UnixServer asked(name, SOCK_STREAM), denied(none, SOCK_STREAM), own(free, SOCK_STREAM);
  for (const bool by_worker : {false, true}) {
    const auto connects_to = [=](const std::string& to) -> Operation {
      return [=] {
        const UnixName at(to);
        const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
        return by_io_uring([&](io_uring_sqe& entry) {
          entry.opcode = IORING_OP_CONNECT;
          entry.flags = by_worker ? IOSQE_ASYNC : 0;
          entry.fd = fd.get();
          entry.addr = reinterpret_cast<std::uint64_t>(at.get());
          entry.off = at.size();
        });
      };
    };
    const int outside = unconfined(connects_to(name));
    if (outside == ENOSYS || outside == EPERM)
      GTEST_SKIP() << "io_uring is disabled in this kernel";
    expect_allowed(connects_to(free));
    expect_denied(connects_to(none), none, GH_REASON_DEFAULT);
    expect_denied(connects_to(name), name, GH_REASON_NO_RESTART, "agent");
  }
}

TEST_F(UnixTest, other_names_of_a_denied_socket_gain_nothing) {
  const std::string name = workspace / "other/s", link = workspace / "free/link";
  UnixServer server(name, SOCK_STREAM);
  ASSERT_EQ(::symlink(name.c_str(), link.c_str()), 0);
  expect_denied(reaches(link, SOCK_STREAM), name, GH_REASON_DEFAULT);
  expect_denied(reaches("/proc/self/root" + name, SOCK_STREAM), name, GH_REASON_DEFAULT);
  expect_denied(reaches(workspace / "free/../other/s", SOCK_STREAM), name, GH_REASON_DEFAULT);
  const std::string hard = workspace / "free/hard";
  EXPECT_EQ(session.run([&] { return said(::link(name.c_str(), hard.c_str())); }), EACCES)
      << "a hard link under a name that may be reached";
  ASSERT_EQ(::link(name.c_str(), hard.c_str()), 0);
  expect_denied(reaches(hard, SOCK_STREAM), name, GH_REASON_DEFAULT);
  std::filesystem::create_directory(workspace / "free/mounted");
  Bind bind(workspace / "other", workspace / "free/mounted");
  expect_denied(reaches(workspace / "free/mounted/s", SOCK_STREAM), name, GH_REASON_DEFAULT);
}

TEST_F(UnixTest, a_denied_socket_cannot_be_renamed_to_where_it_may_be_reached) {
  const std::string name = workspace / "other/s", there = workspace / "free/s";
  UnixServer server(name, SOCK_STREAM);
  const auto rename = [](const std::string& from, const std::string& to) -> Operation {
    return [=] { return said(::rename(from.c_str(), to.c_str())); };
  };
  EXPECT_EQ(session.run(rename(name, there)), EACCES);
  EXPECT_EQ(std::get<events::Decision>(session.decisions().back().body).reason, GH_REASON_GAINS);
  EXPECT_EQ(unconfined(rename(name, there)), 0);
  // Whoever outside moves it has given it that name.
  expect_allowed(reaches(there, SOCK_STREAM));
  // A file is no socket: nobody can connect to it, wherever it goes.
  workspace.write("other/file", "x");
  expect_allowed(rename(workspace / "other/file", workspace / "free/file"));
}

TEST_F(UnixTest, a_socket_whose_name_is_gone_is_denied) {
  const std::string name = workspace / "free/s", hard = workspace / "free/hard";
  UnixServer server(name, SOCK_STREAM);
  ASSERT_EQ(::link(name.c_str(), hard.c_str()), 0);
  expect_allowed(reaches(hard, SOCK_STREAM));
  ASSERT_EQ(::unlink(name.c_str()), 0);
  EXPECT_EQ(unconfined(reaches(hard, SOCK_STREAM)), 0);
  EXPECT_EQ(session.run(reaches(hard, SOCK_STREAM)), EACCES);
  EXPECT_EQ(std::get<events::Decision>(session.decisions().back().body).reason, GH_REASON_DELETED);
}

TEST_F(UnixTest, a_connected_datagram_socket_is_judged_at_each_message) {
  const std::string name = workspace / "free/s";
  UnixServer server(name, SOCK_DGRAM);
  expect_allowed([&] {
    const UnixName to(name);
    const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
    if (::connect(fd.get(), to.get(), to.size()) != 0 || ::send(fd.get(), "x", 1, 0) != 1) return 1;
    if (::unlink(name.c_str()) != 0) return 2;
    return ::send(fd.get(), "x", 1, 0) < 0 && errno == EACCES ? 0 : 3;
  });
  EXPECT_EQ(server.came(), 1);
}

TEST_F(UnixTest, a_socket_made_outside_is_judged_by_who_uses_it) {
  const std::string name = workspace / "other/s";
  UnixServer server(name, SOCK_DGRAM);
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
  const UnixName to(name);
  ASSERT_EQ(::connect(fd.get(), to.get(), to.size()), 0);
  expect_denied([&] { return said(::send(fd.get(), "x", 1, 0)); }, name, GH_REASON_DEFAULT);
}

TEST_F(UnixTest, pairs_and_its_own_abstract_names_are_the_session_s_business) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
    expect_allowed([=] {
      int pair[2];
      if (::socketpair(AF_UNIX, type, 0, pair) != 0 || ::send(pair[0], "x", 1, 0) != 1) return 1;
      const auto server = unix_server("@mine", type);
      return server.valid() ? reaches("@mine", type)() : 2;
    });
    EXPECT_EQ(session.decisions().size(), 0u) << session.last_words();
  }
  // What it makes at a path is judged as the path says.
  EXPECT_EQ(session.run([&] {
    const auto server = unix_server(workspace / "other/own", SOCK_STREAM);
    return server.valid() ? reaches(workspace / "other/own", SOCK_STREAM)() : 1;
  }),
            EACCES);
  expect_allowed([&] {
    const auto server = unix_server(workspace / "free/own", SOCK_STREAM);
    return server.valid() ? reaches(workspace / "free/own", SOCK_STREAM)() : 1;
  });
}

TEST_F(UnixTest, abstract_names_of_another_session_are_judged_and_callers_from_outside_are_not) {
  Session other(policy(), workspace.path());
  int ready[2], done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  Running server = other.start([&] {
    char byte = 0;
    const auto denied = unix_server("@theirs", SOCK_STREAM),
               free = unix_server("@free-1", SOCK_STREAM);
    const auto path = unix_server(workspace / "other/theirs", SOCK_DGRAM);
    if (!denied.valid() || !free.valid() || !path.valid() || ::write(ready[1], "x", 1) != 1)
      return 1;
    ::close(done[1]);
    (void)!::read(done[0], &byte, 1);
    return 0;
  });
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  expect_denied(reaches("@theirs", SOCK_STREAM), "@theirs", GH_REASON_DEFAULT);
  expect_allowed(reaches("@free-1", SOCK_STREAM));
  EXPECT_EQ(unconfined(reaches(workspace / "other/theirs", SOCK_DGRAM, Way::sendto)), 0);
  EXPECT_EQ(other.decisions().size(), 0u) << other.last_words();
  ::close(done[1]);
  EXPECT_EQ(server.wait(), 0);
  for (const int fd : {ready[0], ready[1], done[0]})
    ::close(fd);
}

TEST_F(UnixTest, abstract_names_are_bytes) {
  using namespace std::string_literals;
  for (const std::string& name : {"@free-\0a/b\xff\0"s, "@free-"s + std::string(101, 'x')}) {
    UnixServer server(name, SOCK_STREAM);
    expect_allowed(reaches(name, SOCK_STREAM));
  }
  // The name is more than its beginning, and no path.
  for (const std::string& name : {"@fre\0e-"s, "@\0free-"s, "@"s, "@" + (workspace / "free/s"),
                                  "@" + std::string(107, 'y'), "@/free-"s}) {
    UnixServer server(name, SOCK_STREAM);
    expect_denied(reaches(name, SOCK_STREAM), name, GH_REASON_DEFAULT);
  }
}

TEST_F(UnixTest, a_socket_bound_in_another_mount_namespace_is_denied) {
  const std::string name = workspace / "free/s";
  int ready[2], done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    char byte = 0;
    if (::unshare(CLONE_NEWNS) != 0) ::_exit(1);
    const auto server = unix_server(name, SOCK_STREAM);
    if (!server.valid() || ::write(ready[1], "x", 1) != 1) ::_exit(2);
    ::close(done[1]);
    (void)!::read(done[0], &byte, 1);
    ::_exit(0);
  }
  ::close(ready[1]);
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(unconfined(reaches(name, SOCK_STREAM)), 0);
  EXPECT_EQ(session.run(reaches(name, SOCK_STREAM)), EACCES);
  EXPECT_EQ(std::get<events::Decision>(session.decisions().back().body).reason, GH_REASON_FOREIGN);
  ::close(done[1]);
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  for (const int fd : {ready[0], done[0]})
    ::close(fd);
}

TEST_F(UnixTest, audit_lets_through_and_reports) {
  Session audit(
      R"({"version": 1, "name": "audit", "mode": "audit", "network": {"unix_sockets": {}}})");
  for (const std::string& name : {workspace / "other/s", std::string("@other-a")}) {
    UnixServer server(name, SOCK_STREAM);
    EXPECT_EQ(audit.run(reaches(name, SOCK_STREAM)), 0);
    EXPECT_EQ(server.came(), 1);
    bool told = false;
    for (const auto& event : audit.decisions()) {
      const auto& body = std::get<events::Decision>(event.body);
      told = told || (body.access == GH_UNIX && body.object.text == name && body.audit &&
                      body.verdict == GH_DENY);
    }
    EXPECT_TRUE(told) << name;
  }
}

TEST_F(UnixTest, gatehouse_s_own_sockets_may_be_reached_unless_the_policy_says_otherwise) {
  std::filesystem::create_directories("/run/gatehouse");
  const std::string name = "/run/gatehouse/unix-test.sock";
  ::unlink(name.c_str());
  UnixServer server(name, SOCK_STREAM);
  expect_allowed(reaches(name, SOCK_STREAM));
  Session silent(R"("filesystem": {"default": "allow"})");
  EXPECT_EQ(silent.run(reaches(name, SOCK_STREAM)), 0) << silent.last_words();
  Session closed(R"("network": {"unix_sockets": {"default": "allow", "rules": [
      {"id": "shut", "action": "deny", "paths": ["/run/gatehouse/**"]}]}})");
  EXPECT_EQ(closed.run(reaches(name, SOCK_STREAM)), EACCES);
  ::unlink(name.c_str());
}

}  // namespace
}  // namespace gatehouse::testing
