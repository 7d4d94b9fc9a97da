// SPDX-License-Identifier: Apache-2.0
// Any bytes as a line of an audit log, through all that a verifier and the next controller read of it. It must
// never crash, and what comes apart must go together again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "audit/chain.h"
#include "audit/checkpoint.h"
#include "audit/record.h"
#include "events/claims.h"

namespace {

using namespace gatehouse;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string line(reinterpret_cast<const char*>(data), size);
  if (const auto sealed = audit::unseal(line)) {
    (void)audit::number_of(sealed->text);
    if (const auto link = audit::link_of(sealed->chain)) {
      std::string again(sealed->text);
      audit::seal(again, *link, sealed->signature);
      require(again == line || audit::to_text(*link) != sealed->chain);
    }
  }
  if (const auto checkpoint = audit::checkpoint_of(line)) {
    events::Ledger ledger(checkpoint->accounts, {});
    events::EventsLost lost{"store", 0, 3, "", events::Range{1, 9}};
    ledger.told(lost);
    ledger.seen({5, 0});
    const auto back = audit::checkpoint_of(audit::to_json(*checkpoint));
    require(back && back->accounts.size() == checkpoint->accounts.size());
  }
  if (const auto record = audit::record_of(line); record && record->lost) {
    events::Ledger ledger;
    ledger.told(*record->lost);
  }
  for (const auto& [name, value] : events::claims_in(line))
    require(!name.empty() && value.size() <= 128);
  return 0;
}
