// SPDX-License-Identifier: Apache-2.0
// The privilege section: its default, its lists, and names that no hook enforces. It must never need a
// kernel: what the tables make of it is tests/unit/tables'.
#include "policy/words.h"
#include "reading.h"

namespace gatehouse::policy {
namespace {

const PrivilegeSet kBpf = privileges_of("bpf"), kPerf = privileges_of("perf");

Privilege section(const std::string& members) {
  const auto r = read(with(R"("privilege": {)" + members + "}"));
  EXPECT_TRUE(r.policy) << r.text();
  return r.policy ? r.policy->layers.back().privilege.value_or(Privilege{}) : Privilege{};
}

Reading refused(const std::string& members) {
  return read(with(R"("privilege": {)" + members + "}"));
}

TEST(Privilege, what_is_not_listed_is_denied) {
  EXPECT_EQ(section("").allowed, 0u);
  EXPECT_EQ(section("").named, 0u);
  EXPECT_EQ(section(R"("default": "deny")").allowed, 0u);
  EXPECT_EQ(section(R"("allow": ["bpf", "perf"])").allowed, kBpf | kPerf);
  EXPECT_EQ(section(R"("default": "deny", "allow": ["bpf"])").named, kBpf);
}

TEST(Privilege, a_default_of_allow_may_have_a_list_of_what_is_denied) {
  EXPECT_EQ(section(R"("default": "allow")").allowed, kAllPrivileges);
  EXPECT_EQ(section(R"("default": "allow", "deny": ["bpf"])").allowed, kAllPrivileges & ~kBpf);
  EXPECT_EQ(section(R"("default": "allow", "deny": ["bpf"])").named, kBpf);
}

TEST(Privilege, a_list_of_what_the_default_says_is_refused) {
  EXPECT_REFUSED(refused(R"("default": "allow", "allow": ["bpf"])"), "/privilege/allow",
                 "what the default says already");
  EXPECT_REFUSED(refused(R"("deny": ["bpf"])"), "/privilege/deny", "what the default says already");
}

TEST(Privilege, every_name_that_is_enforced_is_known) {
  EXPECT_GT(privilege_words().size(), 70u);
  PrivilegeSet all;
  for (const auto name : privilege_words()) {
    const auto one = section(R"("allow": [")" + std::string(name) + "\"]").allowed;
    EXPECT_TRUE(one.any()) << name;
    EXPECT_EQ(one, privileges_of(name));
    all |= one;
  }
  EXPECT_EQ(all, kAllPrivileges);
}

TEST(Privilege, a_capability_goes_by_its_name_and_shares_it_with_its_operation) {
  EXPECT_EQ(section(R"("allow": ["chown"])").allowed, PrivilegeSet().set(GH_PRIVILEGE_CAP_CHOWN));
  EXPECT_EQ(kBpf, PrivilegeSet().set(GH_PRIVILEGE_BPF).set(GH_PRIVILEGE_CAP_BPF));
}

TEST(Privilege, names_that_nothing_enforces_are_refused) {
  EXPECT_REFUSED(refused(R"("allow": ["bpf", "ptarce"])"), "/privilege/allow/1",
                 "did you mean \"ptrace\"?");
  EXPECT_REFUSED(refused(R"("allow": ["CAP_SYS_ADMIN"])"), "/privilege/allow/0",
                 "is not a privilege");
  EXPECT_REFUSED(refused(R"("allow": ["Mount"])"), "/privilege/allow/0", "did you mean \"mount\"?");
}

TEST(Privilege, other_shapes_are_refused) {
  EXPECT_REFUSED(refused(R"("allow": [])"), "/privilege/allow", "empty");
  EXPECT_REFUSED(refused(R"("allow": "bpf")"), "/privilege/allow", "must be an array");
  EXPECT_REFUSED(refused(R"("allow": [1])"), "/privilege/allow/0", "must be a string");
  EXPECT_REFUSED(refused(R"("default": "ask")"), "/privilege/default", "deny or allow");
  EXPECT_REFUSED(refused(R"("default": "kill")"), "/privilege/default", "deny or allow");
  EXPECT_REFUSED(refused(R"("rules": [])"), "/privilege/rules", "unknown key");
  EXPECT_REFUSED(read(with(R"("privilege": ["bpf"])")), "/privilege", "must be an object");
}

TEST(Privilege, silence_is_noted) {
  const auto r = read(with(R"("filesystem": {})"));
  EXPECT_TRUE(r.says("", "nothing in the policy speaks of privilege", Severity::note)) << r.text();
  const auto spoken = read(with(R"("privilege": {})"));
  EXPECT_EQ(spoken.find("", "privilege"), nullptr) << spoken.text();
}

}  // namespace
}  // namespace gatehouse::policy
