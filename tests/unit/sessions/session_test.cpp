// SPDX-License-Identifier: Apache-2.0
// Records come back as they were, names are harmless, statuses are a shell's.
// It must never need root.
#include "sessions/session.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "sessions/ending.h"
#include "sessions/spawn.h"

namespace gatehouse::sessions {
namespace {

TEST(Record, ComesBackAsItWas) {
  Session s;
  s.serial = 17;
  s.name = "fix";
  s.gate = "host";
  s.cgroup_path = "/sys/fs/cgroup/gatehouse/host/fix-17";
  s.cgroup = 0xfedcba9876543210;
  s.own_cgroup = false;
  s.owner = 1000;
  s.workspace = "/home/d\xc3\xa9v/\xff\xfe\x80\xc3";
  s.home = "/home/x";
  s.variables = {{"cache", "/var/cache"}};
  s.labels = {{"team", "a=b"}, {"", "\n"}};
  s.started_ms = 1700000000123;
  s.boot = "b";
  s.command = {"git", "push", "\xff"};
  s.policy_name = "coding-agent";
  s.sources = {{"base.json", "{ \"name\": \"\xe2\x82\xac\" }\n"},
               {"p.json", std::string("a\0b", 3)}};
  s.digest = 0xffffffffffffffff;
  s.generation = 3;
  auto back = from_json(to_json(s));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(to_json(*back), to_json(s));
  EXPECT_EQ(back->workspace, s.workspace);
  EXPECT_EQ(back->cgroup, s.cgroup);
  EXPECT_EQ(back->digest, s.digest);
  EXPECT_EQ(back->command, s.command);
  EXPECT_EQ(back->labels, s.labels);
  EXPECT_EQ(back->sources[0].text, s.sources[0].text);
  EXPECT_EQ(back->sources[1].text, s.sources[1].text);
  EXPECT_FALSE(back->own_cgroup);
}

TEST(Record, IsRefusedWhenItIsNone) {
  for (const char* text :
       {"", "{}", "[1]", "{\"format\":1}", "{\"format\":2}", "{\"format\":1,\"serial\":\"x\"}"})
    EXPECT_FALSE(from_json(text)) << text;
}

TEST(Name, IsHarmlessInAPath) {
  EXPECT_EQ(clean_name("fix-build.2"), "fix-build.2");
  EXPECT_EQ(clean_name("../../etc"), "etc");
  EXPECT_EQ(clean_name("a/b c"), "a_b_c");
  EXPECT_EQ(clean_name("--rm"), "rm");
  EXPECT_EQ(clean_name(""), "session");
  EXPECT_EQ(clean_name("/"), "session");
  EXPECT_EQ(clean_name("\xc3\xa9"), "session");
  EXPECT_EQ(clean_name(std::string(100, 'x')).size(), 64u);
  Session s;
  s.name = "x";
  s.serial = 4;
  EXPECT_EQ(cgroup_name(s), "x-4");
}

TEST(Status, IsAShells) {
  EXPECT_EQ(exit_status(0), 0);
  EXPECT_EQ(exit_status(3 << 8), 3);
  EXPECT_EQ(exit_status(SIGKILL), 137);
  EXPECT_EQ(exit_status(SIGSEGV | 0x80), 139);  // with a core
}

TEST(Leftovers, AreDescribed) {
  EXPECT_EQ(describe({}), "");
  EXPECT_EQ(describe({1, 0, {"make (12)"}}), "1 process was left and has been ended: make (12)");
  EXPECT_EQ(describe({3, 2, {"a (1)", "b (2)"}}),
            "3 processes were left and have been ended: a (1), b (2), … (2 by force)");
}

TEST(Container, is_read_off_the_name_of_its_cgroup) {
  const std::string id = "3f4e0c1d2b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
  for (const std::string& path :
       {"/sys/fs/cgroup/docker/" + id, "/sys/fs/cgroup/system.slice/docker-" + id + ".scope",
        "/sys/fs/cgroup/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id + ".scope",
        "/sys/fs/cgroup/machine.slice/libpod-" + id + ".scope/container"})
    EXPECT_EQ(container_of(path), id) << path;
  for (const std::string& path :
       {std::string("/sys/fs/cgroup/user.slice"), "/sys/fs/cgroup/" + id.substr(1),
        "/sys/fs/cgroup/x" + id, "/sys/fs/cgroup/" + std::string(64, 'z'), std::string()})
    EXPECT_EQ(container_of(path), "") << path;
}

}  // namespace
}  // namespace gatehouse::sessions
