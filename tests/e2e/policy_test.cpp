// SPDX-License-Identifier: Apache-2.0
// The verbs that only read policies, fed with good ones and with what an enemy would write: clear words, the
// right status, bounded time and memory. A test must never depend on a gate, but for doctor's own.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "host.h"
#include "support/one_cpu.h"

namespace gatehouse::e2e {
namespace {

constexpr double kBounded = 60;  // seconds in the emulated VM; a host takes a thirtieth of it

std::string with_paths(const std::vector<std::string>& globs) {
  std::string rules;
  for (std::size_t i = 0; i < globs.size(); i++)
    rules += (i == 0 ? "" : ",") + std::string(R"({"id":"r)") + std::to_string(i) +
             R"(","action":"deny","access":["read"],"paths":[")" + globs[i] + "\"]}";
  return R"({"version":1,"name":"hostile","filesystem":{"default":{"read":"allow"},"rules":[)" +
         rules + R"(]},"exec":{"default":"allow"}})";
}

// The verb within 1 GiB of memory, measured by the shell's limit.
Output limited(const Words& words) {
  std::string script = "ulimit -v 1048576; exec \"$@\"";
  Words all = {"sh", "-c", script, "sh"};
  const Words verb = bare(words);
  all.insert(all.end(), verb.begin(), verb.end());
  return run(all, {}, kBounded);
}

class Policy : public ::testing::Test {
 protected:
  std::string file(const std::string& text, const std::string& name = "p.json") {
    write_file(folder_.at(name), text);
    return folder_.at(name);
  }
  // Refused with a finding that says so, and with nothing on stdout but JSON if that was asked for.
  void refused(const std::string& path, const std::string& word) {
    const auto checked = limited({"policy", "check", path});
    EXPECT_EQ(checked.status, 1) << checked.err.substr(0, 2000);
    EXPECT_NE(checked.err.find(word), std::string::npos) << checked.err.substr(0, 2000);
    EXPECT_LT(checked.err.size(), 200'000u) << "nobody reads so much";
    const auto json = limited({"policy", "check", path, "--json"});
    EXPECT_EQ(json.status, 1);
    ASSERT_TRUE(json.json().is_object()) << json.out.substr(0, 2000);
    EXPECT_EQ(json.json().value("ok", true), false);
    EXPECT_FALSE(json.json()["findings"].empty());
    const auto ran = limited({"run", "--no-daemon", "-p", path, "--", "touch", folder_.at("mark")});
    EXPECT_EQ(ran.status, 125);
    EXPECT_FALSE(exists(folder_.at("mark")));
  }
  Folder folder_{"policy"};
};

TEST_F(Policy, IsCheckedForAWorkspaceOfAnotherHostAsItIsWritten) {
  const auto path = file(R"({"version":1,"name":"there","filesystem":{"default":{"read":"deny"},
    "rules":[{"id":"own","action":"allow","access":["read"],"paths":["/not/here/x"]}]},
    "tests":[{"access":"read","path":"${workspace}/x","expect":"allow"}]})");
  for (const char* workspace : {"/not/here", "/not/here/", "/not/./here"}) {
    const auto checked = run(bare({"policy", "check", path, "--workspace", workspace}));
    EXPECT_EQ(checked.status, 0) << workspace << ": " << checked.err;
  }
  EXPECT_EQ(run(bare({"policy", "check", path, "--workspace", "/not/there"})).status, 1);
}

TEST_F(Policy, IsCheckedShownTestedAndExplained) {
  const auto good = policy_in(
      folder_,
      R"({ "id": "secrets", "action": "deny", "access": ["read"], "paths": ["**/.env"], "reason": "credentials" })",
      R"("tests": [ { "expect": "deny", "access": "read", "path": "/a/.env" } ])");
  for (const char* verb : {"check", "test", "show"}) {
    const auto text = run(bare({"policy", verb, good}));
    EXPECT_EQ(text.status, 0) << text.err;
    EXPECT_FALSE(text.out.empty());
    const auto json = run(bare({"policy", verb, good, "--json"}));
    EXPECT_EQ(json.json().value("ok", false), true) << json.out;
    EXPECT_EQ(json.json().value("tests", 0), 1);
  }
  const auto shown = run(bare({"policy", "show", good, "--json"})).json();
  ASSERT_TRUE(shown.contains("list")) << shown.dump(1);
  ASSERT_EQ(shown["list"].size(), 5u);
  // Built in: they stand in no file.
  EXPECT_EQ(shown["list"][2].value("id", ""), "gatehouse-files");
  EXPECT_EQ(shown["list"][3].value("id", ""), "gatehouse-state");
  EXPECT_EQ(shown["list"][4].value("id", ""), "gatehouse");
  for (const int built_in : {2, 3, 4})
    EXPECT_EQ(shown["list"][built_in].value("pointer", "x"), "");
  EXPECT_EQ(run(bare({"why", "-p", good, "--json", "read", "/var/lib/gatehouse/x"}))
                .json()
                .value("rule", ""),
            "gatehouse-state");
  EXPECT_NE(run(bare({"policy", "show", good})).out.find("built in"), std::string::npos);
  const auto unix = [&](const char* object) {
    return run(bare({"why", "-p", good, "--json", "unix", object})).json();
  };
  EXPECT_EQ(unix("/run/gatehouse/gatehouse.sock").value("rule", ""), "gatehouse");
  EXPECT_EQ(unix("/run/docker.sock").value("verdict", ""), "deny");
  EXPECT_EQ(unix("@a/../b").value("verdict", ""), "deny");
  EXPECT_EQ(unix("@a/../b").value("object", ""), "@a/../b");
  const auto why = run(bare({"why", "-p", good, "--json", "read", "/x/.env"}));
  EXPECT_EQ(why.status, 0);
  EXPECT_EQ(why.json().value("rule", ""), "secrets");
  EXPECT_EQ(why.json().value("verdict", ""), "deny");
  EXPECT_EQ(run(bare({"why", "-p", good, "--json", "connect", "192.0.2.1:443"}))
                .json()
                .value("verdict", ""),
            "deny");
  EXPECT_EQ(run(bare({"why", "-p", good, "fly", "/x"})).status, 2);
  EXPECT_EQ(run(bare({"why", "-p", good})).status, 2);
  EXPECT_EQ(run(bare({"policy", "check"})).status, 2);
  const auto failing =
      policy_in(folder_, "", R"("tests": [ { "expect": "deny", "access": "read", "path": "/a" } ])",
                "failing.json");
  EXPECT_EQ(run(bare({"policy", "test", failing})).status, 1);
  for (const char* shipped : {":coding-agent", ":read-only", ":ci-runner", ":audit"})
    EXPECT_EQ(run(bare({"policy", "test", shipped})).status, 0) << shipped;
}

TEST_F(Policy, DiffNamesRulesByTheirIds) {
  const auto a =
      policy_in(folder_, R"({ "id": "gone", "action": "deny", "access": ["read"], "paths": ["/a"] },
    { "id": "other", "action": "deny", "access": ["read"], "paths": ["/b"] })",
                "", "a.json");
  const auto b =
      policy_in(folder_, R"({ "id": "new", "action": "ask", "access": ["read"], "paths": ["/c"] },
    { "id": "other", "action": "ask", "access": ["read"], "paths": ["/b"] })",
                "", "b.json");
  const auto same = run(bare({"policy", "diff", a, a}));
  EXPECT_EQ(same.status, 0) << same.out << same.err;
  const auto differ = run(bare({"policy", "diff", a, b, "--json"}));
  EXPECT_EQ(differ.status, 1) << differ.err;
  EXPECT_EQ(differ.json()["added"], Json({"new"})) << differ.out;
  EXPECT_EQ(differ.json()["removed"], Json({"gone"}));
  EXPECT_EQ(differ.json()["changed"], Json({"other"}));
  EXPECT_EQ(run(bare({"policy", "diff", a, folder_.at("none")})).status, 2);
}

TEST_F(Policy, ThatIsNoPolicyIsRefusedWithAReason) {
  refused(folder_.at("there-is-none.json"), "there-is-none");
  refused(folder_.path(), "directory");
  refused("/dev/zero", "device");
  ASSERT_EQ(::mkfifo(folder_.at("pipe").c_str(), 0600), 0);
  refused(folder_.at("pipe"), "pipe");
  refused(file(""), "p.json");
  refused(file(R"({ "version": 1, "name": "x", "filesystem": { "rules": [ { "id)"), "p.json");
  refused(file(std::string(5 << 20, ' ')), "4 MiB");
  refused(file(std::string(10000, '[') + std::string(10000, ']')), "p.json");
  refused(file(R"({"version":1,"name":"x","name":"y","filesystem":{"default":"deny"}})"), "name");
  refused(file(R"({"version":1,"name":"x","filesytem":{}})"), "filesytem");
  refused(file(std::string("\xff\xfe\0\0", 4)), "p.json");
  Settings user;
  user.uid = 61002, user.gid = 61010;
  const auto secret = file("{}", "secret.json");
  ::chmod(secret.c_str(), 0);
  const auto unreadable = run(bare({"policy", "check", secret}), user);
  EXPECT_EQ(unreadable.status, 1);
  EXPECT_NE(unreadable.err.find("ermission"), std::string::npos) << unreadable.err;
}

TEST_F(Policy, OfTooManyRulesIsRefusedInBoundedTime) {
  std::vector<std::string> many;
  for (int i = 0; i < 100'000; i++)
    many.push_back("/" + std::to_string(i));
  // 4 MiB hold no 100,000 rules of this form: either limit may be named.
  refused(file(with_paths(many)), "p.json");
  many.resize(40'000);
  const auto checked = limited({"policy", "check", file(with_paths(many))});
  EXPECT_TRUE(checked.status == 0 || checked.status == 1)
      << checked.status << checked.err.substr(0, 2000);
}

TEST_F(Policy, OfGlobsThatWouldBlowUpEndsInBoundedTime) {
  const std::vector<std::vector<std::string>> all = {
      {"/" + std::string(4000, 'a')},
      {"/" + std::string(4000, '?')},
      {"/" + std::string(2000, '*')},
      {"**/a*b*c*d*e*f*g/**/h*i*j*k*l*m*n/**"},
      {"**/a*b*c*d*e*f*g/**", "**/b*c*d*e*f*g*h/**", "**/c*d*e*f*g*h*i/**", "**/d*e*f*g*h*i*j/**",
       "**/e*f*g*h*i*j*k/**"},
      {"**/*a????????????????????", "**/*b????????????????????"},
      {"/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,"
       "b}"},
  };
  for (const auto& globs : all) {
    const auto checked = limited({"policy", "check", file(with_paths(globs)), "--json"});
    EXPECT_TRUE(checked.status == 0 || checked.status == 1)
        << globs[0].substr(0, 60) << ": status " << checked.status << checked.err.substr(0, 500);
    ASSERT_TRUE(checked.json().is_object()) << globs[0].substr(0, 60);
    EXPECT_EQ(checked.json().value("ok", checked.status != 0), checked.status == 0);
  }
}

TEST(Verbs, OfLaterIssuesSayThatTheyAreNotThere) {
  for (const Words& words : std::vector<Words>{{"policy", "import", "x"}, {"oci-hook"}}) {
    const auto said = run(bare(words));
    EXPECT_EQ(said.status, 2) << words[0];
    EXPECT_NE(said.err.find("not there yet"), std::string::npos) << said.err;
    EXPECT_EQ(said.out, "");
  }
}

TEST(Verbs, SayWhenNoControllerIsThere) {
  for (const Words& words : std::vector<Words>{{"sessions"},
                                               {"approvals", "list"},
                                               {"approvals", "allow", "1"},
                                               {"events"},
                                               {"approvals", "watch"}}) {
    Words all = {"--socket", "/tmp/gh-e2e-no-socket"};
    all.insert(all.end(), words.begin(), words.end());
    const auto said = run(bare(all));
    EXPECT_EQ(said.status, 125) << words[0];
    EXPECT_NE(said.err.find("no controller"), std::string::npos) << said.err;
  }
}

TEST(Doctor, SaysThatEveryHookWorksHere) {
  const OneCpu alone;
  const auto said = run(bare({"doctor", "--json"}), {}, 150);
  // It opened a perf event, for which the kernel takes its code back a second later.
  std::this_thread::sleep_for(std::chrono::seconds(3));
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  const auto report = said.json();
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(report.value("enforceable", false), true);
  for (const auto& hook : report["hooks"]) {
    const auto state = hook.value("state", "");
    EXPECT_TRUE(state == "works" || state == "absent") << hook.dump();
  }
  EXPECT_GE(report["hooks"].size(), 28u);
  for (const char* place : {"/sys/fs/cgroup/gatehouse", "/sys/fs/bpf/gatehouse", "/run"}) {
    if (!std::filesystem::exists(place)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(place))
      EXPECT_EQ(entry.path().string().find("doctor"), std::string::npos) << entry.path();
  }
  Settings user;
  user.uid = 61002, user.gid = 61010;
  EXPECT_EQ(run(bare({"doctor"}), user).status, 125);
}

}  // namespace
}  // namespace gatehouse::e2e
