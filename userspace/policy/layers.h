// SPDX-License-Identifier: Apache-2.0
// Files → one Policy: the order of layers, ids that are unique among them, and what a lower file may
// not loosen. It must never merge rules: each layer is judged by itself.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "policy/parse.h"
#include "policy/policy_file.h"
#include "policy/report.h"
#include "policy/rule_names.h"

namespace gatehouse::policy {

class Layers {
 public:
  Layers(const Loader& loader, Findings& findings)
      : loader_(loader), findings_(findings), names_(findings) {}

  // What the source extends, depth first, then the source itself; a file already there is left out.
  // Those of the host first, so that one that is extended as well stays the host's.
  void add_mandatory(const Source& source);
  void add_own(const Source& source);

  // Makes the ids unique, or says why they are not.
  void name_rules();

  // Call once, when all is there and nothing failed.
  Policy join();

 private:
  struct Entry {
    PolicyFile file;
    bool mandatory = false;
    [[nodiscard]] bool binding() const { return mandatory || file.layer.locked; }
  };

  void add(const Source& source, bool mandatory, std::vector<std::string>& chain);
  void follow(const PolicyFile& file, Report& report, bool mandatory,
              std::vector<std::string>& chain);
  void settle_mode(Policy& policy);
  void settle_approvals(Policy& policy);
  void settle_reviewers(Approvals& held);
  void note_silence();
  void add_implied_rules();
  [[nodiscard]] bool is_own(const Entry& entry) const;
  [[nodiscard]] const Entry& own() const;  // the file that was asked for

  const Loader& loader_;
  Findings& findings_;
  RuleNames names_;
  std::vector<Entry> entries_;
  std::string own_file_;
  std::unordered_set<std::string> seen_;
  std::size_t rules_ = 0;
};

}  // namespace gatehouse::policy
