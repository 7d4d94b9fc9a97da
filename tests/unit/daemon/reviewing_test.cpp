// SPDX-License-Identifier: Apache-2.0
// The chain over a real queue and real programs, with a kernel that only takes notes. No program may be
// left running when its test ends.
#include "daemon/reviewing.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "kernel/memory.h"
#include "unit/approvals/ask_events.h"

namespace gatehouse::daemon {
namespace {

using policy::Reviewer;

struct NoProcesses : events::ProcessSource {
  [[nodiscard]] std::optional<events::Program> read(std::uint32_t) const override { return {}; }
};

class ReviewingTest : public ::testing::Test {
 protected:
  ReviewingTest() {
    panel_.owner = ::getuid();
    EXPECT_NE(::mkdtemp(folder_), nullptr);
    queue_.watch([this](approvals::Change change, const approvals::Entry& entry) {
      reviewing_.note(change, entry);
    });
  }
  ~ReviewingTest() override { std::system(("rm -rf " + std::string(folder_)).c_str()); }

  Reviewer program(const std::string& script, std::uint64_t timeout_ms = 20'000,
                   Reviewer::Failing failing = Reviewer::Failing::next) {
    Reviewer reviewer;
    reviewer.kind = Reviewer::Kind::command;
    reviewer.name = "triage";
    reviewer.command = {"/bin/sh", "-c", script};
    reviewer.timeout_ms = timeout_ms;
    reviewer.on_failure = failing;
    return reviewer;
  }
  std::uint64_t ask(std::uint64_t object = 1) {
    approvals::Asking who;
    who.pid = who.tid = static_cast<std::uint32_t>(100 + object);
    who.object = object;
    const auto id = queue_.ask(approvals::ask_of(who), {}, kernel::ktime());
    reviewing_.turn();
    return *id;
  }
  template <typename So>
  bool eventually(So so) {
    for (int i = 0; i < 1200 && !so(); ++i) {
      EXPECT_TRUE(loop_->turn(25));
      reviewing_.turn();
    }
    return so();
  }
  bool answered(std::uint64_t id) {
    return eventually([&] { return queue_.find(id) == nullptr; });
  }
  static approvals::Answer allow(std::uint32_t uid) {
    approvals::Answer answer;
    answer.verdict = GH_ALLOW;
    answer.by.uid = uid;
    return answer;
  }
  std::string refused(std::uint64_t id, const approvals::Answer& answer) {
    const auto outcome = reviewing_.answer(id, answer, false);
    const auto* refusal = std::get_if<approvals::Refusal>(&outcome);
    return refusal == nullptr ? "" : refusal->message;
  }
  template <typename Body>
  const Body* last() {
    for (auto event = events_.rbegin(); event != events_.rend(); ++event)
      if (const auto* body = std::get_if<Body>(&event->body)) return body;
    return nullptr;
  }
  std::string read(const std::string& name) {
    std::ifstream file(folder_ + ("/" + name));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  char folder_[32] = "/tmp/gatehouse-review-XXXXXX";
  std::vector<events::Event> events_;
  approvals::NotedAnswers kernel_;
  approvals::Queue queue_{kernel_, [this](events::Event event) { events_.push_back(event); }};
  NoProcesses none_;
  events::Processes processes_{none_};
  Result<Loop> loop_ = Loop::make();
  reviewers::Panel panel_;
  Reviewing reviewing_{*loop_, queue_, processes_,
                       [this](std::uint64_t) { return std::make_shared<reviewers::Panel>(panel_); },
                       [this](events::Event event) { events_.push_back(event); }};
};

TEST_F(ReviewingTest, AProgramGetsTheAskAndItsAllowReachesTheKernel) {
  panel_.links = {
      program("cat > " + std::string(folder_) +
              R"(/ask; echo '{"verdict":"allow","scope":"session","message":"fine"}')")};
  ASSERT_TRUE(answered(ask()));
  ASSERT_EQ(kernel_.notes.size(), 1u);
  EXPECT_EQ(kernel_.notes[0].verdict, GH_ALLOW);
  EXPECT_EQ(kernel_.notes[0].scope, GH_SCOPE_SESSION);
  const auto asked = control::Json::parse(read("ask"));
  EXPECT_EQ(asked["v"], 1);
  EXPECT_EQ(asked["object"], "/bin/object1");
  EXPECT_EQ(asked["turn"], "command triage");
  const auto* told = last<events::ApprovalAnswered>();
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->by.kind, events::Approver::Kind::command);
  EXPECT_EQ(told->by.name, "triage");
}

TEST_F(ReviewingTest, APersonWaitsForTheirTurnAndMayDenyAtOnce) {
  panel_.links = {program("sleep 1000")};
  const auto id = ask();
  EXPECT_NE(refused(id, allow(1)).find("turn"), std::string::npos);
  approvals::Answer deny;
  EXPECT_EQ(refused(id, deny), "");
  EXPECT_EQ(kernel_.notes.at(0).verdict, GH_DENY);
}

TEST_F(ReviewingTest, WhatIsNoDecisionIsTold) {
  const std::pair<const char*, const char*> wrong[] = {{"echo yes", "no decision"},
                                                       {"exit 3", "status 3"},
                                                       {"echo why >&2; exit 4", "4: why"},
                                                       {"kill -9 $$", "signal 9"},
                                                       {"head -c 300000 /dev/zero", "64 KiB"},
                                                       {"exec sleep 1000", "in time"}};
  std::uint64_t object = 1;
  for (const auto& [script, why] : wrong) {
    panel_.links = {program(script, 1500, Reviewer::Failing::deny)};
    ASSERT_TRUE(answered(ask(object++))) << script;
    const auto* review = last<events::ApprovalReview>();
    ASSERT_NE(review, nullptr);
    EXPECT_NE(review->why.find(why), std::string::npos) << review->why;
    EXPECT_EQ(kernel_.notes.back().verdict, GH_DENY);
    EXPECT_EQ(last<events::ApprovalAnswered>()->by.kind, events::Approver::Kind::policy);
  }
  panel_.links = {program("true")};
  panel_.links[0].command = {"/no/such/program"};
  const auto id = ask(object);
  ASSERT_TRUE(eventually([&] { return reviewing_.is_open(id, false); }));
  EXPECT_NE(last<events::ApprovalReview>()->why.find("cannot run"), std::string::npos);
}

TEST_F(ReviewingTest, AProgramHasNothingOfOursAndLeavesNothingBehind) {
  ::setenv("GH_SECRET", "x", 1);
  panel_.links = {program("{ env; ls /proc/self/fd; pwd; } > " + std::string(folder_) +
                          "/has; sleep 1000 & echo $! > " + folder_ +
                          R"(/pid; echo '{"verdict":"deny"}')")};
  ASSERT_TRUE(answered(ask()));
  EXPECT_EQ(read("has").find("GH_SECRET"), std::string::npos);
  EXPECT_EQ(read("has").find("\n4\n"), std::string::npos) << read("has");
  EXPECT_TRUE(read("has").ends_with("\n/\n")) << read("has");
  const auto left = std::atoi(read("pid").c_str());
  ASSERT_GT(left, 0);
  EXPECT_TRUE(eventually([&] { return ::kill(left, 0) != 0; }));
}

TEST_F(ReviewingTest, AThousandAsksDoNotStartAThousandPrograms) {
  panel_.links = {program("sleep 1000")};
  for (std::uint64_t object = 1; object <= 1000; ++object)
    ask(object);
  EXPECT_LE(reviewing_.programs(), reviewers::Chain::kMostPerSession);
  EXPECT_GT(reviewing_.programs(), 0u);
  queue_.session_ended(3);
  EXPECT_TRUE(eventually([&] { return reviewing_.programs() == 0; }));
}

TEST_F(ReviewingTest, TwoUidsMustAllowAndOneIsEnoughToDeny) {
  panel_.approvers = 2;
  const auto id = ask();
  EXPECT_EQ(refused(id, allow(7)), "");
  EXPECT_TRUE(reviewing_.has_allowed(id, 7));
  EXPECT_NE(refused(id, allow(7)).find("already"), std::string::npos);
  EXPECT_TRUE(kernel_.notes.empty());
  EXPECT_EQ(last<events::ApprovalReview>()->result, events::ApprovalReview::Result::allowed);
  EXPECT_EQ(refused(id, allow(8)), "");
  EXPECT_EQ(kernel_.notes.size(), 1u);
  const auto other = ask(2);
  EXPECT_EQ(refused(other, allow(7)), "");
  EXPECT_EQ(refused(other, approvals::Answer{}), "");
  EXPECT_EQ(kernel_.notes.back().verdict, GH_DENY);
}

TEST_F(ReviewingTest, TheOwnerAndTheOwnersProgramMayNotAllowWhereThePolicySaysSo) {
  panel_.self_approval = false;
  panel_.links = {program(R"(echo '{"verdict":"allow"}')")};
  const auto id = ask();
  ASSERT_TRUE(eventually([&] { return reviewing_.is_open(id, false); }));
  EXPECT_TRUE(kernel_.notes.empty());
  EXPECT_NE(refused(id, allow(::getuid())).find("your own session"), std::string::npos);
  EXPECT_EQ(refused(id, allow(::getuid() + 1)), "");
  panel_.of_host = true;
  EXPECT_TRUE(answered(ask(2)));
}

}  // namespace
}  // namespace gatehouse::daemon
