// SPDX-License-Identifier: Apache-2.0
// Path patterns, addresses and ports as text. A pattern that could never match must not pass.
#include "reading.h"

namespace gatehouse::policy {
namespace {

constexpr const char* kAt = "/filesystem/rules/0/paths/0";

TEST(Pattern, the_four_starts_are_accepted) {
  for (const char* good :
       {"/", "/etc/passwd", "/**", "~/.ssh/**", "~", "${workspace}", "${workspace}/**",
        "${workspace}-cache/**", "${home}/x", "**/.env", "/a b", "/a\\\\*", "/ä/[a-z]?{x,y}",
        "/a/.hidden", "/a/..b", "/a/...", "/price\\\\${x}"})
    EXPECT_TRUE(read(with_path(good)).policy) << good << "\n" << read(with_path(good)).text();
}

TEST(Pattern, other_starts_are_refused_with_a_hint) {
  EXPECT_REFUSED(read(with_path("src/**")), kAt, "\"${workspace}/src/**\"");
  EXPECT_REFUSED(read(with_path("./src")), kAt, "\"${workspace}/src\"");
  EXPECT_REFUSED(read(with_path("*.pem")), kAt, "\"**/*.pem\"");
  EXPECT_REFUSED(read(with_path("**")), kAt, "\"/**\"");
  EXPECT_REFUSED(read(with_path("$HOME/x")), kAt, "${home}");
  EXPECT_REFUSED(read(with_path("~root/x")), kAt, "only ~/");
  EXPECT_REFUSED(read(with_path("{/a,/b}")), kAt, "start");
  EXPECT_REFUSED(read(with_path("")), kAt, "empty");
  EXPECT_REFUSED(read(with_path(" /etc")), kAt, "does not start");
  EXPECT_REFUSED(read(with_path("C:/x")), kAt, "does not start");
}

TEST(Pattern, forms_that_match_no_path_are_refused) {
  EXPECT_REFUSED(read(with_path("/etc/")), kAt, "\"/etc/**\"");
  EXPECT_REFUSED(read(with_path("~/.ssh/")), kAt, "\"~/.ssh/**\"");
  EXPECT_REFUSED(read(with_path("/a//b")), kAt, "\"//\"");
  EXPECT_REFUSED(read(with_path("//a")), kAt, "\"//\"");
  EXPECT_REFUSED(read(with_path("/a/./b")), kAt, "\".\" as a name");
  EXPECT_REFUSED(read(with_path("/a/../b")), kAt, "\"..\" as a name");
  EXPECT_REFUSED(read(with_path("/a/..")), kAt, "\"..\" as a name");
  EXPECT_REFUSED(read(with_path("${workspace}/")), kAt, "${workspace}/**");
}

TEST(Pattern, the_same_holds_for_except) {
  EXPECT_REFUSED(
      read(with(
          R"("exec": {"rules": [{"action": "deny", "paths": ["/a"], "except": ["b", "/c/"]}]})")),
      "/exec/rules/0/except/1", "slash");
}

TEST(Pattern, length_is_limited) {
  EXPECT_TRUE(read(with_path("/" + std::string(4095, 'a'))).policy);
  EXPECT_REFUSED(read(with_path("/" + std::string(4096, 'a'))), kAt, "4096 bytes");
}

TEST(Variable, unknown_ones_are_refused_with_the_known) {
  EXPECT_REFUSED(read(with_path("${wrkspace}/x")), kAt, "did you mean \"${workspace}\"?");
  EXPECT_REFUSED(read(with_path("/x/${qqq}")), kAt, "known: workspace, home");
  EXPECT_REFUSED(read(with_path("${workspace/x")), kAt, "without \"}\"");
  EXPECT_REFUSED(read(with_path("/srv/${workspace}")), kAt, "in the middle");
}

TEST(Variable, those_of_the_file_are_put_in) {
  const auto r =
      read(with(R"("variables": {"data": "/srv/{a,b}", "conf": "${home}/.config", "app": "shop"},
    "filesystem": {"rules": [{"action": "deny", "paths": ["${data}/**", "${conf}/x", "/opt/${app}/${app}"]}]},
    "tests": [{"expect": "deny", "access": "read", "path": "${conf}/x"}])"));
  ASSERT_TRUE(r.policy) << r.text();
  const std::vector<std::string> expected = {"/srv/{a,b}/**", "${home}/.config/x",
                                             "/opt/shop/shop"};
  EXPECT_EQ(r.policy->layers[0].filesystem->rules[0].paths, expected);
  EXPECT_EQ(r.policy->tests[0].object, "${home}/.config/x");
}

TEST(Variable, what_they_expand_to_is_checked_like_any_pattern) {
  EXPECT_REFUSED(
      read(with(
          R"("variables": {"d": "src"}, "filesystem": {"rules": [{"action": "deny", "paths": ["${d}/x"]}]})")),
      kAt, "does not start");
  EXPECT_REFUSED(
      read(with("\"variables\": {\"d\": \"/" + std::string(3000, 'x') +
                R"("}, "filesystem": {"rules": [{"action": "deny", "paths": ["${d}${d}"]}]})")),
      kAt, "4096");
}

TEST(Variable, bad_definitions_are_refused) {
  const auto r =
      read(with(R"("variables": {"workspace": "/x", "1a": "/x", "n": 1, "e": "", "o": "${n}"})"));
  EXPECT_REFUSED(r, "/variables/workspace", "set by the session");
  EXPECT_REFUSED(r, "/variables/1a", "no name for a variable");
  EXPECT_REFUSED(r, "/variables/n", "must be a string");
  EXPECT_REFUSED(r, "/variables/e", "0 bytes");
  EXPECT_REFUSED(r, "/variables/o", "unknown variable");
}

TEST(Variable, blow_up_by_substitution_is_bounded) {
  std::string pattern = "/";
  for (int i = 0; i < 1000; ++i)
    pattern += "${d}";
  EXPECT_REFUSED(read(with("\"variables\": {\"d\": \"" + std::string(4096, 'x') +
                           R"("}, "filesystem": {"rules": [{"action": "deny", "paths": [")" +
                           pattern + R"("]}]})")),
                 kAt, "4096");
}

Cidr cidr(const char* text) {
  const auto r = read(with_net_rule(R"("cidrs": [")" + std::string(text) + "\"]"));
  EXPECT_TRUE(r.policy) << text << "\n" << r.text();
  return r.policy ? r.policy->layers[0].network->rules[0].cidrs.at(0) : Cidr{};
}

TEST(CidrText, addresses_and_networks_are_read) {
  EXPECT_EQ(cidr("10.0.0.0/8").prefix, 8);
  EXPECT_EQ(cidr("0.0.0.0/0").prefix, 0);
  EXPECT_EQ(cidr("192.0.2.7").prefix, 32);
  EXPECT_EQ(cidr("192.0.2.7").address[3], 7);
  EXPECT_TRUE(cidr("::/0").v6);
  EXPECT_EQ(cidr("::1").prefix, 128);
  EXPECT_EQ(cidr("fe80::/10").address[1], 0x80);
}

TEST(CidrText, mapped_addresses_become_ipv4) {
  const Cidr mapped = cidr("::ffff:10.0.0.0/104");
  EXPECT_FALSE(mapped.v6);
  EXPECT_EQ(mapped.prefix, 8);
  EXPECT_EQ(mapped.address[0], 10);
  EXPECT_EQ(mapped.address[10], 0);
  EXPECT_TRUE(cidr("::/95").v6);
}

TEST(CidrText, host_bits_are_refused_with_the_network) {
  const auto bad = [](const char* text) {
    return read(with_net_rule(R"("cidrs": [")" + std::string(text) + "\"]"));
  };
  EXPECT_REFUSED(bad("10.0.0.1/8"), "/network/rules/0/cidrs/0", "write 10.0.0.0/8");
  EXPECT_REFUSED(bad("2001:db8::1/33"), "/network/rules/0/cidrs/0", "write 2001:db8::/33");
  for (const char* text : {"", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/08",
                           "10.0.0.0/+8", "10.0.0/8", "010.0.0.0/8", "0x0a.0.0.0/8", "localhost",
                           "fe80::1%eth0", "10.0.0.0/8/8", " 10.0.0.0/8", "::g", "1.2.3.4\\n"})
    EXPECT_FALSE(bad(text).policy) << text;
}

TEST(Ports, numbers_and_ranges_are_read) {
  const auto r = read(with_net_rule(R"("ports": [0, 65535, "1-1", "0-65535"])"));
  ASSERT_TRUE(r.policy) << r.text();
  EXPECT_EQ(r.policy->layers[0].network->rules[0].ports[3].last, 65535);
}

TEST(Ports, others_are_refused) {
  const auto bad = [](const char* text) {
    return read(with_net_rule(R"("ports": [)" + std::string(text) + "]"));
  };
  EXPECT_REFUSED(bad("\"443\""), "/network/rules/0/ports/0", "write 443");
  EXPECT_REFUSED(bad("\"9-1\""), "/network/rules/0/ports/0", "\"1-9\"");
  for (const char* text : {"-1", "65536", "1.5", "\"\"", "\"-\"", "\"1-\"", "\"-1\"", "\"1-65536\"",
                           "\"01-2\"", "\"1 - 2\"", "\"http\"", "true", "null", "[1]", "\"1-2-3\""})
    EXPECT_REFUSED(bad(text), "/network/rules/0/ports/0", "port");
}

}  // namespace
}  // namespace gatehouse::policy
