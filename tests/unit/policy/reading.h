// SPDX-License-Identifier: Apache-2.0
// Reading a policy from text in a test, and looking for a finding about it. It must never touch a file.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "policy/check.h"
#include "policy/load.h"
#include "policy/parse.h"

namespace gatehouse::policy {

using Severity = Diagnostic::Severity;

struct Reading {
  std::optional<Policy> policy;
  Diagnostics diagnostics;

  // The first finding at the pointer whose message or hint contains `words`.
  [[nodiscard]] const Diagnostic* find(const std::string& pointer, const std::string& words) const {
    for (const auto& d : diagnostics.all())
      if (d.pointer == pointer && (d.message + "\n" + d.hint).find(words) != std::string::npos)
        return &d;
    return nullptr;
  }
  [[nodiscard]] bool says(const std::string& pointer, const std::string& words,
                          Severity severity) const {
    const auto* found = find(pointer, words);
    return found != nullptr && found->severity == severity;
  }
  [[nodiscard]] std::size_t count(Severity severity) const {
    const auto& all = diagnostics.all();
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const Diagnostic& d) { return d.severity == severity; }));
  }
  [[nodiscard]] std::string text() const { return render(diagnostics); }
};

inline Reading read(const std::string& text, const std::vector<Source>& others = {},
                    const std::vector<Source>& mandatory = {}) {
  Reading out;
  out.policy = parse_with_mandatory({"policy.json", text}, mandatory,
                                    memory_loader(others, {"/shipped"}), out.diagnostics);
  return out;
}

// A policy with all sections, so that no note about silence gets in the way.
inline Reading read_checked(const std::string& text) {
  Reading out = read(text);
  if (out.policy) check(*out.policy, out.diagnostics);
  return out;
}

inline std::string with(const std::string& members) { return R"({"version": 1, )" + members + "}"; }

// One filesystem rule around a path pattern.
inline std::string with_path(const std::string& pattern) {
  return with(R"("filesystem": {"rules": [{"action": "deny", "paths": [")" + pattern + R"("]}]})");
}

inline std::string with_net_rule(const std::string& members) {
  return with(R"("network": {"rules": [{"action": "deny", )" + members + "}]}");
}

#define EXPECT_REFUSED(reading, pointer, words)                         \
  do {                                                                  \
    const auto& r_ = (reading);                                         \
    EXPECT_FALSE(r_.policy.has_value());                                \
    EXPECT_TRUE(r_.says(pointer, words, Severity::error)) << r_.text(); \
  } while (false)

#define EXPECT_WARNED(reading, pointer, words)                            \
  do {                                                                    \
    const auto& r_ = (reading);                                           \
    EXPECT_TRUE(r_.policy.has_value()) << r_.text();                      \
    EXPECT_TRUE(r_.says(pointer, words, Severity::warning)) << r_.text(); \
  } while (false)

#define EXPECT_NO_WARNING(reading)                           \
  do {                                                       \
    const auto& r_ = (reading);                              \
    EXPECT_TRUE(r_.policy.has_value()) << r_.text();         \
    EXPECT_EQ(r_.count(Severity::warning), 0u) << r_.text(); \
  } while (false)

}  // namespace gatehouse::policy
