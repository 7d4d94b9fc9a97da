// SPDX-License-Identifier: Apache-2.0
// What it costs to start a program under a launcher, beside starting it bare.
// It must never count a start that failed.
#pragma once

namespace gatehouse::bench {

// `launcher`: words put before the program, ended by NULL; none: the program bare.
void startup(char** launcher);

}  // namespace gatehouse::bench
