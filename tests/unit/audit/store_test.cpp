// SPDX-License-Identifier: Apache-2.0
// Segments, restarts and places without room. A test must verify what it left behind.
#include "audit/store.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>

#include "log.h"

namespace gatehouse::audit {
namespace {

using ::testing::HasSubstr;

class StoreTest : public Log {};

TEST_F(StoreTest, a_segment_that_is_full_is_followed_by_another) {
  options_.segment_bytes = 2000;
  write(40);
  EXPECT_GT(files().size(), 3u);
  const auto verdict = verified();
  EXPECT_TRUE(verdict.proven()) << all(verdict);
  EXPECT_EQ(verdict.segments, files().size());
  EXPECT_EQ(verdict.numbered, 40u);
}

TEST_F(StoreTest, what_is_too_much_is_given_up_by_whole_segments_and_signed) {
  options_.segment_bytes = 2000;
  options_.keep_bytes = 6000;
  write(100);
  EXPECT_LT(files().size(), 6u);
  const auto verdict = verified();
  EXPECT_TRUE(verdict.proven()) << all(verdict);
  EXPECT_GT(verdict.given_up, 0u);
  EXPECT_EQ(verdict.given_up + 1, verdict.first);
  std::filesystem::remove(files().at(0));
  EXPECT_THAT(all(verified()), HasSubstr("were not given up")) << "somebody else removed one more";
}

TEST_F(StoreTest, a_segment_in_the_middle_is_missed) {
  options_.segment_bytes = 2000;
  write(40);
  std::filesystem::remove(files().at(1));
  EXPECT_THAT(all(verified()), HasSubstr("are missing"));
}

TEST_F(StoreTest, a_controller_that_comes_after_goes_on_in_the_same_chain) {
  events::Ledger ledger;
  {
    auto store = open();
    store->begin("gate", ledger);
    tell(*store, ledger, 0);
    tell(*store, ledger, 1);
    store->put();  // and dies: no checkpoint
  }
  auto store = open();
  EXPECT_GT(store->last_time(), 0);
  const auto accounts = store->accounts_of("gate");
  ASSERT_TRUE(accounts);
  ASSERT_EQ(accounts->size(), 1u);
  EXPECT_EQ(accounts->at(0).next, 2u) << "the two after the last checkpoint count";
  EXPECT_FALSE(store->accounts_of("another"));
  events::Ledger next(*accounts, {});
  store->begin("gate", next);
  tell(*store, next, 2);
  store->checkpoint(next);
  store.reset();
  EXPECT_EQ(files().size(), 1u);
  const auto verdict = verified();
  EXPECT_TRUE(verdict.proven()) << all(verdict);
  EXPECT_EQ(verdict.numbered, 3u);
}

TEST_F(StoreTest, half_a_line_of_a_dead_controller_is_cut_and_its_event_is_missed) {
  events::Ledger ledger;
  {
    auto store = open();
    store->begin("gate", ledger);
    tell(*store, ledger, 0);
    tell(*store, ledger, 1);
  }
  const auto path = files().at(0);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 20);
  auto store = open();
  const auto accounts = store->accounts_of("gate");
  ASSERT_TRUE(accounts);
  EXPECT_EQ(accounts->at(0).next, 1u);
  events::Ledger next(*accounts, std::vector<gh_counters>{{2, 0, 0, 0}});
  store->begin("gate", next);
  for (int look = 0; look < 2; look++)
    for (auto& lost : next.reconcile(std::vector<gh_counters>{{2, 0, 0, 0}})) {
      EXPECT_THAT(lost.why, HasSubstr("earlier controller"));
      events::Event event;
      event.time = events::wall_now();
      event.body = lost;
      store->write(event);
    }
  store->checkpoint(next);
  store.reset();
  const auto verdict = verified();
  EXPECT_TRUE(verdict.proven()) << all(verdict);
  EXPECT_EQ(verdict.lost.at("unknown"), 1u);
}

TEST_F(StoreTest, only_one_controller_writes) {
  auto store = open();
  const auto second = Store::open(options_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().what, HasSubstr("another controller"));
}

TEST_F(StoreTest, a_log_that_was_removed_leaves_a_hole_and_not_a_fresh_beginning) {
  events::Ledger ledger;
  {
    auto store = open();
    store->begin("gate", ledger);
    tell(*store, ledger, 0);
    store->checkpoint(ledger);
  }
  std::filesystem::remove(files().at(0));
  {
    auto store = open();
    store->begin("gate", ledger);
    store->checkpoint(ledger);
  }
  const auto verdict = verified();
  EXPECT_FALSE(verdict.proven());
  EXPECT_THAT(all(verdict), HasSubstr("were not given up"));
  EXPECT_EQ(verdict.lost.at("store"), 4u) << "and it is told";
}

TEST_F(StoreTest, a_key_that_others_may_read_is_refused) {
  open().reset();
  std::filesystem::permissions(folder_ + "/audit.key", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const auto store = Store::open(options_);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().what, HasSubstr("chmod 600"));
}

// A limit on the size of files stands for a full disk: write(2) comes out short, or fails.
TEST_F(StoreTest, what_finds_no_room_is_told_by_its_numbers_as_soon_as_there_is_room) {
  auto store = open();
  events::Ledger ledger;
  store->begin("gate", ledger);
  tell(*store, ledger, 0);
  store->checkpoint(ledger);
  const auto full = std::filesystem::file_size(files().at(0)) + 700;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{full, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  for (std::uint64_t seq = 1; seq < 11; seq++)
    tell(*store, ledger, seq);
  store->put();
  tell(*store, ledger, 11, 1);
  tell(*store, ledger, 12, 1);
  tell(*store, ledger, 13, 1);
  store->put();
  store->checkpoint(ledger);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(store->lost(), 13u);
  tell(*store, ledger, 11);
  store->checkpoint(ledger);
  store.reset();
  const auto verdict = verified();
  EXPECT_TRUE(verdict.proven()) << all(verdict);
  EXPECT_EQ(verdict.lost.at("store"), 13u);
  EXPECT_EQ(verdict.numbered, 2u);
}

}  // namespace
}  // namespace gatehouse::audit
