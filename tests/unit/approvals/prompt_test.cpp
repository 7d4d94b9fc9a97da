// SPDX-License-Identifier: Apache-2.0
// The question on a pseudo-terminal and on a pipe, with a clock that only the test moves. It must never
// touch the terminal that the tests run on.
#include "approvals/prompt.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "ask_events.h"

namespace gatehouse::approvals {
namespace {

constexpr std::uint64_t kAfterGuard = Prompt::kGuard + 1;

Card some_card(std::uint64_t id = 3) {
  Card card;
  card.id = id;
  card.access = "exec";
  card.object.text = "/usr/bin/git";
  card.rule = {"push", "coding-agent", "publishes code"};
  card.waiting = 2;
  return card;
}

// Both ends of something that a person sits at.
class PromptTest : public testing::Test {
 protected:
  void open_pty() {
    int person = -1;
    int program = -1;
    ASSERT_EQ(::openpty(&person, &program, nullptr, nullptr, nullptr), 0);
    person_ = UniqueFd(person);
    program_ = UniqueFd(program);
    make(::fcntl(program, F_DUPFD_CLOEXEC, 3), ::fcntl(program, F_DUPFD_CLOEXEC, 3));
  }
  void open_pipe() {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    person_ = UniqueFd(ends[0]);
    make(ends[1], ::fcntl(ends[1], F_DUPFD_CLOEXEC, 3));
  }
  void make(int in, int out) {
    prompt_ = std::make_unique<Prompt>(
        UniqueFd(in), UniqueFd(out), false,
        [this](std::uint64_t id, const Answer& answer) { answers_.emplace_back(id, answer); },
        Prompt::Surroundings{[this] { ++held_; }, [this] { --held_; }});
  }
  void type(std::string_view keys) {
    ASSERT_EQ(::write(person_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
    ::usleep(20'000);  // a pty hands over in a kernel thread of its own
  }
  std::string screen() {
    std::string all;
    char buffer[4096];
    pollfd waiting{person_.get(), POLLIN, 0};
    while (::poll(&waiting, 1, 50) > 0) {
      const ssize_t got = ::read(person_.get(), buffer, sizeof buffer);
      if (got <= 0) break;
      all.append(buffer, static_cast<std::size_t>(got));
    }
    return all;
  }
  void show_and_arm(Card card = some_card()) {
    prompt_->show(std::move(card), 0);
    prompt_->on_timer(kAfterGuard);
    screen();
  }
  termios settings() {
    termios now{};
    EXPECT_EQ(::tcgetattr(program_.get(), &now), 0);
    return now;
  }

  UniqueFd person_;
  UniqueFd program_;
  std::vector<std::pair<std::uint64_t, Answer>> answers_;
  int held_ = 0;
  std::unique_ptr<Prompt> prompt_;
};

TEST_F(PromptTest, TakesOneKeyForAnAnswer) {
  open_pty();
  const std::pair<const char*, std::pair<gh_verdict, int>> cases[] = {
      {"y", {GH_ALLOW, GH_SCOPE_ONCE}},
      {"p", {GH_ALLOW, GH_SCOPE_PROCESS}},
      {"s", {GH_ALLOW, GH_SCOPE_SESSION}},
      {"n", {GH_DENY, GH_SCOPE_ONCE}},
      {"\x03", {GH_DENY, GH_SCOPE_ONCE}}};
  for (const auto& [key, expected] : cases) {
    answers_.clear();
    show_and_arm();
    type(key);
    prompt_->on_readable(2 * kAfterGuard);
    ASSERT_EQ(answers_.size(), 1u) << key;
    EXPECT_EQ(answers_[0].first, 3u);
    EXPECT_EQ(answers_[0].second.verdict, expected.first);
    EXPECT_EQ(answers_[0].second.scope, expected.second);
    EXPECT_EQ(prompt_->shown(), 0u);
  }
}

TEST_F(PromptTest, TakesNothingButADenialForAStorm) {
  open_pty();
  Card card = some_card();
  card.storm.emplace();
  show_and_arm(card);
  for (const char* key : {"y", "p", "s"}) {
    type(key);
    prompt_->on_readable(2 * kAfterGuard);
  }
  EXPECT_TRUE(answers_.empty());
  EXPECT_EQ(prompt_->shown(), 3u);
  EXPECT_NE(screen().find("[n] deny them all"), std::string::npos);
  type("n");
  prompt_->on_readable(2 * kAfterGuard);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].second.verdict, GH_DENY);
}

TEST_F(PromptTest, IgnoresWhatWasTypedBeforeTheQuestionStoodThereForHalfASecond) {
  open_pty();
  type("y");
  prompt_->show(some_card(), 0);
  type("y");
  prompt_->on_readable(Prompt::kGuard / 2);
  EXPECT_EQ(prompt_->wake_at(), Prompt::kGuard);
  type("y");
  prompt_->on_readable(2 * kAfterGuard);
  EXPECT_TRUE(answers_.empty()) << "a loop that comes late must not take an early key";
  EXPECT_FALSE(prompt_->wake_at());
  type("n");
  prompt_->on_readable(2 * kAfterGuard);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].second.verdict, GH_DENY);
}

TEST_F(PromptTest, StartsTheHalfSecondAnewForEachQuestion) {
  open_pty();
  show_and_arm(some_card(3));
  prompt_->show(some_card(4), kAfterGuard);
  type("y");
  prompt_->on_readable(kAfterGuard + 1);
  EXPECT_TRUE(answers_.empty());
}

TEST_F(PromptTest, IgnoresPastesAndEscapeSequences) {
  open_pty();
  show_and_arm();
  type("yes");
  prompt_->on_readable(2 * kAfterGuard);
  type("\x1bOy");
  prompt_->on_readable(2 * kAfterGuard);
  type("y");
  prompt_->on_readable(2 * kAfterGuard + 1);
  EXPECT_TRUE(answers_.empty()) << "the rest of a sequence may come a moment later";
  type("x");
  prompt_->on_readable(3 * kAfterGuard);
  EXPECT_TRUE(answers_.empty());
  type("y");
  prompt_->on_readable(3 * kAfterGuard);
  EXPECT_EQ(answers_.size(), 1u);
}

TEST_F(PromptTest, OffersAndTakesNoScopeWiderThanThePolicyRemembers) {
  open_pty();
  Card card = some_card();
  card.remember = GH_SCOPE_ONCE;
  prompt_->show(card, 0);
  const std::string shown = screen();
  EXPECT_NE(shown.find("[y] once  [n] deny"), std::string::npos) << shown;
  prompt_->on_timer(kAfterGuard);
  type("s");
  prompt_->on_readable(2 * kAfterGuard);
  EXPECT_TRUE(answers_.empty());
  EXPECT_NE(screen().find("does not let answers last that long"), std::string::npos);
  EXPECT_EQ(prompt_->shown(), 3u);
}

TEST_F(PromptTest, ExplainsItselfAndStaysOpen) {
  open_pty();
  show_and_arm();
  type("?");
  prompt_->on_readable(2 * kAfterGuard);
  const std::string shown = screen();
  EXPECT_NE(shown.find("whole session: every process"), std::string::npos);
  EXPECT_NE(shown.find("allow exec /usr/bin/git ?"), std::string::npos);
  EXPECT_EQ(prompt_->shown(), 3u);
}

TEST_F(PromptTest, GivesTheTerminalBackAsItWas) {
  open_pty();
  termios raw = settings();
  ::cfmakeraw(&raw);
  ASSERT_EQ(::tcsetattr(program_.get(), TCSANOW, &raw), 0);
  const termios before = settings();
  prompt_->show(some_card(), 0);
  EXPECT_NE(settings().c_oflag & ONLCR, 0u);
  EXPECT_NE(screen().find("\r\n"), std::string::npos) << "lines stand below each other even so";
  prompt_->on_timer(kAfterGuard);
  type("y");
  prompt_->on_readable(2 * kAfterGuard);
  EXPECT_EQ(settings().c_lflag, before.c_lflag);
  EXPECT_EQ(settings().c_oflag, before.c_oflag);

  prompt_->show(some_card(), 0);
  prompt_.reset();
  EXPECT_EQ(settings().c_lflag, before.c_lflag) << "also when the program ends";
}

TEST_F(PromptTest, AsksFromTheBackgroundWithoutBeingStopped) {
  open_pty();
  const pid_t leader = ::fork();
  if (leader == 0) {
    if (::setsid() < 0 || ::ioctl(program_.get(), TIOCSCTTY, 0) != 0) ::_exit(1);
    const pid_t shell = ::fork();
    if (shell == 0) {
      ::setpgid(0, 0);
      ::pause();
    }
    ::setpgid(shell, shell);
    if (::tcsetpgrp(program_.get(), shell) != 0) ::_exit(2);
    {
      const BorrowedTerminal borrowed(program_.get());
      if (::tcgetpgrp(program_.get()) != ::getpgrp()) ::_exit(3);
    }
    const bool given_back = ::tcgetpgrp(program_.get()) == shell;
    ::kill(shell, SIGKILL);
    ::_exit(given_back ? 0 : 4);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(leader, &status, WUNTRACED), leader);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_F(PromptTest, LeavesSettingsAloneThatSomebodyChangedInTheMeantime) {
  open_pty();
  show_and_arm();
  termios theirs = settings();
  theirs.c_lflag |= ECHO | ICANON | ISIG;
  theirs.c_iflag &= ~static_cast<tcflag_t>(ICRNL);
  ASSERT_EQ(::tcsetattr(program_.get(), TCSANOW, &theirs), 0);
  prompt_->withdraw("answered elsewhere");
  EXPECT_EQ(settings().c_iflag & ICRNL, 0u);
}

TEST_F(PromptTest, HoldsItsSurroundingsExactlyWhileItAsks) {
  open_pty();
  show_and_arm(some_card(3));
  EXPECT_EQ(held_, 1);
  prompt_->show(some_card(4), 0);
  EXPECT_EQ(held_, 1);
  prompt_->withdraw("answered elsewhere");
  EXPECT_EQ(held_, 0);
  prompt_->withdraw("twice");
  EXPECT_EQ(held_, 0);
  EXPECT_NE(screen().find("answered elsewhere"), std::string::npos);
}

TEST_F(PromptTest, ReadsLinesWhereThereIsNoTerminal) {
  open_pipe();
  type("y\n");
  prompt_->show(some_card(), 0);
  prompt_->on_timer(kAfterGuard);
  EXPECT_TRUE(answers_.empty()) << "what lay there before is no answer";
  EXPECT_NE(screen().find("> "), std::string::npos);
  type("yes\n");
  prompt_->on_readable(2 * kAfterGuard);
  EXPECT_TRUE(answers_.empty());
  type("p\r\n");
  prompt_->on_readable(2 * kAfterGuard);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].second.scope, GH_SCOPE_PROCESS);
}

TEST_F(PromptTest, SaysWhenNobodyIsThereAnyMore) {
  open_pipe();
  show_and_arm();
  person_.reset();
  prompt_->on_readable(2 * kAfterGuard);
  EXPECT_TRUE(prompt_->closed());
  EXPECT_TRUE(answers_.empty());

  open_pty();
  show_and_arm();
  person_.reset();
  prompt_->on_readable(2 * kAfterGuard);
  EXPECT_TRUE(prompt_->closed());
}

TEST_F(PromptTest, TakesOneAnswerFromALineAndLeavesTheRest) {
  open_pipe();
  show_and_arm();
  type("n\ny\n");
  prompt_->on_readable(2 * kAfterGuard);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].second.verdict, GH_DENY);
}

}  // namespace
}  // namespace gatehouse::approvals
