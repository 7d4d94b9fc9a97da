// SPDX-License-Identifier: Apache-2.0
// An agent that was refused learns why: from `why --last`, from the hook of its tool, from the wrapper. A
// session must never hear of another one's refusals.
#include <gtest/gtest.h>

#include <algorithm>

#include "agent.h"

namespace gatehouse::e2e {
namespace {

const std::string kIntegrations = kPolicies + "/integrations";

class Told : public AgentTest {
 protected:
  Told() : AgentTest("told") {}
  // `script` by an ordinary user under the policy that people use.
  Output as_agent(const std::string& script, const Words& options = {}) {
    Words all = {"--workspace", folder_.path()};
    all.insert(all.end(), options.begin(), options.end());
    return run(run_words(kPolicies + "/coding-agent.json", {"sh", "-c", script}, all), agent_, 120);
  }
  // Not confined, and root's, where the agent is.
  Settings outside() const {
    Settings settings;
    settings.directory = agent_.directory;
    settings.environment = agent_.environment;
    return settings;
  }
  Folder outside_{"told-outside"};
};

TEST_F(Told, AnAgentLearnsWhatWasRefusedByWhichRuleAndWhatToDo) {
  const auto ran = as_agent("cat .env; gatehouse why --last --json");
  const auto told = ran.json();
  ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_EQ(told.value("object", ""), folder_.at(".env")) << ran.out;
  EXPECT_EQ(told.value("access", ""), "read");
  EXPECT_EQ(told.value("verdict", ""), "deny");
  EXPECT_EQ(told.value("comm", ""), "cat");
  for (const char* member :
       {"time", "pid", "rule", "layer", "rule_reason", "reason", "detail", "others"})
    EXPECT_TRUE(told.contains(member)) << member << " is missing in " << ran.out;
  EXPECT_NE(told.value("what_to_do", "").find("ask the person"), std::string::npos);
  const auto text = as_agent("cat .env; gatehouse why --last");
  EXPECT_NE(text.out.find("deny  read " + folder_.at(".env")), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("  do    the policy forbids this"), std::string::npos) << text.out;
}

TEST_F(Told, AnAgentHearsNothingOfOtherSessions) {
  const auto other = as_agent("cat .env; gatehouse why --last --json");
  ASSERT_EQ(other.json().value("object", ""), folder_.at(".env")) << other.err;
  Running still(run_words(policy_in(outside_), {"sh", "-c", "(: > /etc/x); sleep 60"}));
  ASSERT_TRUE(eventually([] {
    const auto told = ask_daemon({"--json", "why", "--last"});
    return told.status == 0 && told.json().value("object", "") == "/etc/x";
  }));
  const auto ran = as_agent("gatehouse why --last --session 1 --json");
  EXPECT_EQ(ran.status, 1) << ran.out;
  EXPECT_EQ(ran.out, "");
  EXPECT_NE(ran.err.find("nothing has been refused"), std::string::npos) << ran.err;
  still.signal(SIGTERM);
  still.end();
}

TEST_F(Told, AnAgentIsToldOfOldRefusalsOnlyWhenItAsksForThem) {
  const auto ran = as_agent(
      "cat .env; gatehouse why --last --within 2m --json >/dev/null; echo $?; sleep 1.1; gatehouse "
      "why "
      "--last --within 1s; echo $?; gatehouse why --last --within soon; echo $?");
  EXPECT_EQ(ran.out, "0\n1\n2\n") << ran.err;
}

TEST_F(Told, AnAgentReadsWhatThePersonSaidWhoDenied) {
  const auto policy =
      policy_in(outside_, R"({ "id": "asked", "action": "ask", "access": ["write"], "paths": [")" +
                              folder_.path() + R"(/**"], "reason": "publishes" })");
  Running ran(
      run_words(policy, {"sh", "-c", "(: > " + folder_.at("a") + "); gatehouse why --last --json"},
                {"--on-ask", "wait"}),
      outside());
  const auto asked = approval_of(folder_.at("a"));
  ASSERT_FALSE(asked.is_null()) << ran.err();
  EXPECT_EQ(ask_daemon({"approvals", "deny", std::to_string(asked.value("id", 0ull)), "--message",
                        "write it to b instead"})
                .status,
            0);
  const auto ended = ran.end();
  const auto told = ended.json();
  EXPECT_EQ(told.value("message", ""), "write it to b instead") << ended.out << ended.err;
  EXPECT_EQ(told.value("answered_by", ""), "person");
  EXPECT_EQ(told["approval"], asked["id"]);
  EXPECT_EQ(told.value("rule_reason", ""), "publishes");
  EXPECT_FALSE(told.contains("by_pid"));
}

TEST_F(Told, AnAgentOfARunWithoutADaemonAsksThatRun) {
  auto alone = outside();
  alone.environment["GATEHOUSE_SOCKET"] = "";
  Words words = bare({"run", "-p", kPolicies + "/coding-agent.json", "--workspace", folder_.path(),
                      "--", "sh", "-c", "cat .env; exec gatehouse why --last --json"});
  // Not the daemon of these tests, which listens elsewhere.
  const auto ran = run(words, alone, 180);
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.json().value("object", ""), folder_.at(".env")) << ran.out << ran.err;
}

// What Claude Code and Codex send, as their documentation has it.
std::string tool_failed(const std::string& event, const std::string& more) {
  return R"({"session_id":"s-1","transcript_path":"/x.jsonl","cwd":"/x","permission_mode":"default",)"
         R"("hook_event_name":")" +
         event +
         R"(","tool_name":"Bash","tool_use_id":"t-1","tool_input":{"command":"cat .env"},)" + more +
         "}";
}

TEST_F(Told, TheHookTellsTheModelOnceAndOnlyAfterAFailure) {
  write_file(folder_.at("good"),
             tool_failed("PostToolUse", R"("tool_response":{"stdout":"fine"})"));
  write_file(
      folder_.at("claude"),
      tool_failed("PostToolUseFailure",
                  R"("error":"Exit code 1\ncat: .env: Permission denied","is_interrupt":false)"));
  write_file(folder_.at("interrupted"),
             tool_failed("PostToolUseFailure", R"("error":"x","is_interrupt":true)"));
  write_file(folder_.at("codex"),
             tool_failed("PostToolUse", R"("turn_id":"1","model":"m","tool_response":"cat: .env: )"
                                        R"(Permission denied")"));
  const std::string hook = kIntegrations + "/told <", next = "; echo \"$?\"; ";
  const auto ran =
      as_agent("cat .env 2>/dev/null; " + hook + "good" + next + hook + "interrupted" + next +
               hook + "claude" + next + hook + "claude" + next + "cat .env 2>/dev/null; " + hook +
               "codex" + next + "echo junk | " + kIntegrations + "/told" + next);
  std::vector<Json> said;
  for (const auto& line : json_lines(ran.out))
    if (line.is_object()) said.push_back(line);
  ASSERT_EQ(said.size(), 2u) << ran.out << ran.err;
  const char* events[] = {"PostToolUseFailure", "PostToolUse"};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& specific = said[i]["hookSpecificOutput"];
    EXPECT_EQ(specific.value("hookEventName", ""), events[i]);
    const auto context = specific.value("additionalContext", "");
    EXPECT_NE(context.find("deny read \"" + folder_.at(".env")), std::string::npos) << context;
    EXPECT_NE(context.find("What to do: "), std::string::npos) << context;
    EXPECT_EQ(said[i].value("systemMessage", "").rfind("Gatehouse: deny read", 0), 0u);
  }
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 8) << ran.out;
  for (const auto& line : json_lines(ran.out))
    EXPECT_TRUE(line.is_object() || line == 0) << "a hook failed: " << ran.out;
  EXPECT_EQ(ran.err.find("Traceback"), std::string::npos) << ran.err;
}

TEST_F(Told, TheWrapperExplainsAFailureAndKeepsItsStatus) {
  const std::string explain = kIntegrations + "/gatehouse-explain ";
  const auto ran = as_agent(explain + "cat .env; echo $?; " + explain + "echo fine; " + explain +
                            "sh -c 'exit 7'; echo $?");
  EXPECT_EQ(ran.out, "1\nfine\n7\n") << ran.err;
  EXPECT_NE(ran.err.find("gatehouse refused:\ndeny  read " + folder_.at(".env")), std::string::npos)
      << ran.err;
  const auto control =
      run({kIntegrations + "/gatehouse-explain", "sh", "-c", "echo out; exit 3"}, outside());
  EXPECT_EQ(control.status, 3) << control.err;
  EXPECT_EQ(control.out, "out\n");
}

}  // namespace
}  // namespace gatehouse::e2e
