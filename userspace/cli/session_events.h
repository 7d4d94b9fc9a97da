// SPDX-License-Identifier: Apache-2.0
// The events of one session, or of all in a file: what SESSION|FILE means for the verbs that look back. It must
// never mix in events of another session when one was named.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "cli/sources.h"

namespace gatehouse::cli {

// `what`: a file, directory or "-" (all that is in it), else a session, looked for in `from`, else in the audit
// store of this host, else in what controllers keep. Nothing: could not be read, or the session is not
// there; that has been said, and the status is set.
std::optional<reading::Tally> read_session_events(
    Shared& shared, const std::string& what, const std::function<bool(const events::Event&)>& take,
    const std::string& from = {}, const std::string& session = {});

// The home of a user of this host; "": there is none.
std::string home_of(std::uint32_t uid);

// What ${workspace} and ~ mean for each session, as its start tells.
class Contexts {
 public:
  void take(const events::Event& event);
  [[nodiscard]] const policy::Context& of(const events::Event& event) const;

 private:
  std::map<std::uint64_t, policy::Context> all_;
  policy::Context here_ = context_here();
};

}  // namespace gatehouse::cli
