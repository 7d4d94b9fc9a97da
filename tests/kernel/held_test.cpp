// SPDX-License-Identifier: Apache-2.0
// Files that a rule names literally, by other names that they had before the session: hard links and bind
// mounts. It must never take a name that a rule matches itself for a proof.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "support/gate.h"
#include "support/mounts.h"

namespace gatehouse::testing {
namespace {

constexpr const char* kPolicy = R"("filesystem": {
  "default": "allow",
  "rules": [
    {"id": "secret", "action": "deny", "access": ["read"], "paths": ["${workspace}/{secret,other}"]},
    {"id": "asked", "action": "ask", "access": ["write"], "paths": ["${workspace}/asked"]},
    {"id": "log", "action": "deny", "access": ["read"], "paths": ["${workspace}/not-there"]}]},
  "exec": {"default": "allow", "rules": [
    {"id": "tool", "action": "deny", "paths": ["${workspace}/tool"]}]})";

class HeldTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"secret", "asked", "plain", "at"})
      workspace.write(name, "1");
    std::filesystem::copy_file("/usr/bin/true", workspace / "tool");
    for (const char* name : {"secret", "asked", "plain", "tool"})
      ASSERT_EQ(
          ::link((workspace / name).c_str(), (workspace / (name + std::string("-too"))).c_str()),
          0);
    session.emplace(kPolicy, workspace.path());
  }
  static std::size_t held() { return Gate::instance().enforcement().memory().held.keys()->size(); }
  const events::Decision& last() {
    told = session->decisions();
    return std::get<events::Decision>(told.back().body);
  }

  Directory workspace;
  std::optional<Session> session;
  std::vector<events::Event> told;
};

TEST_F(HeldTest, a_hard_link_is_no_way_to_a_denied_file) {
  EXPECT_EQ(unconfined(reads(workspace / "secret-too")), 0);
  EXPECT_EQ(session->run(reads(workspace / "secret-too")), EACCES);
  const auto& decision = last();
  EXPECT_EQ(decision.object.text, workspace / "secret-too");
  EXPECT_EQ(session->rule(told.back()), "secret");
  EXPECT_EQ(decision.reason, GH_REASON_HELD);
  EXPECT_EQ(session->run(reads(workspace / "plain-too")), 0);
}

TEST_F(HeldTest, a_bind_mount_is_no_way_to_a_denied_file) {
  workspace.write("other", "1");
  session.emplace(kPolicy, workspace.path());
  Bind bind(workspace / "other", workspace / "at");
  EXPECT_EQ(unconfined(reads(workspace / "at")), 0);
  EXPECT_EQ(session->run(reads(workspace / "at")), EACCES);
  EXPECT_EQ(last().reason, GH_REASON_HELD);
}

TEST_F(HeldTest, only_what_the_rule_speaks_of_is_judged_by_it) {
  EXPECT_EQ(session->run(opens(workspace / "secret-too", O_WRONLY)), 0);
  EXPECT_EQ(session->run(opens(workspace / "secret-too", O_RDWR)), EACCES);
}

TEST_F(HeldTest, a_directory_that_is_known_does_not_hide_it) {
  // The second open of a directory's file may be judged by what is remembered of the directory.
  for (int i = 0; i < 3; i++) {
    EXPECT_EQ(session->run(reads(workspace / "plain-too")), 0);
    EXPECT_EQ(session->run(reads(workspace / "secret-too")), EACCES);
  }
}

TEST_F(HeldTest, a_hard_link_made_of_a_hard_link_gains_nothing) {
  const auto links = [&] {
    return said(::link((workspace / "secret-too").c_str(), (workspace / "third").c_str()));
  };
  EXPECT_EQ(session->run(links), 0);
  EXPECT_EQ(session->run(reads(workspace / "third")), EACCES);
}

TEST_F(HeldTest, who_would_be_asked_is_asked_by_the_other_name_too) {
  const auto answered =
      run_answering(*session, opens(workspace / "asked-too", O_WRONLY), {GH_SCOPE_ONCE, GH_ALLOW});
  EXPECT_EQ(answered.result, 0);
  ASSERT_EQ(answered.asks.size(), 1u);
  const auto& rule = std::get<events::Ask>(answered.asks[0].body).rule.id;
  EXPECT_EQ(session->tables().rules.at(std::stoul(rule)).id, "asked");
  const auto refused =
      run_answering(*session, opens(workspace / "asked-too", O_WRONLY), {GH_SCOPE_ONCE, GH_DENY});
  EXPECT_EQ(refused.result, EACCES);
}

TEST_F(HeldTest, a_denied_program_does_not_run_by_its_other_name) {
  EXPECT_EQ(unconfined(executes({workspace / "tool-too"})), 0);
  EXPECT_EQ(session->run(executes({workspace / "tool-too"})), EACCES);
}

TEST_F(HeldTest, a_new_policy_holds_other_files_and_the_end_of_the_session_lets_all_go) {
  const std::size_t before = held();
  EXPECT_GE(before, 3u);
  session->replace(R"("filesystem": {"default": "allow", "rules": [
    {"id": "plain", "action": "deny", "access": ["read"], "paths": ["${workspace}/plain"]}]},
    "exec": {"default": "allow"})");
  EXPECT_EQ(session->run(reads(workspace / "secret-too")), 0);
  EXPECT_EQ(session->run(reads(workspace / "plain-too")), EACCES);
  EXPECT_EQ(held(), before - 2);
  session.reset();
  EXPECT_EQ(held(), before - 3);
}

}  // namespace
}  // namespace gatehouse::testing
