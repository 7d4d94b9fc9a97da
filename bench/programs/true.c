// SPDX-License-Identifier: Apache-2.0
// The smallest program that can be run: what fork+exec costs without a loader or a library.
// It must never do anything, or that would be measured too.
int main(void) { return 0; }
