// SPDX-License-Identifier: Apache-2.0
// Which events a person asked for: every condition must hold, and each holds if one of its values does. It
// must never let an event pass that has no such member: what has no verdict has not the verdict "deny".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "events/event.h"
#include "policy/model.h"
#include "reading/family.h"
#include "tables/tables.h"

namespace gatehouse::reading {

// As it was written. Lists: any of them.
struct Wanted {
  std::string session = {};  // id or name
  std::vector<std::string> verdicts = {}, accesses = {}, paths = {}, rules = {}, types = {};
  std::string since = {}, until = {};
  std::string call = {};  // as an agent names it
  std::uint32_t pid = 0;
  bool tree = false;
  [[nodiscard]] bool everything() const;
};

class Filter {
 public:
  // Nothing, and every mistake in `diagnostics` (its pointer is the option), when it cannot be.
  // `context`: what `~` and ${workspace} mean in paths. `now`: ns since 1970.
  static std::optional<Filter> make(const Wanted& wanted, const policy::Context& context,
                                    std::int64_t now, Diagnostics& diagnostics);

  // Every event must be shown, in order, wanted or not: families grow by what is not wanted.
  bool passes(const events::Event& event);

 private:
  std::string session_, call_;
  std::vector<gh_verdict> verdicts_;
  std::vector<gh_access> accesses_;
  std::vector<std::string> rules_, types_;
  std::optional<tables::Tables> paths_;  // that deny what is wanted
  std::optional<std::int64_t> since_, until_;
  std::optional<Family> family_;
};

// Is it this session's? By id or name.
bool is_of(const events::Event& event, const std::string& session);
// What the event is about, if it has such a part.
const events::Object* object_of(const events::Event& event);
std::optional<gh_access> access_of(const events::Event& event);
std::optional<gh_verdict> verdict_of(const events::Event& event);
const events::Rule* rule_of(const events::Event& event);
// Decision or ask.
const events::Judged* judged_of(const events::Event& event);

// Tables that deny reading of what one of the globs matches and allow all else; the findings name `option`.
std::optional<tables::Tables> tables_of_globs(const std::vector<std::string>& globs,
                                              const policy::Context& context, const char* option,
                                              Diagnostics& diagnostics);
bool matches(const tables::Tables& globs, const std::string& path);

}  // namespace gatehouse::reading
