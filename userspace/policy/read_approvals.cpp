// SPDX-License-Identifier: Apache-2.0
// The sections that are not rules: approvals and tests. It must never let an approval fall open by
// default: whatever is not said is deny.
#include "base/quote.h"
#include "policy/endpoint.h"
#include "policy/sections.h"

namespace gatehouse::policy {
namespace {

constexpr std::int64_t kMostApprovers = 5;
constexpr std::int64_t kMostOpen = 1000;

void read_path_test(const Fields& fields, int access, const Variables& variables,
                    PolicyTest& test) {
  test.access = access;
  const Value* path = fields.find("path");
  if (!path || fields.find("endpoint") || fields.find("protocol")) {
    fields.report().error(fields.at(), "a test of a path access needs \"path\" and nothing else",
                          R"(such as {"expect": "deny", "access": "read", "path": "~/.ssh/id"})");
    return;
  }
  const auto* name = path->string();
  if (access == GH_UNIX && name && is_abstract(*name)) {
    test.object = *name;
    return;
  }
  if (auto text = read_path(*path, fields.at("path"), PathKind::path, variables, fields.report()))
    test.object = std::move(*text);
}

void read_endpoint_test(const Fields& fields, int access, PolicyTest& test) {
  test.access = access;
  const auto protocol = fields.word("protocol", protocol_words());
  if (protocol) test.protocol = protocol_of(*protocol).value_or(GH_PROTO_TCP);
  if (!fields.find("endpoint") || fields.find("path")) {
    fields.report().error(
        fields.at(), "a test of a network access needs \"endpoint\" and no \"path\"",
        R"(such as {"expect": "deny", "access": "connect", "endpoint": "192.0.2.7:443"})");
    return;
  }
  const auto* text = fields.string("endpoint");
  if (!text) return;
  if (const auto problem = check_endpoint(*text)) {
    fields.report().error(fields.at("endpoint"), problem->message, problem->hint);
  } else {
    test.object = *text;
  }
}

// "path": the program, if the first argument does not say.
void read_command_test(const Fields& fields, const Variables& variables, PolicyTest& test) {
  test.access = GH_EXEC;
  fields.each("argv", false, [&](const Value& value, const std::string& at) {
    if (const auto* word = string_at(value, at, fields.report())) test.argv.push_back(*word);
  });
  const auto* access = fields.find("access") ? fields.string("access") : nullptr;
  if (fields.find("endpoint") || fields.find("protocol") || (access && *access != "exec")) {
    fields.report().error(fields.at(), R"(a test with "argv" is one of exec)",
                          R"(such as {"expect": "ask", "argv": ["git", "push"]})");
    return;
  }
  if (test.argv.empty()) return;
  const std::string& first = test.argv[0];
  test.object = first.starts_with('/') ? first : "/usr/bin/" + first;
  if (const Value* path = fields.find("path")) {
    if (auto text = read_path(*path, fields.at("path"), PathKind::path, variables, fields.report()))
      test.object = std::move(*text);
  } else if (!first.starts_with('/') && first.find('/') != std::string::npos) {
    fields.report().error(fields.at("argv") + "/0",
                          quote(first) + " is neither a name nor an absolute path",
                          R"(add "path", where the program lies)");
  }
}

PolicyTest read_test(const Fields& fields, const Variables& variables) {
  PolicyTest test;
  test.file = fields.report().file();
  test.pointer = fields.at();
  if (!fields.readable()) return test;
  if (!fields.find("expect")) {
    fields.report().error(fields.at(), R"(a test without "expect")",
                          "one of " + one_of(action_words()));
  }
  test.expect = fields.action("expect").value_or(Action::deny);
  if (fields.find("argv")) {
    read_command_test(fields, variables, test);
    return test;
  }

  Words all = path_access_words();
  all.push_back(unix_access_words().front());
  all.insert(all.end(), net_access_words().begin(), net_access_words().end());
  if (!fields.find("access")) {
    fields.report().error(fields.at(), R"(a test without "access")", "one of " + one_of(all));
  }
  const auto word = fields.word("access", all);
  if (!word) return test;
  if (const auto path = path_access_of(*word)) {
    read_path_test(fields, *path, variables, test);
  } else if (const auto net = net_access_of(*word)) {
    read_endpoint_test(fields, *net, test);
  }
  return test;
}

}  // namespace

Approvals read_approvals(const Value& value, const std::string& at, Report& report) {
  static const std::vector<Key> keys = {{"timeout"},   {"on_timeout"},    {"on_unattended"},
                                        {"remember"},  {"max_open"},      {"reviewers"},
                                        {"approvers"}, {"self_approval"}, {"hold"}};
  using Absent = Approvals::Unattended;
  using Hold = Approvals::Hold;
  Approvals out;
  const Fields fields(value, at, keys, report);
  if (const auto* text = fields.string("timeout")) {
    const auto parsed = parse_duration(*text);
    if (const auto* ms = std::get_if<std::uint64_t>(&parsed)) {
      out.timeout_ms = *ms;
    } else {
      const auto& problem = std::get<Problem>(parsed);
      report.error(fields.at("timeout"), problem.message, problem.hint);
    }
  }
  if (const auto word = fields.word("on_timeout", {"deny", "allow"}))
    out.on_timeout = *word == "allow" ? Action::allow : Action::deny;
  if (const auto word = fields.word("on_unattended", {"deny", "wait", "allow"})) {
    out.on_unattended = *word == "allow"  ? Absent::allow
                        : *word == "wait" ? Absent::wait
                                          : Absent::deny;
  }
  if (const auto word = fields.word("remember", {"once", "process", "session"})) {
    out.remember = *word == "once"      ? GH_SCOPE_ONCE
                   : *word == "process" ? GH_SCOPE_PROCESS
                                        : GH_SCOPE_SESSION;
  }
  if (const Value* count = fields.find("approvers")) {
    const auto* number = count->integer();
    if (number && *number >= 1 && *number <= kMostApprovers) {
      out.approvers = static_cast<unsigned>(*number);
    } else {
      report.error(fields.at("approvers"), "\"approvers\" must be a whole number from 1 to 5",
                   "2 is the two-person rule");
    }
  }
  if (const auto word = fields.word("self_approval", {"allow", "deny"}))
    out.self_approval = *word == "allow";
  out.reviewers = read_reviewers(fields, out.approvers);
  if (!out.reviewers.empty()) out.reviewers_file = report.file();
  if (const auto word = fields.word("hold", {"auto", "stop", "freeze"})) {
    out.hold = *word == "stop" ? Hold::stop : *word == "freeze" ? Hold::freeze : Hold::choose;
  }
  if (const Value* given = fields.find("max_open")) {
    const auto* number = given->integer();
    if (number && *number >= 1 && *number <= kMostOpen) {
      out.max_open = static_cast<std::uint32_t>(*number);
    } else {
      report.error(
          fields.at("max_open"),
          "must be a whole number from 1 to " + std::to_string(kMostOpen) + ", not " + show(*given),
          "how many questions of one session a person is shown at a time");
    }
  }
  return out;
}

std::vector<PolicyTest> read_tests(const Value& value, const std::string& at,
                                   const Variables& variables, Report& report) {
  static const std::vector<Key> keys = {{"expect"},   {"access"},   {"path"},
                                        {"endpoint"}, {"protocol"}, {"argv"}};
  std::vector<PolicyTest> out;
  const auto* tests = value.array();
  if (!tests) {
    wrong_type(value, at, "an array", report);
    return out;
  }
  for (std::size_t i = 0; i < tests->size(); ++i)
    out.push_back(read_test(Fields((*tests)[i], child(at, i), keys, report), variables));
  return out;
}

}  // namespace gatehouse::policy
