// SPDX-License-Identifier: Apache-2.0
// One case: a shell script of `cases`, and what its opening comments say of it. A case must never say of
// itself that it may fail, or that it is for some kernel only.
#pragma once

#include <string>
#include <vector>

namespace gatehouse::compat {

struct Case {
  std::string name, script, proves;
  // Of the confined run, each "ACCESS OBJECT", in order of the alphabet: all that a person is asked and
  // allows, and all that is denied without harm to the result.
  std::vector<std::string> asked, denied;
  // What the policy must allow beside what the shipped one does: privileges, and paths to write.
  std::vector<std::string> privileges, writes;
  std::vector<std::string> varies;    // files whose content is never the same twice
  std::vector<std::string> unlisted;  // files whose names are not, either
};

// Of a folder beside this file, by name.
std::vector<Case> cases_of(const std::string& folder);

// Whether a path is one of the patterns, in which `*` is any text.
bool is_any_of(const std::vector<std::string>& patterns, const std::string& path);

}  // namespace gatehouse::compat
