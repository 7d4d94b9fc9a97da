// SPDX-License-Identifier: Apache-2.0
// Any bytes as a small policy and some paths: compiled tables and the independent matcher must agree.
// It must never accept a difference. Input: lines; a line that starts with '/' after the empty line is a
// path, before it each line is a glob whose first byte says which rule it belongs to and how.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "differential/matcher.h"
#include "tables/compile.h"
#include "tables/evaluate.h"

namespace {

using namespace gatehouse;

constexpr std::size_t kMaxRules = 4;
constexpr std::size_t kMaxLines = 24;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty() && out.size() < kMaxLines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// What the kernel can hand over: absolute, no empty component, no NUL.
bool is_path(const std::string& text) {
  if (text == "/") return true;
  return text.size() > 1 && text.front() == '/' && text.back() != '/' &&
         text.find("//") == std::string::npos && text.find('\0') == std::string::npos;
}

void compare(const policy::Policy& policy, const policy::Context& context,
             const std::vector<std::string>& paths) {
  Diagnostics diagnostics;
  const auto tables = tables::compile(policy, context, nullptr, diagnostics);
  if (!tables) {
    if (!diagnostics.failed()) std::abort();
    return;
  }
  differential::Matcher matcher(policy, context);
  for (const auto& path : paths)
    for (const gh_access access : {GH_READ, GH_EXEC}) {
      const auto got = tables::evaluate_path(*tables, path, access);
      const auto expected = matcher.path(path, access);
      if (got.verdict != expected.verdict || got.rule != expected.rule || got.log != expected.log)
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 600) return 0;
  policy::Policy policy;
  policy.layers.resize(2);
  for (auto& layer : policy.layers) {
    layer.filesystem.emplace().rules.resize(kMaxRules / 2);
    for (auto& rule : layer.filesystem->rules)
      rule.access = policy::access_bit(GH_READ);
  }
  policy.layers[1].filesystem->defaults.column[GH_READ] = policy::Action::allow;
  std::vector<std::string> paths;
  bool globs = true;
  for (const auto& line : lines_of({reinterpret_cast<const char*>(data), size})) {
    if (line.empty()) {
      globs = false;
    } else if (!globs) {
      if (is_path(line)) paths.push_back(line);
    } else {
      const auto how = static_cast<unsigned char>(line[0]);
      auto& rule = policy.layers[how & 1].filesystem->rules[how >> 1 & 1];
      if ((how & 4) != 0) {
        rule.except.push_back(line.substr(1));
      } else {
        rule.paths.push_back(line.substr(1));
      }
      rule.action = static_cast<policy::Action>(how >> 3 & 3);
      rule.log = (how & 32) != 0;
      if ((how & 64) != 0) rule.access = policy::access_bit(GH_READ) | policy::access_bit(GH_EXEC);
    }
  }
  compare(policy, {"/w/s", "/h", {{"v", "a*"}}}, paths);
  return 0;
}
