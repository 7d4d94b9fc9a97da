// SPDX-License-Identifier: Apache-2.0
// What the pages say, and that hostile text is only ever text. It must never compare a layout: facts are looked
// for, and markup is parsed.
#include "report/page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "base/utf8.h"
#include "report/escape.h"
#include "report/words.h"
#include "telling.h"

namespace gatehouse::report {
namespace {

const Reader kReader{"dev", "run.jsonl", "2026-11-27 03:00:00 UTC"};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Every tag of the page: its name and attributes. Also that each that is opened is closed, in order.
struct Markup {
  std::vector<std::string> tags;
  bool balanced = true;
};

Markup markup_of(const std::string& page) {
  static const std::vector<std::string> kAlone = {"meta", "!doctype", "br"};
  Markup out;
  std::vector<std::string> open;
  for (std::size_t at = 0; (at = page.find('<', at)) != std::string::npos;) {
    const auto end = page.find('>', at);
    if (end == std::string::npos) return out.balanced = false, out;
    std::string tag = page.substr(at + 1, end - at - 1);
    at = end + 1;
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) return out.balanced = false, out;
      open.pop_back();
      continue;
    }
    const std::string name = tag.substr(0, tag.find_first_of(" /"));
    if (!tag.ends_with('/') && std::find(kAlone.begin(), kAlone.end(), name) == kAlone.end())
      open.push_back(name);
    if (name == "style") at = page.find("</style>", at);  // no markup inside
    out.tags.push_back(std::move(tag));
  }
  out.balanced = out.balanced && open.empty();
  return out;
}

const char* const kHostile[] = {
    "<script>alert(1)</script>", "\"onload=\"x", "'><img src=x>",       "&lt;b&gt;",    "</title>",
    "</style><script>",          "\x1b[31mred",  "\xe2\x80\xaetxt.exe", "\xff\xfe",     "a\nb",
    "`|x|` **b** [l](http://x)", "]]>",          "javascript:x",        "\xe2\x80\x8b", "<!--"};

Telling hostile() {
  Telling run;
  for (const std::string text : kHostile) {
    const std::string path = "/srv/app/" + text;
    run.decided(GH_WRITE, path, GH_ALLOW).decided(GH_READ, path, GH_DENY, "r" + text);
    run.decided(GH_UNIX, "@" + text, GH_DENY).decided(GH_PRIVILEGE, text, GH_DENY);
    run.asked(1, text).answered(1, GH_ALLOW, text);
    run.at(20, events::Exec{{text, {}, false}, {text, text}, false}, 100);
    const events::Labels claimed = {{"tool_call_id", text}, {"tool_name", text}};
    run.at(25, events::ToolCall{}, 99, 1, claimed);
    run.at(26, events::Exec{{text, {}, false}, {text, text}, false}, 101, 99, claimed);
    run.at(30, events::EventsLost{text, {}, 3, text});
    run.at(40, events::SessionEnd{0, text});
  }
  return run;
}

TEST(Page, HostileTextIsNeverMarkup) {
  const std::string page = html_page(hostile().story(), {kHostile[0], kHostile[1], kHostile[2]});
  const auto markup = markup_of(page);
  EXPECT_TRUE(markup.balanced);
  static const std::set<std::string> kElements = {
      "!doctype", "html",  "head",    "meta", "title", "style", "body",    "main",    "p",
      "h1",       "h2",    "small",   "dl",   "dt",    "dd",    "span",    "div",     "b",
      "ul",       "li",    "section", "svg",  "rect",  "text",  "line",    "code",    "br",
      "table",    "thead", "tbody",   "tr",   "th",    "td",    "details", "summary", "footer"};
  static const std::regex kNever(R"((^|\s)(on\w+|src|href|style|xlink:href|formaction)\s*=)",
                                 std::regex::icase);
  for (const auto& tag : markup.tags) {
    EXPECT_TRUE(kElements.contains(tag.substr(0, tag.find_first_of(" /")))) << tag;
    EXPECT_FALSE(std::regex_search(tag, kNever)) << tag;
  }
}

TEST(Page, NothingInItCanHideOrReorderText) {
  for (const std::string& page :
       {html_page(hostile().story(), kReader), markdown_page(hostile().story(), kReader)}) {
    std::string_view rest = page;
    while (!rest.empty()) {
      const auto c = first_utf8(rest);
      ASSERT_TRUE(c.valid);
      ASSERT_TRUE(c.code == '\n' || !is_unprintable(c.code)) << static_cast<unsigned>(c.code);
      rest.remove_prefix(c.length);
    }
  }
}

TEST(Page, AsksNobodyForAnything) {
  const std::string page = html_page(Telling().story(), kReader);
  EXPECT_TRUE(has(page, "default-src 'none'"));
  for (const char* part : {"src=", "href=", "url(", "@import", "<script"})
    EXPECT_FALSE(has(page, part)) << part;
}

TEST(Page, SaysWhatWasAskedWhoAnsweredAndHowLongItTook) {
  Telling run;
  run.asked(7, "/srv/app/.github/x.yml")
      .answered(7, GH_ALLOW, "looks right")
      .asked(8, "/srv/app/y");
  for (const std::string& page :
       {html_page(run.story(), kReader), markdown_page(run.story(), kReader)}) {
    for (const char* part :
         {"/srv/app/.github/x.yml", "workflows", "looks right", "2.5 s", "no answer"})
      EXPECT_TRUE(has(page, part)) << part;
  }
}

TEST(Page, CommandsStandByTheToolCallThatTheAgentNamed) {
  const auto phase = [](events::ToolCall::Phase which) { return events::ToolCall{which, 60, 60}; };
  const events::Labels first = {{"tool_call_id", "toolu_1"}, {"tool_name", "Bash"}},
                       second = {{"tool_call_id", "toolu_2"}},
                       either = {{"tool_call_candidates", "toolu_1 toolu_2"}};
  Telling run;
  run.at(90, events::Fork{60, 60}, 50).at(91, events::Fork{61, 61}, 60);
  run.at(100, phase(events::ToolCall::Phase::begin), 50, 1, first);
  run.at(110, events::Exec{{"/bin/cat", {}, false}, {"cat", "the-file"}, false}, 51, 50, first);
  events::Decision denied;
  denied.object.text = "/x";
  run.at(120, denied, 51, 50, first);
  run.at(130, events::Exec{{"/told", {}, false}, {"the-hook"}, false}, 61, 60, first);
  run.at(140, phase(events::ToolCall::Phase::begin), 50, 1, second);
  run.at(150, events::Exec{{"/bin/id", {}, false}, {"id", "of-whom"}, false}, 52, 50, either);
  run.at(1100, phase(events::ToolCall::Phase::end), 50, 1, first);
  ASSERT_EQ(run.story().calls.size(), 2u);
  EXPECT_EQ(run.story().calls[0].denials, 1u);
  const auto ran = ran_by(run.story(), run.story().calls[0], 10);
  ASSERT_EQ(ran.shown.size(), 1u) << "neither the hook nor what only may belong to it";
  EXPECT_EQ(ran.shown[0]->argv[1], "the-file");
  for (const std::string& page :
       {html_page(run.story(), kReader), markdown_page(run.story(), kReader)})
    for (const char* part :
         {"Tool calls", "Bash", "toolu_1", "1.0 s", "no end told", "call toolu_1 or", "hook"})
      EXPECT_TRUE(has(page, part)) << part;
  EXPECT_FALSE(has(html_page(Telling().story(), kReader), "Tool calls"));
}

TEST(Page, DenialsStandByTheirRuleWithItsReason) {
  Telling run;
  for (int i = 0; i < 30; i++)
    run.decided(GH_READ, "/home/dev/.ssh/id" + std::to_string(i), GH_DENY, "secrets");
  run.decided(GH_WRITE, "/etc/x", GH_DENY).decided(GH_WRITE, "/etc/y", GH_DENY, "persist", true);
  const std::string page = html_page(run.story(), kReader);
  for (const char* part : {"secrets", "credentials", "30 times", "22 objects not listed",
                           "would be denied", "31 requests were denied", "1 request went through"})
    EXPECT_TRUE(has(page, part)) << part;
  EXPECT_EQ(run.story().files.count("/etc/y"), 1u) << "it went through";
  EXPECT_EQ(run.story().files.count("/etc/x"), 0u);
}

TEST(Page, LossesAreSaidAloud) {
  Telling run;
  run.at(5, events::EventsLost{"events", {}, 12, "the ring was full"});
  auto story = run.story();
  story.unread = 2;
  for (const std::string& page : {html_page(story, kReader), markdown_page(story, kReader)}) {
    EXPECT_TRUE(has(page, "12 events were lost"));
    EXPECT_TRUE(has(page, "the ring was full"));
    EXPECT_TRUE(has(page, "2 lines of the record could not be read"));
  }
}

TEST(Page, AnEmptySessionIsAPageToo) {
  EXPECT_TRUE(markup_of(html_page(Story(), {})).balanced);
  EXPECT_FALSE(markdown_page(Story(), {}).empty());
}

TEST(Page, AHugeSessionStaysAPageAndWhatIsLeftOutIsCounted) {
  Telling run;
  for (std::uint32_t i = 0; i < 30'000; i++) {
    run.at(i, events::Fork{i + 1000, i + 1000}, i == 0 ? 100 : i + 999);
    run.decided(GH_WRITE, "/srv/app/d" + std::to_string(i % 5000) + "/" + std::to_string(i),
                GH_ALLOW);
    run.decided(GH_CONNECT, "tcp 192.0.2.1:" + std::to_string(i), GH_DENY,
                "rule" + std::to_string(i));
    run.asked(i + 1, "/a" + std::to_string(i));
  }
  const auto& story = run.story();
  EXPECT_LE(story.processes.size(), Story::kMostProcesses);
  EXPECT_GT(story.more_files, 0u);
  EXPECT_GT(story.more_asks, 0u);
  const std::string page = html_page(story, kReader);
  EXPECT_TRUE(markup_of(page).balanced);
  EXPECT_LT(page.size(), 2u << 20);
  EXPECT_TRUE(has(page, "not listed here"));
}

TEST(Page, TheTreeHasChildrenBelowTheirParentsAndAlikeOnesOnce) {
  Telling run;
  run.at(1, events::Exec{{"/usr/bin/make", {}, false}, {"make", "all"}, false}, 100);
  for (std::uint32_t child = 200; child < 210; child++) {
    run.at(2, events::Fork{child, child}, 100);
    run.at(3, events::Exec{{"/usr/bin/cc", {}, false}, {"cc", "-c", "x.c"}, false}, child);
    run.at(4, events::Exit{256}, child);
  }
  const std::string page = markdown_page(run.story(), kReader);
  EXPECT_TRUE(has(page, "* `make all`\n  * `cc -c x.c` ×10 **exit 1**")) << page;
}

TEST(Page, ProcessesThatForkEachOtherInACircleEndThePage) {
  Telling run;
  run.at(1, events::Fork{300, 300}, 200).at(2, events::Fork{200, 200}, 300);
  EXPECT_TRUE(markup_of(html_page(run.story(), kReader)).balanced);
}

TEST(Story, ALaterSessionOfTheSameNameTakesThePlaceOfTheFirst) {
  Telling run;
  run.decided(GH_READ, "/a", GH_DENY).at(9, events::SessionEnd{0, "exited"});
  run.at(50, events::SessionStart{"/c", "/srv/other", 1000, {"second"}});
  EXPECT_EQ(run.story().denied, 0u);
  EXPECT_EQ(run.story().earlier_runs, 1u);
  EXPECT_TRUE(has(html_page(run.story(), kReader), "1 earlier session"));
}

TEST(Histogram, KeepsEveryCountHoweverLongTheSessionIs) {
  Histogram histogram;
  for (std::int64_t i = 0; i < 10'000; i++)
    histogram.add(1'700'000'000'000'000'000 + i * i * 1'000'000, i % 10 == 0);
  std::uint64_t all = 0, denied = 0;
  for (const auto& bucket : histogram.buckets()) {
    all += bucket.all;
    denied += bucket.denied;
  }
  EXPECT_EQ(all, 10'000u);
  EXPECT_EQ(denied, 1'000u);
}

TEST(Markdown, ACodeSpanHoldsBackticksAndBars) {
  EXPECT_EQ(markdown("a`b"), "``a`b``");
  EXPECT_EQ(markdown("a|b"), "`a\\|b`");
  EXPECT_EQ(markdown("`"), "`` ` ``");
  EXPECT_EQ(markdown(""), "—");
}

}  // namespace
}  // namespace gatehouse::report
