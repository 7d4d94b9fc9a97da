// SPDX-License-Identifier: Apache-2.0
// Warnings on policies that are valid and yet hardly meant. Each has its counterpart that must stay
// silent.
#include <chrono>

#include "reading.h"

namespace gatehouse::policy {
namespace {

constexpr const char* kFiles = R"({"read": "allow", "exec": "allow"})";

Reading files(const std::string& rules, const std::string& defaults = kFiles) {
  return read_checked(
      with("\"filesystem\": {\"default\": " + defaults + ", \"rules\": [" + rules + "]}"));
}
Reading net(const std::string& rules, const std::string& defaults = "\"deny\"") {
  return read_checked(
      with("\"network\": {\"default\": " + defaults + ", \"rules\": [" + rules + "]}"));
}

TEST(Shadowed, an_allow_below_a_deny_is_warned_of) {
  const auto r = files(R"({"id": "ssh", "action": "deny", "paths": ["~/.ssh/**"]},
                          {"id": "known", "action": "allow", "access": ["read"], "paths": ["~/.ssh/known_hosts"]})");
  EXPECT_WARNED(r, "/filesystem/rules/1", "\"known\" can never matter");
  EXPECT_WARNED(r, "/filesystem/rules/1", "\"except\" of \"ssh\"");
}

TEST(Shadowed, order_does_not_matter_for_the_stricter) {
  EXPECT_WARNED(
      files(
          R"({"action": "ask", "access": "write", "paths": ["/srv/a"]}, {"action": "deny", "paths": ["/**"], "access": "write"})"),
      "/filesystem/rules/0", "never matter");
}

TEST(Shadowed, one_pattern_of_several_is_named) {
  EXPECT_WARNED(
      files(
          R"({"action": "deny", "paths": ["/a/**"]}, {"action": "allow", "access": "write", "paths": ["/b/**", "/a/x/**"]})"),
      "/filesystem/rules/1/paths/1", "\"/a/x/**\"");
}

TEST(Shadowed, a_repeated_rule_is_warned_of_once) {
  const auto r =
      files(R"({"action": "deny", "paths": ["/a"]}, {"action": "deny", "paths": ["/a"]})");
  EXPECT_WARNED(r, "/filesystem/rules/1", "remove it");
  EXPECT_EQ(r.count(Severity::warning), 1u) << r.text();
}

TEST(Shadowed, rules_that_can_matter_are_left_alone) {
  const char* deny = R"({"action": "deny", "access": ["write"], "paths": ["/a/**"]},)";
  for (
      const char* other :
      {R"({"action": "allow", "access": ["write", "metadata"], "paths": ["/ab/c"]})",  // elsewhere
       R"({"action": "deny", "access": ["read", "write"], "paths": ["/a/b"]})",  // more accesses
       R"({"action": "kill", "access": ["write"], "paths": ["/a/b"]})",          // stricter
       R"({"action": "deny", "access": ["write"], "paths": ["/a"]})",  // the directory itself
       R"({"action": "deny", "access": ["write"], "paths": ["**/x"]})",
       R"({"action": "deny", "log": true, "access": ["write"], "paths": ["/a/b"]})"})  // reports more
    EXPECT_NO_WARNING(files(deny + std::string(other)));
}

TEST(Shadowed, an_exception_of_the_wider_rule_keeps_the_narrower) {
  EXPECT_NO_WARNING(files(
      R"({"action": "deny", "paths": ["/a/**"], "except": ["/a/b/**"]}, {"action": "deny", "paths": ["/a/b/c"]})"));
  EXPECT_WARNED(
      files(
          R"({"action": "deny", "paths": ["/a/**"], "except": ["/a/b/x"]}, {"action": "deny", "paths": ["/a/b/**"], "except": ["/a/b/x"]})"),
      "/filesystem/rules/1", "never matter");
}

TEST(Shadowed, a_wide_rule_after_a_narrow_one_of_the_same_action_is_left_alone) {
  EXPECT_NO_WARNING(
      files(R"({"action": "deny", "paths": ["/a/b"]}, {"action": "deny", "paths": ["/a/**"]})"));
}

TEST(Shadowed, network_rules_are_compared_as_sets) {
  EXPECT_WARNED(
      net(R"({"id": "lan", "action": "deny", "cidrs": ["10.0.0.0/8"]}, {"id": "db", "action": "allow", "cidrs": ["10.1.2.3"], "ports": [5432]})"),
      "/network/rules/1", "\"db\" can never matter");
  EXPECT_WARNED(
      net(R"({"action": "ask", "ports": ["1-1000"]}, {"action": "allow", "protocol": "tcp", "access": "connect", "ports": [22, "80-90"]})"),
      "/network/rules/1", "never matter");
  EXPECT_NO_WARNING(net(
      R"({"action": "deny", "cidrs": ["10.0.0.0/8"]}, {"action": "allow", "cidrs": ["10.1.2.3", "192.0.2.1"]})"));
  EXPECT_NO_WARNING(net(
      R"({"action": "deny", "cidrs": ["10.0.0.0/8"], "protocol": "tcp"}, {"action": "allow", "cidrs": ["10.1.2.3"]})"));
  EXPECT_NO_WARNING(
      net(R"({"action": "deny", "ports": [80]}, {"action": "allow", "ports": ["80-81"]})"));
  EXPECT_NO_WARNING(
      net(R"({"action": "deny", "cidrs": ["::/0"]}, {"action": "allow", "cidrs": ["0.0.0.0/0"]})"));
}

TEST(Except, one_that_touches_no_path_is_warned_of) {
  EXPECT_WARNED(files(R"({"action": "deny", "paths": ["~/.ssh/**"], "except": ["~/.shh/config"]})"),
                "/filesystem/rules/0/except/0", "excepts nothing");
}

TEST(Except, one_that_may_touch_is_left_alone) {
  EXPECT_NO_WARNING(files(
      R"({"action": "deny", "paths": ["/etc/**"], "except": ["/etc/hosts", "**/x", "/*/y", "~/z", "/et[c]/q"]})"));
}

TEST(Except, one_that_takes_all_away_is_warned_of) {
  EXPECT_WARNED(files(R"({"action": "deny", "paths": ["/a/b", "/c"], "except": ["/a/**", "/c"]})"),
                "/filesystem/rules/0", "never applies");
}

TEST(Directory, a_known_one_without_its_contents_is_warned_of) {
  EXPECT_WARNED(files(R"({"action": "deny", "paths": ["~/.ssh"]})"), "/filesystem/rules/0/paths/0",
                "\"~/.ssh/**\"");
  EXPECT_NO_WARNING(files(
      R"({"action": "deny", "paths": ["~/.ssh", "~/.bashrc"]}, {"action": "deny", "access": "read", "paths": ["~/.ssh/**"]})"));
}

TEST(Default, an_allow_rule_below_an_allow_default_is_warned_of) {
  EXPECT_WARNED(files(R"({"action": "allow", "access": ["read", "exec"], "paths": ["/usr/**"]})"),
                "/filesystem/rules/0", "default allows anyway");
  EXPECT_NO_WARNING(
      files(R"({"action": "allow", "access": ["read", "write"], "paths": ["/usr/**"]})"));
  EXPECT_NO_WARNING(
      files(R"({"action": "allow", "log": true, "access": ["read"], "paths": ["/usr/**"]})"));
}

TEST(Exec, a_policy_under_which_nothing_starts_is_warned_of) {
  EXPECT_WARNED(files("", R"({"read": "allow"})"), "/filesystem", "no program can start");
  EXPECT_WARNED(read_checked(with(R"("exec": {"default": "deny"})")), "/exec",
                "no program can start");
  EXPECT_WARNED(
      read_checked(
          with(R"("filesystem": {"default": {"read": "allow"}}, "exec": {"default": "allow"})")),
      "/filesystem", "both sections must allow it");
  EXPECT_NO_WARNING(files(R"({"action": "ask", "access": ["exec"], "paths": ["/usr/**"]})",
                          R"({"read": "allow"})"));
}

TEST(Asks, that_answer_themselves_are_warned_of) {
  const std::string ask = R"("network": {"default": "ask"}, )";
  EXPECT_WARNED(read_checked(with(ask + R"("approvals": {"on_unattended": "allow"})")),
                "/approvals/on_unattended", "nobody is there");
  EXPECT_WARNED(
      read_checked(with(ask + R"("approvals": {"timeout": "1m", "on_timeout": "allow"})")),
      "/approvals/on_timeout", "taken too long");
  EXPECT_WARNED(read_checked(with(R"("approvals": {"on_timeout": "allow"})")),
                "/approvals/on_timeout", "no effect");
  EXPECT_NO_WARNING(read_checked(with(ask + R"("approvals": {"on_unattended": "wait"})")));
  EXPECT_NO_WARNING(read_checked(
      with(R"("network": {"default": "deny"}, "approvals": {"on_unattended": "allow"})")));
}

TEST(Network, one_family_alone_is_warned_of_where_the_default_is_looser) {
  EXPECT_WARNED(net(R"({"action": "deny", "cidrs": ["0.0.0.0/0"]})", "\"allow\""),
                "/network/rules/0/cidrs", "does not cover IPv6");
  EXPECT_WARNED(net(R"({"action": "deny", "cidrs": ["::/0"]})", "\"allow\""),
                "/network/rules/0/cidrs", "does not cover IPv4");
  EXPECT_NO_WARNING(net(R"({"action": "deny", "cidrs": ["0.0.0.0/0", "::/0"]})", "\"allow\""));
  EXPECT_NO_WARNING(net(R"({"action": "deny", "cidrs": ["0.0.0.0/0"]})", "\"deny\""));
}

TEST(Network, listening_without_connections_is_warned_of) {
  EXPECT_WARNED(net(R"({"action": "allow", "access": ["listen"], "protocol": "udp"})"),
                "/network/rules/0/access", "only tcp");
  EXPECT_NO_WARNING(net(R"({"action": "allow", "access": ["listen", "bind"], "protocol": "udp"})"));
}

TEST(Size, ten_thousand_rules_are_checked_quickly) {
  std::string rules, nets;
  for (int i = 0; i < 10'000; ++i) {
    const auto n = std::to_string(i);
    rules += R"({"action":"deny","paths":["/srv/p)" + n + R"(/**","/tmp/**/x)" + n +
             R"("],"except":["/srv/p)" + n + R"(/pub"]},)";
    nets += R"({"action":"deny","cidrs":["10.)" + std::to_string(i / 250) + "." +
            std::to_string(i % 250) + R"(.0/24"],"ports":[80,443]},)";
  }
  rules.pop_back();
  nets.pop_back();
  const auto r = read(with("\"filesystem\": {\"default\": \"allow\", \"rules\": [" + rules +
                           "]}, \"network\": {\"default\": \"allow\", \"rules\": [" + nets + "]}"));
  ASSERT_TRUE(r.policy) << r.text();
  Diagnostics diagnostics;
  const auto start = std::chrono::steady_clock::now();
  check(*r.policy, diagnostics);
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_TRUE(diagnostics.all().empty()) << render(diagnostics).substr(0, 500);
  EXPECT_LT(took, std::chrono::seconds(2)) << "generous: sanitizers and busy machines";
}

TEST(Size, rules_that_all_share_patterns_do_not_multiply) {
  std::string rules;
  for (int i = 0; i < 20'000; ++i)
    rules += R"({"action":"deny","access":"read","paths":["/a/**","/b"]},)";
  rules.pop_back();
  const auto r = files(rules);
  EXPECT_EQ(r.count(Severity::warning), 101u);
}

}  // namespace
}  // namespace gatehouse::policy
