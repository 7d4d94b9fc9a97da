// SPDX-License-Identifier: Apache-2.0
// Each way to spoil a log shows, and one that nobody spoiled is proven. A test must spoil what was proven before.
#include <gmock/gmock.h>

#include "log.h"

namespace gatehouse::audit {
namespace {

using ::testing::HasSubstr;

class Spoiled : public Log {
 protected:
  // Thirty events of two CPUs with a checkpoint after each ten.
  Spoiled() {
    auto store = open();
    events::Ledger ledger;
    store->begin("gate", ledger);
    for (std::uint64_t seq = 0; seq < 15; seq++) {
      tell(*store, ledger, seq, 0);
      tell(*store, ledger, seq, 1);
      if (seq % 5 == 4) store->checkpoint(ledger);
    }
    store.reset();
    EXPECT_TRUE(verified().proven()) << all(verified());
    path_ = files().at(0);
    lines_ = lines_of(path_);
  }

  std::string path_;
  std::vector<std::string> lines_;
};

TEST_F(Spoiled, one_changed_byte_shows_at_its_record) {
  auto& line = lines_[7];
  line.replace(line.find("/etc/shadow"), 11, "/etc/passwd");
  rewrite(path_, lines_);
  const auto verdict = verified();
  EXPECT_FALSE(verdict.proven());
  ASSERT_EQ(verdict.findings_count, 1u) << all(verdict);
  EXPECT_EQ(verdict.findings[0].line, 8u);
  EXPECT_THAT(verdict.findings[0].what, HasSubstr("record 8 was changed"));
}

TEST_F(Spoiled, a_dropped_record_is_named) {
  lines_.erase(lines_.begin() + 6);
  rewrite(path_, lines_);
  const auto verdict = verified();
  EXPECT_FALSE(verdict.proven());
  EXPECT_THAT(all(verdict), HasSubstr("record 7 is missing"));
  EXPECT_EQ(verdict.untold, 1u) << "and its number of the kernel's";
}

TEST_F(Spoiled, two_records_that_changed_places_show) {
  std::swap(lines_[4], lines_[5]);
  rewrite(path_, lines_);
  const auto verdict = verified();
  EXPECT_FALSE(verdict.proven());
  EXPECT_THAT(all(verdict), HasSubstr("record 5 stands after record 6"));
}

TEST_F(Spoiled, a_chain_that_was_made_anew_fails_for_want_of_a_signature) {
  Link link{};
  for (std::size_t i = 0; i < lines_.size(); i++) {
    auto sealed = unseal(lines_[i]);
    ASSERT_TRUE(sealed);
    std::string text(sealed->text), signature(sealed->signature);
    if (i == 7) text.replace(text.find("/etc/shadow"), 11, "/etc/passwd");
    link = next_link(link, text);
    seal(text, link, signature);
    lines_[i] = text;
  }
  rewrite(path_, lines_);
  const auto verdict = verified();
  EXPECT_FALSE(verdict.proven());
  EXPECT_THAT(all(verdict), HasSubstr("is not signed by this key"));
  EXPECT_EQ(verdict.signed_to, 2u) << "only what came before is still vouched for";
}

TEST_F(Spoiled, an_end_that_was_cut_off_shows_by_the_head) {
  lines_.resize(lines_.size() - 6);
  rewrite(path_, lines_);
  EXPECT_TRUE(verified(false).proven()) << "nothing in the log itself can tell";
  const auto verdict = verified();
  EXPECT_FALSE(verdict.proven());
  EXPECT_THAT(all(verdict), HasSubstr("the newest were cut off"));
}

TEST_F(Spoiled, a_line_from_elsewhere_is_no_record) {
  lines_.insert(lines_.begin() + 3, R"({"type":"decision","verdict":"allow"})");
  rewrite(path_, lines_);
  const auto verdict = verified();
  ASSERT_EQ(verdict.findings_count, 1u) << all(verdict);
  EXPECT_THAT(verdict.findings[0].what, HasSubstr("no record"));
}

TEST_F(Spoiled, another_key_proves_nothing) {
  auto other = SecretKey::load_or_make(folder_ + "/other.key");
  ASSERT_TRUE(other);
  VerifyOptions options;
  options.directory = options_.directory;
  options.key = other->public_half();
  const auto verdict = verify(options);
  ASSERT_TRUE(verdict);
  EXPECT_FALSE(verdict->proven());
  EXPECT_EQ(verdict->signed_to, 0u);
}

TEST_F(Spoiled, a_log_without_a_record_is_not_proven) {
  std::filesystem::remove(path_);
  EXPECT_FALSE(verified(false).proven());
}

TEST_F(Spoiled, half_a_line_at_the_end_is_one_that_is_being_written) {
  std::ofstream(path_, std::ios::app) << R"({"time":"2025)";
  const auto verdict = verified();
  EXPECT_TRUE(verdict.proven()) << all(verdict);
  EXPECT_GT(verdict.cut_line, 0u);
}

TEST_F(Spoiled, a_number_that_neither_came_nor_was_told_is_missed) {
  auto store = open();
  auto accounts = store->accounts_of("gate");
  ASSERT_TRUE(accounts);
  events::Ledger ledger(*accounts, {});
  tell(*store, ledger, 15);
  tell(*store, ledger, 18);  // 16 and 17: the ledger knows, and says nothing
  store->checkpoint(ledger);
  EXPECT_EQ(verified().in_doubt, 2u);
  EXPECT_TRUE(verified().proven()) << "they may still come: " << all(verified());
  events::EventsLost lost{"events", 0, 2, "full", events::Range{16, 18}};
  ledger.told(lost);  // it believes to have told, but nothing was written
  tell(*store, ledger, 19);
  store->checkpoint(ledger);
  const auto verdict = verified();
  EXPECT_EQ(verdict.untold, 2u);
  EXPECT_FALSE(verdict.proven());
}

TEST_F(Spoiled, what_was_told_as_lost_is_accounted_for) {
  auto store = open();
  events::Ledger ledger(*store->accounts_of("gate"), {});
  tell(*store, ledger, 18);
  events::EventsLost lost{"events", 0, 3, "the ring was full", events::Range{15, 18}};
  ledger.told(lost);
  events::Event event;
  event.time = events::wall_now();
  event.body = lost;
  store->write(event);
  store->checkpoint(ledger);
  const auto verdict = verified();
  EXPECT_TRUE(verdict.proven()) << all(verdict);
  EXPECT_EQ(verdict.lost.at("events"), 3u);
  EXPECT_EQ(verdict.why.at("the ring was full"), 3u);
  EXPECT_EQ(verdict.in_doubt, 0u);
}

}  // namespace
}  // namespace gatehouse::audit
