// SPDX-License-Identifier: Apache-2.0
// approvals watch: approvals as they come. It must never answer one that was not before the person's eyes.
#pragma once

#include "cli/verbs.h"

namespace gatehouse::cli {

void add_watch(CLI::App& approvals, Shared& shared);

}  // namespace gatehouse::cli
