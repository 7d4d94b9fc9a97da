// SPDX-License-Identifier: Apache-2.0
// The escape tests: one world for all runs, made before the first test and ended after the last. They must
// never run outside the VM: bare, the attempts do what they try.
#include "run.h"
#include "support/world.h"

int main(int argc, char** argv) {
  return gatehouse::testing::run_tests_in_world(argc, argv, gatehouse::escape::open_world,
                                                gatehouse::escape::close_world);
}
