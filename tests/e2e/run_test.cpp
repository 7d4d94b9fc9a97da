// SPDX-License-Identifier: Apache-2.0
// run as a stand-in for its command: status, streams, user, folder and signals as without it; and with a
// controller of its own, of which nothing may be left. A test must never take the daemon's gate for it.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>

#include "host.h"

namespace gatehouse::e2e {
namespace {

constexpr double kOwnGate = 150;  // seconds to load a gate in the emulated VM, three times over

Words own_gate(const std::string& policy, const Words& command, const Words& options = {}) {
  Words words = bare({"run", "--no-daemon", "-p", policy});
  words.insert(words.end(), options.begin(), options.end());
  words.push_back("--");
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

// Of gates of single runs.
std::vector<std::string> left_behind() {
  std::vector<std::string> left;
  std::error_code error;
  for (const char* folder : {"/sys/fs/bpf/gatehouse", "/sys/fs/cgroup/gatehouse", "/run/gatehouse"})
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
      if (const auto name = entry.path().filename().string();
          name.starts_with("run-") || name.starts_with("loading-"))
        left.push_back(entry.path());
  return left;
}

TEST(Run, ExitsAsItsCommandDid) {
  const Folder folder("status");
  const auto policy = policy_in(folder);
  const auto status = [&](const Words& command, const Words& options = {}) {
    return run(run_words(policy, command, options)).status;
  };
  EXPECT_EQ(status({"true"}), 0);
  EXPECT_EQ(status({"sh", "-c", "exit 3"}), 3);
  EXPECT_EQ(status({"sh", "-c", "kill -TERM $$"}), 143);
  EXPECT_EQ(status({"gh-there-is-no-such-command"}), 127);
  EXPECT_EQ(status({folder.at("none")}), 127);
  write_file(folder.at("plain"), "text\n");
  EXPECT_EQ(status({folder.at("plain")}), 126);
  EXPECT_EQ(status({folder.path()}), 126);
}

TEST(Run, StartsNothingWhenItCannotConfineIt) {
  const Folder folder("refused");
  const auto policy = policy_in(folder);
  const auto mark = folder.at("mark");
  write_file(folder.at("bad.json"), R"({ "version": 1, "nmae": "x" })");
  const Words touch = {"touch", mark};
  const auto own = [&](const Words& words) { return run(bare(words)).status; };
  EXPECT_EQ(run(run_words(folder.at("bad.json"), touch)).status, 125);
  EXPECT_EQ(run(run_words(folder.at("none.json"), touch)).status, 125);
  EXPECT_EQ(run(run_words(policy, touch, {"--workspace", folder.at("none")})).status, 125);
  EXPECT_EQ(run(run_words(policy, touch, {"--workspace", policy})).status, 125);
  EXPECT_EQ(own({"--socket", folder.at("no-socket"), "run", "-p", policy, "--", "touch", mark}),
            125);
  EXPECT_EQ(own({"run", "--no-daemon", "-p", folder.at("bad.json"), "--", "touch", mark}), 125);
  EXPECT_EQ(own({"run", "--no-daemon", "-p", policy}), 2) << "no command";
  EXPECT_EQ(own({"run", "--on-ask", "perhaps", "--", "touch", mark}), 2);
  EXPECT_EQ(own({"run", "--label", "novalue", "--", "touch", mark}), 2);
  EXPECT_EQ(own({"run", "--there-is-no-such-option", "--", "touch", mark}), 2);
  EXPECT_EQ(own({"frobnicate"}), 2);
  EXPECT_EQ(own({}), 2);
  EXPECT_FALSE(exists(mark)) << "the command was started";
}

TEST(Run, PassesStreamsFolderEnvironmentMaskAndSignals) {
  const Folder folder("passes");
  Settings settings;
  settings.directory = folder.path();
  settings.input = "typed\n";
  settings.environment = {{"GH_E2E", "some value"}};
  settings.umask = 027;
  const Words command = {
      "sh", "-c",
      "cat; pwd; echo \"$GH_E2E\"; umask; echo oops >&2; ls /proc/self/fd | wc -l; "
      "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status"};
  const auto plain = run(command, settings);
  const auto confined = run(run_words(policy_in(folder), command), settings);
  EXPECT_EQ(confined.out, plain.out);
  EXPECT_EQ(confined.err, plain.err);
  EXPECT_EQ(confined.status, plain.status);
}

TEST(Run, PassesATerminationOnAndEndsWhatIsLeft) {
  const Folder folder("left");
  const auto policy = policy_in(folder);
  Running trapped(run_words(
      policy,
      {"sh", "-c", "trap 'echo caught; exit 9' TERM; echo up; while :; do sleep 0.1; done"}));
  ASSERT_TRUE(eventually([&] { return trapped.out() == "up\n"; })) << trapped.err();
  trapped.signal(SIGTERM);
  const auto ended = trapped.end();
  EXPECT_EQ(ended.status, 9);
  EXPECT_EQ(ended.out, "up\ncaught\n");

  const auto left =
      run(run_words(policy, {"sh", "-c", "sleep 61 & (trap '' TERM; sleep 62) & sleep 1; exit 4"},
                    {"--name", "leaves"}));
  EXPECT_EQ(left.status, 4);
  EXPECT_NE(left.err.find("left"), std::string::npos) << left.err;
  EXPECT_NE(left.err.find("sleep"), std::string::npos) << left.err;
  EXPECT_EQ(shell("pgrep -f 'sleep 6[12]'").out, "");
  EXPECT_TRUE(no_session_named("leaves"));
}

TEST(Run, HostsItsOwnControllerAndLeavesNothingOfIt) {
  const Folder folder("alone"), outside("alone-outside");
  const auto policy =
      policy_in(folder, R"({ "id": "asked", "action": "ask", "access": ["write"], "paths": [")" +
                            outside.at("asked") + R"("] })");
  const std::string script = "cat; (: > " + outside.at("no") + ") 2>/dev/null; echo $?; (: > " +
                             outside.at("asked") + "); echo $?; sleep 63 & exit 5";
  Settings settings;
  settings.input = "piped\n";
  Running ran(
      own_gate(policy, {"sh", "-c", script},
               {"--on-ask", "wait", "--name", "alone", "--log", "jsonl:" + folder.at("log")}),
      settings);
  const std::string socket = "/run/gatehouse/run-" + std::to_string(ran.pid()) + ".sock";
  ASSERT_TRUE(eventually([&] { return exists(socket) || ran.ended(); }, kOwnGate)) << ran.err();
  Json asked = nullptr;
  ASSERT_TRUE(eventually(
      [&] {
        const auto listed = run(bare({"approvals", "list", "--json"})).json();
        if (listed.is_array() && !listed.empty()) asked = listed[0];
        return !asked.is_null();
      },
      60))
      << ran.err();
  EXPECT_EQ(run(bare({"sessions", "--json"})).json()[0].value("name", ""), "alone");
  EXPECT_NE(run(bare({"events", "--json"})).out.find(outside.at("no")), std::string::npos);
  EXPECT_EQ(run(bare({"approvals", "allow", std::to_string(asked.value("id", 0ull))})).status, 0);
  const auto ended = ran.end(kOwnGate);
  EXPECT_EQ(ended.status, 5) << ended.err;
  EXPECT_EQ(ended.out, "piped\n2\n0\n");
  EXPECT_NE(ended.err.find("1 process was left"), std::string::npos) << ended.err;
  for (const auto& line : json_lines(read_file(folder.at("log"))))
    EXPECT_TRUE(line.is_object());
  EXPECT_NE(read_file(folder.at("log")).find("session-end"), std::string::npos);
  EXPECT_TRUE(left_behind().empty()) << left_behind()[0];
  EXPECT_FALSE(exists(socket));
}

TEST(Run, KilledOutrightLeavesItsAgentConfinedUntilItEnds) {
  const Folder folder("killed"), outside("killed-outside");
  const auto policy = policy_in(folder);
  const std::string loop = "while ! test -e " + folder.at("stop") + "; do (: > " +
                           outside.at("no") + ") 2>/dev/null; echo x >> " + folder.at("beat") +
                           "; sleep 0.1; done";
  std::string gate = "/sys/fs/cgroup/gatehouse/run-";
  {
    Running ran(own_gate(policy, {"sh", "-c", loop}));
    gate += std::to_string(ran.pid());
    ASSERT_TRUE(eventually([&] { return exists(folder.at("beat")) || ran.ended(); }, kOwnGate))
        << ran.err();
    ran.signal(SIGKILL);
    EXPECT_EQ(ran.end().status, 137);
  }
  const auto before = read_file(folder.at("beat")).size();
  EXPECT_TRUE(eventually([&] { return read_file(folder.at("beat")).size() > before + 10; }))
      << "it was ended";
  EXPECT_FALSE(exists(outside.at("no"))) << "it went free";
  write_file(folder.at("stop"), "");
  EXPECT_TRUE(eventually(
      [&] { return read_file(gate + "/cgroup.events").find("populated 0") != std::string::npos; }));
  // The next controller clears away what is empty.
  const auto next = run(own_gate(policy, {"true"}), {}, kOwnGate);
  EXPECT_EQ(next.status, 0) << next.err;
  EXPECT_TRUE(left_behind().empty()) << left_behind()[0];
  EXPECT_FALSE(exists(outside.at("no")));
}

}  // namespace
}  // namespace gatehouse::e2e
