// SPDX-License-Identifier: Apache-2.0
// Tool calls that an agent's hooks tell of are joined to what the agent starts during them, and to nothing else. No
// claim may ever reach another session, or come from outside of one.
#include <gtest/gtest.h>

#include <algorithm>

#include "agent.h"

namespace gatehouse::e2e {
namespace {

const std::string kAgent = std::string(GH_TEST_SOURCE_DIR) + "/tests/e2e/agent_with_hooks";

class Calls : public AgentTest {
 protected:
  Calls() : AgentTest("calls") {
    // A login shell, as Codex runs hooks by, sets PATH anew.
    agent_.environment["GATEHOUSE"] = kBinary;
  }
  static Words agent(const std::string& product, const Words& steps) {
    Words words = {kAgent, product, kPolicies + "/integrations"};
    words.insert(words.end(), steps.begin(), steps.end());
    return words;
  }
  [[nodiscard]] Words confined(const std::string& name, const Words& command) const {
    return run_words(kPolicies + "/coding-agent.json", command,
                     {"--workspace", folder_.path(), "--name", name});
  }
  // Of a session that has ended.
  static Output told_of(const std::string& session, const Words& more = {}) {
    Words words = {"events", Host::instance().events_file(), "--session", session};
    EXPECT_TRUE(eventually([&] {
      return run(bare({"events", words[1], "--session", session, "--type", "session-end"})).out !=
             "";
    })) << session
        << " has no end";
    words.insert(words.end(), more.begin(), more.end());
    return run(bare(words));
  }
  static std::vector<Json> events_of(const std::string& session, Words more = {}) {
    more.push_back("--json");
    return json_lines(told_of(session, more).out);
  }
  // What the program claims that was started with this word; null: it was not told of.
  static Json claimed(const std::vector<Json>& events, const std::string& word) {
    for (const auto& event : events)
      if (event.value("type", "") == "exec" && event.contains("argv"))
        for (const auto& argument : event["argv"])
          if (argument.get<std::string>().find(word) != std::string::npos &&
              event["argv"][0] == "sh")
            return event.value("claimed", Json::object());
    return nullptr;
  }
  // "begin toolu_1", … in their order.
  static Words told(const std::vector<Json>& events) {
    Words all;
    for (const auto& event : events)
      if (event.value("type", "") == "tool-call")
        all.push_back(event.value("phase", "") + " " + event["claimed"].value("tool_call_id", ""));
    return all;
  }
};

std::string id_in(const Json& claimed) { return claimed.value("tool_call_id", ""); }

TEST_F(Calls, WhatClaudeCodeStartsDuringACallIsJoinedToItAndNothingElseIs) {
  const auto ran =
      run(confined("claude-calls",
                   agent("claude", {"run:sh -c ': before'", "pre:toolu_1",
                                    "run:sh -c \"sh -c ': below'; cat .env\"; sh -c ': during'",
                                    "post:toolu_1", "run:sh -c ': after'", "pre:toolu_2",
                                    "pre:toolu_3", "run:sh -c ': two-open'", "fail:toolu_2",
                                    "run:sh -c ': one-open'", "batch", "run:sh -c ': all-over'"})),
          agent_, 240);
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out.find("Traceback"), std::string::npos);
  EXPECT_NE(ran.out.find("PreToolUse 0\n"), std::string::npos) << ran.out << ran.err;
  const auto all = events_of("claude-calls");
  EXPECT_EQ(told(all), (Words{"begin toolu_1", "end toolu_1", "begin toolu_2", "begin toolu_3",
                              "end toolu_2", "lapsed toolu_3"}));
  for (const char* word : {": before", ": after", ": all-over"})
    EXPECT_EQ(claimed(all, word), Json::object()) << word;
  for (const char* word : {": below", ": during"}) {
    const auto claims = claimed(all, word);
    EXPECT_EQ(id_in(claims), "toolu_1") << word << claims;
    EXPECT_EQ(claims.value("conversation_id", ""), "claude-conversation");
    EXPECT_EQ(claims.value("tool_name", ""), "Bash");
  }
  EXPECT_EQ(claimed(all, ": two-open").value("tool_call_candidates", ""), "toolu_2 toolu_3");
  EXPECT_EQ(id_in(claimed(all, ": two-open")), "");
  EXPECT_EQ(id_in(claimed(all, ": one-open")), "toolu_3");
  const auto denial = std::find_if(all.begin(), all.end(), [&](const Json& event) {
    return event.value("type", "") == "decision" && event.value("object", "") == folder_.at(".env");
  });
  ASSERT_NE(denial, all.end());
  EXPECT_EQ(id_in((*denial)["claimed"]), "toolu_1") << *denial;
  const auto filtered = events_of("claude-calls", {"--call", "toolu_1", "--verdict", "deny"});
  ASSERT_FALSE(filtered.empty());
  for (const auto& event : filtered)
    EXPECT_EQ(id_in(event["claimed"]), "toolu_1");
  const auto people = told_of("claude-calls", {"--call", "toolu_1"}).out;
  EXPECT_NE(people.find("begin   Bash toolu_1"), std::string::npos) << people;
  EXPECT_NE(people.find(" call toolu_1\n"), std::string::npos) << people;
}

TEST_F(Calls, CodexIsJoinedToo) {
  const auto ran = run(
      confined("codex-calls", agent("codex", {"pre:call_1", "run:sh -c ': during'", "post:call_1",
                                              "pre:call_2", "stop", "run:sh -c ': after'"})),
      agent_, 240);
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto all = events_of("codex-calls");
  EXPECT_EQ(told(all), (Words{"begin call_1", "end call_1", "begin call_2", "lapsed call_2"}))
      << ran.out << ran.err;
  EXPECT_EQ(id_in(claimed(all, ": during")), "call_1");
  EXPECT_EQ(claimed(all, ": during").value("conversation_id", ""), "codex-conversation");
  EXPECT_EQ(claimed(all, ": after"), Json::object());
}

TEST_F(Calls, NoClaimReachesAnotherSessionAndAnotherSessionCannotEndTheCall) {
  Running first(confined("first-calls", agent("claude", {"pre:toolu_1", "make:begun", "wait:done",
                                                         "run:sh -c ': of-first'"})),
                agent_);
  ASSERT_TRUE(eventually([&] { return exists(folder_.at("begun")); }, 60)) << first.err();
  const auto second =
      run(confined("second-calls",
                   {"sh", "-c",
                    "sh -c ': of-second'; gatehouse tool-call end toolu_1 --conversation "
                    "claude-conversation; echo $?; : > done"}),
          agent_, 120);
  EXPECT_EQ(second.out, "1\n") << second.err;
  EXPECT_NE(second.err.find("no such call is open"), std::string::npos) << second.err;
  ASSERT_EQ(first.end(120).status, 0);
  const auto theirs = events_of("second-calls");
  EXPECT_EQ(claimed(theirs, ": of-second"), Json::object());
  EXPECT_TRUE(told(theirs).empty());
  const auto ours = events_of("first-calls");
  EXPECT_EQ(id_in(claimed(ours, ": of-first")), "toolu_1");
  EXPECT_EQ(told(ours), (Words{"begin toolu_1", "lapsed toolu_1"})) << "its agent has ended";
}

TEST_F(Calls, WhoIsInNoSessionTellsOfNoneAndNoClaimIsTakenThatIsNoId) {
  const Words begin = {"tool-call", "begin", "toolu_1", "--conversation", "c"};
  const auto outside = ask_daemon(begin);
  EXPECT_EQ(outside.status, 1);
  EXPECT_NE(outside.err.find("only a process in a session"), std::string::npos) << outside.err;
  const auto ran = run(
      confined("odd-calls",
               {"sh", "-c",
                "try() { gatehouse tool-call begin \"$@\"; echo $?; }\n"
                "try \"$(printf 'a\\033b')\" --conversation c; try 'a b' --conversation c\n"
                "try a --conversation \"$(printf '%0200d' 1)\"; try a --conversation c --above 8\n"
                "try a --conversation c; try a --conversation c; try a"}),
      agent_, 240);
  EXPECT_EQ(ran.out, "1\n1\n1\n1\n0\n1\n2\n") << ran.err;
  EXPECT_EQ(told(events_of("odd-calls")), (Words{"begin a", "lapsed a"}));
}

TEST_F(Calls, AreRecordsOfTheAuditLogWhichStillHoldsAndStandInTheReport) {
  Folder log("calls-log");
  auto alone = agent_;
  alone.uid.reset();
  alone.groups.clear();
  alone.gid = 0;
  alone.environment["GATEHOUSE_SOCKET"] = "";
  Words words = bare({"run", "--no-daemon", "-p", kPolicies + "/coding-agent.json", "--workspace",
                      folder_.path(), "--log", "audit:" + log.path(), "--"});
  for (auto& word : agent("claude", {"pre:toolu_1", "run:sh -c ': during'", "post:toolu_1"}))
    words.push_back(word);
  const auto ran = run(words, alone, 240);
  ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
  const auto verified = run(bare({"audit", "verify", log.path(), "--state", "/var/lib/gatehouse",
                                  "--key", log.at("key.pub")}),
                            {}, 60);
  EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
  const auto all = json_lines(run(bare({"--json", "events", log.path()}), {}, 60).out);
  EXPECT_EQ(told(all), (Words{"begin toolu_1", "end toolu_1"})) << ran.out << ran.err;
  EXPECT_EQ(id_in(claimed(all, ": during")), "toolu_1");
  for (const auto& event : all)
    EXPECT_TRUE(event.value("type", "") != "tool-call" || event.contains("chain")) << event;
  const auto page = run(bare({"report", log.path(), "--markdown"}), {}, 60).out;
  const auto calls = page.find("## Tool calls");
  ASSERT_NE(calls, std::string::npos) << page;
  const auto section = page.substr(calls, page.find("\n## ", calls + 1) - calls);
  EXPECT_NE(section.find("toolu_1"), std::string::npos);
  EXPECT_NE(section.find(": during"), std::string::npos) << section;
  EXPECT_EQ(section.find("told"), std::string::npos)
      << "hooks are not what the call ran: " << section;
}

}  // namespace
}  // namespace gatehouse::e2e
