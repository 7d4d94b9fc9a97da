// SPDX-License-Identifier: Apache-2.0
// Makes and ends the world of world.h. It must never change the shipped policy, only copies of it.
#include "world.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "e2e/command.h"
#include "ground.h"
#include "run.h"

namespace gatehouse::compat {
namespace {

constexpr const char* kPolicy = GH_TEST_SOURCE_DIR "/policies/coding-agent.json";

std::unique_ptr<e2e::Running> the_daemon;

void give_up(const std::string& why) {
  std::fprintf(stderr, "compat_tests: %s\n", why.c_str());
  std::exit(2);
}

// In the overlay of the VM: the host's files are not touched.
void make_user() {
  std::ofstream("/etc/group", std::ios::app)
      << "gatehouse:x:" << kGatehouseGroup << ":compatuser\ncompatuser:x:" << kUserGroup << ":\n";
  std::ofstream("/etc/passwd", std::ios::app)
      << "compatuser:x:" << kUser << ":" << kUserGroup << "::" << kHome << ":/bin/bash\n";
}

}  // namespace

void open_world() {
  if (!e2e::exists("/run/gatehouse-vm")) give_up("this is not the VM of scripts/vm");
  make_user();
  for (const char* folder : {kGround, "/run/compat", "/run/gatehouse"})
    std::filesystem::create_directories(folder);
  const auto mounted =
      e2e::shell(std::string("truncate -s 256M /run/compat/img && mkfs.ext4 -q /run/compat/img && "
                             "mount -o loop /run/compat/img ") +
                 kGround);
  if (mounted.status != 0) give_up(mounted.err);
  e2e::write_file("/run/compat/daemon.json",
                  std::string("{ \"gate\": \"compat\", \"socket\": \"") + kSocket +
                      "\", \"group\": \"gatehouse\", \"state\": \"/var/lib/gatehouse\", "
                      "\"sinks\": [\"jsonl:" +
                      kEvents + "\"] }\n");
  the_daemon = std::make_unique<e2e::Running>(
      e2e::Words{GH_TEST_BINARY, "daemon", "--config", "/run/compat/daemon.json"});
  if (!e2e::serves(*the_daemon, 600)) give_up("the daemon did not start: " + the_daemon->err());
}

void close_world() {
  EXPECT_FALSE(the_daemon->ended()) << "the daemon did not live through it: " << the_daemon->err();
  the_daemon->signal(SIGTERM);
  EXPECT_EQ(the_daemon->end(30).status, 0) << the_daemon->err();
  the_daemon.reset();
  ::umount2(kGround, MNT_DETACH);
}

std::string policy_for(const Case& one) {
  if (one.privileges.empty() && one.writes.empty()) return kPolicy;
  auto policy = e2e::Json::parse(e2e::read_file(kPolicy), nullptr, true, true);
  for (const auto& name : one.privileges)
    policy["privilege"]["allow"].push_back(name);
  if (!one.writes.empty())
    policy["filesystem"]["rules"].push_back(
        {{"id", "case"}, {"action", "allow"}, {"access", {"write"}}, {"paths", one.writes}});
  const std::string file = "/run/compat/" + one.name + ".json";
  e2e::write_file(file, policy.dump(1));
  return file;
}

}  // namespace gatehouse::compat
