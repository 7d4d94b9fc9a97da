// SPDX-License-Identifier: Apache-2.0
// The kernel's decision, taken in user space on the very same Tables, for `why`, for `tests` in a policy
// and for the differential test. It must never know a rule or a glob: only states and outcomes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tables/tables.h"

namespace gatehouse::tables {

struct Decision {
  gh_verdict verdict = GH_DENY;
  std::uint16_t rule = GH_RULE_DEFAULT;
  bool log = false;
};

// `path`: absolute and resolved, any bytes. Access: of GH_PATH_ACCESSES.
Decision evaluate_path(const Tables& tables, std::string_view path, gh_access access);
// The same for starting `path` with arguments, of which the first does not matter. Whichever of the two
// judgements, of the program alone and with its arguments, is the stricter.
Decision evaluate_command(const Tables& tables, std::string_view path,
                          const std::vector<std::string>& argv);
// `key`: an endpoint key (abi.h). Access: of GH_NET_ACCESSES.
Decision evaluate_endpoint(const Tables& tables, std::string_view key, gh_access access);
// The outcome (number in tables.outcomes) that all accesses to this path are answered from.
std::uint32_t path_outcome(const Tables& tables, std::string_view path);
Decision evaluate_privilege(const Tables& tables, gh_privilege privilege);

// Key of an endpoint; address in network order, v4-mapped v6 becomes v4.
std::string endpoint_key(int protocol, bool v6, const std::uint8_t* address, std::uint16_t port);
// "1.2.3.4:443" or "[::1]:443" → key; nothing if it is neither.
std::optional<std::string> parse_endpoint(int protocol, std::string_view text);
// Key → "tcp 1.2.3.4:443".
std::string endpoint_text(std::string_view key);

}  // namespace gatehouse::tables
