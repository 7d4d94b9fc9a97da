// SPDX-License-Identifier: Apache-2.0
// Answers as rules: what they cover, how they are shown, what broader ones are suggested. A test must never
// need more than the ask itself.
#include "approvals/meaning.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "approvals/pattern.h"
#include "approvals/queue.h"
#include "ask_events.h"

namespace gatehouse::approvals {
namespace {

const policy::Context kContext{"/repo", "/home/dev", {}};

events::Judged path_ask(const std::string& path, gh_access access = GH_WRITE) {
  events::Judged ask;
  ask.access = access;
  ask.object.text = path;
  ask.rule.id = "push";
  return ask;
}

events::Judged endpoint_ask(const std::string& text, const std::string& address) {
  events::Judged ask;
  ask.access = GH_CONNECT;
  ask.object.text = text;
  ask.object.endpoint = events::Endpoint{"tcp", address, 443};
  return ask;
}

// The meaning, or a test that fails.
Meaning meaning(const events::Judged& ask, const std::string& pattern = "",
                gh_verdict verdict = GH_ALLOW) {
  auto made = Meaning::of(ask, pattern, verdict, kContext);
  if (const auto* refusal = std::get_if<Refusal>(&made)) {
    ADD_FAILURE() << refusal->message;
    return {};
  }
  return std::get<Meaning>(std::move(made));
}

bool refused(const events::Judged& ask, const std::string& pattern) {
  return std::holds_alternative<Refusal>(Meaning::of(ask, pattern, GH_ALLOW, kContext));
}

bool covers(const Meaning& meaning, const std::string& object, gh_access access = GH_WRITE) {
  return meaning.covers(path_ask(object, access));
}

events::Judged command_ask(const std::vector<std::string>& argv,
                           const std::string& program = "/usr/bin/git") {
  events::Judged ask = path_ask(program, GH_EXEC);
  ask.argv = argv;
  return ask;
}

TEST(Meaning, OfAnAnswerIsTheObjectAndNothingElse) {
  const auto exact = meaning(path_ask("/repo/a*b[1]{x},~$HOME\\"));
  EXPECT_TRUE(covers(exact, "/repo/a*b[1]{x},~$HOME\\"));
  EXPECT_FALSE(covers(exact, "/repo/aXb[1]{x},~$HOME\\"));
  EXPECT_FALSE(covers(exact, "/repo/a"));
  EXPECT_FALSE(covers(exact, "/repo/a*b[1]{x},~$HOME\\", GH_READ));
  const auto json = nlohmann::json::parse(meaning(path_ask("/repo/a")).json());
  EXPECT_EQ(json["filesystem"]["rules"][0]["paths"][0], "/repo/a");
  EXPECT_EQ(json["filesystem"]["rules"][0]["action"], "allow");
  EXPECT_EQ(json["filesystem"]["rules"][0]["access"][0], "write");
}

TEST(Meaning, OfAPatternIsWhatAPolicyMeansByIt) {
  const auto below = meaning(path_ask("/repo/a/b"), "${workspace}/**");
  EXPECT_TRUE(covers(below, "/repo/x"));
  EXPECT_TRUE(covers(below, "/repo/x/y/z"));
  EXPECT_FALSE(covers(below, "/repo"));
  EXPECT_FALSE(covers(below, "/repository/x"));
  EXPECT_FALSE(covers(below, "/repo/x", GH_CREATE));
}

TEST(Meaning, MustCoverWhatIsAskedForAndBeWellWritten) {
  EXPECT_TRUE(refused(path_ask("/repo/a"), "/other/**"));
  EXPECT_TRUE(refused(path_ask("/repo/a"), "/repo/[a"));
  EXPECT_TRUE(refused(path_ask("/repo/a"), "repo/**"));
  EXPECT_TRUE(refused(path_ask("/repo/a"), "/repo/\xff**"));
  EXPECT_TRUE(refused(path_ask("/repo/\xff"), ""));
  auto cut = path_ask("/repo/a");
  cut.object.cut = true;
  EXPECT_TRUE(refused(cut, ""));
}

TEST(Meaning, LetsWhoMayCreateANameWriteToItAndNoDenialDoesSo) {
  const auto allowed = meaning(path_ask("/repo/a", GH_CREATE), "/repo/*");
  EXPECT_TRUE(covers(allowed, "/repo/b", GH_CREATE));
  EXPECT_TRUE(covers(allowed, "/repo/b", GH_WRITE));
  const auto denied = meaning(path_ask("/repo/a", GH_CREATE), "/repo/*", GH_DENY);
  EXPECT_TRUE(covers(denied, "/repo/b", GH_CREATE));
  EXPECT_FALSE(covers(denied, "/repo/b", GH_WRITE));
  EXPECT_NE(denied.json().find(R"("action":"deny")"), std::string::npos);
}

TEST(Meaning, OfEndpointsIsByAddressAndPort) {
  const auto ask = endpoint_ask("tcp 192.0.2.7:443", "192.0.2.7");
  const auto exact = meaning(ask);
  EXPECT_TRUE(covers(exact, "tcp 192.0.2.7:443", GH_CONNECT));
  EXPECT_FALSE(covers(exact, "tcp 192.0.2.7:80", GH_CONNECT));
  EXPECT_FALSE(covers(exact, "udp 192.0.2.7:443", GH_CONNECT));
  EXPECT_FALSE(covers(exact, "tcp 192.0.2.7:443", GH_BIND));
  const auto net = meaning(ask, "192.0.2.0/24:443");
  EXPECT_TRUE(covers(net, "tcp 192.0.2.99:443", GH_CONNECT));
  EXPECT_FALSE(covers(net, "tcp 192.0.3.7:443", GH_CONNECT));
  EXPECT_TRUE(covers(meaning(ask, "tcp 192.0.2.7:*"), "tcp 192.0.2.7:80", GH_CONNECT));
  const auto six = endpoint_ask("tcp [2001:db8::7]:443", "2001:db8::7");
  EXPECT_TRUE(covers(meaning(six), "tcp [2001:db8::7]:443", GH_CONNECT));
  EXPECT_TRUE(covers(meaning(six, "[2001:db8::]/64:443"), "tcp [2001:db8::8]:443", GH_CONNECT));
  for (const char* bad : {"192.0.2.7", "192.0.2.7:x", ":443", "x 192.0.2.7:443", "192.0.2.7:70000",
                          "[2001:db8::7]", "192.0.2.8:443"})
    EXPECT_TRUE(refused(ask, bad)) << bad;
}

TEST(Meaning, OfExecUnixAndPrivilegeStandsInTheirSections) {
  const auto program = meaning(path_ask("/usr/bin/git", GH_EXEC));
  EXPECT_TRUE(covers(program, "/usr/bin/git", GH_EXEC));
  EXPECT_NE(program.json().find(R"({"exec":)"), std::string::npos);
  const auto socket = meaning(path_ask("/run/x.sock", GH_UNIX), "/run/*");
  EXPECT_TRUE(covers(socket, "/run/y.sock", GH_UNIX));
  EXPECT_TRUE(covers(meaning(path_ask("@name", GH_UNIX)), "@name", GH_UNIX));
  const auto mount = meaning(path_ask("mount", GH_PRIVILEGE));
  EXPECT_TRUE(covers(mount, "mount", GH_PRIVILEGE));
  EXPECT_FALSE(covers(mount, "bpf", GH_PRIVILEGE));
}

TEST(Meaning, OfACommandIsItsVeryArgumentsOrThoseOfItsPattern) {
  const auto ask = command_ask({"x", "commit", "-m", "a b"});
  const auto exact = meaning(ask);
  EXPECT_TRUE(exact.covers(command_ask({"y", "commit", "-m", "a b"}))) << "argv[0] is the caller's";
  EXPECT_FALSE(exact.covers(command_ask({"x", "commit", "-m", "a b", "--amend"})));
  EXPECT_FALSE(exact.covers(command_ask({"x", "commit", "-m", "a b"}, "/tmp/git")));
  EXPECT_FALSE(exact.covers(path_ask("/usr/bin/git", GH_EXEC))) << "without its arguments";
  const auto json = nlohmann::json::parse(exact.json());
  EXPECT_EQ(json["exec"]["rules"][0]["command"],
            (nlohmann::json{"/usr/bin/git", "commit", "-m", "a b"}));
  const auto commits = meaning(ask, "git commit");
  EXPECT_TRUE(commits.covers(command_ask({"x", "commit", "--amend"})));
  EXPECT_FALSE(commits.covers(command_ask({"x", "push"})));
  EXPECT_FALSE(commits.covers(command_ask({"x", "commit", std::string(2000, 'x')}))) << "cut";
  EXPECT_FALSE(meaning(path_ask("/usr/bin/git", GH_EXEC)).covers(ask)) << "the program alone";
  EXPECT_TRUE(meaning(ask, R"(["git","commit","-m","a *"])").covers(ask));
  for (const char* bad : {"git push", " ", "[", "[1]", "[]", "git [", "/usr/bin/gi"})
    EXPECT_TRUE(refused(ask, bad)) << bad;
  EXPECT_EQ(suggested_patterns(ask),
            (std::vector<std::string>{"/usr/bin/git commit", "/usr/bin/git"}));
  EXPECT_EQ(suggested_patterns(command_ask({"git", "-C", "/x", "push"})),
            (std::vector<std::string>{"/usr/bin/git"}));
  EXPECT_EQ(suggested_patterns(command_ask({"sh", "a b"}, "/bin/s*"))[0], R"(["/bin/s\\*","a b"])");
}

TEST(Suggestions, AreTheFamilyTheDirectoryAndAllBelowIt) {
  EXPECT_EQ(suggested_patterns(path_ask("/repo/a*/x.o")),
            (std::vector<std::string>{"/repo/a\\*/*.o", "/repo/a\\*/*", "/repo/a\\*/**"}));
  EXPECT_EQ(suggested_patterns(path_ask("/repo/.env")),
            (std::vector<std::string>{"/repo/*", "/repo/**"}));
  EXPECT_TRUE(suggested_patterns(path_ask("/vmlinuz")).empty());
  EXPECT_EQ(suggested_patterns(endpoint_ask("tcp 192.0.2.7:443", "192.0.2.7")),
            (std::vector<std::string>{"tcp 192.0.2.7:*", "tcp 192.0.2.0/24:443"}));
  EXPECT_EQ(suggested_patterns(endpoint_ask("tcp [2001:db8::7]:443", "2001:db8::7")),
            (std::vector<std::string>{"tcp [2001:db8::7]:*", "tcp [2001:db8::]/64:443"}));
  EXPECT_TRUE(suggested_patterns(path_ask("mount", GH_PRIVILEGE)).empty());
}

TEST(Suggestions, CoverWhatTheyWereMadeOf) {
  for (const auto& ask :
       {path_ask("/repo/a*/[x].o"), path_ask("/repo/{a,b}/c"),
        endpoint_ask("tcp 192.0.2.7:443", "192.0.2.7"),
        endpoint_ask("tcp [2001:db8::7]:443", "2001:db8::7"),
        command_ask({"git", "pu*h", "origin"}), command_ask({"a", "b c"}, "/a b")})
    for (const auto& pattern : suggested_patterns(ask))
      EXPECT_TRUE(meaning(ask, pattern).covers(ask)) << pattern;
}

class PatternTest : public testing::Test {
 protected:
  std::uint64_t ask(std::uint32_t tid, const std::string& path, const std::string& rule = "push") {
    events::Event event = ask_of({tid, tid, tid});
    auto& body = std::get<events::Ask>(event.body);
    body.access = GH_WRITE;
    body.object.text = path;
    body.rule.id = rule;
    auto id = queue_.ask(event, terms_, 0);
    EXPECT_TRUE(id);
    return id ? *id : 0;
  }
  Answer pattern(const std::string& text, gh_verdict verdict = GH_ALLOW) {
    Answer answer{verdict, GH_SCOPE_SESSION, 0, {}, {events::Approver::Kind::person, 7, 55, "sh"}};
    answer.pattern = text;
    answer.meaning = std::make_shared<const Meaning>(meaning(path_ask("/repo/a"), text, verdict));
    return answer;
  }

  NotedAnswers kernel_;
  std::vector<events::Event> events_;
  Terms terms_;
  Queue queue_{kernel_, [this](events::Event event) { events_.push_back(std::move(event)); }};
};

TEST_F(PatternTest, AnswersWhatWaitsAndWhatComesAndLeavesTheRest) {
  terms_.max_open = 2;
  const auto id = ask(101, "/repo/a");
  ask(102, "/other/b");
  ask(103, "/repo/c");  // in the storm
  ask(104, "/repo/d", "another rule");
  EXPECT_FALSE(queue_.answer(id, pattern("/repo/**"), kSecond));
  ASSERT_EQ(kernel_.notes.size(), 2u);
  EXPECT_EQ(kernel_.notes[0].scope, GH_SCOPE_ONCE);
  EXPECT_EQ(kernel_.notes[1].waiter.tid, 103u);
  EXPECT_EQ(queue_.waiting(), 2u);
  EXPECT_EQ(ask(105, "/repo/e"), 0u);
  EXPECT_NE(ask(106, "/repo/f", "another rule"), 0u) << "an answer to one rule answered another";
  const auto& told = std::get<events::ApprovalAnswered>(events_.back().body);
  EXPECT_EQ(told.by.kind, events::Approver::Kind::grant);
  EXPECT_EQ(told.by.uid, 7u);
  EXPECT_EQ(told.pattern, "/repo/**");
  const auto grants = queue_.grants().list(0, kSecond);
  ASSERT_EQ(grants.size(), 1u);
  EXPECT_EQ(grants[0]->used, 1u);
  EXPECT_EQ(told.grant, grants[0]->id);
}

TEST_F(PatternTest, AsksAgainWhenItIsTakenBackOrExpires) {
  auto for_a_while = pattern("/repo/*");
  for_a_while.for_ms = 1000;
  EXPECT_FALSE(queue_.answer(ask(101, "/repo/a"), for_a_while, 0));
  EXPECT_EQ(ask(102, "/repo/b"), 0u);
  const auto id = queue_.grants().list(0, 0)[0]->id;
  EXPECT_FALSE(queue_.revoke(id, {}, {}));
  EXPECT_TRUE(kernel_.taken.empty()) << "the kernel never had it";
  EXPECT_EQ(std::get<events::GrantRevoked>(events_.back().body).pattern, "/repo/*");
  EXPECT_NE(ask(103, "/repo/c"), 0u);
}

TEST_F(PatternTest, DeniesWhereOneOfTwoDoes) {
  EXPECT_FALSE(queue_.answer(ask(101, "/repo/a"), pattern("/repo/**"), 0));
  const auto other = ask(102, "/x");
  auto deny = pattern("/repo/*", GH_DENY);
  EXPECT_FALSE(queue_.answer(other, deny, 0));
  kernel_.notes.clear();
  EXPECT_EQ(ask(103, "/repo/c"), 0u);
  EXPECT_EQ(ask(104, "/repo/d/e"), 0u);
  ASSERT_EQ(kernel_.notes.size(), 2u);
  EXPECT_EQ(kernel_.notes[0].verdict, GH_DENY);
  EXPECT_EQ(kernel_.notes[1].verdict, GH_ALLOW);
}

TEST_F(PatternTest, IsForTheSessionAndNoWiderThanThePolicyRemembers) {
  auto once = pattern("/repo/**");
  once.scope = GH_SCOPE_ONCE;
  EXPECT_TRUE(queue_.answer(ask(101, "/repo/a"), once, 0));
  terms_.remember = GH_SCOPE_PROCESS;
  EXPECT_TRUE(queue_.answer(ask(102, "/repo/b"), pattern("/repo/**"), 0));
  EXPECT_TRUE(kernel_.notes.empty());
  EXPECT_TRUE(queue_.grants().list(0, 0).empty());
}

}  // namespace
}  // namespace gatehouse::approvals
