// SPDX-License-Identifier: Apache-2.0
// Each key of the language: what it becomes in the model, and what is refused. Values of the model are
// compared, never text that was printed.
#include "policy/words.h"
#include "reading.h"

namespace gatehouse::policy {
namespace {

TEST(TopLevel, the_example_of_the_design_is_read) {
  const auto r = read(R"({ "$schema": "policy.v1.schema.json", "version": 1, "name": "coding-agent",
  "mode": "enforce", "extends": [],
  "filesystem": {
    "default": { "read": "allow", "write": "deny", "exec": "allow" },
    "rules": [
      { "id": "workspace", "action": "allow", "access": ["read", "write", "exec"], "paths": ["${workspace}/**", "/tmp/**"] },
      { "id": "secrets",   "action": "deny",  "access": ["read", "write"], "paths": ["~/.ssh/**", "**/.env.*"],
        "except": ["**/.env.example"], "reason": "credentials" } ] },
  "exec": { "default": "allow", "rules": [ { "id": "su", "action": "kill", "paths": ["/usr/bin/{su,sudo}"] } ] },
  "network": { "default": "deny", "rules": [
      { "id": "local", "action": "allow", "access": ["connect"], "protocol": "tcp", "cidrs": ["127.0.0.0/8", "::1/128"], "ports": [3000, "8000-8999"] } ],
    "unix_sockets": { "default": "deny", "rules": [
      { "id": "own",   "action": "allow", "paths": ["${workspace}/**", "/tmp/**"] },
      { "id": "agent", "action": "ask",   "paths": ["/run/user/*/ssh-agent*"] } ] } },
  "privilege": { "default": "deny", "allow": ["ptrace"] },
  "approvals": { "timeout": "15m", "on_timeout": "deny", "on_unattended": "wait", "remember": "process",
                 "hold": "freeze", "max_open": 8 },
  "tests": [ { "expect": "deny", "access": "read", "path": "/home/dev/app/.env" } ] })");
  ASSERT_TRUE(r.policy) << r.text();
  EXPECT_TRUE(r.diagnostics.all().empty()) << r.text();
  const Policy& p = *r.policy;
  EXPECT_EQ(p.name, "coding-agent");
  EXPECT_FALSE(p.audit);
  ASSERT_EQ(p.layers.size(), 1u);
  const auto& files = p.layers[0].filesystem;
  ASSERT_TRUE(files);
  EXPECT_EQ(files->defaults.column[GH_READ], Action::allow);
  EXPECT_EQ(files->defaults.column[GH_METADATA], Action::deny);
  EXPECT_EQ(files->defaults.column[GH_EXEC], Action::allow);
  ASSERT_EQ(files->rules.size(), 4u);
  EXPECT_FALSE(files->rules[1].implied);
  EXPECT_TRUE(files->rules[2].implied && files->rules[3].implied);  // on Gatehouse's own files
  EXPECT_EQ(files->rules[3].access, kWriteSet | access_bit(GH_READ));
  EXPECT_EQ(files->rules[0].access, kAllPathAccesses);
  EXPECT_EQ(files->rules[1].access, kWriteSet | access_bit(GH_READ));
  EXPECT_EQ(files->rules[1].reason, "credentials");
  EXPECT_EQ(files->rules[1].pointer, "/filesystem/rules/1");
  EXPECT_EQ(files->rules[1].except, std::vector<std::string>{"**/.env.example"});
  EXPECT_EQ(p.layers[0].exec->rules[0].action, Action::kill);
  EXPECT_EQ(p.layers[0].exec->rules[0].access, access_bit(GH_EXEC));
  EXPECT_EQ(p.layers[0].exec->unnamed, Action::deny);
  const NetRule& net = p.layers[0].network->rules[0];
  EXPECT_EQ(net.access, access_bit(GH_CONNECT));
  EXPECT_EQ(net.protocols, 1u << GH_PROTO_TCP);
  ASSERT_EQ(net.cidrs.size(), 2u);
  EXPECT_EQ(net.cidrs[0].prefix, 8);
  EXPECT_TRUE(net.cidrs[1].v6);
  ASSERT_EQ(net.ports.size(), 2u);
  EXPECT_EQ(net.ports[0].last, 3000);
  EXPECT_EQ(net.ports[1].last, 8999);
  EXPECT_EQ(p.layers[0].unix_sockets->rules[1].action, Action::ask);
  EXPECT_EQ(p.approvals.timeout_ms, 900'000u);
  EXPECT_EQ(p.approvals.on_unattended, Approvals::Unattended::wait);
  EXPECT_EQ(p.approvals.remember, GH_SCOPE_PROCESS);
  EXPECT_EQ(p.approvals.hold, Approvals::Hold::freeze);
  EXPECT_EQ(p.approvals.max_open, 8u);
  ASSERT_EQ(p.tests.size(), 1u);
  EXPECT_EQ(p.tests[0].pointer, "/tests/0");
}

TEST(TopLevel, unknown_key_is_refused_with_its_pointer_and_a_hint) {
  EXPECT_REFUSED(read(with(R"("nmae": "x")")), "/nmae", "did you mean \"name\"?");
  EXPECT_REFUSED(read(with(R"("qqqqqq": "x")")), "/qqqqqq", "one of $schema, version");
  EXPECT_REFUSED(read(with_net_rule(R"("port": [1])")), "/network/rules/0/port", "\"ports\"");
}

TEST(TopLevel, the_version_must_be_there_and_known) {
  EXPECT_REFUSED(read("{}"), "", "version");
  for (const char* version : {"2", "0", "-1", "\"1\"", "null", "[1]", "1.5"})
    EXPECT_REFUSED(read(R"({"version": )" + std::string(version) + "}"), "/version",
                   "\"version\": 1");
}

TEST(TopLevel, mode_and_log_are_words) {
  EXPECT_TRUE(read(with(R"("mode": "audit")")).policy->audit);
  EXPECT_TRUE(read(with(R"("log": "all")")).policy->log_allowed);
  EXPECT_FALSE(read(with(R"("log": "denied")")).policy->log_allowed);
  EXPECT_REFUSED(read(with(R"("mode": "Enforce")")), "/mode", "did you mean \"enforce\"?");
  EXPECT_REFUSED(read(with(R"("log": true)")), "/log", "must be a string, not a boolean");
}

TEST(TopLevel, a_policy_without_a_name_takes_that_of_its_file) {
  EXPECT_EQ(read(R"({"version": 1})").policy->name, "policy");
}

TEST(TopLevel, names_and_reasons_hold_no_control_characters) {
  EXPECT_REFUSED(read(with("\"name\": \"a\\u0007\"")), "/name", "control");
  EXPECT_REFUSED(read(with("\"name\": \"a\\u202e\"")), "/name", "invisible");
  EXPECT_TRUE(read(with("\"description\": \"two\\nlines\"")).policy);
  EXPECT_REFUSED(read(with("\"name\": \"" + std::string(200, 'x') + "\"")), "/name",
                 "more than 128");
}

TEST(TopLevel, what_is_not_there_yet_is_refused_by_name) {
  EXPECT_REFUSED(read(with_net_rule(R"("domains": ["x.org"])")), "/network/rules/0/domains",
                 "not supported yet");
}

TEST(TopLevel, silence_about_a_section_is_noted) {
  const auto r = read(R"({"version": 1, "filesystem": {}})");
  ASSERT_TRUE(r.policy);
  EXPECT_TRUE(r.says("", "speaks of network", Severity::note)) << r.text();
  EXPECT_EQ(r.find("", "speaks of filesystem"), nullptr);
  EXPECT_EQ(r.find("", "speaks of exec"), nullptr) << "a filesystem section speaks of exec";
}

TEST(Defaults, one_word_is_for_all_accesses) {
  const auto r = read(with(R"("filesystem": {"default": "ask"}, "network": {"default": "allow"})"));
  for (int c = 0; c < 6; ++c)
    EXPECT_EQ(r.policy->layers[0].filesystem->defaults.column[c], Action::ask);
  for (int c = 0; c < 5; ++c)
    EXPECT_EQ(r.policy->layers[0].network->defaults.column[c], Action::allow);
}

TEST(Defaults, what_is_omitted_is_denied) {
  const auto r = read(with(
      R"("filesystem": {"default": {"read": "allow"}}, "exec": {}, "network": {"default": {"connect": "ask"}})"));
  const Layer& layer = r.policy->layers[0];
  EXPECT_EQ(layer.filesystem->defaults.column[GH_EXEC], Action::deny);
  EXPECT_EQ(layer.exec->fallback, Action::deny);
  EXPECT_EQ(layer.network->defaults.column[GH_ACCESS_COLUMN(GH_CONNECT)], Action::ask);
  EXPECT_EQ(layer.network->defaults.column[GH_ACCESS_COLUMN(GH_SEND)], Action::deny);
}

TEST(Defaults, write_sets_the_finer_accesses_unless_they_are_named_in_any_order) {
  for (const char* text :
       {R"({"write": "allow", "delete": "ask"})", R"({"delete": "ask", "write": "allow"})"}) {
    const auto r = read(with(R"("filesystem": {"default": )" + std::string(text) + "}"));
    const auto& column = r.policy->layers[0].filesystem->defaults.column;
    EXPECT_EQ(column[GH_WRITE], Action::allow);
    EXPECT_EQ(column[GH_CREATE], Action::allow);
    EXPECT_EQ(column[GH_METADATA], Action::allow);
    EXPECT_EQ(column[GH_DELETE], Action::ask);
    EXPECT_EQ(column[GH_READ], Action::deny);
  }
}

TEST(Defaults, wrong_ones_are_refused) {
  EXPECT_REFUSED(read(with(R"("filesystem": {"default": {"raed": "allow"}})")),
                 "/filesystem/default/raed", "\"read\"");
  EXPECT_REFUSED(read(with(R"("network": {"default": {"read": "allow"}})")),
                 "/network/default/read", "unknown key");
  EXPECT_REFUSED(read(with(R"("exec": {"default": {"exec": "allow"}})")), "/exec/default",
                 "must be a string");
  EXPECT_REFUSED(read(with(R"("network": {"default": "reject"})")), "/network/default",
                 "\"reject\"");
  EXPECT_REFUSED(read(with(R"("filesystem": {"default": 1})")), "/filesystem/default", "an action");
}

TEST(Rules, all_findings_come_at_once) {
  const auto r = read(with(R"("filesystem": {"rules": [
    {"action": "alow", "paths": ["etc"], "access": ["raed"], "extra": 1},
    {"paths": [], "except": "x"}, 7]})"));
  EXPECT_REFUSED(r, "/filesystem/rules/0/action", "\"allow\"");
  EXPECT_REFUSED(r, "/filesystem/rules/0/paths/0", "${workspace}/etc");
  EXPECT_REFUSED(r, "/filesystem/rules/0/access/0", "\"read\"");
  EXPECT_REFUSED(r, "/filesystem/rules/0/extra", "unknown key");
  EXPECT_REFUSED(r, "/filesystem/rules/1", "without \"action\"");
  EXPECT_REFUSED(r, "/filesystem/rules/1/paths", "empty");
  EXPECT_REFUSED(r, "/filesystem/rules/1/except", "must be an array");
  EXPECT_REFUSED(r, "/filesystem/rules/2", "must be an object");
}

TEST(Rules, access_omitted_means_all_and_one_word_is_enough) {
  const auto r = read(with(R"("filesystem": {"rules": [{"action": "deny", "paths": ["/a"]},
    {"action": "deny", "paths": ["/b"], "access": "create"}, {"action": "deny", "paths": ["/c"], "access": "write"}]})"));
  const auto& rules = r.policy->layers[0].filesystem->rules;
  EXPECT_EQ(rules[0].access, kAllPathAccesses);
  EXPECT_EQ(rules[1].access, access_bit(GH_CREATE));
  EXPECT_EQ(rules[2].access, kWriteSet);
}

TEST(Rules, network_access_omitted_means_all_that_the_protocol_has) {
  const auto access = [](const char* protocol) {
    return read(with_net_rule(protocol)).policy->layers[0].network->rules[0].access;
  };
  EXPECT_EQ(access(R"("protocol": "udp")"), kAllNetAccesses & ~kStreamAccesses);
  EXPECT_EQ(access(R"("protocol": ["udp", "tcp"])"), kAllNetAccesses);
  EXPECT_EQ(access(R"("reason": "x")"), kAllNetAccesses);
}

TEST(Rules, lists_that_are_empty_are_refused) {
  for (const char* key : {"cidrs", "ports", "access", "protocol"})
    EXPECT_REFUSED(read(with_net_rule("\"" + std::string(key) + "\": []")),
                   "/network/rules/0/" + std::string(key), "empty");
}

TEST(Rules, ids_are_made_from_the_place_when_they_are_not_given) {
  const auto r = read(with(R"("exec": {"rules": [{"action": "deny", "paths": ["/a"]}]})"));
  EXPECT_EQ(r.policy->layers[0].exec->rules[0].id, "exec/rules/0");
}

TEST(Rules, ids_are_plain_and_used_once) {
  EXPECT_REFUSED(read(with_net_rule(R"("id": "a b")")), "/network/rules/0/id", "cannot be an id");
  EXPECT_REFUSED(read(with_net_rule(R"("id": "exec/rules/0")")), "/network/rules/0/id",
                 "cannot be");
  const auto r = read(with(R"("exec": {"rules": [{"id": "x", "action": "deny", "paths": ["/a"]}]},
    "network": {"rules": [{"id": "x", "action": "deny"}]})"));
  EXPECT_REFUSED(r, "/network/rules/0/id", "policy.json:/exec/rules/0");
}

TEST(Rules, more_than_the_kernel_numbers_are_refused) {
  std::string rules;
  for (int i = 0; i <= GH_MAX_RULES; ++i)
    rules += R"({"action":"deny","paths":["/a"]},)";
  rules.pop_back();
  EXPECT_REFUSED(read(with(R"("filesystem": {"rules": [)" + rules + "]}")), "/filesystem/rules",
                 "65001 rules");
}

TEST(Exec, unnamed_programs_have_an_action_of_their_own) {
  EXPECT_EQ(read(with(R"("exec": {"default": "allow", "unnamed": "ask"})"))
                .policy->layers[0]
                .exec->unnamed,
            Action::ask);
}

TEST(ApprovalsSection, durations_have_one_unit) {
  const auto ms = [](const char* text) {
    return read(with(R"("approvals": {"timeout": ")" + std::string(text) + "\"}"));
  };
  EXPECT_EQ(ms("90s").policy->approvals.timeout_ms, 90'000u);
  EXPECT_EQ(ms("2h").policy->approvals.timeout_ms, 7'200'000u);
  EXPECT_EQ(ms("30d").policy->approvals.timeout_ms, 2'592'000'000u);
  for (const char* bad : {"", "15", "m", "-1m", "1.5h", "015m", "1h30m", "15 m", "15M", "0s", "31d",
                          "99999999999999999999s", "18446744073709551615m"})
    EXPECT_REFUSED(ms(bad), "/approvals/timeout", bad);
}

TEST(ApprovalsSection, words_are_checked) {
  EXPECT_REFUSED(read(with(R"("approvals": {"on_unattended": "ask"})")), "/approvals/on_unattended",
                 "\"ask\"");
  EXPECT_REFUSED(read(with(R"("approvals": {"on_timeout": "kill"})")), "/approvals/on_timeout",
                 "deny or allow");
  for (const char* bad : {"0", "1001", "-1", "1.5", "\"8\"", "null"})
    EXPECT_REFUSED(read(with(R"("approvals": {"max_open": )" + std::string(bad) + "}")),
                   "/approvals/max_open", "whole number from 1 to 1000");
  EXPECT_REFUSED(read(with(R"("approvals": {"remember": "forever"})")), "/approvals/remember",
                 "once, process or session");
}

TEST(Tests, both_kinds_are_read) {
  const auto r = read(with(R"("tests": [{"expect": "kill", "access": "delete", "path": "~/x"},
    {"expect": "ask", "access": "send", "endpoint": "[::1]:53", "protocol": "udp"}])"));
  ASSERT_TRUE(r.policy) << r.text();
  EXPECT_EQ(r.policy->tests[0].access, GH_DELETE);
  EXPECT_EQ(r.policy->tests[0].object, "~/x");
  EXPECT_EQ(r.policy->tests[1].access, GH_SEND);
  EXPECT_EQ(r.policy->tests[1].protocol, GH_PROTO_UDP);
}

TEST(Tests, those_that_cannot_be_run_are_refused) {
  const auto test = [](const char* members) {
    return read(with(R"("tests": [{)" + std::string(members) + "}]"));
  };
  EXPECT_REFUSED(test(R"("access": "read", "path": "/x")"), "/tests/0", "without \"expect\"");
  EXPECT_REFUSED(test(R"("expect": "deny", "path": "/x")"), "/tests/0", "without \"access\"");
  EXPECT_REFUSED(test(R"("expect": "deny", "access": "read")"), "/tests/0", "needs \"path\"");
  EXPECT_REFUSED(
      test(R"("expect": "deny", "access": "read", "path": "/x", "endpoint": "1.2.3.4:5")"),
      "/tests/0", "needs \"path\"");
  EXPECT_REFUSED(test(R"("expect": "deny", "access": "bind", "path": "/x")"), "/tests/0",
                 "needs \"endpoint\"");
  EXPECT_REFUSED(test(R"("expect": "deny", "access": "read", "path": "x")"), "/tests/0/path",
                 "absolute");
  EXPECT_REFUSED(test(R"("expect": "deny", "access": "read", "path": "/a/../b")"), "/tests/0/path",
                 "resolved");
  for (const char* endpoint : {"1.2.3.4", "::1:80", "[::1]", "[1.2.3.4]:80", "1.2.3.4:65536",
                               "1.2.3.4:080", "host:80", "1.2.3.4:", ":80"})
    EXPECT_REFUSED(
        test((R"("expect": "deny", "access": "bind", "endpoint": ")" + std::string(endpoint) + "\"")
                 .c_str()),
        "/tests/0/endpoint", "address and port");
}

}  // namespace
}  // namespace gatehouse::policy
