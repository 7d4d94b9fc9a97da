// SPDX-License-Identifier: Apache-2.0
// Files that extend files, and the host's own layers: order, circles, ids, and what nobody may loosen.
#include "reading.h"

namespace gatehouse::policy {
namespace {

std::string extending(const std::string& names, const std::string& more = "") {
  return with("\"extends\": [" + names + "]" + (more.empty() ? "" : ", " + more));
}

std::vector<std::string> layer_names(const Reading& r) {
  std::vector<std::string> out;
  if (r.policy)
    for (const auto& layer : r.policy->layers)
      out.push_back(layer.name);
  return out;
}

using Names = std::vector<std::string>;

TEST(Layers, what_is_extended_comes_first_in_order) {
  const auto r =
      read(extending(R"("a.json", "sub/b.json")"), {{"a.json", extending(R"("c.json")")},
                                                    {"sub/b.json", with(R"("name": "bee")")},
                                                    {"c.json", R"({"version": 1})"}});
  EXPECT_EQ(layer_names(r), (Names{"c", "a", "bee", "policy"})) << r.text();
}

TEST(Layers, names_are_relative_to_the_file_that_extends) {
  const auto r =
      read(extending(R"("sub/a.json")"), {{"sub/a.json", extending(R"("b.json", "../c.json")")},
                                          {"sub/b.json", R"({"version": 1})"},
                                          {"c.json", R"({"version": 1})"}});
  EXPECT_EQ(layer_names(r), (Names{"b", "c", "a", "policy"})) << r.text();
}

TEST(Layers, shipped_policies_have_a_colon) {
  const auto r = read(extending(R"(":base")"), {{"/shipped/base.json", R"({"version": 1})"}});
  EXPECT_EQ(layer_names(r), (Names{"base", "policy"})) << r.text();
  for (const char* name : {":", ":../etc/x", ":/etc/x", ":.hidden", "", ":a b"})
    EXPECT_FALSE(read(extending("\"" + std::string(name) + "\"")).policy) << name;
}

TEST(Layers, a_missing_one_is_refused_with_its_pointer) {
  EXPECT_REFUSED(read(extending(R"("a.json")")), "/extends/0", "cannot read the policy \"a.json\"");
  EXPECT_REFUSED(read(extending("7")), "/extends/0", "must be a string");
  EXPECT_REFUSED(read(with(R"("extends": "a.json")")), "/extends", "must be an array");
  EXPECT_REFUSED(read(extending(R"("a.json", "a.json")"), {{"a.json", R"({"version": 1})"}}),
                 "/extends/1", "twice");
}

TEST(Layers, findings_name_the_file_they_are_in) {
  const auto r = read(extending(R"("a.json")", R"("mdoe": 1)"), {{"a.json", with(R"("nmae": 1)")}});
  ASSERT_TRUE(r.find("/nmae", "unknown"));
  EXPECT_EQ(r.find("/nmae", "unknown")->file, "a.json");
  ASSERT_TRUE(r.find("/mdoe", "unknown"));
  EXPECT_EQ(r.find("/mdoe", "unknown")->file, "policy.json");
}

TEST(Layers, circles_are_refused_with_the_way_round) {
  EXPECT_REFUSED(
      read(extending(R"("policy.json")"), {{"policy.json", extending(R"("policy.json")")}}),
      "/extends/0", "policy.json → policy.json");
  EXPECT_REFUSED(read(extending(R"("a.json")"),
                      {{"a.json", extending(R"("b.json")")}, {"b.json", extending(R"("a.json")")}}),
                 "/extends/0", "a.json → b.json → a.json");
}

TEST(Layers, a_file_reached_along_two_ways_is_one_layer) {
  const auto r = read(
      extending(R"("a.json", "b.json")"),
      {{"a.json", extending(R"("d.json")")},
       {"b.json", extending(R"("d.json")")},
       {"d.json", with(R"("exec": {"rules": [{"id": "x", "action": "deny", "paths": ["/a"]}]})")}});
  EXPECT_EQ(layer_names(r), (Names{"d", "a", "b", "policy"})) << r.text();
}

TEST(Layers, depth_is_limited) {
  const auto chain = [](int links) {
    std::vector<Source> sources;
    for (int i = 1; i <= links; ++i) {
      const std::string next = "\"" + std::to_string(i + 1) + ".json\"";
      sources.push_back(
          {std::to_string(i) + ".json", i < links ? extending(next) : R"({"version": 1})"});
    }
    return read(extending(R"("1.json")"), sources);
  };
  EXPECT_TRUE(chain(8).policy) << chain(8).text();
  EXPECT_REFUSED(chain(9), "/extends/0", "more than 8 deep");
}

TEST(Layers, an_endless_supply_of_files_ends) {
  int made = 0;
  Reading r;
  r.policy = parse(
      {"x", extending(R"("a", "b", "c")")},
      [&](const std::string&, const std::string&) -> Result<Source> {
        return Source{"f" + std::to_string(++made), extending(R"("a", "b", "c")")};
      },
      r.diagnostics);
  EXPECT_FALSE(r.policy);
  EXPECT_LT(made, 2000);
  EXPECT_NE(r.text().find("more than 32"), std::string::npos) << r.text();
}

TEST(Layers, rules_are_counted_over_all_files) {
  std::string rules;
  for (int i = 0; i < 40'000; ++i)
    rules += R"({"action":"deny","paths":["/a"]},)";
  rules.pop_back();
  const std::string file = with(R"("filesystem": {"rules": [)" + rules + "]}");
  const auto r = read(extending(R"("a.json")", R"("filesystem": {"rules": [)" + rules + "]}"),
                      {{"a.json", file}});
  EXPECT_REFUSED(r, "", "80000 rules");
}

TEST(Ids, are_unique_over_all_layers) {
  const std::string rule = R"("exec": {"rules": [{"id": "x", "action": "deny", "paths": ["/a"]}]})";
  EXPECT_REFUSED(read(extending(R"("a.json")", rule), {{"a.json", with(rule)}}), "/exec/rules/0/id",
                 "a.json:/exec/rules/0");
}

TEST(Ids, made_ones_name_their_layer) {
  const std::string rule = R"("exec": {"rules": [{"action": "deny", "paths": ["/a"]}]})";
  const auto r = read(extending(R"("a.json", "sub/a.json")", rule),
                      {{"a.json", with(rule)}, {"sub/a.json", with(rule)}});
  ASSERT_TRUE(r.policy) << r.text();
  EXPECT_EQ(r.policy->layers[0].exec->rules[0].id, "a:exec/rules/0");
  EXPECT_EQ(r.policy->layers[1].exec->rules[0].id, "a:exec/rules/0~");
  EXPECT_EQ(r.policy->layers[2].exec->rules[0].id, "exec/rules/0");
}

TEST(Mandatory, layers_are_appended_and_keep_their_ids) {
  const std::string rule = R"("exec": {"rules": [{"id": "x", "action": "deny", "paths": ["/a"]}]})";
  const auto r = read(with(R"("name": "mine", )" + rule), {},
                      {{"/etc/host.json", with(R"("name": "host", )" + rule)}});
  EXPECT_EQ(layer_names(r), (Names{"mine", "host"})) << r.text();
  EXPECT_EQ(r.policy->layers[1].exec->rules[0].id, "x");
  EXPECT_EQ(r.policy->layers[0].exec->rules[0].id, "mine:x");
  EXPECT_TRUE(r.says("/exec/rules/0/id", "appears as \"mine:x\"", Severity::note)) << r.text();
  EXPECT_EQ(r.policy->name, "mine");
}

TEST(Mandatory, an_error_in_one_refuses_the_policy) {
  EXPECT_REFUSED(read(R"({"version": 1})", {}, {{"/etc/host.json", "{"}}), "", "not valid JSON");
}

TEST(Mandatory, one_that_is_extended_as_well_stays_the_hosts) {
  const Source host = {"host.json", with(R"("mode": "enforce")")};
  const auto r = read(extending(R"("host.json")", R"("mode": "audit")"), {host}, {host});
  EXPECT_EQ(layer_names(r), (Names{"policy", "host"}));
  EXPECT_FALSE(r.policy->audit);
}

TEST(Mode, is_that_of_the_file_itself) {
  const std::vector<Source> base = {{"base.json", R"({"version": 1})"},
                                    {"audit.json", with(R"("mode": "audit")")}};
  EXPECT_TRUE(read(extending(R"("base.json")", R"("mode": "audit")"), base).policy->audit);
  const auto r = read(extending(R"("audit.json")"), base);
  EXPECT_FALSE(r.policy->audit);
  EXPECT_WARNED(r, "/mode", "no effect");
}

TEST(Mode, audit_cannot_loosen_a_locked_layer) {
  const auto r = read(extending(R"("org.json")", R"("mode": "audit")"),
                      {{"org.json", with(R"("locked": true)")}});
  EXPECT_WARNED(r, "/mode", "locked");
  EXPECT_FALSE(r.policy->audit);
  EXPECT_TRUE(r.policy->layers[0].locked);
}

TEST(Log, of_any_layer_counts) {
  EXPECT_TRUE(
      read(extending(R"("a.json")"), {{"a.json", with(R"("log": "all")")}}).policy->log_allowed);
}

TEST(ApprovalsOfLayers, come_from_the_file_itself_else_from_the_nearest) {
  const std::vector<Source> base = {{"a.json", with(R"("approvals": {"timeout": "1m"})")},
                                    {"b.json", with(R"("approvals": {"timeout": "2m"})")}};
  EXPECT_EQ(read(extending(R"("a.json", "b.json")"), base).policy->approvals.timeout_ms, 120'000u);
  EXPECT_EQ(read(extending(R"("a.json", "b.json")", R"("approvals": {})"), base)
                .policy->approvals.timeout_ms,
            0u);
}

TEST(ApprovalsOfLayers, cannot_loosen_a_locked_or_mandatory_layer) {
  const std::string loose =
      R"("approvals": {"timeout": "1h", "on_timeout": "allow", "on_unattended": "allow", "remember": "session", "max_open": 100})";
  const std::string strict =
      R"("locked": true, "approvals": {"timeout": "5m", "on_unattended": "wait", "remember": "once", "max_open": 8})";
  for (const bool mandatory : {false, true}) {
    const Source org = {"org.json", with(strict)};
    const auto r =
        mandatory ? read(with(loose), {}, {org}) : read(extending(R"("org.json")", loose), {org});
    ASSERT_TRUE(r.policy) << r.text();
    EXPECT_EQ(r.policy->approvals.timeout_ms, 300'000u);
    EXPECT_EQ(r.policy->approvals.on_timeout, Action::deny);
    EXPECT_EQ(r.policy->approvals.on_unattended, Approvals::Unattended::wait);
    EXPECT_EQ(r.policy->approvals.remember, GH_SCOPE_ONCE);
    EXPECT_EQ(r.policy->approvals.max_open, 8u);
    EXPECT_WARNED(r, "/approvals", "on_unattended");
  }
}

TEST(ApprovalsOfLayers, a_mandatory_layer_without_any_still_forbids_to_allow_unattended) {
  const auto r = read(with(R"("approvals": {"on_unattended": "allow"})"), {},
                      {{"h.json", R"({"version": 1})"}});
  EXPECT_EQ(r.policy->approvals.on_unattended, Approvals::Unattended::deny);
  const auto wait = read(with(R"("approvals": {"on_unattended": "wait"})"), {},
                         {{"h.json", R"({"version": 1})"}});
  EXPECT_EQ(wait.policy->approvals.on_unattended, Approvals::Unattended::wait);
}

TEST(TestsOfLayers, only_those_of_the_file_itself_are_kept) {
  const std::string test = R"("tests": [{"expect": "deny", "access": "read", "path": "/x"}])";
  EXPECT_TRUE(read(extending(R"("a.json")"), {{"a.json", with(test)}}).policy->tests.empty());
  EXPECT_EQ(read(with(test)).policy->tests.size(), 1u);
}

TEST(Silence, is_of_all_layers_together) {
  const auto r = read(extending(R"("a.json")", R"("network": {})"),
                      {{"a.json", with(R"("filesystem": {}, "privilege": {},
                                          "network": {"unix_sockets": {}})")}});
  EXPECT_EQ(r.count(Severity::note), 0u) << r.text();
}

}  // namespace
}  // namespace gatehouse::policy
