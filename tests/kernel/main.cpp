// SPDX-License-Identifier: Apache-2.0
// Kernel tests: one gate for all of them, lifted at the end. They must never run outside the VM or on
// cgroups that they did not make.
#include "support/main.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  ::testing::AddGlobalTestEnvironment(new gatehouse::testing::CloseGate);
  return RUN_ALL_TESTS();
}
