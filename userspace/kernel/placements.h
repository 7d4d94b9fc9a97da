// SPDX-License-Identifier: Apache-2.0
// Where the tables of policies lie in the kernel's pools; equal tables of several sessions lie there once. It must
// never give a range back while another policy lies there too.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "kernel/pool.h"
#include "kernel/relocate.h"
#include "tables/tables.h"

namespace gatehouse::kernel {

class Placements {
 public:
  Placements();

  // Finds equal tables, or writes these and reads them back. Does not fit: ENOSPC with figures.
  Result<Placement> take(const tables::Tables& tables, const Pools& pools);
  // One that was found in the kernel. False: it overlaps another one, which is not the same.
  bool claim(const Placement& place, std::uint64_t digest);
  // Once for each take or claim.
  void give(const Placement& place);

  [[nodiscard]] std::uint32_t free_states() const { return states_.free(); }
  [[nodiscard]] std::uint32_t free_transitions() const { return transitions_.free(); }

 private:
  struct Taken {
    Placement place;
    std::uint64_t digest = 0;
    std::uint32_t policies = 0;
  };
  Result<Placement> make_room(const tables::Tables& tables);
  Taken* at(const Placement& place);
  void free(const Placement& place);

  Pool states_, transitions_, outcomes_;
  std::vector<Taken> taken_;
};

// ENOSPC: "the policy needs 310,000 states, 1,000 of 262,144 free".
Error no_room(const char* what, std::size_t needed, const Pool& pool);

}  // namespace gatehouse::kernel
