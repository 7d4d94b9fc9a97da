// SPDX-License-Identifier: Apache-2.0
// Privileges: each guarded system call outside of sessions, in one that denies, allows or audits it, and
// what must stay possible. It must never change the host: what it tries fails late, or is undone at once.
#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "support/guarded.h"
#include "support/mounts.h"

// <sys/mount.h> and <linux/mount.h> do not go together.
extern "C" int mount(const char*, const char*, const char*, unsigned long, const void*) noexcept;
extern "C" int umount2(const char*, int) noexcept;

namespace gatehouse::testing {
namespace {

constexpr int kDetach = 2, kExpire = 4;  // MNT_*

int seizes(pid_t pid) {
  if (::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) != 0) return errno;
  if (::ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) != 0) return errno;
  ::waitpid(pid, nullptr, __WALL);
  return said(::ptrace(PTRACE_DETACH, pid, nullptr, nullptr));
}

int reads_memory(pid_t pid, void* at) {
  char byte = 0;
  iovec here = {&byte, 1}, there = {at, 1};
  return said(::process_vm_readv(pid, &here, 1, &there, 1, 0));
}

int sends(pid_t pid, int signal) { return said(::kill(pid, signal)); }

int sends_by_pidfd(pid_t pid, int signal) {
  const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  return fd < 0 ? errno : said(::syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0));
}

int makes_map() {
  bpf_attr attr = {};
  attr.map_type = BPF_MAP_TYPE_ARRAY;
  attr.key_size = attr.value_size = 4;
  attr.max_entries = 1;
  return said(::syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr));
}

int counts() {
  perf_event_attr attr = {};
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_TASK_CLOCK;
  return said(::syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

int starts_in(const std::string& cgroup) {
  clone_args args = {};
  args.flags = CLONE_INTO_CGROUP;
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<std::uint64_t>(::open(cgroup.c_str(), O_PATH));
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
  if (pid == 0) ::_exit(0);
  if (pid < 0) return errno;
  ::waitpid(pid, nullptr, 0);
  return 0;
}

using GuardTest = Guarded;

TEST_F(GuardTest, mounts) {
  const std::string at = workspace / "at";
  expect_guarded("mount", [=] {
    if (::mount("x", at.c_str(), "tmpfs", 0, nullptr) != 0) return errno;
    return said(::umount2(at.c_str(), 0));
  });
  expect_guarded("mount", [=] {
    if (::mount(at.c_str(), at.c_str(), nullptr, 4096 /* MS_BIND */, nullptr) != 0) return errno;
    return said(::umount2(at.c_str(), 0));
  });
  expect_guarded("mount", [] { return said(::umount2("/", kExpire | kDetach)); });
  expect_guarded("mount", [=] {
    return ::chdir(at.c_str()) != 0 ? EIO : said(::syscall(SYS_pivot_root, ".", "."));
  });
  expect_guarded("mount", [=] {
    const long tree = ::syscall(SYS_open_tree, AT_FDCWD, at.c_str(), OPEN_TREE_CLONE);
    if (tree < 0) return errno;
    if (::syscall(SYS_move_mount, tree, "", AT_FDCWD, at.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
      return errno;
    return said(::umount2(at.c_str(), kDetach));
  });
}

TEST_F(GuardTest, a_mounted_file_system_is_not_reconfigured) {
  const Tmpfs tmpfs(workspace / "tmpfs");
  expect_guarded("mount", [&] {
    const long fs = ::syscall(SYS_fspick, AT_FDCWD, (workspace / "tmpfs").c_str(), 0);
    if (fs < 0) return errno;
    return said(::syscall(SYS_fsconfig, fs, FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr, 0));
  });
}

TEST_F(GuardTest, user_namespaces) {
  expect_guarded("user_namespaces", [] { return said(::unshare(CLONE_NEWUSER)); });
}

TEST_F(GuardTest, processes_outside_are_not_traced) {
  char here = 0;
  expect_guarded("ptrace", [&] { return seizes(other); });
  expect_guarded("ptrace", [&] { return reads_memory(other, &here); });
}

TEST_F(GuardTest, links_of_processes_outside_lead_nowhere) {
  const Operation operation = [&] {
    char target[4096];
    return said(
        ::readlink(("/proc/" + std::to_string(other) + "/cwd").c_str(), target, sizeof target));
  };
  EXPECT_EQ(unconfined(operation), 0);
  EXPECT_EQ(session.run(operation), EACCES);
  expect_told(session, "ptrace", GH_REASON_DEFAULT, false);
}

TEST_F(GuardTest, what_only_hides_numbers_is_not_told) {
  expect_free([&] {
    std::ifstream in("/proc/" + std::to_string(other) + "/stat");
    std::string text;
    return std::getline(in, text) ? 0 : EIO;
  });
}

// Runs it on a child of its own.
Operation on_child(const std::function<int(pid_t)>& use) {
  return [=] {
    const Outsider child;  // inside, here
    return use(child.pid());
  };
}

TEST_F(GuardTest, own_children_are_traced_and_signalled) {
  char here = 0;
  expect_free(on_child(seizes));
  expect_free(on_child([&](pid_t pid) { return reads_memory(pid, &here); }));
  for (const int signal : {0, SIGSTOP, SIGCONT, SIGTERM})
    expect_free(on_child([=](pid_t pid) { return sends(pid, signal); }));
  expect_free(on_child([](pid_t pid) { return sends_by_pidfd(pid, SIGCONT); }));
  expect_free([] { return ::signal(SIGUSR1, SIG_IGN) == SIG_ERR ? EIO : said(::raise(SIGUSR1)); });
}

TEST_F(GuardTest, two_processes_of_one_session_are_alike) {
  Running neighbour = session.start([] {
    ::pause();
    return 0;
  });
  EXPECT_EQ(session.run([&] { return seizes(neighbour.pid()); }), 0);
  EXPECT_EQ(session.run([&] { return sends(neighbour.pid(), SIGKILL); }), 0);
  EXPECT_EQ(neighbour.wait(), -SIGKILL);
  EXPECT_TRUE(session.decisions().empty()) << session.last_words();
}

TEST_F(GuardTest, another_session_is_outside) {
  Session stranger(guarding(R"(, "privilege": {"default": "allow"})"), workspace.path());
  Running running = stranger.start([] {
    ::pause();
    return 0;
  });
  expect_guarded("ptrace", [&] { return seizes(running.pid()); });
  expect_guarded("signal", [&] { return sends(running.pid(), 0); });
  // One that is privileged reaches in; a bystander too.
  EXPECT_EQ(unconfined([&] { return sends(running.pid(), SIGKILL); }), 0);
  EXPECT_EQ(running.wait(), -SIGKILL);
}

TEST_F(GuardTest, processes_outside_are_not_signalled) {
  for (const int signal : {0, SIGCONT, SIGSTOP})
    expect_guarded("signal", [=, this] {
      const int code = sends(other, signal);
      ::kill(other, SIGCONT);
      return code;
    });
  expect_guarded("signal", [&] { return said(::syscall(SYS_tgkill, other, other, SIGCONT)); });
  expect_guarded("signal", [&] { return sends_by_pidfd(other, SIGCONT); });
  expect_guarded("signal", [&] {
    sigval value = {};
    return said(::sigqueue(other, SIGCONT, value));
  });
  EXPECT_EQ(session.run([&] { return sends(other, SIGKILL); }), EPERM);
  EXPECT_EQ(::kill(other, 0), 0);
}

// A group with members on both sides: those inside get the signal, and the call succeeds.
TEST_F(GuardTest, a_signal_to_a_group_reaches_those_inside) {
  ASSERT_EQ(::setpgid(other, other), 0);
  EXPECT_EQ(session.run([&] {
    if (::setpgid(0, other) != 0 || ::signal(SIGUSR1, SIG_IGN) == SIG_ERR) return EIO;
    return said(::kill(0, SIGUSR1));
  }),
            0);
  expect_told(session, "signal", GH_REASON_DEFAULT, false);
  EXPECT_EQ(::waitpid(other, nullptr, WNOHANG), 0) << "it ended";
}

TEST_F(GuardTest, a_parent_outside_hears_of_its_child) {
  static std::atomic<int> heard = 0;
  ::signal(SIGCHLD, [](int) { heard++; });
  EXPECT_EQ(session.run([] { return 0; }), 0);
  EXPECT_TRUE(wait_for([] { return heard > 0; }));
  ::signal(SIGCHLD, SIG_DFL);
}

TEST_F(GuardTest, bpf) {
  expect_guarded("bpf", makes_map);
  expect_guarded("bpf", [] {
    bpf_attr attr = {};
    return said(::syscall(SYS_bpf, BPF_LINK_GET_NEXT_ID, &attr, sizeof attr));
  });
}

// Debian's kernel.perf_event_paranoid asks for the capability first, and answers in its own words.
TEST_F(GuardTest, performance_events) { expect_guarded("perf", counts, EACCES); }

TEST_F(GuardTest, modules) {
  expect_guarded("modules", [] {
    static const char zeros[4096] = {};
    return said(::syscall(SYS_init_module, zeros, sizeof zeros, ""));
  });
  expect_guarded("modules", [&] {
    const int fd = ::open((workspace / "zeros").c_str(), O_RDONLY);
    return fd < 0 ? EIO : said(::syscall(SYS_finit_module, fd, "", 0));
  });
}

TEST_F(GuardTest, other_kernels) {
  expect_guarded("kexec", [] {
    constexpr unsigned long kNoSuchFlag = 0x8000;  // fails after the hook
    return said(::syscall(SYS_kexec_load, 0, 0, nullptr, kNoSuchFlag));
  });
  expect_guarded("kexec", [&] {
    constexpr unsigned long kNoInitramfs = 4;
    const int fd = ::open((workspace / "zeros").c_str(), O_RDONLY);
    return fd < 0 ? EIO : said(::syscall(SYS_kexec_file_load, fd, -1, 0, nullptr, kNoInitramfs));
  });
}

TEST_F(GuardTest, cgroups) {
  const std::string own = session.cgroup().path(), below = own + "/below";
  expect_guarded("cgroups", opens(own + "/cgroup.procs", O_WRONLY));
  expect_guarded("cgroups", opens(own + "/cgroup.freeze", O_RDWR));
  expect_guarded("cgroups", [&] {
    return ::mkdir(below.c_str(), 0755) != 0 ? errno : said(::rmdir(below.c_str()));
  });
  ASSERT_EQ(::mkdir(below.c_str(), 0755), 0);
  EXPECT_EQ(session.run([&] { return said(::rmdir(below.c_str())); }), EPERM);
  EXPECT_EQ(::rmdir(below.c_str()), 0);
  session.forget();
  // From where every session is, so that none is left behind with a stranger in it.
  expect_guarded("cgroups", [&] { return starts_in(own); });
  expect_free(opens(own + "/cgroup.procs", O_RDONLY));
}

TEST_F(GuardTest, no_privilege_opens_what_a_path_rule_closes) {
  Session closed(R"("filesystem": {"default": {"read": "allow", "exec": "allow"}},
                    "exec": {"default": "allow"}, "privilege": {"default": "allow"})",
                 workspace.path());
  EXPECT_EQ(closed.run(opens(closed.cgroup().path() + "/cgroup.procs", O_WRONLY)), EACCES);
}

TEST_F(GuardTest, a_new_policy_holds_at_once) {
  EXPECT_EQ(session.run(makes_map), EPERM);
  session.replace(guarding(R"(, "privilege": {"allow": ["bpf"]})"));
  EXPECT_EQ(session.run(makes_map), 0);
  session.replace(guarding(R"(, "privilege": {"allow": ["perf"]})"));
  EXPECT_EQ(session.run(makes_map), EPERM);
}

}  // namespace
}  // namespace gatehouse::testing
