// SPDX-License-Identifier: Apache-2.0
// The compatibility tests: one world for all cases. They must never run outside the VM: they make a user
// and run cases bare.
#include "run.h"
#include "support/world.h"

int main(int argc, char** argv) {
  return gatehouse::testing::run_tests_in_world(argc, argv, gatehouse::compat::open_world,
                                                gatehouse::compat::close_world);
}
