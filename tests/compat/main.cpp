// SPDX-License-Identifier: Apache-2.0
// The compatibility tests: one world for all cases. They must never run outside the VM: they make a user
// and run cases bare.
#include <gtest/gtest.h>

#include "run.h"

namespace gatehouse::compat {
namespace {

class World : public ::testing::Environment {
 public:
  void SetUp() override { open_world(); }
  void TearDown() override { close_world(); }
};

}  // namespace
}  // namespace gatehouse::compat

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  ::testing::AddGlobalTestEnvironment(new gatehouse::compat::World);
  return RUN_ALL_TESTS();
}
