// SPDX-License-Identifier: Apache-2.0
// The peer in the kernel that our figures stand beside: a Landlock domain of so many rules.
// It must never be entered by a process that is still needed: there is no way out.
#pragma once

namespace gatehouse::bench {

// Reading and running everywhere, writing below kRoot/project, and further rules up to `rules`. Made
// before the domain is entered, in one process: the directories that they name.
void enter_landlock(unsigned rules);
bool has_landlock();

}  // namespace gatehouse::bench
