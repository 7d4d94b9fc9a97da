// SPDX-License-Identifier: Apache-2.0
// The main of test programs that share one world: made before the first test, and ended after the last. It must
// never be used by a program that could be started outside the VM unnoticed: `open` looks.
#pragma once

#include <gtest/gtest.h>

namespace gatehouse::testing {

class World : public ::testing::Environment {
 public:
  World(void (*open)(), void (*close)()) : open_(open), close_(close) {}
  void SetUp() override { open_(); }
  void TearDown() override { close_(); }

 private:
  void (*open_)();
  void (*close_)();
};

inline int run_tests_in_world(int argc, char** argv, void (*open)(), void (*close)()) {
  ::testing::InitGoogleTest(&argc, argv);
  ::testing::AddGlobalTestEnvironment(new World(open, close));
  return RUN_ALL_TESTS();
}

}  // namespace gatehouse::testing
