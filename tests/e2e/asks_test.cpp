// SPDX-License-Identifier: Apache-2.0
// Asks answered from another terminal: scopes, durations, timeouts, groups of askers, askers that go. A
// test must never leave an approval waiting.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>

#include "host.h"

namespace gatehouse::e2e {
namespace {

class Asks : public ::testing::Test {
 protected:
  std::string policy(const std::string& approvals = "{}") {
    return policy_in(folder_,
                     R"({ "id": "asked", "action": "ask", "access": ["write"], "paths": [")" +
                         outside_.path() + R"(/**"], "reason": "publishes" })",
                     R"("approvals": )" + approvals);
  }
  // Tries to write `name` so often, one word for each.
  std::string tries(const std::string& name, int times = 1) {
    return "for i in $(seq " + std::to_string(times) + "); do if (: > " + outside_.at(name) +
           ") 2>/dev/null; then echo yes; else echo no; fi; done";
  }
  static Output answer(const Json& approval, const Words& more, const char* verb = "allow") {
    Words words = {"approvals", verb, std::to_string(approval.value("id", 0ull))};
    words.insert(words.end(), more.begin(), more.end());
    return ask_daemon(words);
  }
  Folder folder_{"asks"}, outside_{"asks-outside"};
};

TEST_F(Asks, AreListedWithAllThatAPersonNeeds) {
  Running ran(run_words(policy(R"({ "timeout": "10m", "remember": "process" })"),
                        {"sh", "-c", tries("a")}, {"--name", "listed", "--on-ask", "wait"}));
  const auto asked = approval_of(outside_.at("a"));
  ASSERT_FALSE(asked.is_null()) << ran.err();
  for (const char* member :
       {"id",      "access",     "object",   "session", "policy",  "rule",      "rule_reason",
        "pid",     "uid",        "comm",     "chain",   "waiting", "processes", "waited_ms",
        "left_ms", "on_timeout", "remember", "earlier", "since",   "deadline"})
    EXPECT_TRUE(asked.contains(member)) << member << " is missing in " << asked.dump(1);
  EXPECT_EQ(asked["session"].value("name", ""), "listed");
  EXPECT_EQ(asked.value("remember", ""), "process");
  EXPECT_TRUE(eventually([&] {
    return ran.err().find("gatehouse approvals allow|deny") != std::string::npos;
  })) << ran.err();
  const auto table = ask_daemon({"approvals", "list"});
  EXPECT_NE(table.out.find(outside_.at("a")), std::string::npos) << table.out;
  EXPECT_FALSE(exists(outside_.at("a")));
  // Wider than the policy lets answers be: refused, and nothing is answered.
  EXPECT_EQ(answer(asked, {"--scope", "session"}).status, 1);
  EXPECT_EQ(answer(asked, {"--for", "soon"}).status, 2);
  EXPECT_FALSE(approval_of(outside_.at("a")).is_null());
  EXPECT_EQ(answer(asked, {}).status, 0);
  EXPECT_EQ(ran.end().out, "yes\n");
  EXPECT_EQ(answer(asked, {}).status, 1) << "it was answered already";
}

TEST_F(Asks, AreDeniedByAPerson) {
  Running ran(run_words(policy(), {"sh", "-c", tries("a")}, {"--on-ask", "wait"}));
  const auto asked = approval_of(outside_.at("a"));
  ASSERT_FALSE(asked.is_null()) << ran.err();
  EXPECT_EQ(answer(asked, {"--message", "not now"}, "deny").status, 0);
  EXPECT_EQ(ran.end().out, "no\n");
  EXPECT_FALSE(exists(outside_.at("a")));
}

TEST_F(Asks, LastAsLongAsTheScopeOfTheAnswer) {
  Running once(run_words(policy(), {"sh", "-c", tries("once", 2)}, {"--on-ask", "wait"}));
  const auto first = approval_of("/once");
  ASSERT_FALSE(first.is_null()) << once.err();
  EXPECT_EQ(answer(first, {"--scope", "once"}).status, 0);
  ASSERT_TRUE(eventually([&] { return once.out() == "yes\n"; }));
  const auto second = approval_of("/once");
  ASSERT_FALSE(second.is_null()) << "once was taken for more";
  EXPECT_EQ(answer(second, {}, "deny").status, 0);
  EXPECT_EQ(once.end().out, "yes\nno\n");

  // Subshells: each try is a process of its own.
  Running whole(run_words(policy(), {"sh", "-c", tries("whole", 3)}, {"--on-ask", "wait"}));
  const auto session = approval_of("/whole");
  ASSERT_FALSE(session.is_null()) << whole.err();
  EXPECT_EQ(answer(session, {"--scope", "session"}).status, 0);
  EXPECT_EQ(whole.end().out, "yes\nyes\nyes\n");

  const std::string own = "for i in 1 2; do if : > " + outside_.at("own") +
                          "; then echo yes; fi; done; " + "(: > " + outside_.at("own") +
                          ") 2>/dev/null || echo no";
  Running process(run_words(policy(), {"sh", "-c", own}, {"--on-ask", "wait"}));
  const auto of_process = approval_of("/own");
  ASSERT_FALSE(of_process.is_null()) << process.err();
  EXPECT_EQ(answer(of_process, {"--scope", "process"}).status, 0);
  ASSERT_TRUE(eventually([&] { return process.out() == "yes\nyes\n"; })) << process.out();
  const auto of_child = approval_of("/own");
  ASSERT_FALSE(of_child.is_null()) << "a child used its parent's answer";
  EXPECT_EQ(answer(of_child, {}, "deny").status, 0);
  EXPECT_EQ(process.end().out, "yes\nyes\nno\n");

  Running timed(run_words(policy(),
                          {"sh", "-c", tries("timed", 2) + "; sleep 4; " + tries("timed")},
                          {"--on-ask", "wait"}));
  const auto for_3s = approval_of("/timed");
  ASSERT_FALSE(for_3s.is_null()) << timed.err();
  EXPECT_EQ(answer(for_3s, {"--for", "3s"}).status, 0);
  ASSERT_TRUE(eventually([&] { return timed.out() == "yes\nyes\n"; })) << timed.out();
  const auto after = approval_of("/timed");
  ASSERT_FALSE(after.is_null()) << "the answer lasted longer than it was given for";
  EXPECT_EQ(answer(after, {}, "deny").status, 0);
  EXPECT_EQ(timed.end().out, "yes\nyes\nno\n");
}

TEST_F(Asks, AreDeniedAtOnceWithOnAskDeny) {
  const auto ran = run(run_words(policy(), {"sh", "-c", tries("a", 3)}, {"--on-ask", "deny"}));
  EXPECT_EQ(ran.out, "no\nno\nno\n") << ran.err;
  EXPECT_FALSE(exists(outside_.at("a")));
}

TEST_F(Asks, AreDecidedByThePolicyWhenTheirTimeIsOver) {
  const auto denied = run(run_words(policy(R"({ "timeout": "1s", "on_timeout": "deny" })"),
                                    {"sh", "-c", tries("a")}, {"--on-ask", "wait"}));
  EXPECT_EQ(denied.out, "no\n") << denied.err;
  const auto allowed = run(run_words(policy(R"({ "timeout": "1s", "on_timeout": "allow" })"),
                                     {"sh", "-c", tries("b")}, {"--on-ask", "wait"}));
  EXPECT_EQ(allowed.out, "yes\n") << allowed.err;
}

TEST_F(Asks, OfTwoProcessesForTheSameAreOneQuestion) {
  Running ran(run_words(policy(), {"sh", "-c", tries("same") + " & " + tries("same") + " & wait"},
                        {"--on-ask", "wait"}));
  ASSERT_TRUE(eventually([&] { return approval_of("/same").value("waiting", 0) == 2; }))
      << approvals().dump(1);
  EXPECT_EQ(approvals().size(), 1u) << approvals().dump(1);
  const auto answered = answer(approvals()[0], {"--json"});
  EXPECT_EQ(answered.json().value("released", 0), 2) << answered.out << answered.err;
  EXPECT_EQ(ran.end().out, "yes\nyes\n");
}

TEST_F(Asks, GoWithTheirAsker) {
  Running ran(run_words(policy(),
                        {"sh", "-c", "sh -c '" + tries("gone") + "' & echo $!; wait; echo after"},
                        {"--on-ask", "wait"}));
  const auto asked = approval_of("/gone");
  ASSERT_FALSE(asked.is_null()) << ran.err();
  ::kill(asked.value("pid", 0), SIGKILL);
  EXPECT_TRUE(eventually([] { return approvals().empty(); })) << approvals().dump(1);
  EXPECT_NE(ran.end().out.find("after"), std::string::npos);
  EXPECT_FALSE(exists(outside_.at("gone")));
}

TEST_F(Asks, AreShownByWatchAsTheyComeAndGo) {
  Running json(gatehouse({"approvals", "watch", "--json"}));
  Running text(gatehouse({"approvals", "watch"}));
  Running ran(run_words(policy(), {"sh", "-c", tries("watched")}, {"--on-ask", "wait"}));
  const auto asked = approval_of("/watched");
  ASSERT_FALSE(asked.is_null()) << ran.err();
  EXPECT_TRUE(eventually([&] {
    return text.out().find(outside_.at("watched")) != std::string::npos;
  })) << text.out()
      << text.err();
  EXPECT_EQ(answer(asked, {}).status, 0);
  EXPECT_EQ(ran.end().out, "yes\n");
  EXPECT_TRUE(eventually([&] {
    bool shown = false, answered = false, closed = false;
    for (const auto& item : json_lines(json.out())) {
      shown = shown || (item.contains("approval") && item["approval"]["id"] == asked["id"]);
      answered = answered ||
                 (item.contains("event") && item["event"].value("type", "") == "approval-answered");
      closed = closed || (item.contains("closed") && item["closed"]["approval"] == asked["id"]);
    }
    return shown && answered && closed;
  })) << json.out();
}

TEST_F(Asks, TellWhatWasAnsweredToTheLikeBefore) {
  Running ran(
      run_words(policy(), {"sh", "-c", tries("a") + "; " + tries("b")}, {"--on-ask", "wait"}));
  const auto first = approval_of(outside_.at("a"));
  ASSERT_FALSE(first.is_null()) << ran.err();
  EXPECT_TRUE(first["earlier"].empty()) << first.dump(1);
  EXPECT_EQ(answer(first, {}).status, 0);
  const auto second = approval_of(outside_.at("b"));
  ASSERT_FALSE(second.is_null()) << ran.err();
  ASSERT_EQ(second["earlier"].size(), 1u) << second.dump(1);
  EXPECT_EQ(second["earlier"][0].value("object", ""), outside_.at("a"));
  EXPECT_EQ(second["earlier"][0].value("verdict", ""), "allow");
  EXPECT_EQ(second["earlier"][0].value("by", "").rfind("uid 0, gatehouse[", 0), 0u);
  EXPECT_EQ(second["chain"][0].value("cwd", ""), first["chain"][1].value("cwd", "none"));
  EXPECT_EQ(answer(second, {}, "deny").status, 0);
  EXPECT_EQ(ran.end().out, "yes\nno\n");
}

TEST_F(Asks, LeaveGrantsThatAreListedAndTakenBack) {
  Running ran(run_words(policy(),
                        {"sh", "-c",
                         tries("a", 2) + "; while ! test -e " + folder_.at("go") +
                             "; do sleep 0.1; done; " + tries("a", 1)},
                        {"--name", "granting", "--on-ask", "wait"}));
  const auto first = approval_of(outside_.at("a"));
  ASSERT_FALSE(first.is_null()) << ran.err();
  EXPECT_TRUE(ask_daemon({"approvals", "grants", "--json"}).json().empty());
  EXPECT_EQ(answer(first, {"--for", "1h", "--message", "fine"}).status, 0);
  ASSERT_TRUE(eventually([&] { return ran.out() == "yes\nyes\n"; })) << ran.err();
  const auto grants = ask_daemon({"approvals", "grants", "--session", "granting", "--json"}).json();
  ASSERT_EQ(grants.size(), 1u) << grants.dump(1);
  const auto& grant = grants[0];
  EXPECT_EQ(grant.value("object", ""), outside_.at("a"));
  EXPECT_EQ(grant.value("scope", ""), "session");
  EXPECT_EQ(grant.value("message", ""), "fine");
  EXPECT_TRUE(grant.contains("expires") && grant.contains("given") && grant.contains("by"));
  const auto table = ask_daemon({"approvals", "grants"});
  EXPECT_NE(table.out.find("allow create " + outside_.at("a")), std::string::npos) << table.out;

  const auto id = std::to_string(grant.value("id", 0ull));
  EXPECT_EQ(ask_daemon({"approvals", "revoke", id}).status, 0);
  EXPECT_EQ(ask_daemon({"approvals", "revoke", id}).status, 1) << "twice";
  EXPECT_TRUE(ask_daemon({"approvals", "grants", "--json"}).json().empty());
  EXPECT_NE(ask_daemon({"events", "--json"}).out.find(R"("type":"grant-revoked")"),
            std::string::npos);
  write_file(folder_.at("go"), "");
  const auto again = approval_of(outside_.at("a"));
  ASSERT_FALSE(again.is_null()) << "what was taken back is still in force";
  EXPECT_EQ(answer(again, {}, "deny").status, 0);
  EXPECT_EQ(ran.end().out, "yes\nyes\nno\n");
}

TEST_F(Asks, ArePreviewedAndAnsweredByAPattern) {
  const std::string go = "; while ! test -e " + folder_.at("on") + "; do sleep 0.1; done; ";
  Running ran(run_words(
      policy(),
      {"sh", "-c", tries("a.o") + "; " + tries("b.o") + go + tries("c.o") + "; " + tries("d.txt")},
      {"--name", "pattern", "--on-ask", "wait"}));
  const auto first = approval_of(outside_.at("a.o"));
  ASSERT_FALSE(first.is_null()) << ran.err();
  EXPECT_EQ(answer(first, {"--preview"}).status, 0);
  const auto preview =
      answer(first, {"--preview", "--pattern", outside_.at("*.o"), "--json"}).json();
  EXPECT_EQ(preview["rule"]["filesystem"]["rules"][0]["paths"][0], outside_.at("*.o"))
      << preview.dump(1);
  EXPECT_EQ(preview["past"].size(), 1u) << preview.dump(1);
  EXPECT_EQ(preview["suggestions"][0].value("pattern", ""), outside_.at("*.o")) << preview.dump(1);
  EXPECT_FALSE(approval_of(outside_.at("a.o")).is_null()) << "a preview answered";
  EXPECT_EQ(answer(first, {"--pattern", "/elsewhere/**"}).status, 1);
  EXPECT_EQ(answer(first, {"--pattern", outside_.at("*.o")}).status, 0);
  ASSERT_TRUE(eventually([&] { return ran.out() == "yes\nyes\n"; })) << ran.out() << ran.err();
  const auto grants = ask_daemon({"approvals", "grants", "--json"}).json();
  ASSERT_EQ(grants.size(), 1u) << grants.dump(1);
  EXPECT_EQ(grants[0].value("pattern", ""), outside_.at("*.o"));
  EXPECT_GE(grants[0].value("used", 0), 1);
  EXPECT_NE(ask_daemon({"events", "--json"}).out.find(R"("by":"grant")"), std::string::npos);

  // It outlives the daemon, and covers nothing else.
  Host::instance().stop(SIGKILL);
  Host::instance().start();
  write_file(folder_.at("on"), "");
  const auto other = approval_of(outside_.at("d.txt"));
  ASSERT_FALSE(other.is_null()) << ran.out();
  EXPECT_EQ(ran.out(), "yes\nyes\nyes\n");
  const auto id = ask_daemon({"approvals", "grants", "--json"}).json()[0].value("id", 0ull);
  EXPECT_EQ(ask_daemon({"approvals", "revoke", std::to_string(id)}).status, 0);
  EXPECT_EQ(answer(other, {}, "deny").status, 0);
  EXPECT_TRUE(eventually([&] { return ran.out() == "yes\nyes\nyes\nno\n"; })) << ran.out();
  (void)ran.end();
  EXPECT_TRUE(no_session_named("pattern"));
}

TEST_F(Asks, OfACommandAreAnsweredForItsArgumentsOrByItsWords) {
  const auto file = policy_in(folder_, "", "", "command.json");
  auto text = read_file(file);
  const std::string section = R"("exec": { "default": "allow" })";
  text.replace(text.find(section), section.size(),
               R"("exec": { "default": "allow", "rules": [ { "id": "run", "action": "ask", )"
               R"("command": ["id"] } ] })");
  write_file(file, text);
  Running ran(run_words(file, {"sh", "-c", "id -u; id -u; id -g; id -u"},
                        {"--name", "commands", "--on-ask", "wait"}));
  const auto first = approval_of("/id");
  ASSERT_FALSE(first.is_null()) << ran.err();
  EXPECT_EQ(first["argv"], Json({"id", "-u"})) << first.dump(1);
  const auto table = ask_daemon({"approvals", "list"});
  EXPECT_NE(table.out.find("command id -u"), std::string::npos) << table.out;
  EXPECT_EQ(answer(first, {"--scope", "session"}).status, 0);
  ASSERT_TRUE(eventually([&] { return ran.out() == "0\n0\n"; })) << ran.out() << ran.err();
  const auto other = approval_of("/id");
  ASSERT_FALSE(other.is_null()) << "an answer for -u was taken for one for -g";
  const auto preview = answer(other, {"--preview", "--json"}).json();
  EXPECT_EQ(preview["rule"]["exec"]["rules"][0]["command"].size(), 2u) << preview.dump(1);
  EXPECT_EQ(preview["suggestions"].size(), 1u) << preview.dump(1);
  EXPECT_EQ(answer(other, {"--pattern", "id"}).status, 0);
  EXPECT_EQ(ran.end().out, "0\n0\n0\n0\n");
}

TEST_F(Asks, BeyondTheNumberOfThePolicyAreOneStormThatIsDeniedAtOnce) {
  const std::string each = "for i in 1 2 3 4 5 6; do (if (: > " + outside_.at("s") +
                           "$i) 2>/dev/null; then echo yes; else echo no; fi) & done; wait";
  Running ran(run_words(policy(R"({ "max_open": 2 })"), {"sh", "-c", each},
                        {"--name", "storm", "--on-ask", "wait"}));
  Json storm;
  ASSERT_TRUE(eventually([&] {
    for (const auto& one : approvals())
      if (one.contains("storm")) storm = one;
    return !storm.is_null() && storm["storm"].value("objects", 0) == 4;
  })) << approvals().dump(1);
  EXPECT_EQ(approvals().size(), 3u) << approvals().dump(1);
  EXPECT_EQ(answer(storm, {}).status, 1) << "a storm was allowed unseen";
  // An answer before it shows the next.
  ASSERT_FALSE(approvals()[0].contains("storm"));
  EXPECT_EQ(answer(approvals()[0], {}).status, 0);
  ASSERT_TRUE(eventually([&] {
    const auto all = approvals();
    return all.size() == 3 && all[2].contains("storm") && all[2]["storm"].value("objects", 0) == 3;
  })) << approvals().dump(1);
  EXPECT_EQ(answer(approvals()[2], {}, "deny").status, 0);
  ASSERT_TRUE(eventually([&] { return approvals().size() == 2; })) << approvals().dump(1);
  for (const auto& one : approvals())
    EXPECT_EQ(answer(one, {}).status, 0);
  const auto out = ran.end().out;
  EXPECT_EQ(std::count(out.begin(), out.end(), 'y'), 3) << out;
  EXPECT_EQ(std::count(out.begin(), out.end(), 'o'), 3) << out;
}

TEST_F(Asks, OfAnExecAreAnsweredBeforeTheCommandBegins) {
  const auto policy = policy_in(folder_, "", "", "exec.json");
  auto text = read_file(policy);
  const auto at = text.find(R"("exec": { "default": "allow" })");
  text.replace(
      at, 30,
      R"("exec": { "default": "allow", "rules": [ { "id": "run", "action": "ask", "paths": ["/usr/bin/id"] } ] })");
  write_file(policy, text);
  Running yes(run_words(policy, {"/usr/bin/id", "-u"}, {"--on-ask", "wait"}));
  const auto asked = approval_of("/usr/bin/id");
  ASSERT_FALSE(asked.is_null()) << yes.err();
  EXPECT_EQ(yes.out(), "");
  EXPECT_EQ(answer(asked, {}).status, 0);
  EXPECT_EQ(yes.end().out, "0\n");
  Running no(run_words(policy, {"/usr/bin/id", "-u"}, {"--on-ask", "wait"}));
  const auto again = approval_of("/usr/bin/id");
  ASSERT_FALSE(again.is_null()) << no.err();
  EXPECT_EQ(answer(again, {}, "deny").status, 0);
  EXPECT_EQ(no.end().status, 126);
}

}  // namespace
}  // namespace gatehouse::e2e
