// SPDX-License-Identifier: Apache-2.0
// The unix_sockets member of the network section, and the rule that Gatehouse adds to it. It must never need
// a kernel: what the tables make of it is tests/unit/tables'.
#include "reading.h"

namespace gatehouse::policy {
namespace {

Reading section(const std::string& members) {
  return read(with(R"("network": {"unix_sockets": {)" + members + "}}"));
}
Reading rule(const std::string& members) {
  return section(R"("rules": [{"action": "deny", )" + members + "}]");
}

TEST(UnixSockets, rules_name_paths_and_abstract_names) {
  const auto r = section(R"("default": "ask", "rules": [
      {"id": "own", "action": "allow", "log": true, "paths": ["${workspace}/**"], "abstract": ["a*", "/x"],
       "except": ["/tmp/x", "@ab"]}])");
  ASSERT_TRUE(r.policy) << r.text();
  const auto& got = r.policy->layers.back().unix_sockets.value();
  EXPECT_EQ(got.fallback, Action::ask);
  ASSERT_EQ(got.rules.size(), 2u);
  EXPECT_EQ(got.rules[0].id, "own");
  EXPECT_EQ(got.rules[0].pointer, "/network/unix_sockets/rules/0");
  EXPECT_EQ(got.rules[0].access, access_bit(GH_UNIX));
  EXPECT_EQ(got.rules[0].paths, std::vector<std::string>{"${workspace}/**"});
  EXPECT_EQ(got.rules[0].abstract, (std::vector<std::string>{"a*", "/x"}));
  EXPECT_EQ(got.rules[0].except, (std::vector<std::string>{"/tmp/x", "@ab"}));
  EXPECT_TRUE(got.rules[0].log);
}

TEST(UnixSockets, variables_of_the_file_are_put_into_names_too) {
  const auto r = read(with(R"("variables": {"v": "x/y"}, "network": {"unix_sockets": {"rules": [
      {"action": "deny", "abstract": ["${v}-*"]}]}})"));
  ASSERT_TRUE(r.policy) << r.text();
  EXPECT_EQ(r.policy->layers[0].unix_sockets->rules[0].abstract[0], "x/y-*");
}

TEST(UnixSockets, what_is_left_out_is_denied) {
  EXPECT_EQ(section("").policy->layers[0].unix_sockets->fallback, Action::deny);
  const auto silent = read(with(R"("network": {"default": "allow"})"));
  ASSERT_TRUE(silent.policy);
  EXPECT_EQ(silent.policy->layers[0].unix_sockets->fallback, Action::deny);
  EXPECT_TRUE(silent.says("", "speaks of network.unix_sockets", Severity::note)) << silent.text();
  EXPECT_EQ(section("").find("", "unix_sockets"), nullptr);
}

TEST(UnixSockets, gatehouse_s_own_sockets_are_allowed_in_every_layer_that_speaks) {
  const auto r = read(
      with(
          R"("name": "top", "extends": ["a.json", "b.json"], "network": {"unix_sockets": {"rules": [
          {"id": "gatehouse", "action": "deny", "paths": ["/run/gatehouse/x"]}]}})"),
      {{"a.json", with(R"("name": "a", "network": {"unix_sockets": {}})")},
       {"b.json", with(R"("name": "b", "network": {})")}});
  ASSERT_TRUE(r.policy) << r.text();
  ASSERT_EQ(r.policy->layers.size(), 3u);
  EXPECT_EQ(r.policy->layers[0].unix_sockets->rules.at(0).id, "a:gatehouse");
  EXPECT_FALSE(r.policy->layers[1].unix_sockets);
  EXPECT_EQ(r.policy->layers[2].unix_sockets->rules.at(0).id, "gatehouse");
  const auto& own = r.policy->layers[2].unix_sockets->rules.at(1);
  EXPECT_EQ(own.id, "gatehouse~");
  EXPECT_TRUE(own.implied);
  EXPECT_EQ(own.action, Action::allow);
  EXPECT_EQ(own.paths, std::vector<std::string>{"/run/gatehouse/*.sock"});
  const auto plain = read(with(R"("filesystem": {})"));
  EXPECT_EQ(plain.policy->layers[0].unix_sockets->rules.at(0).id, "gatehouse");
}

TEST(UnixSockets, mistakes_are_refused_where_they_stand) {
  const std::string at = "/network/unix_sockets";
  EXPECT_REFUSED(section(R"("ruels": [])"), at + "/ruels", "unknown key");
  EXPECT_REFUSED(section(R"("default": {"unix": "allow"})"), at + "/default", "string");
  EXPECT_REFUSED(section(R"("default": "maybe")"), at + "/default", "maybe");
  EXPECT_REFUSED(read(with(R"("network": {"unix_sockets": []})")), at, "must be an object");
  EXPECT_REFUSED(rule(R"("id": "x")"), at + "/rules/0", R"(without "paths" or "abstract")");
  EXPECT_REFUSED(rule(R"("paths": ["/a"], "access": ["unix"])"), at + "/rules/0/access",
                 "unknown key");
  EXPECT_REFUSED(rule(R"("paths": [])"), at + "/rules/0/paths", "empty");
  EXPECT_REFUSED(rule(R"("paths": ["@name"])"), at + "/rules/0/paths/0", "\"abstract\"");
  EXPECT_REFUSED(rule(R"("paths": ["name"])"), at + "/rules/0/paths/0", "does not start with");
  EXPECT_REFUSED(rule(R"("abstract": ["@name"])"), at + "/rules/0/abstract/0", "the name alone");
  EXPECT_REFUSED(rule(R"("abstract": ["\u0000name"])"), at + "/rules/0/abstract/0", "");
  EXPECT_REFUSED(rule(R"("abstract": [""])"), at + "/rules/0/abstract/0", "empty");
  EXPECT_REFUSED(rule(R"("abstract": [])"), at + "/rules/0/abstract", "empty");
  EXPECT_REFUSED(rule(R"("abstract": [1])"), at + "/rules/0/abstract/0", "must be a string");
  EXPECT_REFUSED(rule(R"("abstract": ["${x}"])"), at + "/rules/0/abstract/0", "unknown variable");
  EXPECT_REFUSED(section(R"("rules": [{"action": "permit", "paths": ["/a"]}])"),
                 at + "/rules/0/action", "permit");
  EXPECT_REFUSED(section(R"("rules": [{"paths": ["/a"]}])"), at + "/rules/0", "without \"action\"");
  EXPECT_REFUSED(
      read(with(
          R"("exec": {"rules": [{"id": "x", "action": "deny", "paths": ["/a"]}]}, "network": {"unix_sockets": {"rules": [{"id": "x", "action": "deny", "paths": ["/a"]}]}})")),
      at + "/rules/0/id", "used twice");
}

TEST(UnixSockets, files_have_no_such_access) {
  EXPECT_REFUSED(
      read(with(
          R"("filesystem": {"rules": [{"action": "deny", "access": "unix", "paths": ["/a"]}]})")),
      "/filesystem/rules/0/access", "unix");
  EXPECT_REFUSED(read(with(R"("filesystem": {"default": {"unix": "allow"}})")),
                 "/filesystem/default/unix", "unknown key");
}

TEST(UnixSockets, tests_name_a_path_or_a_name) {
  const auto r =
      read(with(R"("tests": [{"expect": "deny", "access": "unix", "path": "/run/docker.sock"},
                                        {"expect": "deny", "access": "unix", "path": "@a/../b"}])"));
  ASSERT_TRUE(r.policy) << r.text();
  EXPECT_EQ(r.policy->tests[1].object, "@a/../b");
  EXPECT_REFUSED(read(with(R"("tests": [{"expect": "deny", "access": "read", "path": "@a"}])")),
                 "/tests/0/path", "does not start with");
}

TEST(UnixSockets, rules_that_can_never_matter_are_warned_of) {
  const auto checked = [](const std::string& rules) {
    return read_checked(with(R"("network": {"unix_sockets": {"rules": [)" + rules + "]}}"));
  };
  EXPECT_WARNED(checked(R"({"id": "a", "action": "deny", "paths": ["/a/**"]},
                           {"id": "b", "action": "allow", "paths": ["/a/b"]})"),
                "/network/unix_sockets/rules/1", "can never matter");
  EXPECT_NO_WARNING(checked(R"({"id": "a", "action": "deny", "paths": ["/a/**"]},
                               {"id": "b", "action": "allow", "paths": ["/b"], "abstract": ["x*"], "except": ["@xy"]})"));
  EXPECT_WARNED(checked(R"({"id": "a", "action": "deny", "paths": ["/a/**"], "except": ["@x"]})"),
                "/network/unix_sockets/rules/0/except/0", "excepts nothing");
}

}  // namespace
}  // namespace gatehouse::policy
