// SPDX-License-Identifier: Apache-2.0
// The keys at the top of a policy file. It must never read a file of another version of the language
// as if it were this one.
#include "policy/policy_file.h"

#include <algorithm>

#include "base/quote.h"
#include "policy/fields.h"
#include "policy/sections.h"

namespace gatehouse::policy {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxDescriptionBytes = 4096;

const std::vector<Key>& top_keys() {
  static const std::vector<Key> keys = {{"$schema"},   {"version"},    {"name"},    {"description"},
                                        {"mode"},      {"log"},        {"locked"},  {"extends"},
                                        {"variables"}, {"filesystem"}, {"exec"},    {"network"},
                                        {"privilege"}, {"approvals"},  {"answers"}, {"tests"}};
  return keys;
}

void check_version(const Fields& top) {
  const Value* version = top.find("version");
  if (!version) {
    top.report().error("", "the policy does not say its version", R"(add "version": 1)");
    return;
  }
  const auto* number = version->integer();
  if (number && *number == kVersion) return;
  top.report().error(top.at("version"), show(*version) + " is not a version known here",
                     R"(write "version": 1)");
}

std::string stem(const std::string& file) {
  std::string name = file.substr(file.rfind('/') + 1);
  if (name.ends_with(".json")) name.resize(name.size() - 5);
  return name.empty() ? "policy" : visible(name);
}

const Value* member(const Value& value, std::string_view key) {
  const auto* members = value.object();
  if (!members) return nullptr;
  const auto found = std::find_if(members->begin(), members->end(),
                                  [&](const Member& one) { return one.key == key; });
  return found == members->end() ? nullptr : &found->value;
}

void read_extends(const Fields& top, PolicyFile& out) {
  const auto* names = top.array("extends");
  if (!names) return;
  for (std::size_t i = 0; i < names->size(); ++i) {
    const std::string at = child(top.at("extends"), i);
    const auto* name = string_at((*names)[i], at, top.report());
    if (!name) continue;
    if (name->empty() || name->size() > kMaxPatternBytes) {
      top.report().error(at, quote(*name) + " names no policy",
                         "write a file relative to this one, or :name for one that is shipped");
      continue;
    }
    const bool twice = std::any_of(out.extends.begin(), out.extends.end(),
                                   [&](const auto& other) { return other.first == *name; });
    if (twice) {
      top.report().error(at, quote(*name) + " is extended twice", "name it once");
    } else if (out.extends.size() == 64) {
      top.report().error(top.at("extends"), "too many policies are extended", "join some of them");
      return;
    } else {
      out.extends.emplace_back(*name, at);
    }
  }
}

}  // namespace

std::size_t PolicyFile::rule_count() const {
  return answers + (layer.filesystem ? layer.filesystem->rules.size() : 0) +
         (layer.exec ? layer.exec->rules.size() + layer.exec->commands.size() : 0) +
         (layer.network ? layer.network->rules.size() : 0) +
         (layer.unix_sockets ? layer.unix_sockets->rules.size() : 0);
}

PolicyFile read_policy_file(const Value& document, Report& report) {
  PolicyFile out;
  out.layer.file = report.file();
  out.layer.name = stem(report.file());
  const Fields top(document, "", top_keys(), report);
  if (!top.readable()) return out;

  check_version(top);
  (void)top.string("$schema");
  if (const auto name = top.text("name", kMaxNameBytes); !name.empty()) out.layer.name = name;
  out.description = top.text("description", kMaxDescriptionBytes, /*lines=*/true);
  out.audit = top.word("mode", {"enforce", "audit"}) == "audit";
  out.log_allowed = top.word("log", {"denied", "all"}) == "all";
  out.layer.locked = top.boolean("locked").value_or(false);
  read_extends(top, out);

  Variables variables;
  if (const Value* value = top.find("variables"))
    variables = read_variables(*value, top.at("variables"), report);
  if (const Value* value = top.find("filesystem"))
    out.layer.filesystem = read_filesystem(*value, top.at("filesystem"), variables, report);
  if (const Value* value = top.find("exec"))
    out.layer.exec = read_exec(*value, top.at("exec"), variables, report);
  if (const Value* value = top.find("network")) {
    out.layer.network = read_network(*value, top.at("network"), report);
    if (const Value* sockets = member(*value, "unix_sockets"))
      out.layer.unix_sockets =
          read_unix_sockets(*sockets, child(top.at("network"), "unix_sockets"), variables, report);
  }
  if (const Value* value = top.find("privilege"))
    out.layer.privilege = read_privilege(*value, top.at("privilege"), report);
  if (const Value* value = top.find("approvals"))
    out.approvals = read_approvals(*value, top.at("approvals"), report);
  out.answers = read_answers(top, variables, out.layer);
  if (const Value* value = top.find("tests"))
    out.tests = read_tests(*value, top.at("tests"), variables, report);
  return out;
}

}  // namespace gatehouse::policy
