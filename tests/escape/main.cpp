// SPDX-License-Identifier: Apache-2.0
// The escape tests: one world for all runs, made before the first test and ended after the last. They must
// never run outside the VM: bare, the attempts do what they try.
#include <gtest/gtest.h>

#include "run.h"

namespace gatehouse::escape {
namespace {

class World : public ::testing::Environment {
 public:
  void SetUp() override { open_world(); }
  void TearDown() override { close_world(); }
};

}  // namespace
}  // namespace gatehouse::escape

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  ::testing::AddGlobalTestEnvironment(new gatehouse::escape::World);
  return RUN_ALL_TESTS();
}
