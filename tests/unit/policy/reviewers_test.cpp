// SPDX-License-Identifier: Apache-2.0
// The chain of reviewers as its author writes it, and what layers make of it. No program may get into a
// chain that a layer above has named.
#include "reading.h"

namespace gatehouse::policy {
namespace {

std::string chain(const std::string& links, const std::string& more = {}) {
  return with(R"("approvals": {"reviewers": [)" + links + "]" + more + "}");
}

const std::string kTriage =
    R"({"type": "command", "command": ["/usr/local/bin/triage", "--fast"]})";
const std::string kAtReviewers = "/approvals/reviewers";

std::string hook(const std::string& url) {
  return chain(R"({"type": "webhook", "secret_file": "/k", "url": ")" + url + "\"}");
}

TEST(Reviewers, are_read_in_the_order_of_the_file) {
  const auto r = read(chain(
      R"({"type": "command", "command": ["/usr/local/bin/triage", "--fast"], "timeout": "5s", "on_failure": "deny"},
         {"type": "webhook", "name": "desk", "url": "https://a.example:8443/x", "secret_file": "/etc/k"},
         {"type": "prompt", "timeout": "1m"}, {"type": "socket"})"));
  ASSERT_TRUE(r.policy) << r.text();
  const auto& links = r.policy->approvals.reviewers;
  ASSERT_EQ(links.size(), 4u);
  EXPECT_EQ(links[0].name, "triage");
  EXPECT_EQ(links[0].command.at(1), "--fast");
  EXPECT_EQ(links[0].timeout_ms, 5000u);
  EXPECT_EQ(links[0].on_failure, Reviewer::Failing::deny);
  EXPECT_EQ(links[1].name, "desk");
  EXPECT_EQ(links[1].timeout_ms, 30'000u);
  EXPECT_EQ(links[2].kind, Reviewer::Kind::prompt);
  EXPECT_EQ(links[3].timeout_ms, 0u);
  EXPECT_EQ(r.policy->approvals.reviewers_file, "policy.json");
  EXPECT_FALSE(r.policy->approvals.reviewers_of_host);
}

TEST(Reviewers, a_program_is_named_by_its_whole_path) {
  EXPECT_REFUSED(read(chain(R"({"type": "command", "command": ["triage"]})")),
                 kAtReviewers + "/0/command/0", "whole path");
  EXPECT_REFUSED(read(chain(R"({"type": "command", "command": []})")), kAtReviewers + "/0/command",
                 "empty");
}

TEST(Reviewers, an_address_is_https_or_loopback) {
  for (const char* url : {"https://a.example", "https://a:1/b?c=d", "http://127.0.0.1:80/x",
                          "http://[::1]:8080/", "http://localhost/"})
    EXPECT_TRUE(read(hook(url)).policy) << url << read(hook(url)).text();
  for (const char* url : {"http://a.example/", "http://127.0.0.1.evil.example/",
                          "http://127.0.0.1@evil.example/", "https://u:p@a.example/", "https://",
                          "https:///x", "ftp://a/", "https://a b/", "a.example"})
    EXPECT_REFUSED(read(hook(url)), kAtReviewers + "/0/url", "");
}

TEST(Reviewers, each_kind_has_its_own_members) {
  EXPECT_REFUSED(read(chain(R"({"type": "socket", "command": ["/a"]})")),
                 kAtReviewers + "/0/command", "has no");
  EXPECT_REFUSED(read(chain(R"({"type": "webhook", "url": "https://a"})")), kAtReviewers + "/0",
                 "secret_file");
  EXPECT_REFUSED(read(chain(R"({"type": "mail"})")), kAtReviewers + "/0/type", "one of");
  EXPECT_REFUSED(read(chain("{}")), kAtReviewers + "/0", "without \"type\"");
}

TEST(Reviewers, nobody_stands_behind_people_who_have_all_the_time) {
  EXPECT_REFUSED(read(chain(R"({"type": "socket"}, )" + kTriage)), kAtReviewers + "/1",
                 "never reached");
  EXPECT_TRUE(read(chain(R"({"type": "socket", "timeout": "1m"}, )" + kTriage)).policy);
}

TEST(Reviewers, who_failed_is_no_approver) {
  const std::string lenient = R"({"type": "prompt", "timeout": "1m", "on_failure": "allow"})";
  EXPECT_TRUE(read(chain(lenient)).policy);
  EXPECT_REFUSED(read(chain(lenient, R"(, "approvers": 2)")), kAtReviewers + "/0/on_failure",
                 "approver");
}

TEST(Approvers, are_one_to_five) {
  EXPECT_EQ(read(with(R"("approvals": {"approvers": 2})")).policy->approvals.approvers, 2u);
  for (const char* bad : {"0", "6", "-1", "\"2\"", "2.5", "true"})
    EXPECT_REFUSED(read(with(R"("approvals": {"approvers": )" + std::string(bad) + "}")),
                   "/approvals/approvers", "whole number");
}

TEST(ReviewersOfLayers, those_of_a_locked_or_mandatory_layer_count) {
  const std::string own = chain(R"({"type": "command", "command": ["/tmp/yes"]})");
  for (const bool mandatory : {true, false}) {
    const Source org = {"org.json", with(R"("locked": true, "approvals": {"approvers": 2,
        "self_approval": "deny", "reviewers": [)" +
                                         kTriage + "]}")};
    const auto r = mandatory ? read(own, {}, {org})
                             : read(with(R"("extends": ["org.json"], "approvals": {"reviewers": [
                                   {"type": "command", "command": ["/tmp/yes"]}]})"),
                                    {org});
    ASSERT_TRUE(r.policy) << r.text();
    const Approvals& held = r.policy->approvals;
    ASSERT_EQ(held.reviewers.size(), 1u);
    EXPECT_EQ(held.reviewers[0].name, "triage");
    EXPECT_EQ(held.reviewers_file, "org.json");
    EXPECT_EQ(held.reviewers_of_host, mandatory);
    EXPECT_EQ(held.approvers, 2u);
    EXPECT_FALSE(held.self_approval);
    EXPECT_WARNED(r, kAtReviewers, "no effect");
  }
}

TEST(ReviewersOfLayers, a_binding_layer_that_names_none_leaves_them_to_the_file) {
  const auto r = read(chain(kTriage), {}, {{"h.json", with(R"("approvals": {"approvers": 2})")}});
  ASSERT_TRUE(r.policy) << r.text();
  EXPECT_EQ(r.policy->approvals.reviewers.size(), 1u);
  EXPECT_EQ(r.policy->approvals.approvers, 2u);
}

}  // namespace
}  // namespace gatehouse::policy
