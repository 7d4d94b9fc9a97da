// SPDX-License-Identifier: Apache-2.0
// Files that a policy's rules name literally, into gh_held: the kernel knows them by device and inode too.
// It must never follow a link: where links lead, the compiler has named already.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "kernel/memory.h"
#include "kernel/pool.h"
#include "tables/tables.h"

namespace gatehouse::kernel {

// Those that exist now, for the policy in slot `policy`, whose outcomes lie at `its` in the pool `outcomes`.
// ENOSPC: the map is full; release_files takes back what was written.
Result<void> hold_files(Memory& memory, const std::vector<tables::HeldFile>& files,
                        std::uint32_t policy, std::span<const gh_outcome> outcomes, Range its);

// Of all policies whose slot `gone` says yes to.
Result<void> release_files(Memory& memory, const std::function<bool(std::uint32_t policy)>& gone);

}  // namespace gatehouse::kernel
