// SPDX-License-Identifier: Apache-2.0
// Sessions, approvals, findings and explanations as JSON, for the socket and for --json alike. It must
// never hold text that is not UTF-8: bytes of names are shown by what replaces them.
#pragma once

#include <deque>
#include <string>
#include <variant>

#include "approvals/entry.h"
#include "approvals/grants.h"
#include "approvals/meaning.h"
#include "base/diagnostic.h"
#include "control/protocol.h"
#include "daemon/live_session.h"
#include "events/processes.h"

namespace gatehouse::daemon {

control::Json session_json(const LiveSession& session);
control::Json approval_json(const approvals::Entry& entry, events::Processes& processes);
control::Json approver_json(const events::Approver& by);
// The rule that an answer to `entry` means, and what of its session's past that would have covered.
control::Json preview_json(const approvals::Meaning& meaning, const approvals::Entry& entry,
                           const std::deque<events::Event>& recent);
// Of what is asked, and where the rule stands that asks: for who writes an answer into that policy.
control::Json place_json(const approvals::Entry& entry, const LiveSession& session);
// `now`: ktime.
control::Json grant_json(const approvals::Grant& grant, const LiveSession& session,
                         std::uint64_t now);
control::Json diagnostics_json(const Diagnostics& diagnostics);

// What these tables say to that request. `access` is a word of the vocabulary, `object` a path or an
// endpoint ("tcp 192.0.2.1:443", "192.0.2.1:443"), or a program that is started with `arguments`.
std::variant<control::Json, control::Refusal> explain(
    const tables::Tables& tables, const std::string& access, const std::string& object,
    const std::vector<std::string>& arguments = {});

// `text` as valid UTF-8.
std::string shown(const std::string& text);

}  // namespace gatehouse::daemon
