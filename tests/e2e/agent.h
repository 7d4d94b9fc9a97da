// SPDX-License-Identifier: Apache-2.0
// An ordinary user's agent in a folder of its own with a secret in it, under the daemon of all these tests. It must
// never be root, nor find another gatehouse than the one that was built.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "host.h"

namespace gatehouse::e2e {

inline const std::string kBinary = GH_TEST_BINARY;
inline const std::string kPolicies = std::string(GH_TEST_SOURCE_DIR) + "/policies";

class AgentTest : public ::testing::Test {
 protected:
  explicit AgentTest(const std::string& folder) : folder_(folder) {
    ::chown(folder_.path().c_str(), user_.uid, user_.gid);
    write_file(folder_.at(".env"), "KEY=1\n");
    agent_.uid = user_.uid;
    agent_.gid = user_.gid;
    agent_.groups = user_.groups;
    agent_.directory = folder_.path();
    agent_.environment = {{"HOME", folder_.path()},
                          {"PATH", kBinary.substr(0, kBinary.rfind('/')) + ":/usr/bin:/bin"},
                          {"GATEHOUSE_SOCKET", Host::instance().socket()}};
  }

  User user_ = Host::instance().member();
  Settings agent_;
  Folder folder_;
};

}  // namespace gatehouse::e2e
