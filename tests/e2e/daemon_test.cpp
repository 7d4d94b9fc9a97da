// SPDX-License-Identifier: Apache-2.0
// Sessions through the daemon: begun by root and by others, steered, attached, replaced, and refused to
// agents. A test must never count on a session of another test.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <cstring>

#include "host.h"

namespace gatehouse::e2e {
namespace {

// Tries the file again and again, and says so on its output: "yes" or "no".
std::string trier(const std::string& file) {
  return "while :; do if (: > " + file + ") 2>/dev/null; then echo yes; else echo no; fi; " +
         "sleep 0.1; done";
}

// What it says from now on: the first answer may be one from before, so two are looked at.
bool says(const Running& process, const std::string& word) {
  const auto lines = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  const auto before = lines(process.out());
  if (!eventually([&] { return lines(process.out()) >= before + 2; })) return false;
  return process.out().ends_with(word + "\n");
}

TEST(Daemon, RunsACommandUnderThePolicyAndEndsItsSession) {
  const Folder folder("run"), outside("run-outside");
  const std::string script =
      "echo hello; echo in > " + folder.at("a") + "; echo out > " + outside.at("b") + "; exit 3";
  EXPECT_EQ(shell(script).status, 3);
  EXPECT_TRUE(exists(outside.at("b"))) << "the control could not write";
  ::unlink(outside.at("b").c_str());

  const auto policy = policy_in(folder);
  const auto ran = run(run_words(policy, {"sh", "-c", script}, {"--name", "plain"}));
  EXPECT_EQ(ran.status, 3) << ran.err;
  EXPECT_EQ(ran.out, "hello\n");
  EXPECT_TRUE(exists(folder.at("a")));
  EXPECT_FALSE(exists(outside.at("b")));
  EXPECT_TRUE(no_session_named("plain"));
}

TEST(Daemon, LetsAnOrdinaryUserOfItsGroupRunAsThatUser) {
  const Folder folder("user"), outside("user-outside");
  ::chmod(folder.path().c_str(), 0777);
  ::chmod(outside.path().c_str(), 0777);
  const auto policy = policy_in(folder);
  const auto user = Host::instance().member();
  Settings settings;
  settings.uid = user.uid;
  settings.gid = user.gid;
  settings.groups = user.groups;
  const std::string script = "id -u; id -g; id -G; : > " + folder.at("a") +
                             "; cat /proc/self/cgroup" + "; : > " + outside.at("b");
  const auto control = shell(script, settings);
  EXPECT_TRUE(exists(outside.at("b"))) << control.err;
  ::unlink(outside.at("b").c_str());
  const auto ran = run(run_words(policy, {"sh", "-c", script}, {"--name", "theirs"}), settings);
  EXPECT_TRUE(ran.out.starts_with("61001\n61010\n61010 61000\n")) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("/gatehouse/e2e/theirs-"), std::string::npos) << ran.out;
  EXPECT_FALSE(exists(outside.at("b")));
  struct stat info = {};
  ASSERT_EQ(::stat(folder.at("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 61001u);
}

TEST(Daemon, ShowsAUserOnlyWhatIsTheirs) {
  const Folder folder("theirs");
  const auto policy = policy_in(folder);
  Running roots(run_words(policy, {"sleep", "60"}, {"--name", "of-root"}));
  ASSERT_TRUE(eventually([] { return !session_named("of-root").is_null(); }));
  const auto user = Host::instance().member();
  Settings settings;
  settings.uid = user.uid, settings.gid = user.gid, settings.groups = user.groups;
  const auto listed = ask_daemon({"sessions", "--json"}, settings);
  EXPECT_EQ(listed.status, 0) << listed.err;
  EXPECT_EQ(listed.json(), Json::array());
  for (const char* verb : {"pause", "kill", "detach"}) {
    const auto steered = ask_daemon({verb, "of-root"}, settings);
    EXPECT_EQ(steered.status, 1) << verb;
    EXPECT_NE(steered.err.find("there is no session"), std::string::npos) << steered.err;
  }
  EXPECT_EQ(ask_daemon({"events", "--json", "--session", "of-root"}, settings).status, 1);
  EXPECT_EQ(ask_daemon({"events", "--json"}, settings).out.find("of-root"), std::string::npos);
  roots.signal(SIGTERM);
  EXPECT_EQ(roots.end().status, 143);
  EXPECT_TRUE(no_session_named("of-root"));
}

TEST(Daemon, RefusesAUserOutsideItsGroup) {
  const Folder folder("stranger");
  ::chmod(folder.path().c_str(), 0777);
  const auto policy = policy_in(folder);
  const auto user = Host::instance().stranger();
  Settings settings;
  settings.uid = user.uid, settings.gid = user.gid, settings.groups = user.groups;
  const auto ran = run(run_words(policy, {"touch", folder.at("a")}), settings);
  EXPECT_EQ(ran.status, 125);
  EXPECT_NE(ran.err.find("group"), std::string::npos) << ran.err;
  EXPECT_FALSE(exists(folder.at("a")));
  EXPECT_EQ(ask_daemon({"sessions"}, settings).status, 125);
}

TEST(Daemon, RefusesAgentsWhateverTheirUser) {
  const Folder folder("agent");
  const OwnCgroup cgroup("agent");
  const auto policy = policy_in(
      folder,
      R"({ "id": "asked", "action": "ask", "access": ["read"], "paths": ["/etc/hostname"] })");
  const std::string loose = folder.at("loose.json");
  write_file(loose,
             R"({ "version": 1, "name": "loose", "filesystem": { "default": { "read": "allow",
    "write": "allow", "exec": "allow" } }, "exec": { "default": "allow" } })");
  Running asker(
      run_words(policy, {"cat", "/etc/hostname"}, {"--name", "asker", "--on-ask", "wait"}));
  const auto asked = approval_of("/etc/hostname");
  ASSERT_FALSE(asked.is_null()) << asker.err();
  const std::string id = std::to_string(asked.value("id", 0ull));

  std::string script;
  const std::vector<std::string> tries = {"approvals list",
                                          "approvals allow " + id,
                                          "approvals watch",
                                          "sessions",
                                          "pause asker",
                                          "resume asker",
                                          "kill asker",
                                          "detach asker",
                                          "events",
                                          "attach --cgroup " + cgroup.path() + " -p " + loose,
                                          "policy replace " + loose + " --session agent",
                                          "run -p " + loose + " -- true"};
  for (const auto& one : tries)
    script += std::string(GH_TEST_BINARY) + " --socket " + Host::instance().socket() + " " + one +
              "; echo $?; ";
  const auto ran = run(run_words(policy, {"sh", "-c", script}, {"--name", "agent"}), {}, 120);
  std::string expected;
  for (const auto& one : tries)
    expected += one.starts_with("run") ? "125\n" : "1\n";
  EXPECT_EQ(ran.out, expected) << ran.err;
  std::size_t refusals = 0;
  for (auto at = ran.err.find("inside a session may not"); at != std::string::npos;
       at = ran.err.find("inside a session may not", at + 1))
    refusals++;
  EXPECT_EQ(refusals, tries.size()) << ran.err;

  EXPECT_FALSE(approval_of("/etc/hostname").is_null()) << "it was answered by an agent";
  EXPECT_EQ(ask_daemon({"approvals", "deny", id}).status, 0);
  EXPECT_EQ(asker.end().status, 1);
  // What an agent may ask: why its own requests are judged as they are.
  const auto why =
      run(run_words(policy, gatehouse({"--json", "why", "--session", "x", "write", "/etc/x"})));
  EXPECT_EQ(why.json().value("verdict", ""), "deny") << why.out << why.err;
}

TEST(Daemon, PausesResumesAndKillsASession) {
  const Folder folder("steer");
  const auto policy = policy_in(folder);
  Running ran(run_words(policy, {"sh", "-c", "while :; do echo x; sleep 0.05; done"},
                        {"--name", "steered"}));
  ASSERT_TRUE(eventually([&] { return !ran.out().empty(); })) << ran.err();
  EXPECT_EQ(ask_daemon({"pause", "steered"}).status, 0);
  EXPECT_EQ(session_named("steered").value("state", ""), "paused");
  const auto before = ran.out().size();
  EXPECT_FALSE(eventually([&] { return ran.out().size() != before; }, 1));
  EXPECT_EQ(ask_daemon({"resume", "steered"}).status, 0);
  EXPECT_EQ(session_named("steered").value("state", ""), "running");
  EXPECT_TRUE(eventually([&] { return ran.out().size() != before; }));
  EXPECT_EQ(ask_daemon({"pause", "steered"}).status, 0);
  EXPECT_EQ(ask_daemon({"kill", "steered"}).status, 0);
  EXPECT_EQ(ran.end().status, 137);
  EXPECT_TRUE(no_session_named("steered"));
  EXPECT_EQ(ask_daemon({"kill", "steered"}).status, 1);
}

TEST(Daemon, AttachesACgroupWithItsProcessesAndLetsItGo) {
  const Folder folder("attach"), outside("attach-outside");
  const auto policy = policy_in(folder);
  const OwnCgroup cgroup("attach");
  const std::string nested = cgroup.path() + "/nested";
  ASSERT_EQ(::mkdir(nested.c_str(), 0755), 0);
  Settings above, below;
  above.cgroup = cgroup.path();
  below.cgroup = nested;
  Running first({"sh", "-c", trier(outside.at("a"))}, above);
  Running second({"sh", "-c", trier(outside.at("b"))}, below);
  ASSERT_TRUE(says(first, "yes")) << first.err();
  ASSERT_TRUE(says(second, "yes")) << second.err();

  const auto attached = ask_daemon({"attach", "--cgroup", cgroup.path(), "-p", policy, "--name",
                                    "attached", "--label", "team=e2e"});
  ASSERT_EQ(attached.status, 0) << attached.err;
  EXPECT_EQ(session_named("attached").value("attached", false), true);
  EXPECT_TRUE(says(first, "no"));
  EXPECT_TRUE(says(second, "no"));
  Running later({"sh", "-c", trier(outside.at("c"))}, below);
  EXPECT_TRUE(says(later, "no"));

  EXPECT_EQ(ask_daemon({"detach", "attached"}).status, 0);
  EXPECT_TRUE(says(first, "yes"));
  EXPECT_TRUE(says(second, "yes"));
  EXPECT_TRUE(says(later, "yes"));
  EXPECT_TRUE(no_session_named("attached"));
}

TEST(Daemon, EndsAnAttachedSessionWhenItsCgroupIsRemoved) {
  const Folder folder("doomed");
  const OwnCgroup cgroup("doomed");
  const std::string doomed = cgroup.path() + "/doomed";
  ASSERT_EQ(::mkdir(doomed.c_str(), 0755), 0);
  const auto attached =
      ask_daemon({"attach", "--cgroup", doomed, "-p", policy_in(folder), "--name", "doomed"});
  ASSERT_EQ(attached.status, 0) << attached.err;
  EXPECT_EQ(session_named("doomed").value("attached", false), true);
  ASSERT_EQ(::rmdir(doomed.c_str()), 0) << std::strerror(errno);
  EXPECT_TRUE(no_session_named("doomed"));
  ASSERT_EQ(::mkdir(doomed.c_str(), 0755), 0);
  EXPECT_EQ(ask_daemon({"attach", "--cgroup", doomed, "-p", policy_in(folder), "--name", "doomed"})
                .status,
            0)
      << "its name and its place are free again";
  ::rmdir(doomed.c_str());
  EXPECT_TRUE(no_session_named("doomed"));
}

TEST(Daemon, RefusesToAttachWhatItCannotOrMustNot) {
  const Folder folder("refuse");
  const auto policy = policy_in(folder);
  const OwnCgroup cgroup("refuse");
  const auto attach = [&](const std::string& path) {
    return ask_daemon({"attach", "--cgroup", path, "-p", policy, "--name", "refused"});
  };
  EXPECT_EQ(attach("/sys/fs/cgroup/gh-e2e-there-is-none").status, 1);
  EXPECT_EQ(attach("/tmp").status, 1);
  EXPECT_EQ(attach("/sys/fs/cgroup").status, 1) << "the whole host, the daemon in it";
  EXPECT_EQ(attach("/sys/fs/cgroup/gatehouse").status, 1) << "above sessions";

  ASSERT_EQ(attach(cgroup.path()).status, 0);
  ASSERT_EQ(::mkdir((cgroup.path() + "/inside").c_str(), 0755), 0);
  EXPECT_EQ(attach(cgroup.path()).status, 1) << "twice";
  EXPECT_EQ(attach(cgroup.path() + "/inside").status, 1) << "inside another session";
  EXPECT_EQ(ask_daemon({"detach", "refused"}).status, 0);
  EXPECT_TRUE(no_session_named("refused"));

  Running ran(run_words(policy, {"sleep", "60"}, {"--name", "ran"}));
  ASSERT_TRUE(eventually([] { return !session_named("ran").is_null(); }));
  EXPECT_EQ(attach(session_named("ran").value("cgroup", "")).status, 1) << "a run's own";
  EXPECT_EQ(ask_daemon({"detach", "ran"}).status, 1) << "a run is not detached";
  const auto unreadable =
      ask_daemon({"attach", "--cgroup", cgroup.path(), "-p", folder.at("none.json")});
  EXPECT_EQ(unreadable.status, 125);
  ran.signal(SIGTERM);
  EXPECT_EQ(ran.end().status, 143);
}

TEST(Daemon, ReplacesThePolicyOfALiveSession) {
  const Folder folder("replace"), outside("replace-outside");
  const auto tight = policy_in(folder);
  const auto loose =
      policy_in(folder,
                R"({ "id": "more", "action": "allow", "access": ["write"], "paths": [")" +
                    outside.path() + R"(/**"] })",
                "", "loose.json");
  Running ran(run_words(tight, {"sh", "-c", trier(outside.at("a"))}, {"--name", "live"}));
  ASSERT_TRUE(says(ran, "no")) << ran.err();
  const auto replaced = ask_daemon({"policy", "replace", loose, "--session", "live"});
  EXPECT_EQ(replaced.status, 0) << replaced.err;
  EXPECT_TRUE(says(ran, "yes"));
  write_file(folder.at("broken.json"), R"({ "version": 1, "name": "x", "filesystm": {} })");
  EXPECT_EQ(ask_daemon({"policy", "replace", folder.at("broken.json"), "--session", "live"}).status,
            1);
  EXPECT_TRUE(says(ran, "yes")) << "a refused policy changed something";
  EXPECT_EQ(ask_daemon({"policy", "replace", tight, "--session", "live"}).status, 0);
  EXPECT_TRUE(says(ran, "no"));
  const auto why = ask_daemon({"--json", "why", "--session", "live", "write", outside.at("a")});
  EXPECT_EQ(why.json().value("verdict", ""), "deny") << why.out;
  const auto last = ask_daemon({"--json", "why", "--last"});
  EXPECT_EQ(last.json().value("object", ""), outside.at("a")) << last.out << last.err;
  ran.signal(SIGTERM);
  EXPECT_EQ(ran.end().status, 143);
}

TEST(Daemon, RunsTwoSessionsWithTwoPoliciesAtOnce) {
  const Folder folder("two"), other("two-other");
  Running one(run_words(policy_in(folder), {"sh", "-c",
                                            "(: > " + folder.at("1") + ") && echo own; (: > " +
                                                other.at("1") + ") || echo not"}));
  Running two(run_words(policy_in(other), {"sh", "-c",
                                           "(: > " + other.at("2") + ") && echo own; (: > " +
                                               folder.at("2") + ") || echo not"}));
  EXPECT_EQ(one.end().out, "own\nnot\n");
  EXPECT_EQ(two.end().out, "own\nnot\n");
}

}  // namespace
}  // namespace gatehouse::e2e
