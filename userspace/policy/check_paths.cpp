// SPDX-License-Identifier: Apache-2.0
// Path rules that can never matter, exceptions that except nothing, directories without what is in
// them. Patterns are compared as text only: what it cannot tell from the text it must never claim.
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/quote.h"
#include "policy/check_parts.h"
#include "policy/pattern.h"
#include "policy/words.h"

namespace gatehouse::policy {
namespace {

constexpr std::string_view kBelow = "/**";

// Calls `visit` with each pattern, as text, that covers all that `pattern` matches: itself, "/**" and
// "X/**" for each X/ that it starts with. Stops when `visit` returns true.
template <typename Visit>
bool any_cover(std::string_view pattern, Visit visit) {
  if (visit(std::string(pattern))) return true;
  const bool may_be_root = pattern == "/" || pattern == start_of(pattern);
  if (!may_be_root && visit(std::string(kBelow))) return true;
  for (auto slash = pattern.find('/', 1); slash != std::string_view::npos;
       slash = pattern.find('/', slash + 1)) {
    const std::string_view head = pattern.substr(0, slash);
    // A slash inside braces cuts where no valid pattern ends, so nothing is found there.
    if (visit(std::string(head) + std::string(kBelow))) return true;
  }
  return false;
}

class PathRules {
 public:
  PathRules(const std::vector<PathRule>& rules, Report& report) : rules_(rules), report_(report) {
    for (std::size_t r = 0; r < rules.size(); ++r) {
      const auto note = [&](const std::string& pattern) {
        auto& list = by_pattern_[pattern];
        if (list.size() < kMaxCandidates && (list.empty() || list.back() != r)) list.push_back(r);
      };
      for (const auto& path : rules[r].paths)
        note(path);
    }
  }

  void check(std::size_t number) {
    const PathRule& rule = rules_[number];
    if (rule.implied) return;
    check_except(rule);
    if (rule.action != Action::allow) check_directories(rule);
    check_covered(number);
  }

 private:
  // A rule that covers this pattern of `rule` and always has the last word over it.
  [[nodiscard]] std::optional<std::size_t> covering(std::size_t number,
                                                    std::string_view pattern) const {
    const PathRule& rule = rules_[number];
    std::optional<std::size_t> found;
    any_cover(pattern, [&](const std::string& wider) {
      const auto list = by_pattern_.find(wider);
      if (list == by_pattern_.end()) return false;
      for (const std::size_t other : list->second) {
        if (other == number || !outranks(rules_[other], other, rule, number)) continue;
        if ((rule.access & ~rules_[other].access) != 0) continue;
        const auto& theirs = rules_[other].except;
        if (theirs.size() > kMaxCandidates) continue;
        const bool excepts_less = std::all_of(theirs.begin(), theirs.end(), [&](const auto& e) {
          return std::find(rule.except.begin(), rule.except.end(), e) != rule.except.end();
        });
        if (!excepts_less) continue;
        found = other;
        return true;
      }
      return false;
    });
    return found;
  }

  void check_covered(std::size_t number) {
    const PathRule& rule = rules_[number];
    std::vector<std::pair<std::size_t, std::size_t>> stricter;  // pattern, rule
    std::optional<std::size_t> last;
    std::size_t covered = 0;
    for (std::size_t p = 0; p < rule.paths.size(); ++p) {
      const auto other = covering(number, rule.paths[p]);
      if (!other) continue;
      ++covered;
      last = other;
      if (rules_[*other].action > rule.action) stricter.emplace_back(p, *other);
    }
    if (covered == 0) return;
    if (covered == rule.paths.size() && rule.abstract.empty()) {
      report_.warning(rule.pointer,
                      "the rule " + quote(rule.id) + " can never matter: " + because(rules_[*last]),
                      hint(rule, rules_[*last]));
      return;
    }
    for (const auto& [pattern, other] : stricter) {
      report_.warning(rule.pointer + "/paths/" + std::to_string(pattern),
                      quote(rule.paths[pattern]) + " can never matter in the rule " +
                          quote(rule.id) + ": " + because(rules_[other]),
                      hint(rule, rules_[other]));
    }
  }

  static std::string because(const PathRule& other) {
    return "the rule " + quote(other.id) + " (" + name_of(other.action) +
           ") covers it, and the strictest wins in any order";
  }
  static std::string hint(const PathRule& rule, const PathRule& other) {
    if (other.action == rule.action) return "remove it";
    return "put the path under \"except\" of " + quote(other.id) + ", or remove it here";
  }

  void check_except(const PathRule& rule) {
    for (std::size_t e = 0; e < rule.except.size(); ++e) {
      if (budget_ < rule.paths.size()) return;
      budget_ -= rule.paths.size();
      const bool touches =
          is_abstract(rule.except[e])
              ? !rule.abstract.empty()
              : std::any_of(rule.paths.begin(), rule.paths.end(), [&](const std::string& path) {
                  return may_overlap(rule.except[e], path);
                });
      if (touches || (rule.paths.empty() && rule.abstract.empty())) continue;
      report_.warning(rule.pointer + "/except/" + std::to_string(e),
                      quote(rule.except[e]) + " excepts nothing: no pattern of the rule matches it",
                      "an exception takes away from the \"paths\" of its own rule only");
    }
    const bool nothing_left =
        !rule.except.empty() && !rule.paths.empty() && rule.abstract.empty() &&
        rule.except.size() <= kMaxCandidates &&
        std::all_of(rule.paths.begin(), rule.paths.end(), [&](const std::string& path) {
          return any_cover(path, [&](const std::string& wider) {
            return std::find(rule.except.begin(), rule.except.end(), wider) != rule.except.end();
          });
        });
    if (nothing_left) {
      report_.warning(
          rule.pointer,
          "the rule " + quote(rule.id) + " never applies: its \"except\" takes away all its paths",
          "narrow \"except\"");
    }
  }

  // False only if the two cannot match one path.
  static bool may_overlap(std::string_view a, std::string_view b) {
    const auto start = start_of(a);
    if (start != start_of(b) || start == "**") return true;
    const auto literal = [](std::string_view text, std::size_t from) {
      return text.substr(0, std::min(text.find_first_of("*?[{\\", from), text.size()));
    };
    const auto skip = start.size();
    const auto la = literal(a, skip), lb = literal(b, skip);
    const auto common = std::min(la.size(), lb.size());
    return la.substr(0, common) == lb.substr(0, common);
  }

  // `~/.ssh` where `~/.ssh/**` must be meant.
  void check_directories(const PathRule& rule) {
    static constexpr std::array<std::string_view, 12> kDirectories = {
        ".ssh", ".aws",     ".gnupg",  ".kube",   ".docker", ".azure",
        ".git", ".mozilla", ".claude", ".vscode", ".config", ".password-store"};
    for (std::size_t p = 0; p < rule.paths.size(); ++p) {
      const std::string& path = rule.paths[p];
      const std::string_view last = std::string_view(path).substr(path.rfind('/') + 1);
      if (std::find(kDirectories.begin(), kDirectories.end(), last) == kDirectories.end()) continue;
      const bool known = any_cover(
          path + "/x", [&](const std::string& wider) { return by_pattern_.contains(wider); });
      if (known) continue;
      report_.warning(rule.pointer + "/paths/" + std::to_string(p),
                      quote(path) + " is the directory alone: what is in it is not covered",
                      "add " + quote(path + "/**"));
    }
  }

  const std::vector<PathRule>& rules_;
  Report& report_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_pattern_;
  std::size_t budget_ = 1'000'000;  // comparisons of exceptions with paths
};

}  // namespace

void check_path_rules(const std::vector<PathRule>& rules, const Defaults& defaults,
                      Report& report) {
  PathRules checks(rules, report);
  for (std::size_t r = 0; r < rules.size(); ++r) {
    checks.check(r);
    warn_if_default_allows(rules[r], rules[r].access, defaults, report);
  }
}

}  // namespace gatehouse::policy
