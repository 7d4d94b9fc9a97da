// SPDX-License-Identifier: Apache-2.0
// JSON strings, base64, words and times. It must never compare against what the code itself made.
#include <gtest/gtest.h>

#include "events/json.h"
#include "events/time.h"
#include "events/words.h"

namespace gatehouse::events {
namespace {

std::string json_of(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(Json, LeavesUtf8AsItIs) { EXPECT_EQ(json_of("/tmp/żółw/龍"), "\"/tmp/żółw/龍\""); }

TEST(Json, EscapesWhatCouldFoolATerminal) {
  EXPECT_EQ(json_of("a\x1b[2J"), "\"a\\u001b[2J\"");
  EXPECT_EQ(json_of("a\xc2\x9b"), "\"a\\u009b\"");
  EXPECT_EQ(json_of("a\xe2\x80\xae"), "\"a\\u202e\"");
  EXPECT_EQ(json_of("\xf3\xa0\x80\x81"), "\"\\udb40\\udc01\"");
  EXPECT_EQ(json_of("\"\\\n\t\x7f"), "\"\\\"\\\\\\n\\t\\u007f\"");
}

TEST(Json, AddsTheExactBytesWhenTextIsNotUtf8) {
  std::string out;
  {
    JsonObject object(out);
    object.text("object", "/a\xff");
    object.text("plain", "x");
  }
  EXPECT_EQ(out, "{\"object\":\"/a\xef\xbf\xbd\",\"object_bytes\":\"L2H/\",\"plain\":\"x\"}");
}

TEST(Json, AddsTheBytesOfAWholeListWhenOneOfItIsNotUtf8) {
  std::string out;
  {
    JsonObject object(out);
    object.list("argv", {"a", "\xff"});
  }
  EXPECT_EQ(out, "{\"argv\":[\"a\",\"\xef\xbf\xbd\"],\"argv_bytes\":[\"YQ==\",\"/w==\"]}");
}

TEST(Json, NestsObjects) {
  std::string out;
  {
    JsonObject object(out);
    {
      JsonObject inner = object.object("session");
      inner.number("id", 18446744073709551615u);
    }
    object.integer("x", -1);
    object.wide("w", 5);
    object.boolean("b", true);
  }
  EXPECT_EQ(out, R"({"session":{"id":18446744073709551615},"x":-1,"w":"5","b":true})");
}

TEST(Base64, FollowsRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(from_base64("Zm8="), "fo");
  EXPECT_EQ(from_base64("Zm9vYmFy"), "foobar");
  EXPECT_EQ(from_base64("/w=="), "\xff");
  for (const char* bad : {"Z", "Zg", "Zg=", "Zh==", "Zg==Zg==", "Z g=", "!!!!", "====", "Zm9v="})
    EXPECT_FALSE(from_base64(bad)) << bad;
}

TEST(Time, KeepsNineDigits) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(rfc3339(1'700'000'000'000'000'001), "2023-11-14T22:13:20.000000001Z");
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999999999Z");
}

TEST(Time, HoldsAtBothEndsOfItsRange) {
  EXPECT_EQ(rfc3339(std::numeric_limits<std::int64_t>::max()), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(rfc3339(std::numeric_limits<std::int64_t>::min()), "1677-09-21T00:12:43.145224192Z");
}

TEST(Time, BringsTheKernelsClockToTheWall) {
  timespec boot{};
  ::clock_gettime(CLOCK_BOOTTIME, &boot);
  const std::int64_t wall = boot.tv_sec * 1'000'000'000 + boot.tv_nsec + wall_minus_boot();
  EXPECT_LT(std::abs(wall - wall_now()), 1'000'000'000);
}

TEST(Words, AreThoseOfTheAbi) {
  EXPECT_EQ(access_word(GH_METADATA), "metadata");
  EXPECT_EQ(verdict_word(GH_KILL), "kill");
  EXPECT_EQ(reason_word(GH_REASON_FOREIGN), "unresolved");
  EXPECT_EQ(reason_sentence(GH_REASON_FOREIGN), "the file lies in another mount namespace");
  EXPECT_EQ(scope_of("process"), GH_SCOPE_PROCESS);
  EXPECT_FALSE(scope_of("forever"));
  EXPECT_FALSE(access_of(7));
}

}  // namespace
}  // namespace gatehouse::events
