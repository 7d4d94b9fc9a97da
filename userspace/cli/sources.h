// SPDX-License-Identifier: Apache-2.0
// Where verbs take events from: a file of JSON lines, a directory of segments, standard input, or what the
// controllers of this host still keep. It must never mix these: one place is asked, the one that was named.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/verbs.h"
#include "reading/filter.h"
#include "reading/lines.h"

namespace gatehouse::cli {

// Options of the filters, on any verb that has them.
void add_filters(CLI::App& verb, reading::Wanted& wanted);
// The filter; nothing, with everything that is wrong with it said and the status set, if it cannot be.
std::optional<reading::Filter> filter_of(const reading::Wanted& wanted, Shared& shared);

// What `~` and ${workspace} mean for a person at this shell.
policy::Context context_here(const std::string& workspace = {});

// Every event in `where` ("" = the controllers' recent ones). Nothing: it could not be read; that has
// been said, and the status is set. What could not be read of it is said as well, and in the tally.
std::optional<reading::Tally> read_events(Shared& shared, const std::string& where,
                                          const reading::EventTaker& take);

// SESSION|FILE of a command line: whether that is a place to read from, and not a session.
bool is_place(const std::string& word);
// Where a session is looked for: the audit store of this host if it may be read, else "".
std::string default_place();

}  // namespace gatehouse::cli
