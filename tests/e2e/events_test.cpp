// SPDX-License-Identifier: Apache-2.0
// What the daemon tells of sessions: followed live, written to its sink, and counted when lost. A test must
// never depend on events of other sessions.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include "host.h"

namespace gatehouse::e2e {
namespace {

std::vector<Json> of_type(const std::vector<Json>& events, const std::string& type,
                          const std::string& session) {
  std::vector<Json> found;
  for (const auto& event : events)
    if (event.is_object() && event.value("type", "") == type && event.contains("session") &&
        event["session"].value("name", "") == session)
      found.push_back(event);
  return found;
}

void expect_members(const Json& event, const std::vector<std::string>& members) {
  for (const auto& member : members)
    EXPECT_TRUE(event.contains(member)) << member << " is missing in " << event.dump();
}

const std::vector<std::string> kOfAProcess = {"time",   "type", "seq", "cpu",  "session",
                                              "policy", "pid",  "tid", "ppid", "start",
                                              "uid",    "gid",  "comm"};

TEST(Events, TellOfASessionFromItsStartToItsEnd) {
  const Folder folder("events"), outside("events-outside");
  const auto policy =
      policy_in(folder, R"({ "id": "asked", "action": "ask", "access": ["write"], "paths": [")" +
                            outside.at("asked") + R"("], "reason": "publishes" })");
  // With what came before it: it may connect after the session began.
  Running follower(gatehouse({"events", "--follow", "--json", "-n", "1000"}));
  Running ran(run_words(
      policy,
      {"sh", "-c", "(: > " + outside.at("no") + "); (: > " + outside.at("asked") + "); exit 7"},
      {"--name", "told", "--on-ask", "wait", "--label", "team=e2e"}));
  const auto asked = approval_of(outside.at("asked"));
  ASSERT_FALSE(asked.is_null()) << ran.err();
  ASSERT_EQ(ask_daemon({"approvals", "allow", std::to_string(asked.value("id", 0ull)), "--message",
                        "fine"})
                .status,
            0);
  EXPECT_EQ(ran.end().status, 7);
  ASSERT_TRUE(eventually(
      [&] { return !of_type(json_lines(follower.out()), "session-end", "told").empty(); }));
  const auto events = json_lines(follower.out());

  const auto start = of_type(events, "session-start", "told");
  ASSERT_EQ(start.size(), 1u);
  expect_members(start[0], {"time", "cgroup", "workspace", "owner", "argv", "policy"});
  EXPECT_EQ(start[0]["session"]["labels"].value("team", ""), "e2e");
  EXPECT_EQ(of_type(events, "policy-published", "told").size(), 1u);

  const auto execs = of_type(events, "exec", "told");
  ASSERT_FALSE(execs.empty());
  expect_members(execs[0], kOfAProcess);
  EXPECT_EQ(execs[0]["argv"][0], "sh");

  const auto decisions = of_type(events, "decision", "told");
  ASSERT_FALSE(decisions.empty());
  expect_members(decisions[0], kOfAProcess);
  expect_members(decisions[0], {"access", "object", "verdict", "reason", "detail"});
  EXPECT_EQ(decisions[0].value("object", ""), outside.at("no"));
  EXPECT_EQ(decisions[0].value("verdict", ""), "deny");

  const auto asks = of_type(events, "ask", "told");
  ASSERT_FALSE(asks.empty());
  expect_members(asks[0], kOfAProcess);
  EXPECT_EQ(asks[0].value("approval", 0ull), asked.value("id", 1ull));
  EXPECT_EQ(asks[0].value("rule", ""), "asked");
  EXPECT_EQ(asks[0].value("rule_reason", ""), "publishes");

  const auto answers = of_type(events, "approval-answered", "told");
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].value("verdict", ""), "allow");
  EXPECT_EQ(answers[0].value("by", ""), "person");
  EXPECT_EQ(answers[0].value("by_uid", 1), 0);
  EXPECT_EQ(answers[0].value("message", ""), "fine");

  const auto ends = of_type(events, "session-end", "told");
  EXPECT_EQ(ends[0].value("exit_code", -1), 7) << ends[0].dump();

  // The same in the sink, line by line, each parsed; and for people.
  ASSERT_TRUE(eventually([&] {
    return !of_type(json_lines(read_file(Host::instance().events_file())), "session-end", "told")
                .empty();
  }));
  for (const auto& line : json_lines(read_file(Host::instance().events_file())))
    EXPECT_TRUE(line.is_object());
  const auto human = ask_daemon({"events", "-n", "500"});
  EXPECT_NE(human.out.find(outside.at("no")), std::string::npos) << human.out;
  const auto nothing = ask_daemon({"events", "--session", "there-is-none"});
  EXPECT_EQ(nothing.status, 1);
}

TEST(Events, AreCountedWhenTheRingIsFull) {
  const Folder folder("flood");
  const auto policy = policy_in(folder);
  Running follower(gatehouse({"events", "--follow", "--json", "-n", "1000"}));
  // The daemon stands still while a session makes more events than the ring holds.
  Running ran(
      run_words(policy,
                {"sh", "-c",
                 "echo up; while ! test -e " + folder.at("go") + "; do sleep 0.1; done; exec " +
                     std::string(GH_TEST_PROGRAMS) + "/e2e_flood /etc/gh-e2e-flood 20000"},
                {"--name", "flood"}));
  // Both are past the daemon's help.
  ASSERT_TRUE(eventually([&] { return ran.out().find("up\n") != std::string::npos; }));
  ASSERT_TRUE(eventually(
      [&] { return !of_type(json_lines(follower.out()), "session-start", "flood").empty(); }));
  ::kill(Host::instance().pid(), SIGSTOP);
  write_file(folder.at("go"), "");
  const bool done =
      eventually([&] { return ran.out().find("denied 20000") != std::string::npos; }, 120);
  ::kill(Host::instance().pid(), SIGCONT);
  EXPECT_TRUE(done) << ran.out() << ran.err();
  EXPECT_EQ(ran.end().status, 0);
  EXPECT_TRUE(eventually(
      [&] {
        for (const auto& event : json_lines(follower.out()))
          if (event.is_object() && event.value("type", "") == "events-lost" &&
              event.value("count", 0ull) > 0)
            return true;
        return false;
      },
      60))
      << "nothing said that events were lost";
  EXPECT_TRUE(no_session_named("flood", 60));
}

}  // namespace
}  // namespace gatehouse::e2e
