// SPDX-License-Identifier: Apache-2.0
// The round trip of an ask that is answered at once, beside other ways of asking a second process.
// It must never hold a thread for longer than its answer takes.
#pragma once

namespace gatehouse::bench {

// In the VM: an ask, seccomp's user notification, a pipe; the same open each time.
void ask_round_trips();
// Anywhere: stop and continue by signal, seccomp's user notification, a pipe.
void signal_round_trips();

}  // namespace gatehouse::bench
