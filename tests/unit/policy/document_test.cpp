// SPDX-License-Identifier: Apache-2.0
// Text that is no policy at all: bytes, syntax, shape. Each finding must be one that the author can act
// on.
#include "reading.h"

namespace gatehouse::policy {
namespace {

TEST(Document, comments_are_read_over) {
  const auto r = read("// one\n{ /* two */ \"version\": 1 } // three\n");
  EXPECT_TRUE(r.policy) << r.text();
}

TEST(Document, a_byte_order_mark_is_read_over) {
  EXPECT_TRUE(read("\xef\xbb\xbf{\"version\": 1}").policy);
}

TEST(Document, an_empty_file_is_refused) {
  EXPECT_REFUSED(read(""), "", "empty");
  EXPECT_REFUSED(read(" \n\t"), "", "empty");
}

TEST(Document, a_file_above_4_mib_is_refused_with_its_size) {
  EXPECT_REFUSED(read(std::string((4u << 20) + 1, ' ')), "", "4194305 bytes");
}

TEST(Document, a_syntax_error_has_line_and_column) {
  EXPECT_REFUSED(read("{\n  \"version\": 1,\n  \"name\": x\n}"), "", "line 3, column 11");
}

TEST(Document, columns_count_characters_not_bytes) {
  EXPECT_REFUSED(read("{\"ä\": x}"), "", "line 1, column 7");
}

TEST(Document, common_slips_get_a_hint) {
  EXPECT_REFUSED(read("{\"version\": 1,}"), "", "no comma after the last element");
  EXPECT_REFUSED(read("{'version': 1}"), "", "double quotes");
  EXPECT_REFUSED(read("# hello\n{}"), "", "comments start with //");
  EXPECT_REFUSED(read("{\"version\": 1"), "", "ends too early");
  EXPECT_REFUSED(read("{\"version\": 1 \"name\": \"x\"}"), "", "not valid JSON");
}

TEST(Document, two_documents_are_refused) {
  EXPECT_REFUSED(read("{\"version\": 1} {}"), "", "not valid JSON");
}

TEST(Document, text_that_is_not_utf8_is_refused_with_its_place) {
  EXPECT_REFUSED(read("{\n\"name\": \"\xff\"}"), "", "line 2, column 10");
  EXPECT_REFUSED(read("{ // \xc0\xaf\n\"version\": 1}"), "", "not UTF-8");
  EXPECT_REFUSED(read("{\"name\": \"\xed\xa0\x80\"}"), "", "not UTF-8");
  EXPECT_REFUSED(read(std::string("\xff\xfe{\0", 4)), "", "UTF-16");
}

TEST(Document, nul_bytes_are_refused_raw_and_escaped) {
  EXPECT_REFUSED(read(std::string("{\"version\": 1}\0", 15)), "", "NUL byte");
  EXPECT_REFUSED(read(with_path("/etc/\\u0000")), "/filesystem/rules/0/paths/0", "NUL");
  EXPECT_REFUSED(read(with("\"a\\u0000b\": 1")), "", "unknown key");
}

TEST(Document, repeated_keys_are_refused_with_their_pointer) {
  const auto r = read(with(R"("mode": "audit", "mode": "enforce",
    "network": {"rules": [{"action": "deny", "ports": [1], "ports": [2]}]})"));
  EXPECT_REFUSED(r, "/mode", "twice");
  EXPECT_REFUSED(r, "/network/rules/0/ports", "twice");
}

TEST(Document, keys_that_only_look_different_are_the_same_key) {
  EXPECT_REFUSED(read(R"({"version": 1, "versi\u006fn": 1})"), "/version", "twice");
}

TEST(Document, pointers_are_escaped) {
  EXPECT_REFUSED(read(with(R"("a/b~c": 1)")), "/a~1b~0c", "unknown key");
}

TEST(Document, deep_nesting_is_refused_and_not_followed) {
  for (const char* open : {"[", "{\"a\":"}) {
    std::string text;
    for (int i = 0; i < 100'000; ++i)
      text += open;
    const auto r = read(text);
    EXPECT_FALSE(r.policy);
    EXPECT_NE(r.text().find("deeper than 32"), std::string::npos);
    EXPECT_LT(r.text().size(), 1000u);
  }
}

TEST(Document, a_bidirectional_character_is_warned_of) {
  const auto r = read("{\"version\": 1} // \xe2\x80\xae hidden\n");
  EXPECT_WARNED(r, "", "U+202E");
  EXPECT_WARNED(r, "", "line 1, column 19");
}

TEST(Document, quoted_text_is_cut_and_made_visible) {
  const auto r = read(with("\"mode\": \"\\u001b[31m\\u202e" + std::string(500, 'x') + "\""));
  const auto* found = r.find("/mode", "\\x1b[31m\\u202e");
  ASSERT_NE(found, nullptr) << r.text();
  EXPECT_LT(found->message.size(), 120u);
  EXPECT_EQ(r.text().find('\x1b'), std::string::npos);
}

TEST(Document, long_or_hostile_keys_are_reported_at_their_object) {
  const auto r = read(with("\"" + std::string(100'000, 'k') + "\": 1, \"\\u001b[2J\": 2"));
  EXPECT_REFUSED(r, "", "unknown key \"kkk");
  EXPECT_REFUSED(r, "", "\\x1b[2J");
  EXPECT_LT(r.text().size(), 2000u);
}

TEST(Document, numbers_that_do_not_fit_are_refused) {
  EXPECT_REFUSED(read(R"({"version": 1e999})"), "", "too large");
  EXPECT_REFUSED(read(R"({"version": 18446744073709551616})"), "/version", "not a version");
  EXPECT_REFUSED(read(R"({"version": 1.0})"), "/version", "not a version");
  EXPECT_REFUSED(read(with_net_rule(R"("ports": [18446744073709551615])")),
                 "/network/rules/0/ports/0", "not a port");
}

TEST(Document, other_roots_than_an_object_are_refused) {
  for (const char* root : {"[]", "1", "\"x\"", "null", "true"})
    EXPECT_REFUSED(read(root), "", "must be an object");
}

TEST(Document, a_flood_of_findings_is_cut_with_a_count) {
  std::string text = "{\"version\": 1";
  for (int i = 0; i < 100'000; ++i)
    text += ",\"k" + std::to_string(i) + "\":0";
  const auto r = read(text + "}");
  EXPECT_FALSE(r.policy);
  EXPECT_EQ(r.diagnostics.all().size(), 101u);
  EXPECT_NE(r.text().find("99900 more findings"), std::string::npos);
}

TEST(Document, a_flood_of_repeated_keys_is_cut) {
  std::string text = "{\"version\": 1";
  for (int i = 0; i < 100'000; ++i)
    text += ",\"k\":0";
  EXPECT_EQ(read(text + "}").diagnostics.all().size(), 101u);
}

}  // namespace
}  // namespace gatehouse::policy
