// SPDX-License-Identifier: Apache-2.0
// Past requests put to tables once more. It must never judge what only the kernel knew (another name of the
// file, a path that did not resolve): such requests are left out, and counted by who asks.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "events/event.h"
#include "tables/evaluate.h"
#include "tables/tables.h"

namespace gatehouse::learning {

struct Request {
  gh_access access = GH_READ;
  std::string object;  // bytes
  std::vector<std::string> argv;
  std::string key;  // of an endpoint
  gh_privilege privilege = {};
  bool operator==(const Request&) const = default;
  auto operator<=>(const Request&) const = default;
};

// Nothing: no table can judge it.
std::optional<Request> request_of(const events::Judged& judged);

tables::Decision judge(const tables::Tables& tables, const Request& request);

// What two policies say differently of the same requests, grouped by how and by which rules.
struct Change {
  gh_access access = GH_READ;
  gh_verdict before = GH_ALLOW, after = GH_ALLOW;
  std::string rule_before, rule_after;  // "": a default
  auto operator<=>(const Change&) const = default;
};
struct Changed {
  std::uint64_t times = 0;
  std::vector<std::string> examples;  // objects, as they may be shown
};

class Replay {
 public:
  static constexpr std::size_t kMostExamples = 3;
  static constexpr std::size_t kMostGroups = 10'000;

  void put(const Request& request, const tables::Tables& before, const tables::Tables& after);
  // A request that no table can judge.
  void pass_over() { ++passed_over_; }

  [[nodiscard]] const std::map<Change, Changed>& changes() const { return changes_; }
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] std::uint64_t changed() const { return changed_; }
  [[nodiscard]] std::uint64_t passed_over() const { return passed_over_; }
  [[nodiscard]] std::uint64_t ungrouped() const { return ungrouped_; }

 private:
  std::map<Change, Changed> changes_;
  std::uint64_t requests_ = 0, changed_ = 0, passed_over_ = 0, ungrouped_ = 0;
};

}  // namespace gatehouse::learning
