// SPDX-License-Identifier: Apache-2.0
// Requests that need a rule → rules, each with the comment that says where it came from. It must never put two
// verdicts into one rule.
#pragma once

#include <string>
#include <vector>

#include "learning/generalise.h"
#include "learning/rule_json.h"
#include "learning/wanted.h"

namespace gatehouse::learning {

struct Ruled {
  Json body;
  std::string comment;  // one line; not yet made fit for showing
};

struct Rules {
  std::vector<Ruled> filesystem, exec, network, unix_sockets;
  std::vector<std::string> privileges;  // words
  std::vector<std::string> privilege_comments;
  std::vector<std::string> notes;
  Json tests = Json::array();
  [[nodiscard]] std::size_t size() const {
    return filesystem.size() + exec.size() + network.size() + unix_sockets.size() +
           privileges.size();
  }
};

// `apart`: beginnings of what the base denies (generalise.h).
Rules rules_of(const Sorted& sorted, const Observed& observed,
               const std::vector<std::string>& apart);

// The parts of rules_of.
void file_rules(const std::vector<Needed>& all, const Observed& observed,
                const std::vector<std::string>& apart, Rules& out);
void exec_rules(const std::vector<Needed>& all, const Observed& observed,
                const std::vector<std::string>& apart, Rules& out);
void net_rules(const std::vector<Needed>& all, Rules& out);
void unix_rules(const std::vector<Needed>& all, const Observed& observed,
                const std::vector<std::string>& apart, Rules& out);

// "12 events, 3 paths, e.g. /a/b; a person was asked".
std::string comment_of(const Pattern& pattern, bool ask);
// "1 event", "12 events".
std::string plural(std::uint64_t count, const char* one, const char* many);
// Words that a test of a policy may name as they are.
bool is_testable(std::string_view path);

}  // namespace gatehouse::learning
