// SPDX-License-Identifier: Apache-2.0
// The tests that a policy carries, and warnings of rules that decide nothing. It must never warn of a
// rule that has an effect.
#include "tables/run_tests.h"

#include <cstdlib>
#include <filesystem>

#include "unit/tables/asking.h"

namespace gatehouse::tables {
namespace {

std::string outcome_of(policy::PolicyTest test) {
  auto policy = policy_of({files({path_rule("open", Action::allow, {"~/app/**"})})});
  test.file = "p.json";
  test.pointer = "/tests/0";
  policy.tests = {test};
  Diagnostics diagnostics;
  run_tests(policy, must_compile(policy), context(), diagnostics);
  return render(diagnostics);
}

policy::PolicyTest test(Action expect, std::string object, int access = GH_READ) {
  policy::PolicyTest out;
  out.expect = expect;
  out.access = access;
  out.object = std::move(object);
  return out;
}

TEST(PolicyTests, PassSilently) {
  EXPECT_EQ(outcome_of(test(Action::allow, "/home/dev/app/x")), "");
  EXPECT_EQ(outcome_of(test(Action::allow, "${workspace}/x")), "");
  EXPECT_EQ(outcome_of(test(Action::allow, "~/app/x")), "");
  EXPECT_EQ(outcome_of(test(Action::deny, "~/app/x", GH_WRITE)), "");
  EXPECT_EQ(outcome_of(test(Action::deny, "1.2.3.4:5", GH_CONNECT)), "");
}

TEST(PolicyTests, FailWithWhatDecided) {
  EXPECT_EQ(outcome_of(test(Action::deny, "~/app/x")),
            "p.json:/tests/0: error: '/home/dev/app/x': expected deny, got allow by rule 'open'\n");
  EXPECT_EQ(outcome_of(test(Action::allow, "/etc/passwd")),
            "p.json:/tests/0: error: '/etc/passwd': expected allow, got deny by the default\n");
}

TEST(PolicyTests, FailWhenTheirObjectCannotBeRead) {
  for (const char* bad : {"relative", "/a/../b", "/a//b", "/a/", "", "${nobody}/x", "/a/."})
    EXPECT_NE(outcome_of(test(Action::deny, bad)).find("/tests/0: error: "), std::string::npos)
        << bad;
  EXPECT_NE(outcome_of(test(Action::deny, "nowhere", GH_CONNECT)).find("not an endpoint"),
            std::string::npos);
}

std::string warnings(std::vector<policy::Layer> layers) {
  Diagnostics diagnostics;
  EXPECT_TRUE(compile(policy_of(std::move(layers)), context(), nullptr, diagnostics));
  return render(diagnostics);
}

TEST(IdleRules, AreWarnedOfWithAnExample) {
  const auto text = warnings({files({path_rule("wide", Action::deny, {"/a/**"}),
                                     path_rule("lost", Action::allow, {"/a/b/*.txt"})})});
  EXPECT_NE(text.find("p.json:/filesystem/rules/lost: warning: rule 'lost' never decides anything"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("'/a/b/.txt', for instance, is decided by rule 'wide'"), std::string::npos)
      << text;
}

TEST(IdleRules, AreNotThoseThatDecideSomewhereOrLogOrLiftADefault) {
  EXPECT_EQ(warnings({files({path_rule("wide", Action::deny, {"/a/**"}, {"/a/b/c"}),
                             path_rule("kept", Action::allow, {"/a/b/*"})})}),
            "");
  auto loud = path_rule("loud", Action::allow, {"/a/b"});
  loud.log = true;
  EXPECT_EQ(warnings({files({path_rule("wide", Action::deny, {"/a/**"}), loud})}), "");
  // `lift` is never reported, yet without it the second layer would deny.
  EXPECT_EQ(warnings({files({path_rule("asks", Action::ask, {"/**"})}),
                      files({path_rule("lift", Action::allow, {"/a"})})}),
            "");
}

TEST(ResolveOnHost, FollowsLinksAndIsSilentOtherwise) {
  char folder[] = "/tmp/gh-links-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::filesystem::path links = folder;
  std::filesystem::create_directory(links / "real");
  std::filesystem::create_directory_symlink("../real/../real", links / "real/back");
  std::filesystem::create_symlink("/dev/stdout", links / "out");
  std::filesystem::create_symlink("loop", links / "loop");
  EXPECT_EQ(resolve_on_host(links / "real/back"), links / "real");
  std::filesystem::create_directories(links / "far/deep");
  std::filesystem::create_directory_symlink("./far/deep/", links / "deep");
  std::filesystem::create_directory_symlink("deep/../", links / "above");
  EXPECT_EQ(resolve_on_host(links / "deep"), links / "far/deep");
  EXPECT_EQ(resolve_on_host(links / "above"), links / "far");
  EXPECT_EQ(resolve_on_host(links / "loop"), std::nullopt);
  // Ours, not the agent's: a rule on it would cover the controller's own files.
  EXPECT_EQ(resolve_on_host(links / "out"), std::nullopt);
  for (const char* own : {"/proc/self", "/proc/self/fd", "/proc/thread-self/root", "/proc/mounts",
                          "/proc/self/root", "/dev/fd", "/dev/stdout"})
    EXPECT_EQ(resolve_on_host(own), std::nullopt) << own;
  std::filesystem::remove_all(links);
  EXPECT_EQ(resolve_on_host("/"), std::nullopt);
  EXPECT_EQ(resolve_on_host("/no/such/file"), std::nullopt);
}

TEST(ResolveOnHost, IsNoUseForWhatIsAnotherPlaceForEachProcess) {
  EXPECT_NE(warnings({files({path_rule("own", Action::deny, {"/proc/self/mem"})})})
                .find("'/proc/self/mem' matches nothing"),
            std::string::npos);
  EXPECT_EQ(warnings({files({path_rule("own", Action::deny, {"/proc/selfish"})})}), "");
}

}  // namespace
}  // namespace gatehouse::tables
