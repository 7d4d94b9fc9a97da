// SPDX-License-Identifier: Apache-2.0
// Whole policies from whole runs: what they let through, what they hold back. It must never compare their text:
// they are parsed, compiled and asked.
#include "learning/learn.h"

#include "sample.h"

namespace gatehouse::learning {
namespace {

class LearnTest : public testing::Test {
 protected:
  LearnTest() { observed_.take(began()); }
  void used(const events::Event& event) { observed_.take(event); }
  // The tables of what is learned, which is proven on the way.
  const tables::Tables& learned(const char* base = kBase) {
    Diagnostics diagnostics;
    auto learned = learn(observed_, parsed(base), {"night-learned", "base", "a test"}, diagnostics);
    EXPECT_TRUE(learned) << render(diagnostics);
    if (!learned) return tables_;
    result_ = std::move(*learned);
    EXPECT_TRUE(proven(result_, observed_, "learned", diagnostics))
        << render(diagnostics) << result_.text;
    tables_ = compiled(parsed(result_.text));
    return tables_;
  }
  gh_verdict says(gh_access access, const std::string& path) const {
    return tables::evaluate_path(tables_, path, access).verdict;
  }
  gh_verdict runs(const std::vector<std::string>& argv) const {
    return tables::evaluate_command(tables_, argv[0], argv).verdict;
  }
  gh_verdict says(gh_access access, int protocol, const std::string& endpoint) const {
    return tables::evaluate_endpoint(tables_, *tables::parse_endpoint(protocol, endpoint), access)
        .verdict;
  }

  Observed observed_{[](std::uint32_t) { return kContext.home; }, kContext};
  Learned result_;
  tables::Tables tables_;
};

TEST_F(LearnTest, WhatWasUsedIsAllowedAndItsNeighboursAreNot) {
  used(went(GH_WRITE, "/var/cache/tool/a"));
  used(went(GH_CREATE, "/var/cache/tool/a"));
  learned();
  EXPECT_EQ(says(GH_WRITE, "/var/cache/tool/a"), GH_ALLOW);
  EXPECT_EQ(says(GH_WRITE, "/var/cache/tool/b"), GH_DENY);
  EXPECT_EQ(says(GH_WRITE, "/srv/app/src/x"), GH_ALLOW)
      << "writes were not recorded: the base's rule stays";
  EXPECT_EQ(says(GH_READ, "/etc/passwd"), GH_ALLOW) << "and so does its default for reading";
}

TEST_F(LearnTest, WhatARuleOfTheBaseDeniesIsHeldBackAndSaid) {
  used(went(GH_WRITE, "/srv/app/out/hooks/post"));
  for (const char* name : {"a", "b", "c", "d"})
    for (const char* folder : {"1", "2", "3"})
      used(went(GH_WRITE, std::string("/srv/app/out/") + folder + "/" + name));
  used(went(GH_EXEC, "/usr/bin/su", GH_DENY, {"su"}));
  learned();
  EXPECT_EQ(says(GH_WRITE, "/srv/app/out/1/a"), GH_ALLOW);
  EXPECT_EQ(says(GH_WRITE, "/srv/app/out/hooks/post"), GH_DENY);
  EXPECT_EQ(says(GH_WRITE, "/srv/app/out/1/.env"), GH_DENY) << "a floating denial holds inside";
  EXPECT_EQ(runs({"/usr/bin/su"}), GH_DENY);
  EXPECT_EQ(result_.withheld.size(), 2u);
  EXPECT_EQ(says(GH_WRITE, "/srv/app/out/4/a"), GH_DENY) << "nothing was folded across the hooks";
}

TEST_F(LearnTest, SecretsAreNotLearnedThoughTheBaseHasNoWordForThem) {
  used(went(GH_WRITE, "/home/dev/.ssh/known_hosts"));
  used(went(GH_WRITE, "/home/dev/notes/a"));
  learned();
  EXPECT_EQ(says(GH_WRITE, "/home/dev/.ssh/known_hosts"), GH_DENY);
  EXPECT_EQ(says(GH_WRITE, "/home/dev/notes/a"), GH_ALLOW);
  ASSERT_EQ(result_.withheld.size(), 1u);
  EXPECT_NE(result_.withheld[0].why.find("secrets"), std::string::npos);
}

TEST_F(LearnTest, QuestionsStayQuestions) {
  used(went(GH_WRITE, "/srv/app/ci.yml", GH_ASK));
  used(went(GH_WRITE, "/var/answered", GH_ASK));
  learned();
  EXPECT_EQ(says(GH_WRITE, "/srv/app/ci.yml"), GH_ASK);
  EXPECT_EQ(says(GH_WRITE, "/var/answered"), GH_ASK);
}

TEST_F(LearnTest, ProgramsThatWereRecordedAreAllThatRun) {
  used(went(GH_EXEC, "/usr/bin/make", GH_ALLOW, {"make", "-j2"}));
  used(went(GH_EXEC, "/usr/bin/git", GH_ALLOW, {"git", "status"}));
  used(went(GH_EXEC, "/usr/bin/git", GH_ALLOW, {"git", "commit", "-m", "x"}));
  used(went(GH_EXEC, "/usr/lib/x86_64-linux-gnu/libc.so.6", GH_ALLOW));
  learned();
  EXPECT_EQ(runs({"/usr/bin/make", "install"}), GH_ALLOW);
  EXPECT_EQ(runs({"/usr/bin/git", "status", "-s"}), GH_ALLOW);
  EXPECT_EQ(runs({"/usr/bin/git", "push"}), GH_DENY);
  EXPECT_EQ(runs({"/usr/bin/curl"}), GH_DENY);
  EXPECT_EQ(says(GH_EXEC, "/usr/lib/x86_64-linux-gnu/libc.so.6"), GH_ALLOW);
}

TEST_F(LearnTest, AToolThatWasAlsoStartedWithoutAVerbHasNoPrefix) {
  used(went(GH_EXEC, "/usr/bin/git", GH_ALLOW, {"git", "status"}));
  used(went(GH_EXEC, "/usr/bin/git", GH_ALLOW, {"git", "-C", "x", "log"}));
  learned();
  EXPECT_EQ(runs({"/usr/bin/git", "-C", "y", "log"}), GH_ALLOW);
}

TEST_F(LearnTest, HostsArePreciseAndOwnPortsAreNot) {
  used(reached(GH_CONNECT, "tcp", "192.0.2.10", 443));
  used(reached(GH_CONNECT, "tcp", "2001:db8::1", 443));
  used(reached(GH_SEND, "udp", "192.0.2.53", 53));
  used(reached(GH_LISTEN, "tcp", "127.0.0.1", 40001));
  used(reached(GH_CONNECT, "tcp", "169.254.169.254", 80));
  learned();
  EXPECT_EQ(says(GH_CONNECT, GH_PROTO_TCP, "192.0.2.10:443"), GH_ALLOW);
  EXPECT_EQ(says(GH_CONNECT, GH_PROTO_TCP, "[2001:db8::1]:443"), GH_ALLOW);
  EXPECT_EQ(says(GH_CONNECT, GH_PROTO_TCP, "192.0.2.10:80"), GH_DENY);
  EXPECT_EQ(says(GH_CONNECT, GH_PROTO_TCP, "192.0.2.11:443"), GH_DENY);
  EXPECT_EQ(says(GH_SEND, GH_PROTO_UDP, "192.0.2.53:53"), GH_ALLOW);
  EXPECT_EQ(says(GH_LISTEN, GH_PROTO_TCP, "127.0.0.1:50000"), GH_ALLOW);
  EXPECT_EQ(says(GH_LISTEN, GH_PROTO_TCP, "127.0.0.1:80"), GH_DENY);
  EXPECT_EQ(says(GH_CONNECT, GH_PROTO_TCP, "169.254.169.254:80"), GH_DENY);
}

TEST_F(LearnTest, SocketsAndPrivilegesAreLearned) {
  used(went(GH_UNIX, "/run/own.sock"));
  used(went(GH_UNIX, std::string("@na\0me", 6)));
  used(went(GH_PRIVILEGE, "ptrace"));
  learned();
  EXPECT_EQ(says(GH_UNIX, "/run/own.sock"), GH_ALLOW);
  EXPECT_EQ(says(GH_UNIX, std::string("@na\0me", 6)), GH_ALLOW);
  EXPECT_EQ(says(GH_UNIX, "@other"), GH_DENY);
  EXPECT_EQ(tables::evaluate_privilege(tables_, GH_PRIVILEGE_PTRACE).verdict, GH_ALLOW);
  EXPECT_EQ(tables::evaluate_privilege(tables_, GH_PRIVILEGE_MOUNT).verdict, GH_DENY);
}

TEST_F(LearnTest, WhatWasRefusedIsNoUse) {
  auto refused = went(GH_WRITE, "/var/refused", GH_DENY);
  std::get<events::Decision>(refused.body).audit = false;
  used(refused);
  used(went(GH_WRITE, "/var/used"));
  learned();
  EXPECT_EQ(says(GH_WRITE, "/var/refused"), GH_DENY);
  EXPECT_EQ(observed_.refused, 1u);
}

TEST_F(LearnTest, WithEverythingRecordedOnlyWhatWasUsedStays) {
  const std::string base = std::string(kBase).replace(1, 0, "\"log\": \"all\",");
  used(went(GH_READ, "/etc/hosts", GH_ALLOW));
  used(went(GH_WRITE, "/srv/app/src/x", GH_ALLOW));
  learned(base.c_str());
  EXPECT_EQ(says(GH_READ, "/etc/hosts"), GH_ALLOW);
  EXPECT_EQ(says(GH_READ, "/etc/passwd"), GH_DENY);
  EXPECT_EQ(says(GH_WRITE, "/srv/app/src/x"), GH_ALLOW);
  EXPECT_EQ(says(GH_WRITE, "/srv/app/src/y"), GH_DENY);
}

TEST_F(LearnTest, TwoLayersThatBothRestrictAreNeverMadeOneThatAllowsMore) {
  auto base = parsed(kBase);
  base.layers.push_back(base.layers.front());
  base.layers.back().filesystem->rules.resize(1);
  base.layers.back().filesystem->rules[0].id = "other";
  base.layers.back().filesystem->rules[0].paths = {"${workspace}/src/only/**"};
  base.layers.back().exec.reset();
  base.layers.back().network.reset();
  used(went(GH_WRITE, "/var/used"));
  Diagnostics diagnostics;
  const auto learned = learn(observed_, base, {"n", "base", "a test"}, diagnostics);
  ASSERT_TRUE(learned) << render(diagnostics);
  tables_ = compiled(parsed(learned->text));
  EXPECT_EQ(says(GH_WRITE, "/srv/app/src/x"), GH_DENY);
  EXPECT_FALSE(learned->notes.empty()) << "and that is said";
}

TEST_F(LearnTest, WhatAPersonDeniedForGoodStaysDenied) {
  const std::string base = std::string(kBase).replace(
      1, 0, R"("answers": [ { "rule": "ci", "verdict": "deny", "access": ["write"],
                "paths": ["${workspace}/ci.yml"] } ],)");
  used(went(GH_WRITE, "/var/used"));
  learned(base.c_str());
  EXPECT_EQ(says(GH_WRITE, "/srv/app/ci.yml"), GH_DENY);
}

TEST_F(LearnTest, HostileNamesStayInTheirComments) {
  used(went(GH_WRITE, "/var/x\n\"filesystem\": {}, /#/\xe2\x80\xae\xff\x1b[31m"));
  learned();
  for (std::size_t i = 0; i < result_.text.size(); i++)
    EXPECT_TRUE(result_.text[i] == '\n' || static_cast<unsigned char>(result_.text[i]) >= 0x20);
  EXPECT_EQ(result_.text.find("\xe2\x80\xae"), std::string::npos);
  EXPECT_EQ(says(GH_WRITE, "/var/y"), GH_DENY);
}

TEST_F(LearnTest, WhatIsLearnedCanBeABaseItself) {
  used(went(GH_WRITE, "/var/answered", GH_ASK));
  learned();
  const std::string first = result_.text;
  used(went(GH_WRITE, "/var/other", GH_ASK));
  learned(first.c_str());
  EXPECT_EQ(says(GH_WRITE, "/var/answered"), GH_ASK);
  EXPECT_EQ(says(GH_WRITE, "/var/other"), GH_ASK);
}

TEST(Replay, ChangesAreGroupedWithCountsAndExamples) {
  const auto before = compiled(parsed(kBase));
  auto other = parsed(kBase);
  other.layers[0].filesystem->rules.erase(other.layers[0].filesystem->rules.begin());
  const auto after = compiled(other);
  Replay replay;
  for (const char* path : {"/srv/app/src/a", "/srv/app/src/b", "/srv/app/src/a", "/etc/x"}) {
    const auto event = went(GH_WRITE, path);
    replay.put(*request_of(std::get<events::Decision>(event.body)), before, after);
  }
  EXPECT_EQ(replay.requests(), 4u);
  EXPECT_EQ(replay.changed(), 3u);
  ASSERT_EQ(replay.changes().size(), 1u);
  const auto& [change, changed] = *replay.changes().begin();
  EXPECT_EQ(change.before, GH_ALLOW);
  EXPECT_EQ(change.after, GH_DENY);
  EXPECT_EQ(change.rule_before, "work");
  EXPECT_EQ(change.rule_after, "");
  EXPECT_EQ(changed.times, 3u);
  EXPECT_EQ(changed.examples.size(), 2u);
}

TEST(Replay, WhatOnlyTheKernelKnewIsNoRequest) {
  auto event = went(GH_READ, "/a");
  auto& decision = std::get<events::Decision>(event.body);
  EXPECT_TRUE(request_of(decision));
  decision.reason = GH_REASON_DELETED;
  EXPECT_FALSE(request_of(decision));
  decision.reason = GH_REASON_RULE;
  decision.object.cut = true;
  EXPECT_FALSE(request_of(decision));
}

}  // namespace
}  // namespace gatehouse::learning
