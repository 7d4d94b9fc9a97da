// SPDX-License-Identifier: Apache-2.0
// The schema that editors use and the parser must agree: on every shipped policy, and on what is bad in
// shape. The schema may be more lenient than the parser, never stricter.
#include "policy/schema.h"

#include <filesystem>

#include "reading.h"

namespace gatehouse::policy {
namespace {

const std::string kDirectory = GH_TEST_SOURCE_DIR "/policies";

const std::string& schema() {
  static const std::string text = [] {
    auto source = read_source(kDirectory + "/" + kSchemaFile);
    return source ? source->text : std::string();
  }();
  return text;
}

Diagnostics validated(const std::string& text) {
  Diagnostics out;
  validate_schema(text, schema(), "policy.json", out);
  return out;
}

std::vector<std::string> shipped() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(kDirectory))
    if (entry.path().extension() == ".json" && entry.path().filename() != kSchemaFile)
      out.push_back(entry.path().string());
  return out;
}

TEST(Schema, every_shipped_policy_passes_parser_check_and_schema) {
  EXPECT_GE(shipped().size(), 4u);
  for (const auto& file : shipped()) {
    Reading r;
    r.policy = load(file, r.diagnostics, {kDirectory});
    ASSERT_TRUE(r.policy) << r.text();
    check(*r.policy, r.diagnostics);
    EXPECT_TRUE(r.diagnostics.all().empty()) << r.text();
    EXPECT_FALSE(r.policy->description.empty()) << file;
    EXPECT_FALSE(r.policy->tests.empty()) << file;
    const auto found = validated(read_source(file)->text);
    EXPECT_FALSE(found.failed()) << render(found);
  }
}

TEST(Schema, rules_of_shipped_policies_have_ids_and_denials_have_reasons) {
  for (const auto& file : shipped()) {
    Diagnostics diagnostics;
    const auto policy = load(file, diagnostics, {kDirectory});
    ASSERT_TRUE(policy);
    const auto look = [&](const auto& rules) {
      for (const Rule& rule : rules) {
        EXPECT_EQ(rule.id.find('/'), std::string::npos) << file << rule.pointer;
        EXPECT_TRUE(rule.action == Action::allow || !rule.reason.empty()) << file << rule.pointer;
      }
    };
    for (const auto& layer : policy->layers) {
      if (layer.filesystem) look(layer.filesystem->rules);
      if (layer.exec) look(layer.exec->rules);
      if (layer.network) look(layer.network->rules);
      if (layer.unix_sockets) look(layer.unix_sockets->rules);
    }
  }
}

TEST(Schema, takes_the_answers_that_the_parser_takes) {
  const std::string text = with(R"("filesystem": {"rules": [
      {"id": "a", "action": "ask", "paths": ["/a/**"]}]},
    "exec": {"rules": [{"id": "b", "action": "ask", "command": ["git"]}]},
    "network": {"rules": [{"id": "c", "action": "ask"}]},
    "answers": [
      {"rule": "a", "verdict": "allow", "access": ["create", "write"], "paths": ["/a/b"],
       "by": "ann", "at": "2026-11-27T02:00:00Z", "expires": "2999-01-01T00:00:00Z"},
      {"rule": "b", "verdict": "deny", "command": ["/usr/bin/git", "push"], "exact": true},
      {"rule": "c", "verdict": "allow", "access": ["connect"], "protocol": "tcp",
       "cidrs": ["192.0.2.0/24"], "ports": [443]}])");
  const auto reading = read(text);
  EXPECT_TRUE(reading.policy) << reading.text();
  const auto found = validated(text);
  EXPECT_FALSE(found.failed()) << render(found);
}

TEST(Schema, both_refuse_what_is_bad_in_shape) {
  for (
      const char* members :
      {R"("nmae": "x")",
       R"("mode": "Enforce")",
       R"("log": true)",
       R"("locked": 1)",
       R"("extends": "x")",
       R"("extends": [""])",
       R"("variables": {"1a": "/x"})",
       R"("variables": {"a": 1})",
       R"("privilege": [])",
       R"("privilege": {"default": "ask"})",
       R"("privilege": {"allow": []})",
       R"("privilege": {"allow": "bpf"})",
       R"("privilege": {"allow": ["cap_chown"]})",
       R"("privilege": {"rules": []})",
       R"("tests": {})",
       R"("filesystem": {"default": "maybe"})",
       R"("filesystem": {"default": {"raed": "allow"}})",
       R"("filesystem": {"rules": {}})",
       R"("filesystem": {"rules": [{"action": "deny"}]})",
       R"("filesystem": {"rules": [{"paths": ["/a"]}]})",
       R"("filesystem": {"rules": [{"action": "deny", "paths": []}]})",
       R"("filesystem": {"rules": [{"action": "deny", "paths": "/a"}]})",
       R"("filesystem": {"rules": [{"action": "deny", "paths": [""]}]})",
       R"("filesystem": {"rules": [{"action": "deny", "paths": ["/a"], "except": []}]})",
       R"("filesystem": {"rules": [{"action": "deny", "paths": ["/a"], "access": []}]})",
       R"("filesystem": {"rules": [{"action": "deny", "paths": ["/a"], "access": ["connect"]}]})",
       R"("filesystem": {"rules": [{"action": "deny", "paths": ["/a"], "id": "a b"}]})",
       R"("filesystem": {"rules": [{"action": "deny", "paths": ["/a"], "cidrs": ["::/0"]}]})",
       R"("exec": {"rules": [{"action": "deny", "paths": ["/a"], "access": ["exec"]}]})",
       R"("exec": {"default": {"exec": "allow"}})",
       R"("exec": {"rules": [{"action": "ask"}]})",
       R"("exec": {"rules": [{"action": "ask", "command": []}]})",
       R"("exec": {"rules": [{"action": "ask", "command": "git push"}]})",
       R"("exec": {"rules": [{"action": "ask", "command": ["git", 1]}]})",
       R"("exec": {"rules": [{"action": "ask", "command": ["git"], "paths": ["/a"]}]})",
       R"("exec": {"rules": [{"action": "ask", "command": ["git"], "except": ["/a"]}]})",
       R"("exec": {"rules": [{"action": "ask", "paths": ["/a"], "not": [["git"]]}]})",
       R"("exec": {"rules": [{"action": "ask", "command": ["git"], "not": ["git"]}]})",
       R"("tests": [{"expect": "ask", "argv": []}])",
       R"("tests": [{"expect": "ask", "argv": ["git"], "endpoint": "192.0.2.1:1"}])",
       R"("exec": {"unnamed": 1})",
       R"("network": {"rules": [{"action": "deny", "cidrs": ["localhost"]}]})",
       R"("network": {"rules": [{"action": "deny", "ports": [65536]}]})",
       R"("network": {"rules": [{"action": "deny", "ports": ["443"]}]})",
       R"("network": {"rules": [{"action": "deny", "ports": [1.5]}]})",
       R"("network": {"rules": [{"action": "deny", "protocol": "sctp"}]})",
       R"("network": {"rules": [{"action": "deny", "domains": ["x"]}]})",
       R"("network": {"unix_sockets": []})",
       R"("network": {"unix_sockets": {"default": {}}})",
       R"("network": {"unix_sockets": {"rules": [{"action": "deny"}]}})",
       R"("network": {"unix_sockets": {"rules": [{"action": "deny", "abstract": ["@a"]}]}})",
       R"("network": {"unix_sockets": {"rules": [{"action": "deny", "paths": []}]}})",
       R"("network": {"unix_sockets": {"rules": [{"action": "deny", "paths": ["/a"], "access": "unix"}]}})",
       R"("approvals": {"timeout": "15"})",
       R"("approvals": {"on_unattended": "ask"})",
       R"("approvals": {"hold": "softly"})",
       R"("approvals": {"reviewers": []})",
       R"("approvals": {"approvers": 0})",
       R"("approvals": {"self_approval": true})",
       R"("approvals": {"reviewers": [{"type": "mail"}]})",
       R"("approvals": {"reviewers": [{"type": "command"}]})",
       R"("approvals": {"reviewers": [{"type": "command", "command": ["triage"]}]})",
       R"("approvals": {"reviewers": [{"type": "webhook", "url": "https://a"}]})",
       R"("approvals": {"reviewers": [{"type": "socket", "command": ["/a"]}]})",
       R"("approvals": {"reviewers": [{"type": "socket", "on_failure": "ask"}]})",
       R"("answers": {})",
       R"("answers": [{"verdict": "allow"}])",
       R"("answers": [{"rule": "a"}])",
       R"("answers": [{"rule": "a", "verdict": "ask"}])",
       R"("answers": [{"rule": "a", "verdict": "allow", "expires": "tomorrow"}])",
       R"("tests": [{"expect": "deny", "access": "read"}])",
       R"("tests": [{"access": "read", "path": "/a"}])",
       R"("tests": [{"expect": "deny", "access": "fly", "path": "/a"}])",
       R"("tests": [{"expect": "deny", "access": "bind", "endpoint": "host:1"}])"}) {
    EXPECT_FALSE(read(with(members)).policy) << members;
    EXPECT_TRUE(validated(with(members)).failed()) << members;
  }
  for (const char* text : {"[]", "{}", R"({"version": 2})", R"({"version": "1"})"}) {
    EXPECT_FALSE(read(text).policy) << text;
    EXPECT_TRUE(validated(text).failed()) << text;
  }
}

TEST(Schema, is_never_stricter_than_the_parser) {
  for (
      const char* members :
      {R"("name": "")",
       R"("description": "ä\nb")",
       R"("extends": [])",
       R"("variables": {})",
       R"("variables": {"a-B_1": "${home}/x"}, "tests": [])",
       R"("filesystem": {})",
       R"("filesystem": {"default": {}, "rules": []})",
       R"("filesystem": {"default": "kill"})",
       R"("filesystem": {"rules": [{"id": "0a._:@+-", "action": "kill", "reason": "", "log": true, "access": "metadata", "paths": ["~", "/", "**/a"], "except": ["/b"]}]})",
       R"("exec": {"default": "ask", "unnamed": "kill", "rules": []})",
       R"("network": {"default": {"accept": "ask"}})",
       R"("exec": {"rules": [{"action": "ask", "command": ["git", "push", "**", "", "-{a,b}"], "not": [["git", "push", "--dry-run"]]}]})",
       R"("tests": [{"expect": "deny", "argv": ["git", "push"]}, {"expect": "deny", "access": "exec", "path": "/opt/git", "argv": ["x/git"]}])",
       R"("network": {"rules": [{"action": "deny", "access": "accept", "protocol": ["tcp", "udp", "icmp"], "cidrs": ["::ffff:1.2.3.4/128", "1.2.3.4", "::"], "ports": [0, "0-65535"]}]})",
       R"("network": {"unix_sockets": {}})",
       R"("network": {"unix_sockets": {"default": "kill", "rules": [{"id": "a", "action": "ask", "reason": "r", "log": true, "paths": ["/a"], "abstract": ["*", "~/a"], "except": ["@b", "/c"]}]}})",
       R"("tests": [{"expect": "deny", "access": "unix", "path": "@a"}])",
       R"("approvals": {})",
       R"("approvals": {"approvers": 2, "self_approval": "deny", "reviewers": [{"type": "command", "name": "t", "command": ["/a", "-b"], "timeout": "5s", "on_failure": "deny"}, {"type": "webhook", "url": "https://a", "secret_file": "/k"}, {"type": "prompt", "timeout": "1m"}, {"type": "socket"}]})",
       R"("approvals": {"timeout": "30d", "on_timeout": "allow", "on_unattended": "wait", "remember": "once", "hold": "auto"})",
       R"("approvals": {"timeout": "30d", "on_timeout": "allow", "on_unattended": "wait", "remember": "once", "max_open": 8})",
       R"("tests": [{"expect": "kill", "access": "bind", "endpoint": "[::ffff:1.2.3.4]:0", "protocol": "icmp"}, {"expect": "ask", "access": "exec", "path": "~"}])"}) {
    const auto r = read(with(members));
    EXPECT_TRUE(r.policy) << members << r.text();
    const auto found = validated(with(members));
    EXPECT_FALSE(found.failed()) << members << render(found);
  }
}

TEST(Schema, findings_have_a_pointer) {
  const auto found =
      validated(with(R"("network": {"rules": [{"action": "deny", "ports": [1, 65536]}]})"));
  bool there = false;
  for (const auto& d : found.all())
    there = there || d.pointer.starts_with("/network/rules/0/ports/1");
  EXPECT_TRUE(there) << render(found);
}

TEST(Schema, exceptions_stay_inside) {
  EXPECT_TRUE(validated("{").failed());
  Diagnostics out;
  validate_schema("{}", "not a schema", "x", out);
  EXPECT_TRUE(out.failed());
}

}  // namespace
}  // namespace gatehouse::policy
