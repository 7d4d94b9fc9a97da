// SPDX-License-Identifier: Apache-2.0
// Asks on their way through a chain, with a clock and programs of the test's own. No reviewer may be
// skipped, and none may be left running for an ask that is over.
#include "reviewers/chain.h"

#include <gtest/gtest.h>

#include <set>

namespace gatehouse::reviewers {
namespace {

using policy::Reviewer;
using Kind = Reviewer::Kind;
using Failing = Reviewer::Failing;

constexpr std::uint64_t kSecond = 1'000'000'000;

Reviewer link(Kind kind, std::uint64_t timeout_s = 0, Failing failing = Failing::next) {
  Reviewer reviewer;
  reviewer.kind = kind;
  reviewer.name = kind == Kind::command ? "triage" : "hook";
  reviewer.timeout_ms = timeout_s * 1000;
  reviewer.on_failure = failing;
  return reviewer;
}

Decision said(Decision::Verdict verdict) {
  Decision decision;
  decision.verdict = verdict;
  return decision;
}

struct World : Programs {
  std::vector<std::uint64_t> started;
  std::set<std::uint64_t> running;
  std::vector<std::string> log;
  bool enough = true;  // what a program allows is an answer
  std::uint64_t now = 1;
  Chain chain{*this,
              {[this](auto ask, const auto& by, const auto& decision) {
                 log.push_back(std::to_string(ask) + " " + by.name + " " + decision_json(decision));
                 if (enough) chain.drop(ask, now);
                 return enough;
               },
               [this](auto ask, const auto& by, const auto& failure, auto) {
                 log.push_back(std::to_string(ask) + " " + by.name + " passed " + failure);
               },
               [this](auto ask, const auto&, auto verdict) {
                 log.push_back(std::to_string(ask) + " settled " + std::to_string(verdict));
                 chain.drop(ask, now);
               },
               [this](auto ask) { log.push_back(std::to_string(ask) + " open"); }}};

  void start(std::uint64_t ask, const Reviewer&) override {
    started.push_back(ask);
    running.insert(ask);
  }
  void stop(std::uint64_t ask) override { running.erase(ask); }
  void add(std::uint64_t ask, std::vector<Reviewer> links, unsigned approvers = 1,
           std::uint64_t session = 1) {
    chain.add(ask,
              std::make_shared<Panel>(Panel{session, std::move(links), approvers, 0, true, false}),
              now);
  }
  void answer(std::uint64_t ask, const Verdict& verdict) {
    running.erase(ask);
    chain.answered(ask, verdict, now);
  }
  void pass(std::uint64_t seconds) {
    now += seconds * kSecond;
    chain.expire(now);
  }
};

TEST(Chain, without_links_is_open_to_everybody_at_once) {
  World world;
  world.add(1, {});
  EXPECT_TRUE(world.chain.is_open(1, true));
  EXPECT_TRUE(world.chain.is_open(1, false));
  EXPECT_EQ(world.chain.turn(1), nullptr);
  EXPECT_FALSE(world.chain.is_open(2, true)) << "an ask that nobody added";
}

TEST(Chain, asks_a_program_before_people) {
  World world;
  world.add(1, {link(Kind::command, 5), link(Kind::socket)});
  EXPECT_EQ(world.started, std::vector<std::uint64_t>{1});
  EXPECT_FALSE(world.chain.is_open(1, true));
  world.answer(1, said(Decision::Verdict::next));
  EXPECT_TRUE(world.chain.is_open(1, false));
  EXPECT_EQ(world.chain.turn(1)->kind, Kind::socket);
}

TEST(Chain, an_allow_of_a_program_ends_it) {
  World world;
  world.add(1, {link(Kind::command, 5), link(Kind::socket)});
  world.answer(1, said(Decision::Verdict::allow));
  EXPECT_EQ(world.log.size(), 1u);
  EXPECT_EQ(world.log[0], R"(1 triage {"verdict":"allow","scope":"once"})");
  EXPECT_EQ(world.chain.turn(1), nullptr);
  world.pass(100);
  EXPECT_EQ(world.log.size(), 1u) << "nothing happens to what is over";
}

TEST(Chain, an_allow_that_is_not_enough_goes_on_to_the_next) {
  World world;
  world.enough = false;
  world.add(1, {link(Kind::command, 5), link(Kind::socket)}, 2);
  world.answer(1, said(Decision::Verdict::allow));
  EXPECT_TRUE(world.chain.is_open(1, false));
}

TEST(Chain, who_is_late_is_stopped_and_the_next_is_asked) {
  World world;
  world.add(1, {link(Kind::command, 5), link(Kind::webhook, 30)});
  world.pass(4);
  EXPECT_EQ(world.running.count(1), 1u);
  world.pass(1);
  EXPECT_EQ(world.started, (std::vector<std::uint64_t>{1, 1}));
  EXPECT_EQ(world.log[0], "1 triage passed no answer in time");
  world.answer(1, Failure{"500"});
  EXPECT_TRUE(world.chain.is_open(1, false)) << "past the last link it is parked";
}

TEST(Chain, a_late_answer_of_one_who_was_stopped_is_nobodys) {
  World world;
  world.add(1, {link(Kind::command, 5), link(Kind::socket)});
  world.pass(5);
  world.answer(1, said(Decision::Verdict::allow));
  EXPECT_EQ(world.log.back(), "1 open");
}

TEST(Chain, the_policy_decides_where_a_failure_decides) {
  for (const auto failing : {Failing::deny, Failing::allow}) {
    World world;
    world.add(1, {link(Kind::command, 5, failing), link(Kind::socket)});
    world.answer(1, Failure{"nonsense"});
    EXPECT_EQ(world.log.back(),
              "1 settled " + std::to_string(failing == Failing::deny ? GH_DENY : GH_ALLOW));
    EXPECT_EQ(world.chain.turn(1), nullptr);
  }
}

TEST(Chain, a_failure_never_allows_where_two_must) {
  World world;
  world.add(1, {link(Kind::command, 5, Failing::allow), link(Kind::socket)}, 2);
  world.answer(1, Failure{"nonsense"});
  EXPECT_EQ(world.log.back(), "1 open");
}

TEST(Chain, the_terminal_has_its_time_alone_and_keeps_the_question) {
  World world;
  world.add(1, {link(Kind::prompt, 60), link(Kind::socket)});
  EXPECT_TRUE(world.chain.is_open(1, true));
  EXPECT_FALSE(world.chain.is_open(1, false));
  world.pass(60);
  EXPECT_TRUE(world.chain.is_open(1, true));
  EXPECT_TRUE(world.chain.is_open(1, false));
}

TEST(Chain, people_who_are_late_may_be_followed_by_a_program) {
  World world;
  world.add(1, {link(Kind::socket, 60), link(Kind::command, 5, Failing::deny)});
  world.pass(60);
  EXPECT_EQ(world.started.size(), 1u);
  EXPECT_TRUE(world.chain.is_open(1, false)) << "nothing is taken from them";
}

TEST(Chain, runs_no_more_than_eight_programs_of_a_session_in_order) {
  World world;
  for (std::uint64_t ask = 1; ask <= 1000; ++ask)
    world.add(ask, {link(Kind::command, 5), link(Kind::socket)});
  world.add(2000, {link(Kind::command, 5)}, 1, 2);
  EXPECT_EQ(world.started, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 2000}));
  world.chain.drop(10, world.now);  // over before its turn
  world.answer(3, said(Decision::Verdict::allow));
  world.answer(1, said(Decision::Verdict::next));
  EXPECT_EQ(world.started.back(), 11u);
  EXPECT_EQ(world.running.size(), 9u);
}

TEST(Chain, those_who_wait_for_their_turn_have_their_whole_time_then) {
  World world;
  for (std::uint64_t ask = 1; ask <= 9; ++ask)
    world.add(ask, {link(Kind::command, 5), link(Kind::socket)});
  world.pass(5);  // eight are late
  EXPECT_EQ(world.running, std::set<std::uint64_t>{9});
  world.pass(4);
  EXPECT_FALSE(world.chain.is_open(9, false));
  world.pass(1);
  EXPECT_TRUE(world.chain.is_open(9, false));
}

TEST(Chain, an_ask_that_is_over_ends_its_program_and_frees_its_place) {
  World world;
  for (std::uint64_t ask = 1; ask <= 9; ++ask)
    world.add(ask, {link(Kind::command, 5)});
  world.chain.drop(4, world.now);
  EXPECT_EQ(world.running.count(4), 0u);
  EXPECT_EQ(world.started.back(), 9u);
  world.pass(10);
  EXPECT_TRUE(world.running.empty());
}

}  // namespace
}  // namespace gatehouse::reviewers
