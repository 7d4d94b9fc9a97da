// SPDX-License-Identifier: Apache-2.0
// What stays in force when the daemon is killed or stopped, and what its successor takes over. A test must
// always leave a daemon that runs.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include "host.h"

namespace gatehouse::e2e {
namespace {

std::string asked_rule(const std::string& file) {
  return R"({ "id": "asked", "action": "ask", "access": ["write"], "paths": [")" + file +
         R"("], "reason": "publishes" })";
}

bool wrote(const std::string& file) { return exists(file); }

TEST(Restart, KeepsEverythingInForceAndAnnouncesTheAskAgain) {
  const Folder folder("crash"), outside("crash-outside");
  const auto waits = policy_in(folder, asked_rule(outside.at("asked")),
                               R"("approvals": { "timeout": "1h", "on_unattended": "wait" })");
  const auto plain = policy_in(folder, "", "", "plain.json");
  const OwnCgroup cgroup("crash");
  Settings inside;
  inside.cgroup = cgroup.path();
  const std::string loop = "while :; do if (: > " + outside.at("no") +
                           ") 2>/dev/null; then echo yes; else echo no; fi; sleep 0.1; done";
  Running attached({"sh", "-c", loop}, inside);
  ASSERT_EQ(ask_daemon({"attach", "--cgroup", cgroup.path(), "-p", plain, "--name", "kept"}).status,
            0);
  Running asker(run_words(waits, {"sh", "-c", "echo x > " + outside.at("asked") + "; echo done $?"},
                          {"--name", "asker", "--on-ask", "wait"}));
  const auto asked = approval_of(outside.at("asked"));
  ASSERT_FALSE(asked.is_null()) << asker.err();

  Host::instance().stop(SIGKILL);
  ::unlink(outside.at("no").c_str());
  const auto before = attached.out().size();
  ASSERT_TRUE(eventually([&] { return attached.out().size() > before + 20; }));
  EXPECT_FALSE(wrote(outside.at("no"))) << "what was denied is allowed without a daemon";
  EXPECT_FALSE(asker.ended());
  EXPECT_FALSE(wrote(outside.at("asked")));

  Host::instance().start();
  EXPECT_FALSE(session_named("kept").is_null());
  EXPECT_FALSE(session_named("asker").is_null());
  const auto again = approval_of(outside.at("asked"));
  ASSERT_FALSE(again.is_null()) << "the ask was not announced again";
  EXPECT_EQ(again.value("rule", ""), "asked");
  EXPECT_GT(again.value("waited_ms", 0ull), asked.value("waited_ms", 0ull));
  EXPECT_NEAR(again.value("waited_ms", 0.0) + again.value("left_ms", 0.0),
              asked.value("waited_ms", 0.0) + asked.value("left_ms", 0.0), 1)
      << "its time began anew with the daemon: " << again.dump(1);
  EXPECT_NE(ask_daemon({"events", "--json"}).out.find(R"("again":true)"), std::string::npos);
  EXPECT_EQ(ask_daemon({"approvals", "allow", std::to_string(again.value("id", 0ull))}).status, 0);
  const auto ended = asker.end(30);
  EXPECT_EQ(ended.out, "done 0\n") << ended.err;
  EXPECT_TRUE(wrote(outside.at("asked")));
  EXPECT_TRUE(no_session_named("asker"));
  EXPECT_FALSE(wrote(outside.at("no")));
  EXPECT_EQ(ask_daemon({"detach", "kept"}).status, 0);
  EXPECT_TRUE(eventually([&] { return wrote(outside.at("no")); })) << "the control after detaching";
}

TEST(Restart, DeniesAnAskThatNobodyCanAnswerAny) {
  const Folder folder("unattended"), outside("unattended-outside");
  const auto policy = policy_in(folder, asked_rule(outside.at("asked")));
  // It asks once more after the daemon's heartbeat is stale (5 s), and is told no at once.
  Running asker(run_words(policy,
                          {"sh", "-c",
                           "echo up; read line; (: > " + outside.at("asked") +
                               ") 2>/dev/null; echo first $?; sleep 60"},
                          {"--name", "unattended", "--on-ask", "deny"}));
  ASSERT_TRUE(eventually([&] { return asker.out().find("first") != std::string::npos; }))
      << asker.err();
  EXPECT_EQ(asker.out(), "up\nfirst 2\n") << "asks are denied at once with --on-ask deny";
  Host::instance().stop(SIGKILL);
  Host::instance().start();
  EXPECT_FALSE(session_named("unattended").is_null());
  asker.signal(SIGTERM);
  EXPECT_EQ(asker.end().status, 143);
  EXPECT_TRUE(no_session_named("unattended"));

  // Without a daemon an ask is decided by on_unattended: deny.
  Running later(run_words(policy,
                          {"sh", "-c",
                           "while ! test -e " + folder.at("go") + "; do sleep 0.1; done; (: > " +
                               outside.at("asked") + ") 2>/dev/null; echo later $?"},
                          {"--name", "later", "--on-ask", "wait"}));
  ASSERT_TRUE(eventually([] { return !session_named("later").is_null(); }));
  Host::instance().stop(SIGKILL);
  ASSERT_FALSE(eventually([] { return false; }, 6));  // GH_STALE_NS
  write_file(folder.at("go"), "");
  EXPECT_EQ(later.end(30).out, "later 2\n");
  EXPECT_FALSE(wrote(outside.at("asked")));
  Host::instance().start();
  EXPECT_TRUE(no_session_named("later"));
}

TEST(Restart, KeepsAnswersAndTellsWhoGaveThem) {
  const Folder folder("answers"), outside("answers-outside");
  const auto policy = policy_in(folder, asked_rule(outside.at("asked")));
  const std::string tries = "(: > " + outside.at("asked") +
                            ") 2>/dev/null; echo $?; while ! test -e " + folder.at("go") +
                            "; do sleep 0.1; done; ";
  Running ran(
      run_words(policy, {"sh", "-c", tries + tries}, {"--name", "answers", "--on-ask", "wait"}));
  const auto asked = approval_of(outside.at("asked"));
  ASSERT_FALSE(asked.is_null()) << ran.err();
  EXPECT_EQ(ask_daemon({"approvals", "allow", std::to_string(asked.value("id", 0ull)), "--scope",
                        "session", "--message", "for the night"})
                .status,
            0);
  ASSERT_TRUE(eventually([&] { return ran.out() == "0\n"; })) << ran.err();
  const auto before = ask_daemon({"approvals", "grants", "--json"}).json();
  ASSERT_EQ(before.size(), 1u) << before.dump(1);

  Host::instance().stop(SIGKILL);
  Host::instance().start();
  const auto after = ask_daemon({"approvals", "grants", "--json"}).json();
  ASSERT_EQ(after.size(), 1u) << after.dump(1);
  for (const char* member : {"id", "object", "access", "scope", "rule", "by", "message", "verdict"})
    EXPECT_EQ(after[0][member], before[0][member]) << member;
  write_file(folder.at("go"), "");
  ASSERT_TRUE(eventually([&] { return ran.out() == "0\n0\n"; }))
      << "it did not hold: " << ran.out();
  (void)ran.end(30);
  EXPECT_TRUE(no_session_named("answers"));
  EXPECT_TRUE(ask_daemon({"approvals", "grants", "--json"}).json().empty());
}

TEST(Restart, StopsByTermWithoutEndingASession) {
  const Folder folder("term"), outside("term-outside");
  const auto policy = policy_in(folder);
  const std::string loop =
      "while :; do (: > " + outside.at("no") + ") 2>/dev/null; echo x; sleep 0.1; done";
  Running ran(run_words(policy, {"sh", "-c", loop}, {"--name", "lasting"}));
  ASSERT_TRUE(eventually([&] { return !ran.out().empty(); })) << ran.err();
  Host::instance().stop(SIGTERM);
  const auto before = ran.out().size();
  EXPECT_TRUE(eventually([&] { return ran.out().size() > before + 10; })) << "it was ended";
  EXPECT_FALSE(ran.ended());
  EXPECT_FALSE(wrote(outside.at("no")));
  Host::instance().start();
  EXPECT_FALSE(session_named("lasting").is_null());
  EXPECT_EQ(ask_daemon({"kill", "lasting"}).status, 0);
  EXPECT_EQ(ran.end().status, 137);
  EXPECT_TRUE(no_session_named("lasting"));
}

}  // namespace
}  // namespace gatehouse::e2e
