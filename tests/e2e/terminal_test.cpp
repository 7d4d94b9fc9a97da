// SPDX-License-Identifier: Apache-2.0
// run on a terminal: the agent keeps it as without us, job control and Ctrl-C included, and asks are
// prompted for there. A test must never type before it sees what it answers.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "host.h"
#include "pty.h"

namespace gatehouse::e2e {
namespace {

std::string quoted(const Words& words) {
  std::string line;
  for (const auto& word : words)
    line += "'" + word + "' ";
  return line;
}

class Terminal : public ::testing::Test {
 protected:
  std::string asking_policy() {
    return policy_in(folder_,
                     R"({ "id": "asked", "action": "ask", "access": ["write"], "paths": [")" +
                         outside_.path() + R"(/**"], "reason": "publishes" })");
  }
  // The quotes keep its words apart from the asker's command line, which a question shows.
  std::string tries(const std::string& name) {
    return "if (: > " + outside_.at(name) + ") 2>/dev/null; then echo ye''s-" + name +
           "; else echo n''o-" + name + "; fi";
  }
  static void past_the_guard() { std::this_thread::sleep_for(std::chrono::milliseconds(900)); }
  Folder folder_{"tty"}, outside_{"tty-outside"};
};

TEST_F(Terminal, IsTheAgentsAsWithoutUs) {
  const auto policy = policy_in(folder_);
  Pty pty;
  Running ran(
      run_words(
          policy,
          {"sh", "-c",
           "tty; test -t 0 && test -t 1 && test -t 2 && echo three; read line; echo got $line"}),
      pty.settings());
  ASSERT_TRUE(pty.shows("three")) << pty.screen();
  EXPECT_TRUE(pty.shows(pty.name()));
  pty.type("words\n");
  EXPECT_TRUE(pty.shows("got words")) << pty.screen();
  EXPECT_EQ(ran.end().status, 0);
}

TEST_F(Terminal, InterruptsTheAgentByCtrlC) {
  const auto policy = policy_in(folder_);
  const Words command = {"sh", "-c",
                         "trap 'echo caught; exit 7' INT; echo up; while :; do sleep 0.1; done"};
  Pty control_pty, pty;
  Running control(command, control_pty.settings());
  ASSERT_TRUE(control_pty.shows("up"));
  control_pty.type("\x03");
  EXPECT_EQ(control.end().status, 7);
  Running ran(run_words(policy, command), pty.settings());
  ASSERT_TRUE(pty.shows("up")) << pty.screen();
  pty.type("\x03");
  const auto ended = ran.end();
  EXPECT_EQ(ended.status, 7);
  EXPECT_TRUE(pty.shows("caught"));
  Pty plain;
  Running untrapped(run_words(policy, {"sh", "-c", "echo up; exec sleep 60"}), plain.settings());
  ASSERT_TRUE(plain.shows("up")) << plain.screen();
  plain.type("\x03");
  EXPECT_EQ(untrapped.end().status, 130);
}

TEST_F(Terminal, StopsAndGoesOnWithItsJob) {
  const auto policy = policy_in(folder_);
  Pty pty;
  Running bash({"bash", "--norc", "-i"}, pty.settings());
  ASSERT_TRUE(pty.shows("prompt> ")) << pty.screen();
  pty.type(quoted(run_words(policy, {"sh", "-c",
                                     "echo u''p; while ! test -e " + folder_.at("stop") +
                                         "; do sleep 0.1; done; echo wh''ole"})) +
           "\n");
  ASSERT_TRUE(pty.shows("up\r")) << pty.screen();
  pty.type("\x1a");
  ASSERT_TRUE(pty.shows("Stopped")) << pty.screen();
  pty.forget();
  pty.type("echo shell-''is-back\n");
  ASSERT_TRUE(pty.shows("shell-is-back")) << pty.screen();
  write_file(folder_.at("stop"), "");
  pty.forget();
  pty.type("fg\n");
  EXPECT_TRUE(pty.shows("whole\r")) << pty.screen();
  pty.type("echo status-$?\n");
  EXPECT_TRUE(pty.shows("status-0")) << pty.screen();
  pty.type("exit\n");
  EXPECT_TRUE(eventually([&] { return bash.ended(); }));
}

TEST_F(Terminal, AsksThereAndTakesOneKey) {
  const auto policy = asking_policy();
  Pty pty;
  // What is typed before the question is there is no answer to it. (That no key counts in its first half
  // second is a unit test's: this machine is too slow to press one so early.)
  const std::string until_told =
      "echo u''p; while ! test -e " + folder_.at("go") + "; do sleep 0.1; done; ";
  Running ran(run_words(policy,
                        {"sh", "-c",
                         until_told + tries("y") + ";" + tries("n") + ";" + tries("s") + ";" +
                             tries("s") + ";read line; echo got $line"},
                        {"--on-ask", "prompt"}),
              pty.settings());
  ASSERT_TRUE(pty.shows("up\r")) << pty.screen();
  pty.type("y");
  write_file(folder_.at("go"), "");
  ASSERT_TRUE(pty.shows("[n] deny")) << pty.screen();
  EXPECT_TRUE(pty.shows(outside_.at("y")));
  EXPECT_TRUE(pty.shows("publishes"));
  EXPECT_FALSE(pty.shows("yes-y", 1.5)) << "a key was taken too early";
  pty.type("y");
  ASSERT_TRUE(pty.shows("yes-y")) << pty.screen();
  ASSERT_TRUE(pty.shows(outside_.at("n"))) << pty.screen();
  past_the_guard();
  pty.type("n");
  ASSERT_TRUE(pty.shows("no-n")) << pty.screen();
  ASSERT_TRUE(pty.shows(outside_.at("s"))) << pty.screen();
  past_the_guard();
  pty.forget();
  pty.type("s");
  ASSERT_TRUE(eventually([&] {
    const auto first = pty.screen().find("yes-s");
    return first != std::string::npos && pty.screen().find("yes-s", first + 1) != std::string::npos;
  })) << pty.screen();
  // The terminal is the agent's again, with its echo and its lines.
  pty.type("words\n");
  EXPECT_TRUE(pty.shows("got words")) << pty.screen();
  EXPECT_EQ(ran.end().status, 0);
}

TEST_F(Terminal, TakesAQuestionBackThatWasAnsweredElsewhere) {
  const auto policy = asking_policy();
  Pty pty;
  Running ran(run_words(policy, {"sh", "-c", tries("a")}, {"--on-ask", "prompt"}), pty.settings());
  ASSERT_TRUE(pty.shows("[n] deny")) << pty.screen();
  const auto asked = approval_of(outside_.at("a"));
  ASSERT_FALSE(asked.is_null());
  EXPECT_EQ(ask_daemon({"approvals", "deny", std::to_string(asked.value("id", 0ull))}).status, 0);
  EXPECT_TRUE(pty.shows("no-a")) << pty.screen();
  EXPECT_EQ(ran.end().status, 0);
}

TEST_F(Terminal, IsNotGivenBackToTheShellWhenAnAskHoldsTheAgent) {
  const auto policy = asking_policy();
  Pty pty;
  Running bash({"bash", "--norc", "-i"}, pty.settings());
  ASSERT_TRUE(pty.shows("prompt> ")) << pty.screen();
  // The command itself asks, so that it is run's own child that is stopped.
  pty.type(quoted(run_words(policy, {"touch", outside_.at("held")}, {"--on-ask", "wait"})) +
           "; echo status-$?\n");
  const auto asked = approval_of(outside_.at("held"));
  ASSERT_FALSE(asked.is_null()) << pty.screen();
  EXPECT_FALSE(pty.shows("Stopped", 2)) << pty.screen();
  EXPECT_EQ(ask_daemon({"approvals", "allow", std::to_string(asked.value("id", 0ull))}).status, 0);
  // touch asks twice: it opens, then sets times.
  eventually([&] {
    for (const auto& one : approvals())
      ask_daemon({"approvals", "allow", std::to_string(one.value("id", 0ull))});
    return pty.shows("status-0", 0.5);
  });
  EXPECT_TRUE(pty.shows("status-0")) << pty.screen();
  EXPECT_EQ(pty.screen().find("Stopped"), std::string::npos) << pty.screen();
  pty.type("exit\n");
  EXPECT_TRUE(eventually([&] { return bash.ended(); }));
}

}  // namespace
}  // namespace gatehouse::e2e
