// SPDX-License-Identifier: Apache-2.0
// Text of others in messages of ours. Nothing that a terminal obeys or that hides text may pass.
#include "base/quote.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace gatehouse {
namespace {

TEST(Quote, plain_text_stays) { EXPECT_EQ(quote("a/b ä 日本"), "\"a/b ä 日本\""); }

TEST(Quote, what_a_terminal_obeys_is_shown) {
  EXPECT_EQ(quote("\x1b[2J\n\t\r\x7f"), R"("\x1b[2J\n\t\x0d\x7f")");
  EXPECT_EQ(quote("\xc2\x9b"), R"("\x9b")");
  EXPECT_EQ(quote("\xe2\x80\xae\xf3\xa0\x80\x81"), R"("\u202e\U000e0001")");
}

TEST(Quote, bytes_that_are_no_utf8_are_shown) {
  EXPECT_EQ(quote("a\xff\xc3"), R"("a\xff\xc3")");
  EXPECT_EQ(quote(std::string_view("\0", 1)), R"("\x00")");
}

TEST(Quote, is_not_ambiguous) { EXPECT_EQ(quote(R"(\x1b "q")"), R"("\\x1b \"q\"")"); }

TEST(Quote, is_cut_by_characters) {
  EXPECT_EQ(quote("ääää", 3), "\"äää…\"");
  EXPECT_EQ(quote("äää", 3), "\"äää\"");
}

TEST(Visible, keeps_all_and_quotes_nothing) {
  EXPECT_EQ(visible(std::string(500, 'x')), std::string(500, 'x'));
  EXPECT_EQ(visible("a\"\n"), "a\"\\n");
}

TEST(Visible, words_of_a_command_cannot_be_taken_for_others) {
  EXPECT_EQ(visible_words({"git", "push"}), "git push");
  EXPECT_EQ(visible_words({"sh", "-c", "a b", "", "\x1b[2J", "\xe2\x80\xae"}),
            R"(sh -c "a b" "" \x1b[2J \u202e)");
}

TEST(Utf8, finds_the_first_bad_byte) {
  EXPECT_EQ(find_invalid_utf8("aä日\xf0\x9f\x98\x80"), std::nullopt);
  EXPECT_EQ(find_invalid_utf8("aa\xc0\xaf"), 2u);        // overlong
  EXPECT_EQ(find_invalid_utf8("\xed\xa0\x80"), 0u);      // surrogate
  EXPECT_EQ(find_invalid_utf8("\xe0\x80\x80"), 0u);      // overlong
  EXPECT_EQ(find_invalid_utf8("\xf4\x90\x80\x80"), 0u);  // above U+10FFFF
  EXPECT_EQ(find_invalid_utf8("a\xe6\x97"), 1u);         // cut
  EXPECT_EQ(find_invalid_utf8(""), std::nullopt);
}

}  // namespace
}  // namespace gatehouse
