// SPDX-License-Identifier: Apache-2.0
// Lifts the gate when a test program ends. It must never be included by a program without a gate.
#pragma once

#include <gtest/gtest.h>

#include "support/gate.h"

namespace gatehouse::testing {

class CloseGate : public ::testing::Environment {
 public:
  void SetUp() override { Gate::instance(); }
  void TearDown() override { Gate::instance().close(); }
};

}  // namespace gatehouse::testing
