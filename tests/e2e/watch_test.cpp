// SPDX-License-Identifier: Apache-2.0
// approvals watch by a person at a terminal: single keys, and the terminal as it was afterwards. A test must
// never type before it sees what it answers.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <regex>
#include <thread>

#include "host.h"
#include "pty.h"

namespace gatehouse::e2e {
namespace {

class Watch : public ::testing::Test {
 protected:
  // `approvals watch` on a terminal of its own, between two looks at the terminal's settings.
  Words watching() {
    Words words = {"sh", "-c",
                   "stty -g; sh -c 'echo pid-$$; exec \"$@\"' sh \"$@\"; echo status-$?; stty -g; "
                   "echo e''nd",
                   "sh"};
    for (const auto& word : gatehouse({"approvals", "watch"}))
      words.push_back(word);
    return words;
  }
  // Tries to write files of these names, one after the other.
  Words asking(const std::string& names) {
    const auto policy =
        policy_in(folder_, R"({ "id": "asked", "action": "ask", "access": ["write"], "paths": [")" +
                               outside_.path() + R"(/**"], "reason": "publishes" })");
    const std::string script = "for n in " + names + "; do if (: > " + outside_.path() +
                               "/$n) 2>/dev/null; then echo yes-$n; else echo no-$n; fi; done";
    return run_words(policy, {"sh", "-c", script}, {"--on-ask", "wait"});
  }
  static std::string id_of(const Json& approval) {
    return "Gatehouse #" + std::to_string(approval.value("id", 0ull)) + ": ";
  }
  // The question is the first on the screen, and has been for long enough.
  static bool asks(Pty& pty, const Json& approval) {
    const std::string first = "\x1b[2J" + id_of(approval);
    const bool shown = eventually([&] {
      const auto last = pty.screen().rfind("\x1b[2J");
      return last != std::string::npos && pty.screen().compare(last, first.size(), first) == 0;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(900));
    return shown;
  }
  static void expect_restored(Pty& pty, int status) {
    ASSERT_TRUE(pty.shows("end\r")) << pty.screen();
    EXPECT_TRUE(pty.shows("status-" + std::to_string(status))) << pty.screen();
    const std::string screen = pty.screen();
    const std::regex settings("[0-9a-f]+(:[0-9a-f]+){10,}");
    std::vector<std::string> seen;
    for (std::sregex_iterator at(screen.begin(), screen.end(), settings), end; at != end; ++at)
      seen.push_back(at->str());
    ASSERT_EQ(seen.size(), 2u) << screen;
    EXPECT_EQ(seen[0], seen[1]);
  }
  static pid_t pid_on(Pty& pty) {
    const auto at = pty.screen().find("pid-");
    return at == std::string::npos ? 0 : std::atoi(pty.screen().c_str() + at + 4);
  }
  Folder folder_{"watch"}, outside_{"watch-outside"};
};

TEST_F(Watch, AnswersByKeyWhatIsShownAndNothingElse) {
  Pty pty;
  Running watch(watching(), pty.settings());
  ASSERT_TRUE(pty.shows("nothing is waiting")) << pty.screen();
  pty.type("a");  // to nothing at all
  Running one(asking("one")), two(asking("two")), three(asking("three"));
  const auto first = approval_of("/one"), second = approval_of("/two"),
             third = approval_of("/three");
  ASSERT_FALSE(first.is_null() || second.is_null() || third.is_null()) << approvals().dump(1);
  Json in_order[] = {first, second, third};
  std::sort(std::begin(in_order), std::end(in_order),
            [](const Json& a, const Json& b) { return a["id"] < b["id"]; });
  ASSERT_TRUE(asks(pty, in_order[0])) << pty.screen();
  EXPECT_TRUE(pty.shows("publishes"));
  EXPECT_TRUE(pty.shows("also #"));
  pty.type("j");
  ASSERT_TRUE(asks(pty, in_order[1])) << pty.screen();
  pty.type("k");
  ASSERT_TRUE(asks(pty, in_order[0])) << pty.screen();
  pty.type("k");
  ASSERT_TRUE(asks(pty, in_order[2])) << pty.screen();
  pty.type("d");
  ASSERT_TRUE(pty.shows("was denied")) << pty.screen();
  ASSERT_TRUE(asks(pty, in_order[1])) << pty.screen();
  // Answered by somebody else: the next one comes, and the key that was meant for this one is none for it.
  EXPECT_EQ(ask_daemon({"approvals", "deny", std::to_string(in_order[1].value("id", 0ull))}).status,
            0);
  ASSERT_TRUE(pty.shows("it was answered elsewhere")) << pty.screen();
  ASSERT_TRUE(asks(pty, in_order[0])) << pty.screen();
  EXPECT_EQ(approvals().size(), 1u);
  pty.type("a");
  ASSERT_TRUE(pty.shows("was allowed")) << pty.screen();
  std::string all = one.end().out + two.end().out + three.end().out;
  const auto name = in_order[0].value("object", "");
  EXPECT_NE(all.find("yes-" + name.substr(name.rfind('/') + 1)), std::string::npos) << all;
  EXPECT_EQ(all.find("yes-"), all.rfind("yes-")) << all;
  pty.type("q");
  expect_restored(pty, 0);
}

TEST_F(Watch, GivesTheTerminalBackHoweverItEnds) {
  for (const auto& [how, status] : {std::pair("\x03", 0), {"TERM", 143}, {"HUP", 129}}) {
    Pty pty;
    Running watch(watching(), pty.settings());
    ASSERT_TRUE(pty.shows("nothing is waiting")) << pty.screen();
    if (*how == '\x03')
      pty.type(how);
    else
      ::kill(pid_on(pty), status - 128);
    expect_restored(pty, status);
  }
}

TEST_F(Watch, GivesTheTerminalBackWhenTheDaemonGoes) {
  Pty pty;
  Running watch(watching(), pty.settings());
  ASSERT_TRUE(pty.shows("nothing is waiting")) << pty.screen();
  Host::instance().stop(SIGTERM);
  ASSERT_TRUE(pty.shows("the controller has ended")) << pty.screen();
  expect_restored(pty, 0);
  Host::instance().start();
}

}  // namespace
}  // namespace gatehouse::e2e
