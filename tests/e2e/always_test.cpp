// SPDX-License-Identifier: Apache-2.0
// Answers for good, with the real program: written into the policy of the rule that asked, and gone by in the next run. A
// test must never leave an approval waiting.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "host.h"
#include "pty.h"

namespace gatehouse::e2e {
namespace {

class AlwaysAsked : public ::testing::Test {
 protected:
  AlwaysAsked() {
    file_ =
        policy_in(folder_, R"({ "id": "asked", "action": "ask", "access": ["write"], "paths": [")" +
                               outside_.path() + R"(/**"], "reason": "publishes" })");
    write_file(file_, "// ours, and kept\n" + read_file(file_));
    ::chmod(file_.c_str(), 0640);
  }
  // Writes the file twice: makes it, and changes it.
  std::string writes(const std::string& name) {
    return "for i in 1 2; do if (echo a >> " + outside_.at(name) +
           ") 2>/dev/null; then echo yes; else echo no; fi; done";
  }
  Running start(const std::string& name, const std::string& script) {
    return Running(run_words(file_, {"sh", "-c", script}, {"--name", name, "--on-ask", "wait"}));
  }
  Output always(const Json& approval, const Words& more, const char* verb = "allow") {
    Words words = {"approvals", verb,     std::to_string(approval.value("id", 0ull)),
                   "--scope",   "always", "--layer",
                   file_};
    words.insert(words.end(), more.begin(), more.end());
    return ask_daemon(words);
  }
  static void deny(const Json& approval) {
    EXPECT_EQ(ask_daemon({"approvals", "deny", std::to_string(approval.value("id", 0ull))}).status,
              0);
  }
  static Output deny_the_rest(Running& ran) {
    EXPECT_TRUE(eventually([&] {
      for (const auto& one : approvals())  // one may go meanwhile
        (void)ask_daemon({"approvals", "deny", std::to_string(one.value("id", 0ull))});
      return ran.ended();
    }));
    return ran.end();
  }
  std::string file_;
  Folder folder_{"always"}, outside_{"always-outside"};
};

TEST_F(AlwaysAsked, AnAllowanceForGoodIsNotAskedInTheNextRunAndAPathBesideItIs) {
  auto first = start("first", writes("a"));
  const auto asked = approval_of(outside_.at("a"));
  ASSERT_FALSE(asked.is_null()) << first.err();
  const std::string before = read_file(file_);

  // Nothing is written that nobody agreed to, or into another file.
  EXPECT_EQ(always(asked, {}).status, 2);
  const auto other = policy_in(folder_, "", "", "other.json");
  EXPECT_EQ(ask_daemon({"approvals", "allow", std::to_string(asked.value("id", 0ull)), "--scope",
                        "always", "--layer", other, "--yes"})
                .status,
            1);
  EXPECT_EQ(read_file(file_), before);
  EXPECT_EQ(first.out(), "");

  const auto answered = always(asked, {"--yes", "--json"});
  ASSERT_EQ(answered.status, 0) << answered.err;
  EXPECT_EQ(answered.json()["answer"].value("rule", ""), "asked") << answered.out;
  EXPECT_NE(answered.err.find("+ "), std::string::npos)
      << "the change was not shown: " << answered.err;
  EXPECT_EQ(first.end().out, "yes\nyes\n");
  const std::string after = read_file(file_);
  EXPECT_TRUE(after.starts_with("// ours, and kept\n")) << after;
  EXPECT_NE(after.find(outside_.at("a")), std::string::npos) << after;
  struct stat status {};
  ::stat(file_.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  EXPECT_EQ(run(bare({"policy", "check", file_})).status, 0);

  // The file is there by now, so that the next run changes it; then it is made anew.
  const auto next = run(run_words(file_, {"sh", "-c", writes("a") + "; rm -f x; " + writes("a")},
                                  {"--on-ask", "deny"}));
  EXPECT_EQ(next.out, "yes\nyes\nyes\nyes\n") << next.err;
  EXPECT_EQ(run(run_words(file_, {"sh", "-c", writes("b")}, {"--on-ask", "deny"})).out, "no\nno\n");
  EXPECT_FALSE(exists(outside_.at("b")));
  const auto why = run(bare({"why", "-p", file_, "create", outside_.at("a")}));
  EXPECT_NE(why.out.find("answers/0"), std::string::npos) << why.out;
  EXPECT_NE(why.out.find("answered by root"), std::string::npos) << why.out;

  // Taken out, it is asked again.
  const auto listed = run(bare({"approvals", "grants", "--layer", file_}));
  EXPECT_NE(listed.out.find("0  allow"), std::string::npos) << listed.out << listed.err;
  EXPECT_EQ(run(bare({"approvals", "revoke", "--layer", file_, "1", "--yes"})).status, 1);
  EXPECT_EQ(run(bare({"approvals", "revoke", "--layer", file_, "0"})).status, 2);
  const auto taken = run(bare({"approvals", "revoke", "--layer", file_, "0", "--yes"}));
  EXPECT_EQ(taken.status, 0) << taken.err;
  EXPECT_EQ(run(run_words(file_, {"sh", "-c", writes("a")}, {"--on-ask", "deny"})).out, "no\nno\n");
}

TEST_F(AlwaysAsked, ADenialByAPatternHoldsInTheNextRun) {
  auto first = start("denied", writes("a.o"));
  const auto asked = approval_of(outside_.at("a.o"));
  ASSERT_FALSE(asked.is_null()) << first.err();
  const auto answered = always(asked, {"--yes", "--pattern", outside_.at("*.o")}, "deny");
  EXPECT_EQ(answered.status, 0) << answered.err;
  EXPECT_EQ(first.end().out, "no\nno\n");
  EXPECT_EQ(run(run_words(file_, {"sh", "-c", writes("z.o")}, {"--on-ask", "wait"})).out,
            "no\nno\n");
  auto other = start("other", writes("a.txt"));
  const auto again = approval_of(outside_.at("a.txt"));
  ASSERT_FALSE(again.is_null()) << other.out();
  EXPECT_EQ(deny_the_rest(other).out, "no\nno\n");
}

TEST_F(AlwaysAsked, APersonAtATerminalSeesTheLinesAndAgrees) {
  auto ran = start("terminal", writes("t"));
  const auto asked = approval_of(outside_.at("t"));
  ASSERT_FALSE(asked.is_null()) << ran.err();
  const std::string before = read_file(file_);
  const Words words = gatehouse({"approvals", "allow", std::to_string(asked.value("id", 0ull)),
                                 "--scope", "always", "--layer", file_});
  {
    Pty pty;
    Running refusing(words, pty.settings());
    ASSERT_TRUE(pty.shows("Write this? [y/N]")) << pty.screen();
    EXPECT_NE(pty.screen().find(outside_.at("t")), std::string::npos) << pty.screen();
    pty.type("\n");
    EXPECT_EQ(refusing.end().status, 1);
  }
  EXPECT_EQ(read_file(file_), before);
  Pty pty;
  Running agreeing(words, pty.settings());
  ASSERT_TRUE(pty.shows("Write this? [y/N]")) << pty.screen();
  pty.type("y\n");
  EXPECT_EQ(agreeing.end().status, 0) << pty.screen();
  EXPECT_EQ(ran.end().out, "yes\nyes\n");
  EXPECT_NE(read_file(file_), before);
}

TEST_F(AlwaysAsked, WhatChangedMeanwhileIsLeftAsItIsAndTheAskGoesOn) {
  auto ran = start("changed", writes("c"));
  const auto asked = approval_of(outside_.at("c"));
  ASSERT_FALSE(asked.is_null()) << ran.err();
  Pty pty;
  Running answering(gatehouse({"approvals", "allow", std::to_string(asked.value("id", 0ull)),
                               "--scope", "always", "--layer", file_}),
                    pty.settings());
  ASSERT_TRUE(pty.shows("Write this? [y/N]")) << pty.screen();
  const std::string theirs = read_file(file_) + "// theirs\n";
  write_file(file_, theirs);
  pty.type("y\n");
  EXPECT_EQ(answering.end().status, 1);
  EXPECT_TRUE(pty.shows("was changed meanwhile")) << pty.screen();
  EXPECT_EQ(read_file(file_), theirs);
  EXPECT_FALSE(approval_of(outside_.at("c")).is_null()) << "it was answered all the same";
  EXPECT_EQ(deny_the_rest(ran).out, "no\nno\n");
}

}  // namespace
}  // namespace gatehouse::e2e
