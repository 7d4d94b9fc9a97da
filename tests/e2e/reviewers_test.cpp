// SPDX-License-Identifier: Apache-2.0
// Reviewers of a policy, with real programs and a real web service on loopback. No program may run with
// more than its user has, none may be left, and none may be the session's own.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include "host.h"

namespace gatehouse::e2e {
namespace {

class Reviewers : public ::testing::Test {
 protected:
  Reviewers() {
    for (const auto* folder : {&work_, &told_, &outside_})
      ::chmod(folder->path().c_str(), 0777);
    ::chmod(conf_.path().c_str(), 0755);
  }

  // Asks for writes to `outside_`; the file lies where the session cannot write.
  std::string policy(const std::string& approvals) {
    const auto file =
        policy_in(work_,
                  R"({ "id": "asked", "action": "ask", "access": ["write"], "paths": [")" +
                      outside_.path() + R"(/**"] })",
                  R"("approvals": )" + approvals);
    const auto moved = conf_.at("policy.json");
    write_file(moved, read_file(file));
    ::chmod(moved.c_str(), 0644);
    return moved;
  }
  std::string program(const std::string& script, const std::string& name = "triage") {
    const auto file = conf_.at(name);
    write_file(file, "#!/bin/sh\n" + script + "\n");
    ::chmod(file.c_str(), 0755);
    return file;
  }
  // A chain of that program and these links.
  std::string after(const std::string& script, const std::string& more, const std::string& rest) {
    return R"({ "reviewers": [{ "type": "command", "command": [")" + program(script) + "\"]" +
           more + " }" + rest + "] }";
  }
  std::string tries(const std::string& name) {
    return "if (: > " + outside_.at(name) + ") 2>/dev/null; then echo yes; else echo no; fi; ";
  }
  Output ran(const std::string& policy, const std::string& name, const Settings& settings = {}) {
    return run(run_words(policy, {"sh", "-c", tries(name)}, {"--on-ask", "wait"}), settings);
  }
  static Output answer(const Json& approval, const char* verb = "allow",
                       const Settings& settings = {}) {
    return ask_daemon({"approvals", verb, std::to_string(approval.value("id", 0ull))}, settings);
  }
  static Settings as_member() { return as(Host::instance().member()); }
  static Settings as(const User& user) {
    Settings settings;
    settings.uid = user.uid, settings.gid = user.gid, settings.groups = user.groups;
    return settings;
  }
  // The newest event of that type on that object; null: there is none in time.
  static Json told_of(const std::string& type, const std::string& object) {
    Json found;
    eventually([&] {
      for (const auto& line : json_lines(read_file(Host::instance().events_file())))
        if (line.is_object() && line.value("type", "") == type &&
            line.value("object", "") == object)
          found = line;
      return !found.is_null();
    });
    return found;
  }

  Folder conf_{"reviewers-conf"}, work_{"reviewers-work"}, told_{"reviewers-told"},
      outside_{"reviewers-outside"};
};

TEST_F(Reviewers, AProgramClearsWhatIsHarmlessAndPassesTheRestOnToAPerson) {
  // The object alone: an ask also tells of earlier ones.
  const auto file =
      policy(after(R"(object=$(python3 -c 'import json,sys; print(json.load(sys.stdin)["object"])')
    case $object in
      )" + outside_.at("low") +
                       R"() echo '{"verdict":"allow","message":"harmless"}';;
      *) echo '{"verdict":"next"}';;
    esac)",
                   "", R"(, { "type": "socket" })"));
  Running both(run_words(file, {"sh", "-c", tries("low") + tries("high")}, {"--on-ask", "wait"}));
  // Whoever lists sees it while the program still has it.
  Json asked;
  ASSERT_TRUE(eventually(
      [&] {
        asked = approval_of("/high", 1);
        return asked.is_object() && asked.value("turn", "") == "socket";
      },
      120))
      << both.out() << both.err() << Json(approvals()).dump()
      << read_file(Host::instance().events_file());
  EXPECT_EQ(both.out(), "yes\n") << "nobody was asked about the first";
  EXPECT_EQ(answer(asked).status, 0);
  EXPECT_EQ(both.end().out, "yes\nyes\n");

  const auto cleared = told_of("approval-answered", outside_.at("low"));
  EXPECT_EQ(cleared.value("by", ""), "command") << cleared.dump();
  EXPECT_EQ(cleared.value("by_name", ""), "triage");
  EXPECT_EQ(cleared.value("message", ""), "harmless");
  EXPECT_EQ(told_of("approval-review", outside_.at("high")).value("result", ""), "passed");
  EXPECT_EQ(told_of("approval-answered", outside_.at("high")).value("by", ""), "person");
}

TEST_F(Reviewers, AProgramRunsAsTheSessionsOwnerWithNothingOfOurs) {
  const auto told = told_.at("what");
  const auto file =
      policy(after("{ id -u; id -G; cat /proc/self/cgroup; pwd; env; ls /proc/self/fd; ps -o sid= "
                   "-p $$; echo $$; } > " +
                       told + R"(; echo '{"verdict":"allow"}')",
                   "", ""));
  const auto out = ran(file, "a", as_member());
  EXPECT_EQ(out.out, "yes\n") << out.err;
  const auto said = read_file(told);
  EXPECT_TRUE(said.starts_with("61001\n61010 61000\n")) << said;
  EXPECT_EQ(said.find("/gatehouse/"), std::string::npos) << said;
  EXPECT_NE(said.find("\n/\n"), std::string::npos) << said;
  EXPECT_EQ(said.find("GH_"), std::string::npos) << said;
  EXPECT_EQ(said.find("\n4\n"), std::string::npos) << "a descriptor of ours: " << said;
}

TEST_F(Reviewers, AnythingButADecisionIsAFailureThatIsTold) {
  const std::pair<const char*, const char*> wrong[] = {
      {"echo yes, why not", "no decision"},
      {"exit 3", "status 3"},
      {"echo 'no key' >&2; exit 4", "no key"},
      {"kill -9 $$", "signal 9"},
      {"head -c 300000 /dev/zero", "64 KiB"},
      {"sleep 1000", "in time"},
      {R"(echo '{"verdict":"allow","scope":"forever"}')", "scope"}};
  int n = 0;
  for (const auto& [script, why] : wrong) {
    const auto name = "wrong" + std::to_string(n++);
    const auto file = policy(after(script, R"(, "timeout": "2s", "on_failure": "deny")", ""));
    const auto out = ran(file, name);
    EXPECT_EQ(out.out, "no\n") << script << out.err;
    const auto event = told_of("approval-review", outside_.at(name));
    EXPECT_EQ(event.value("result", ""), "failed") << script;
    EXPECT_NE(event.value("why", "").find(why), std::string::npos) << event.dump();
    EXPECT_EQ(told_of("approval-answered", outside_.at(name)).value("by", ""), "policy");
  }
}

TEST_F(Reviewers, WhatAProgramLeavesBehindEndsWithIt) {
  const auto pid = told_.at("pid");
  const auto file =
      policy(after("sleep 1000 & echo $! > " + pid + R"(; echo '{"verdict":"allow"}')", "", ""));
  EXPECT_EQ(ran(file, "a").out, "yes\n");
  const auto left = std::atoi(read_file(pid).c_str());
  ASSERT_GT(left, 0);
  EXPECT_TRUE(eventually([&] { return ::kill(left, 0) != 0 || state_of(left) == 'Z'; }));
}

TEST_F(Reviewers, APersonWaitsForTheirTurnButMayDenyAtOnce) {
  const auto pid = told_.at("pid");
  const auto file = policy(after("echo $$ > " + pid + "; sleep 1000", R"(, "timeout": "10m")",
                                 R"(, { "type": "socket" })"));
  Running waits(run_words(file, {"sh", "-c", tries("a")}, {"--on-ask", "wait"}));
  const auto asked = approval_of(outside_.at("a"));
  ASSERT_FALSE(asked.is_null()) << waits.err();
  EXPECT_EQ(asked.value("turn", ""), "command triage") << asked.dump();
  ASSERT_TRUE(eventually([&] { return read_file(pid).ends_with("\n"); }));
  const auto early = answer(asked);
  EXPECT_EQ(early.status, 1);
  EXPECT_NE(early.err.find("turn"), std::string::npos) << early.err;
  EXPECT_EQ(answer(asked, "deny").status, 0);
  EXPECT_EQ(waits.end().out, "no\n");
  const auto program = std::atoi(read_file(pid).c_str());
  EXPECT_TRUE(eventually([&] { return ::kill(program, 0) != 0; })) << "its program goes with it";
}

TEST_F(Reviewers, NoneMayBeTheSessionsOwn) {
  const auto triage = program("echo '{\"verdict\":\"allow\"}'");
  const auto chain = [](const std::string& file) {
    return R"({ "reviewers": [{ "type": "command", "command": [")" + file + "\"] }] }";
  };
  const auto refused = [&](const std::string& file, const char* why) {
    const auto out = ran(file, "never");
    EXPECT_EQ(out.status, 125) << out.out;
    EXPECT_NE(out.err.find(why), std::string::npos) << out.err;
    EXPECT_FALSE(exists(outside_.at("never")));
  };
  EXPECT_EQ(ran(policy(chain(triage)), "control").out, "yes\n");
  // The file where the session works, the program there, and a file that others may write to.
  refused(policy_in(work_, "", R"("approvals": )" + chain(triage)), "could change this file");
  write_file(work_.at("triage"), read_file(triage));
  ::chmod(work_.at("triage").c_str(), 0755);
  refused(policy(chain(work_.at("triage"))), "could change");
  const auto open = policy(chain(triage));
  ::chmod(open.c_str(), 0666);
  refused(open, "others may write");
  ::chmod(open.c_str(), 0644);
  ASSERT_EQ(::chown(open.c_str(), 61001, 61010), 0);
  refused(open, "another user");
}

TEST_F(Reviewers, TwoPeopleMustAllowWhereThePolicySaysTwo) {
  const auto file = policy(R"({ "approvers": 2 })");
  Running waits(run_words(file, {"sh", "-c", tries("a")}, {"--on-ask", "wait"}), as_member());
  const auto asked = approval_of(outside_.at("a"));
  ASSERT_FALSE(asked.is_null()) << waits.err();
  EXPECT_EQ(asked.value("approvers", 0), 2);
  EXPECT_EQ(answer(asked, "allow", as_member()).status, 0);
  const auto half = approval_of(outside_.at("a"));
  ASSERT_EQ(half["allowed_by"].size(), 1u) << half.dump();
  EXPECT_EQ(half["allowed_by"][0].value("by_uid", 0), 61001);
  EXPECT_EQ(answer(asked, "allow", as_member()).status, 1) << "the same uid twice";
  EXPECT_FALSE(exists(outside_.at("a")));
  EXPECT_EQ(told_of("approval-review", outside_.at("a")).value("result", ""), "allowed");
  EXPECT_EQ(answer(asked).status, 0);
  EXPECT_EQ(waits.end().out, "yes\n");
}

TEST_F(Reviewers, TheOwnerMayNotAllowWhereThePolicySaysSo) {
  const auto file = policy(R"({ "self_approval": "deny" })");
  Running waits(run_words(file, {"sh", "-c", tries("a") + tries("b")}, {"--on-ask", "wait"}),
                as_member());
  const auto first = approval_of(outside_.at("a"));
  ASSERT_FALSE(first.is_null()) << waits.err();
  const auto refused = answer(first, "allow", as_member());
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("your own session"), std::string::npos) << refused.err;
  EXPECT_EQ(answer(first).status, 0);
  const auto second = approval_of(outside_.at("b"));
  ASSERT_FALSE(second.is_null());
  EXPECT_EQ(answer(second, "deny", as_member()).status, 0);
  EXPECT_EQ(waits.end().out, "yes\nno\n");
}

TEST_F(Reviewers, AReaderSeesAndAnApproverAnswers) {
  const auto file = policy(R"({ "approvers": 2 })");
  const auto approver = as(Host::instance().approver()), reader = as(Host::instance().reader());
  Running waits(run_words(file, {"sh", "-c", tries("a")}, {"--on-ask", "wait"}), as_member());
  const auto asked = approval_of(outside_.at("a"));
  ASSERT_FALSE(asked.is_null()) << waits.err();
  for (const auto& settings : {approver, reader}) {
    const auto list = ask_daemon({"approvals", "list", "--json"}, settings);
    EXPECT_NE(list.out.find(outside_.at("a")), std::string::npos) << list.out << list.err;
    EXPECT_NE(
        ask_daemon({"kill", std::to_string(asked["session"].value("id", 0ull))}, settings).status,
        0)
        << "it is not theirs to steer";
  }
  for (const char* verb : {"allow", "deny"}) {
    const auto refused = answer(asked, verb, reader);
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.err.find("not answer"), std::string::npos) << refused.err;
  }
  EXPECT_EQ(answer(asked, "allow", approver).status, 0);
  EXPECT_EQ(answer(asked, "allow", as_member()).status, 0);
  EXPECT_EQ(waits.end().out, "yes\n");
}

// A web service that checks the signature and answers in its own time.
constexpr const char* kService = R"(
import hashlib, hmac, http.server, json, sys
class Service(http.server.BaseHTTPRequestHandler):
    def check(self, signed):
        stamp = self.headers["X-Gatehouse-Timestamp"]
        want = "sha256=" + hmac.new(b"0123456789abcdef", stamp.encode() + b"." + signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(want, self.headers["X-Gatehouse-Signature"])
    def say(self, status, body):
        self.send_response(status); self.end_headers(); self.wfile.write(json.dumps(body).encode())
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.check(body): return self.say(403, {})
        ask = json.loads(body)
        if ask["object"].endswith("now"): return self.say(200, {"verdict": "allow"})
        self.say(202, {"poll": "/asks/%d" % ask["id"]})
    def do_GET(self):
        self.say(200, {"verdict": "deny", "message": "later, no"}) if self.check(self.path.encode()) else self.say(403, {})
server = http.server.HTTPServer(("127.0.0.1", 0), Service)
open(sys.argv[1], "w").write(str(server.server_port) + "\n")
server.serve_forever()
)";

TEST_F(Reviewers, AWebServiceDecidesNowOrLater) {
  write_file(conf_.at("service.py"), kService);
  write_file(conf_.at("key"), "0123456789abcdef\n");
  ::chmod(conf_.at("key").c_str(), 0600);
  Running service({"python3", conf_.at("service.py"), told_.at("port")});
  ASSERT_TRUE(eventually([&] { return read_file(told_.at("port")).ends_with("\n"); }, 60));
  auto port = read_file(told_.at("port"));
  port.pop_back();
  const auto file =
      policy(R"({ "reviewers": [{ "type": "webhook", "name": "desk", "url": "http://127.0.0.1:)" +
             port + R"(/ask", "secret_file": ")" + conf_.at("key") +
             R"(", "timeout": "1m", "on_failure": "deny" }] })");
  EXPECT_EQ(ran(file, "now").out, "yes\n");
  EXPECT_EQ(told_of("approval-answered", outside_.at("now")).value("by", ""), "webhook");
  EXPECT_EQ(ran(file, "later").out, "no\n");
  EXPECT_EQ(told_of("approval-answered", outside_.at("later")).value("message", ""), "later, no");
  write_file(conf_.at("key"), "another key of 16 bytes\n");
  EXPECT_EQ(ran(file, "forged-now").out, "no\n");
  EXPECT_NE(told_of("approval-review", outside_.at("forged-now")).value("why", "").find("403"),
            std::string::npos);
}

}  // namespace
}  // namespace gatehouse::e2e
