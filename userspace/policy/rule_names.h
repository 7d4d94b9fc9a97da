// SPDX-License-Identifier: Apache-2.0
// Ids of rules, unique over all layers, since events and approvals name a rule by its id alone. It must
// never rename a rule of the host: its monitors know that id.
#pragma once

#include <string>
#include <unordered_map>

#include "policy/model.h"
#include "policy/report.h"

namespace gatehouse::policy {

class RuleNames {
 public:
  explicit RuleNames(Findings& findings) : findings_(findings) {}

  // Layers of the host first. `own`: the file that was asked for, whose made ids stay short.
  void add(Layer& layer, bool mandatory, bool own);
  // A rule that nobody wrote: it gives way to names that somebody did.
  void add_implied(Rule& rule, const Layer& layer, bool mandatory, bool own);

 private:
  struct Owner {
    const Layer* layer;
    std::string pointer;
    bool mandatory;
  };
  template <typename Answered>
  void add_all(Answered& rule, const Layer& layer, bool mandatory, bool own, Report& report);
  void add(Rule& rule, const Layer& layer, bool mandatory, bool own, Report& report);

  Findings& findings_;
  std::unordered_map<std::string, Owner> owners_;
};

}  // namespace gatehouse::policy
