// SPDX-License-Identifier: Apache-2.0
// What globs cover and which are refused, asked of compiled tables. It must never look inside them.
#include "unit/tables/asking.h"

namespace gatehouse::tables {
namespace {

std::string refused(const std::string& glob) {
  return refusal(policy_of({files({path_rule("r", Action::deny, {glob})})}));
}

TEST(Glob, LiteralCoversItselfAndNothingElse) {
  EXPECT_TRUE(covers("/a/b", "/a/b"));
  EXPECT_FALSE(covers("/a/b", "/a/bc"));
  EXPECT_FALSE(covers("/a/b", "/a"));
  EXPECT_FALSE(covers("/a/b", "/a/b/c"));
  EXPECT_TRUE(covers("/", "/"));
  EXPECT_FALSE(covers("/", "/a"));
}

TEST(Glob, StarStaysWithinOneComponentAndMayBeEmpty) {
  EXPECT_TRUE(covers("/a*", "/a"));
  EXPECT_TRUE(covers("/*.txt", "/.txt"));
  EXPECT_TRUE(covers("/a*c", "/abbc"));
  EXPECT_FALSE(covers("/a*c", "/ab/c"));
  EXPECT_TRUE(covers("/*", "/.hidden"));
  EXPECT_FALSE(covers("/*", "/a/b"));
  EXPECT_FALSE(covers("/*", "/"));
  EXPECT_TRUE(covers("/*a*a*", "/baab"));
  EXPECT_FALSE(covers("/*a*a*", "/bab"));
}

TEST(Glob, QuestionMarkIsOneByteOfAnyValueButSlash) {
  EXPECT_TRUE(covers("/a?c", "/a.c"));
  EXPECT_TRUE(covers("/a?c",
                     "/a\xff"
                     "c"));
  EXPECT_FALSE(covers("/a?c", "/a/c"));
  EXPECT_FALSE(covers("/a?c", "/ac"));
  EXPECT_TRUE(covers("/??", "/\xc3\xa9"));  // one character, two bytes
}

TEST(Glob, DirStarStarIsEverythingBelowAndNotTheDirectory) {
  EXPECT_TRUE(covers("/a/**", "/a/b"));
  EXPECT_TRUE(covers("/a/**", "/a/b/c/d"));
  EXPECT_FALSE(covers("/a/**", "/a"));
  EXPECT_FALSE(covers("/a/**", "/ab"));
  EXPECT_TRUE(covers("/**", "/a/b"));
  EXPECT_FALSE(covers("/**", "/"));
}

TEST(Glob, LeadingStarStarIsAnyDepth) {
  for (const char* glob : {"**/x", "/**/x", "/**/**/x"}) {
    EXPECT_TRUE(covers(glob, "/x")) << glob;
    EXPECT_TRUE(covers(glob, "/a/b/x")) << glob;
    EXPECT_FALSE(covers(glob, "/a/xx")) << glob;
    EXPECT_FALSE(covers(glob, "/x/a")) << glob;
  }
}

TEST(Glob, InnerStarStarMayStandForNothing) {
  EXPECT_TRUE(covers("/a/**/b", "/a/b"));
  EXPECT_TRUE(covers("/a/**/b", "/a/x/y/b"));
  EXPECT_FALSE(covers("/a/**/b", "/a/xb"));
  EXPECT_FALSE(covers("/a/**/b", "/ab"));
}

TEST(Glob, SetsHoldRangesAndNegationAndNeverSlash) {
  EXPECT_TRUE(covers("/[a-c]x", "/bx"));
  EXPECT_FALSE(covers("/[a-c]x", "/dx"));
  EXPECT_TRUE(covers("/[!a-c]x", "/dx"));
  EXPECT_TRUE(covers("/[^a-c]x", "/\xffx"));
  EXPECT_FALSE(covers("/a[!b]c", "/a/c"));
  EXPECT_FALSE(covers("/a[+-9]c", "/a/c"));
  EXPECT_TRUE(covers("/a[+-9]c", "/a.c"));
  EXPECT_TRUE(covers("/[\\]-]", "/]"));
  EXPECT_TRUE(covers("/[\\]-]", "/-"));
}

TEST(Glob, BracesNestAndMayHoldSlashesAndGlobs) {
  EXPECT_TRUE(covers("/dev/{null,pts/*}", "/dev/pts/3"));
  EXPECT_TRUE(covers("/{a,{b,c}d}e", "/cde"));
  EXPECT_FALSE(covers("/{a,{b,c}d}e", "/ce"));
  EXPECT_TRUE(covers("/a{,/**}", "/a"));
  EXPECT_TRUE(covers("/a{,/**}", "/a/b"));
  EXPECT_TRUE(covers("{/a,/b}/c", "/b/c"));
  EXPECT_TRUE(covers("/x},y", "/x},y"));
}

TEST(Glob, BackslashTakesTheNextByteLiterally) {
  EXPECT_TRUE(covers("/a\\*b", "/a*b"));
  EXPECT_FALSE(covers("/a\\*b", "/axb"));
  EXPECT_TRUE(covers("/\\{a,b\\}", "/{a,b}"));
  EXPECT_TRUE(covers("/\\${who}", "/$who"));
  EXPECT_TRUE(covers("/\\\\", "/\\"));
}

TEST(Glob, TildeAndVariablesArePutInLiterally) {
  EXPECT_TRUE(covers("~/.ssh/**", "/home/dev/.ssh/id"));
  EXPECT_TRUE(covers("~", "/home/dev"));
  EXPECT_TRUE(covers("{~/.ssh,~/.aws}/*", "/home/dev/.aws/x"));
  EXPECT_TRUE(covers("/a/~", "/a/~"));
  EXPECT_TRUE(covers("${workspace}/**", "/home/dev/app/x"));
  EXPECT_TRUE(covers("/srv/${who}/*", "/srv/dev/x"));
  EXPECT_TRUE(covers("/${odd}", "/a*[b]{c}"));
  EXPECT_FALSE(covers("/${odd}", "/axb"));
}

TEST(Glob, DoubledSlashesAreOne) { EXPECT_TRUE(covers("/a//b", "/a/b")); }

TEST(Glob, WhatHasNoOneReadingIsRefusedWithAHintAtItsPointer) {
  const std::pair<const char*, const char*> cases[] = {
      {"/a[b", "'[' is not closed"},
      {"/a{b", "'{' is not closed"},
      {"/a\\", "lone '\\'"},
      {"/a[]b", "the set matches nothing"},
      {"/a[!]b", "the set matches"},
      {"/a[/]b", "the set matches nothing"},
      {"/a**b", "must be a whole"},
      {"/**a", "must be a whole component"},
      {"/a/***", "'***' means nothing"},
      {"/[z-a]", "runs backwards"},
      {"/[[:alpha:]]", "named classes"},
      {"/[\xc3\xa9]", "single bytes"},
      {"a/b", "not absolute"},
      {"", "not absolute"},
      {"*.env", "not absolute"},
      {"~user/x", "not absolute"},
      {"/a/", "ends in '/'"},
      {"/a/../b", "'.' or '..'"},
      {"/${nobody}/x", "has no value"},
      {"/${who", "'${' is not closed"},
      {"/a{,b}{c,/}", "ends in '/'"},
  };
  for (const auto& [glob, words] : cases) {
    const std::string text = refused(glob);
    EXPECT_NE(text.find(words), std::string::npos) << glob << ": " << text;
    EXPECT_NE(text.find("p.json:/filesystem/rules/r/paths/0: error"), std::string::npos) << text;
    EXPECT_NE(text.find("hint: "), std::string::npos) << text;
  }
}

TEST(Glob, AllBadGlobsAreReportedAtOnce) {
  const auto text =
      refusal(policy_of({files({path_rule("r", Action::deny, {"/ok", "/a[", "/b{"}, {"/c\\"})})}));
  EXPECT_NE(text.find("/paths/1"), std::string::npos);
  EXPECT_NE(text.find("/paths/2"), std::string::npos);
  EXPECT_NE(text.find("/except/0"), std::string::npos);
}

TEST(Glob, BracesThatMultiplyAreRefusedNotExpanded) {
  std::string glob = "/";
  for (int i = 0; i < 40; ++i)
    glob += "{a,b}";
  EXPECT_NE(refused(glob).find("more than 4096"), std::string::npos);
  EXPECT_NE(refused("/" + std::string(100000, '{')).find("nested"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::tables
