// SPDX-License-Identifier: Apache-2.0
// What ten and ten thousand rules weigh: tables, kernel memory, the time to compile and to publish.
// It must never be run beside another gate of the same name.
#pragma once

namespace gatehouse::bench {

void sizes();
void compile_times();

}  // namespace gatehouse::bench
