// SPDX-License-Identifier: Apache-2.0
// End-to-end tests: the binary as people use it, most of them with one daemon that is stopped at the end.
// They must never run outside the VM: they make users and load gates.
#include <gtest/gtest.h>

#include "host.h"

namespace gatehouse::e2e {
namespace {

class StopDaemon : public ::testing::Environment {
 public:
  void TearDown() override { Host::instance().close(); }
};

}  // namespace
}  // namespace gatehouse::e2e

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  ::testing::AddGlobalTestEnvironment(new gatehouse::e2e::StopDaemon);
  return RUN_ALL_TESTS();
}
