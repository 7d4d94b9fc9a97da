// SPDX-License-Identifier: Apache-2.0
// Answers put into and taken out of a policy's text, byte for byte. What a person wrote must never be touched.
#include "policy/answer_text.h"

#include <gtest/gtest.h>

namespace gatehouse::policy {
namespace {

const std::string kOne = R"({"rule":"a"})", kTwo = R"({"rule":"b","paths":["/x, ]}//"]})";

std::string added(const std::string& text, const std::string& answer = kOne) {
  const auto out = with_answer(text, answer);
  return out ? *out : "REFUSED " + out.error().what;
}
std::string removed(const std::string& text, std::size_t number) {
  const auto out = without_answer(text, number);
  return out ? *out : "REFUSED " + out.error().what;
}

TEST(AnswerText, MakesTheSectionBehindTheLastMemberAndKeepsComments) {
  EXPECT_EQ(
      added("// ours\n{\n  \"version\": 1, // one\n  \"name\": \"n\" // the last\n  // end\n}\n"),
      "// ours\n{\n  \"version\": 1, // one\n  \"name\": \"n\", // the last\n  // end\n"
      "  \"answers\": [\n    {\"rule\":\"a\"}\n  ]\n}\n");
  EXPECT_EQ(added("{ \"version\": 1 }"),
            "{ \"version\": 1,\n  \"answers\": [\n    {\"rule\":\"a\"}\n  ] }");
}

TEST(AnswerText, AddsBehindTheLastOfThem) {
  EXPECT_EQ(added("{\n\t\"answers\": [\n\t\t{\"rule\":\"z\"} // first\n\t],\n\t\"version\": 1\n}"),
            "{\n\t\"answers\": [\n\t\t{\"rule\":\"z\"}, // first\n\t\t{\"rule\":\"a\"}\n\t],\n\t"
            "\"version\": 1\n}");
  EXPECT_EQ(added("{\"answers\": [{}], \"version\": 1}"),
            "{\"answers\": [{},\n    {\"rule\":\"a\"}], \"version\": 1}");
}

TEST(AnswerText, FillsAnEmptyList) {
  EXPECT_EQ(added("{\n  \"answers\": [],\n  \"version\": 1\n}"),
            "{\n  \"answers\": [\n    {\"rule\":\"a\"}\n  ],\n  \"version\": 1\n}");
  EXPECT_EQ(added("{\n  \"answers\": [ // none yet\n  ]\n}"),
            "{\n  \"answers\": [ // none yet\n    {\"rule\":\"a\"}\n  ]\n}");
}

TEST(AnswerText, KeepsTheLineEndsAndTheMarkOfTheFile) {
  EXPECT_EQ(added("\xef\xbb\xbf{\r\n  \"version\": 1\r\n}\r\n"),
            "\xef\xbb\xbf{\r\n  \"version\": 1,\r\n  \"answers\": [\r\n    {\"rule\":\"a\"}\r\n  "
            "]\r\n}\r\n");
}

TEST(AnswerText, IsNotFooledByWhatStandsInStringsAndComments) {
  const std::string text =
      "{\n  /* \"answers\": [1] } */\n  \"name\": \"\\\"answers\\\": [ // }\", // ]}\n"
      "  \"inner\": {\"answers\": []}\n}";
  EXPECT_NE(added(text).find("\"inner\": {\"answers\": []},\n  \"answers\": [\n"),
            std::string::npos)
      << added(text);
}

TEST(AnswerText, RefusesWhatIsNoPolicy) {
  for (const char* text : {"", "{", "[]", "{}", "{\"answers\": 1}", "{\"version\": 1,}", "nonsense",
                           "{\"\\u0061nswers\": []}", "{\"answers\": [1,]}"})
    EXPECT_NE(added(text).find("REFUSED"), std::string::npos) << text << " gave " << added(text);
  EXPECT_NE(added("{\"version\": 1}", "{\n}").find("REFUSED"), std::string::npos);
  EXPECT_NE(added("{\"version\": 1}", "1").find("REFUSED"), std::string::npos);
}

TEST(AnswerText, TakesOutWhatItPutIn) {
  for (const std::string text : {"{\n  \"version\": 1\n}\n", "{ \"version\": 1 } // end",
                                 "{\r\n \"a\": [1, 2], // x\r\n \"version\": 1 // y\r\n}"}) {
    const std::string one = added(text), two = added(one, kTwo), three = added(two);
    EXPECT_EQ(removed(three, 2), two);
    EXPECT_EQ(removed(two, 1), one);
    EXPECT_EQ(removed(three, 1), added(one));
    EXPECT_NE(removed(one, 1).find("REFUSED there is no answer 1"), std::string::npos);
    EXPECT_NE(removed(one, 0).find("\"answers\": ["), std::string::npos) << removed(one, 0);
  }
}

TEST(AnswerText, TakesOutOneBetweenComments) {
  const std::string text =
      "{\n \"answers\": [\n  // a\n  {\"rule\":\"a\"}, // of a\n  // b\n  {\"rule\":\"b\"} // of "
      "b\n ]\n}";
  EXPECT_EQ(removed(text, 0),
            "{\n \"answers\": [\n  // a\n   // of a\n  // b\n  {\"rule\":\"b\"} // of b\n ]\n}");
  EXPECT_EQ(removed(text, 1),
            "{\n \"answers\": [\n  // a\n  {\"rule\":\"a\"} // of a\n  // b\n   // of b\n ]\n}");
  EXPECT_EQ(removed("{\"answers\": [{\"a\": 1} /* x */ , {\"b\": 2}]}", 0),
            "{\"answers\": [ /* x */  {\"b\": 2}]}");
}

TEST(AnswerText, ShowsTheLinesThatChange) {
  EXPECT_EQ(changed_lines("a\nb\nc\n", "a\nB\nx\nc\n"), "- b\n+ B\n+ x\n");
  EXPECT_EQ(changed_lines("a\na\n", "a\na\na\n"), "+ a\n");
  EXPECT_EQ(changed_lines("a", "a"), "");
}

}  // namespace
}  // namespace gatehouse::policy
