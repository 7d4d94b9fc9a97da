// SPDX-License-Identifier: Apache-2.0
// Makes and ends the world of world.h. It must never use an address outside of its network namespace.
#include "world.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "run.h"

namespace gatehouse::escape {
namespace {

std::unique_ptr<e2e::Running> the_daemon;

void require(const std::string& script) {
  const auto ran = e2e::shell(script);
  if (ran.status == 0) return;
  std::fprintf(stderr, "escape_tests: %s: %s\n", script.c_str(), ran.err.c_str());
  std::exit(2);
}

void make_users() {
  // In the overlay of the VM: the host's files are not touched. `~` in a policy is the home of passwd.
  require("sed -i 's|^root:.*|root:x:0:0:root:/srv/escape/root/home:/bin/bash|' /etc/passwd");
  std::ofstream("/etc/group", std::ios::app)
      << "gatehouse:x:61000:escapeuser\nescapeother:x:61010:escapeuser\n";
  std::ofstream("/etc/passwd", std::ios::app)
      << "escapeuser:x:61001:61000::/srv/escape/user/home:/bin/sh\n";
}

void make_network() {
  if (::unshare(CLONE_NEWNET) != 0) std::exit(2);
  require(
      "ip link set lo up && ip addr add 192.0.2.1/32 dev lo && "
      "ip addr add 169.254.169.254/32 dev lo && ip addr add 2001:db8::1/128 dev lo nodad && "
      "echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start && "
      "echo '0 2147483647' > /proc/sys/net/ipv4/ping_group_range");
}

// Any file of the folder.
std::string one_of(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    return entry.path();
  ADD_FAILURE() << "no pin in " << folder;
  return folder + "/none";
}

}  // namespace

void open_world() {
  if (!e2e::exists("/run/gatehouse-vm")) {
    std::fputs("escape_tests: this is not the VM of scripts/vm\n", stderr);
    std::exit(2);
  }
  make_users();
  make_network();
  require("modprobe -qa sctp dccp_ipv4 smc || true");  // those that the kernel has
  require(
      "mkdir -p /srv/escape && truncate -s 96M /run/escape.img && mkfs.ext4 -q -O quota "
      "/run/escape.img && "
      "mount -o loop /run/escape.img /srv/escape && mount --make-private /srv/escape");
  std::filesystem::create_directories("/etc/gatehouse");
  std::filesystem::create_directories("/run/gatehouse");
  e2e::write_file("/etc/gatehouse/daemon.json",
                  std::string("{ \"gate\": \"escape\", \"socket\": \"") + kSocket +
                      "\", \"group\": \"gatehouse\", \"state\": \"/var/lib/gatehouse\" }\n");
  the_daemon = std::make_unique<e2e::Running>(
      e2e::Words{GH_TEST_BINARY, "daemon", "--config", "/etc/gatehouse/daemon.json"});
  if (!e2e::serves(*the_daemon, 120)) {
    std::fprintf(stderr, "escape_tests: the daemon did not start: %s\n", the_daemon->err().c_str());
    std::exit(2);
  }
}

void close_world() {
  EXPECT_FALSE(the_daemon->ended()) << "the daemon did not live through it: " << the_daemon->err();
  the_daemon->signal(SIGTERM);
  EXPECT_EQ(the_daemon->end(30).status, 0) << the_daemon->err();
  EXPECT_FALSE(e2e::exists("/sys/fs/bpf/gatehouse/escape")) << "the daemon left its gate";
  the_daemon.reset();
  ::umount2(kGrounds, MNT_DETACH);
}

void add_facts(Laid& laid) {
  const std::string pins = "/sys/fs/bpf/gatehouse/escape";
  laid.fact("pins", pins);
  laid.fact("pin-of-a-map", one_of(pins + "/maps"));
  laid.fact("pin-of-a-link", one_of(pins + "/links"));
  laid.fact("control", kSocket);
  laid.fact("run-directory", "/run/gatehouse");
  laid.fact("state", "/var/lib/gatehouse");
  laid.fact("configuration", "/etc/gatehouse");
  laid.fact("binary", GH_TEST_BINARY);
  laid.fact("controller", std::to_string(the_daemon->pid()));
  laid.fact("gate-cgroup", std::string("/sys/fs/cgroup") + kGateCgroup);
}

}  // namespace gatehouse::escape
