// SPDX-License-Identifier: Apache-2.0
// Who is judged, and by which policy: cgroups below a session and beside it, elsewhere and without one, and
// policies that change meanwhile. It must never leave a cgroup that it made.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "support/sockets.h"

namespace gatehouse::testing {
namespace {

// A policy that denies reading one name; `more` rules make tables of another shape.
std::string denying(const std::string& name, int more = 0) {
  std::string rules =
      R"({"id": "name", "action": "deny", "access": "read", "paths": ["**/)" + name + "\"]}";
  for (int rule = 0; rule < more; rule++)
    rules += R"(, {"id": "more)" + std::to_string(rule) +
             R"(", "action": "deny", "access": "read", "paths": ["/nowhere/)" +
             std::to_string(rule) + "/**\"]}";
  return R"("filesystem": {"default": {"read": "allow", "write": "allow", "exec": "allow"}, "rules": [)" +
         rules + R"(]}, "exec": {"default": "allow"}, "network": {"default": "deny"},
         "privilege": {"default": "allow"})";
}

std::string without_name(const std::string& path) {
  return path + "-" + std::to_string(::getpid());
}

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() {
    workspace.write("x", "1");
    workspace.write("y", "1");
    EXPECT_EQ(unconfined(reads(x())), 0);
    EXPECT_EQ(unconfined(reads(y())), 0);
  }
  std::string x() const { return workspace / "x"; }
  std::string y() const { return workspace / "y"; }
  Directory workspace;
};

TEST_F(SessionTest, a_cgroup_below_a_session_is_inside_it) {
  Session session(denying("x"), workspace.path());
  EXPECT_EQ(session.run([&] {
    std::string cgroup = session.cgroup().path();
    for (int level = 0; level < 5; level++) {
      cgroup += "/below";
      if (::mkdir(cgroup.c_str(), 0755) != 0) return errno;
      if (const int code = moves(0, cgroup); code != 0) return code;
      if (reads(x())() != EACCES || reads(y())() != 0) return ERANGE;
    }
    return 0;
  }),
            0)
      << session.last_words();
  EXPECT_EQ(session.decisions().size(), 5u);
}

TEST_F(SessionTest, a_process_moved_from_outside_is_judged_from_then_on) {
  Session session(denying("x"), workspace.path());
  const std::string below = session.cgroup().path() + "/below";
  ASSERT_EQ(::mkdir(below.c_str(), 0755), 0);
  EXPECT_EQ(unconfined([&] {
              if (const int code = reads(x())(); code != 0) return ERANGE;
              if (const int code = moves(0, below); code != 0) return code;
              return reads(x())();
            }),
            EACCES);
}

TEST_F(SessionTest, two_sessions_are_judged_by_their_own_policies) {
  Session one(denying("x"), workspace.path()), two(denying("y"), workspace.path());
  const auto loop = [](const std::string& allowed, const std::string& denied) -> Operation {
    return [=] {
      for (int time = 0; time < 300; time++)
        if (reads(allowed)() != 0 || reads(denied)() != EACCES) return ERANGE;
      return 0;
    };
  };
  Running first = one.start(loop(y(), x())), second = two.start(loop(x(), y()));
  EXPECT_EQ(first.wait(), 0) << one.last_words();
  EXPECT_EQ(second.wait(), 0) << two.last_words();
  for (Session* session : {&one, &two}) {
    const auto told = session->decisions();
    EXPECT_EQ(told.size(), 300u);
    const std::string own = session == &one ? x() : y();
    for (const auto& event : told)
      if (std::get<events::Decision>(event.body).object.text != own) FAIL() << "another session's";
  }
}

// A hook guesses a session by the last byte of its cgroup's id (scope.h).
TEST_F(SessionTest, sessions_that_are_looked_for_in_one_place_are_judged_apart) {
  const auto place = [](const Session& session) { return session.cgroup().id() & 255; };
  std::map<std::uint64_t, std::unique_ptr<Session>> ones;
  for (int made = 0; made < 16; made++) {
    auto one = std::make_unique<Session>(denying("x"), workspace.path());
    ones[place(*one)] = std::move(one);
  }
  std::unique_ptr<Session> two;
  for (int tried = 0; tried < 500 && (!two || !ones.contains(place(*two))); tried++) {
    two = std::make_unique<Session>(denying("y"), workspace.path());
    const std::string between =
        two->cgroup().path() + "/between";  // so that ids do not go by steps
    for (int made = 0; made < tried % 5; made++)
      ASSERT_TRUE(::mkdir(between.c_str(), 0755) == 0 && ::rmdir(between.c_str()) == 0);
  }
  ASSERT_TRUE(ones.contains(place(*two))) << "no two ids of five hundred end alike";
  Session& one = *ones[place(*two)];
  for (int turn = 0; turn < 5; turn++) {
    EXPECT_EQ(one.run(reads(x())), EACCES);
    EXPECT_EQ(two->run(reads(x())), 0);
    EXPECT_EQ(two->run(reads(y())), EACCES);
    EXPECT_EQ(one.run(reads(y())), 0);
  }
}

struct Load {
  std::atomic<bool> stop{false};
  std::atomic<long> rounds{0};
};

TEST_F(SessionTest, a_policy_replaced_under_load_never_gives_a_wrong_verdict) {
  Session session(denying("x"), workspace.path());
  void* place =
      ::mmap(nullptr, sizeof(Load), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Load& load = *new (place) Load;
  const auto in_load = [&] {
    while (!load.stop) {
      if (reads(x())() != EACCES) return 1;
      if (reads(y())() != 0) return 2;
      load.rounds++;
    }
    return 0;
  };
  Running task = session.start(in_load);
  EXPECT_TRUE(wait_for([&] { return load.rounds > 0; }));
  for (int time = 0; time < 200 && !task.ended(); time++) {
    session.replace(denying("x", time % 7));
    if (time % 20 == 0) (void)session.decisions();  // the ring
  }
  load.stop = true;
  EXPECT_EQ(task.wait(), 0) << session.last_words();
  EXPECT_GT(load.rounds.load(), 200);
  session.replace(denying("y"));
  EXPECT_EQ(session.run(reads(x())), 0);
  EXPECT_EQ(session.run(reads(y())), EACCES);
  ::munmap(place, sizeof(Load));
}

TEST_F(SessionTest, a_cgroup_elsewhere_is_judged_and_free_again_afterwards) {
  auto& gate = Gate::instance();
  const auto before = gate.enforcement().attached();
  const std::string top = gate.enforcement().mount() + without_name("/gh-test-elsewhere");
  Listener server("127.0.0.1", 9000);
  {
    Session session(denying("x"), workspace.path(), top + "/a/b");
    const std::string below = session.cgroup().path() + "/c";
    ASSERT_EQ(::mkdir(below.c_str(), 0755), 0);
    EXPECT_EQ(session.run(reads(x())), EACCES);
    EXPECT_EQ(session.run(reads(y())), 0);
    EXPECT_EQ(session.run(connects("127.0.0.1", 9000)), EPERM);
    EXPECT_EQ(session.run([&] { return moves(0, below) != 0 ? ERANGE : reads(x())(); }), EACCES);
    // Beside and above it everything is free.
    EXPECT_EQ(unconfined([&] { return moves(0, top) != 0 ? ERANGE : reads(x())(); }), 0);
    session.detach();
    EXPECT_EQ(session.run(reads(x())), 0);
    EXPECT_EQ(session.run(connects("127.0.0.1", 9000)), 0);
    EXPECT_EQ(gate.enforcement().attached(), before);
  }
  EXPECT_EQ(::rmdir((top + "/a").c_str()), 0);
  EXPECT_EQ(::rmdir(top.c_str()), 0);
}

TEST_F(SessionTest, a_fast_open_elsewhere_is_judged_too) {
  const std::string top = Gate::instance().enforcement().mount() + without_name("/gh-test-fast");
  Listener server("127.0.0.1", 9000);
  const Operation fast = [] {
    const Address to("127.0.0.1", 9000);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    return said(::sendto(fd, "x", 1, MSG_FASTOPEN, to.get(), to.size()));
  };
  EXPECT_EQ(unconfined(fast), 0);
  EXPECT_EQ(server.accepted(), 1);
  Session session(denying("x"), workspace.path(), top);
  EXPECT_EQ(session.run(fast), EPERM);
  EXPECT_EQ(server.accepted(), 0);
}

TEST_F(SessionTest, a_cgroup_of_the_gate_without_a_session_is_denied_everything) {
  auto& gate = Gate::instance();
  const std::string orphan = gate.enforcement().root().path() + "/orphan";
  ASSERT_EQ(::mkdir(orphan.c_str(), 0755), 0);
  Listener server("127.0.0.1", 9000);
  (void)gate.take(0);
  EXPECT_EQ(unconfined([&] { return moves(0, orphan) != 0 ? ERANGE : reads("/etc/passwd")(); }),
            EACCES);
  const auto told = gate.take(0);
  const auto denied = std::find_if(told.begin(), told.end(), [](const events::Event& event) {
    return std::holds_alternative<events::Decision>(event.body);
  });
  ASSERT_NE(denied, told.end());
  EXPECT_EQ(std::get<events::Decision>(denied->body).reason, GH_REASON_NO_TABLES);
  EXPECT_EQ(
      unconfined([&] { return moves(0, orphan) != 0 ? ERANGE : connects("127.0.0.1", 9000)(); }),
      EPERM);
  EXPECT_EQ(unconfined([&] { return moves(0, orphan) != 0 ? ERANGE : executes({"/bin/true"})(); }),
            EACCES);
  EXPECT_TRUE(wait_for([&] { return ::rmdir(orphan.c_str()) == 0; }));
}

TEST_F(SessionTest, a_session_that_ended_leaves_its_processes_denied) {
  Session session(denying("x"), workspace.path());
  EXPECT_EQ(session.run(reads(y())), 0);
  session.detach();
  EXPECT_EQ(session.run(reads(y())), EACCES);
  (void)Gate::instance().take(0);
}

// As a controller leaves it that dies between its first steps and its last.
TEST_F(SessionTest, a_removal_that_was_cut_off_denies_and_can_be_ended) {
  Session session(denying("x"), workspace.path());
  EXPECT_EQ(session.run(reads(y())), 0);
  kernel::Memory& memory = Gate::instance().enforcement().memory();
  kernel::Admission& admission = Gate::instance().admission();
  const auto entry = [&]() -> std::optional<kernel::AdmittedSession> {
    const auto all = admission.sessions();
    if (!all) return std::nullopt;
    for (const auto& one : *all)
      if (one.serial == session.serial()) return one;
    return std::nullopt;
  };
  const auto whole = entry();
  ASSERT_TRUE(whole.has_value());
  ASSERT_TRUE(memory.scopes.erase(session.cgroup().id()));
  memory.sessions[whole->index].cgroup = 0;
  EXPECT_EQ(session.run(reads(y())), EACCES);
  const auto left = entry();
  ASSERT_TRUE(left.has_value());
  EXPECT_EQ(left->cgroup, 0u);
  ASSERT_TRUE(admission.remove(*left));
  EXPECT_FALSE(entry().has_value());
  EXPECT_EQ(session.run(reads(y())), EACCES);
  (void)Gate::instance().take(0);
}

TEST_F(SessionTest, an_auditing_policy_lets_through_and_tells) {
  const std::string rules =
      R"("filesystem": {"default": {"read": "allow", "write": "deny", "exec": "allow"}, "rules": [
      {"id": "x", "action": "deny", "access": "read", "paths": ["**/x"]},
      {"id": "y", "action": "ask", "access": "read", "paths": ["**/y"]},
      {"id": "z", "action": "kill", "access": "read", "paths": ["**/z"]}]},
      "network": {"default": "deny"})";
  workspace.write("z", "1");
  Listener server("127.0.0.1", 9000);
  Session audit(R"("mode": "audit", )" + rules, workspace.path());
  const Operation all[] = {reads(x()), reads(y()), reads(workspace / "z"), writes(x()),
                           connects("127.0.0.1", 9000)};
  const gh_verdict expected[] = {GH_DENY, GH_ASK, GH_KILL, GH_DENY, GH_DENY};
  for (std::size_t i = 0; i < std::size(all); i++) {
    EXPECT_EQ(audit.run(all[i]), 0);
    const auto told = audit.decisions();
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(std::get<events::Decision>(told.back().body).verdict, expected[i]) << i;
    EXPECT_TRUE(std::get<events::Decision>(told.back().body).audit) << i;
  }
  EXPECT_EQ(audit.decisions().size(), std::size(all)) << "each is told once";
  Session enforce(rules, workspace.path());
  EXPECT_EQ(enforce.run(reads(x())), EACCES);
  EXPECT_EQ(enforce.run(reads(workspace / "z")), -SIGKILL);
}

TEST_F(SessionTest, log_all_tells_what_is_allowed) {
  Session all(R"("log": "all", )" + denying("x"), workspace.path());
  Session denied(denying("x"), workspace.path());
  for (Session* session : {&all, &denied}) {
    EXPECT_EQ(session->run(reads(y())), 0);
    EXPECT_EQ(session->run(reads(x())), EACCES);
  }
  const auto told = all.decisions();
  ASSERT_EQ(told.size(), 2u);
  const auto& first = std::get<events::Decision>(told[0].body);
  EXPECT_EQ(first.verdict, GH_ALLOW);
  EXPECT_EQ(first.object.text, y());
  EXPECT_EQ(first.reason, GH_REASON_DEFAULT);
  EXPECT_EQ(denied.decisions().size(), 1u);
}

TEST_F(SessionTest, a_logging_rule_tells_what_it_allows) {
  Session session(R"("filesystem": {"default": {"read": "allow"}, "rules": [
      {"id": "told", "action": "allow", "access": "read", "paths": ["**/x"], "log": true}]})",
                  workspace.path());
  EXPECT_EQ(session.run(reads(y())), 0);
  EXPECT_EQ(session.run(reads(x())), 0);
  const auto told = session.decisions();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(session.rule(told[0]), "told");
}

// Falling back is silent on purpose, so a verifier that refuses the fast programs would go unnoticed.
TEST(FlavorTest, the_fast_programs_are_those_that_load_from_6_9_on) {
  utsname host = {};
  ASSERT_EQ(::uname(&host), 0);
  int major = 0, minor = 0;
  ASSERT_EQ(std::sscanf(host.release, "%d.%d", &major, &minor), 2) << host.release;
  const bool fast =
      std::pair(major, minor) >= std::pair(6, 9) && std::getenv("GH_TEST_PORTABLE") == nullptr;
  EXPECT_EQ(Gate::instance().enforcement().flavor(), fast ? "fast" : "portable");
}

}  // namespace
}  // namespace gatehouse::testing
