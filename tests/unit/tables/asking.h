// SPDX-License-Identifier: Apache-2.0
// Short ways to write policies and to ask tables, for this room's tests. It must never hide what a test
// is about: defaults are deny, and nothing else is assumed.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tables/compile.h"
#include "tables/evaluate.h"

namespace gatehouse::tables {

using policy::Action;

inline policy::PathRule path_rule(std::string id, Action action, std::vector<std::string> paths,
                                  std::vector<std::string> except = {}) {
  policy::PathRule rule;
  rule.pointer = "/filesystem/rules/" + id;
  rule.id = std::move(id);
  rule.action = action;
  rule.access = policy::access_bit(GH_READ);
  rule.paths = std::move(paths);
  rule.except = std::move(except);
  return rule;
}

inline policy::Layer files(std::vector<policy::PathRule> rules, Action fallback = Action::deny) {
  policy::Layer layer;
  layer.name = layer.file = "p.json";
  auto& section = layer.filesystem.emplace();
  for (auto& column : section.defaults.column)
    column = fallback;
  section.rules = std::move(rules);
  return layer;
}

inline policy::Policy policy_of(std::vector<policy::Layer> layers) {
  policy::Policy out;
  out.name = "p";
  out.layers = std::move(layers);
  return out;
}

inline policy::Context context() {
  return {"/home/dev/app", "/home/dev", {{"who", "dev"}, {"odd", "a*[b]{c}"}}};
}

inline Tables must_compile(const policy::Policy& policy, const SymlinkResolver& resolve = nullptr) {
  Diagnostics diagnostics;
  auto tables = compile(policy, context(), resolve, diagnostics);
  EXPECT_TRUE(tables) << render(diagnostics);
  return tables ? *tables : Tables{};
}

// What compile says when it refuses; "" if it does not.
inline std::string refusal(const policy::Policy& policy) {
  Diagnostics diagnostics;
  if (compile(policy, context(), nullptr, diagnostics)) return "";
  EXPECT_TRUE(diagnostics.failed());
  return render(diagnostics);
}

inline Decision reading(const Tables& tables, const std::string& path) {
  return evaluate_path(tables, path, GH_READ);
}

// "allow a": verdict and rule id, "deny -" for a default.
inline std::string answer(const Tables& tables, const Decision& decision) {
  static const char* const kWords[] = {"allow", "ask", "deny", "kill"};
  const bool known = decision.rule < tables.rules.size();
  return std::string(kWords[decision.verdict]) + " " +
         (known ? tables.rules[decision.rule].id : "-") + (decision.log ? " logged" : "");
}
inline std::string on_read(const Tables& tables, const std::string& path) {
  return answer(tables, reading(tables, path));
}

// Whether `glob`, alone in an allow rule, covers `path`.
inline bool covers(const std::string& glob, const std::string& path) {
  const auto tables = must_compile(policy_of({files({path_rule("r", Action::allow, {glob})})}));
  return !tables.states.empty() && reading(tables, path).verdict == GH_ALLOW;
}

}  // namespace gatehouse::tables
