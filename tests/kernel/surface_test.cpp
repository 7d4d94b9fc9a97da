// SPDX-License-Identifier: Apache-2.0
// Privileges over the rest of the kernel's surface: sockets of other kinds, devices, settings, IPC, and what
// only a capability stops. It must never change the host: what it tries fails late, or is undone at once.
#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/acct.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "support/guarded.h"

namespace gatehouse::testing {
namespace {

using SurfaceTest = Guarded;

Operation makes_socket(int family, int type, int protocol) {
  return [=] { return said(::socket(family, type | SOCK_CLOEXEC, protocol)); };
}

TEST_F(SurfaceTest, sockets_of_other_kinds) {
  expect_guarded("raw_sockets", makes_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
  expect_guarded("raw_sockets", makes_socket(AF_PACKET, SOCK_RAW, 0));
  expect_guarded("netlink", makes_socket(AF_NETLINK, SOCK_RAW, 15 /* uevents */));
  expect_guarded("vsock", makes_socket(AF_VSOCK, SOCK_STREAM, 0));
  expect_guarded("crypto_sockets", makes_socket(AF_ALG, SOCK_SEQPACKET, 0));
  expect_guarded("other_sockets", makes_socket(AF_INET, SOCK_STREAM, 132 /* SCTP */));
  expect_guarded("other_sockets", makes_socket(AF_CAN, SOCK_RAW, 1));
}

TEST_F(SurfaceTest, ordinary_sockets_are_free) {
  for (const int family : {AF_UNIX, AF_INET, AF_INET6})
    for (const int type : {SOCK_STREAM, SOCK_DGRAM})
      expect_free(makes_socket(family, type, 0));
  expect_free(makes_socket(AF_NETLINK, SOCK_RAW, 0 /* routes */));
}

TEST_F(SurfaceTest, io_uring) {
  expect_guarded(
      "io_uring",
      [] {
        io_uring_params parameters = {};
        return said(::syscall(SYS_io_uring_setup, 4, &parameters));
      },
      EPERM, "ipc_lock");
}

TEST_F(SurfaceTest, faults_handled_in_user_space) {
  constexpr int kUserModeOnly = 1;
  expect_guarded("userfaultfd", [] { return said(::syscall(SYS_userfaultfd, kUserModeOnly)); });
}

TEST_F(SurfaceTest, keyrings) {
  expect_guarded("keyrings", [] {
    return said(::syscall(SYS_add_key, "user", "gatehouse-test", "x", 1, KEY_SPEC_PROCESS_KEYRING));
  });
}

TEST_F(SurfaceTest, devices) {
  const std::string node = workspace / "node";
  ASSERT_EQ(::mknod(node.c_str(), S_IFCHR | 0600, makedev(10, 254)), 0);
  expect_guarded("devices", opens(node, O_RDONLY));
  expect_guarded(
      "devices",
      [&] {
        const std::string made = workspace / "made";
        const int code = said(::mknod(made.c_str(), S_IFCHR | 0600, makedev(10, 254)));
        ::unlink(made.c_str());
        return code;
      },
      EPERM, "mknod");
  expect_free(opens("/dev/null", O_RDWR));
  expect_free(opens("/dev/urandom", O_RDONLY));
  expect_free([&] {
    const int code = said(::mkfifo((workspace / "fifo").c_str(), 0600));
    ::unlink((workspace / "fifo").c_str());
    return code;
  });
}

TEST_F(SurfaceTest, settings_of_the_kernel) {
  expect_guarded("sysctl", opens("/proc/sys/kernel/hostname", O_WRONLY));
  expect_guarded("sysctl", opens("/sys/module/kernel/parameters/panic", O_WRONLY));
  expect_free(opens("/proc/sys/kernel/hostname", O_RDONLY));
  expect_free(opens("/proc/self/comm", O_WRONLY));
}

TEST_F(SurfaceTest, other_processes_below_proc) {
  const std::string its = "/proc/" + std::to_string(other);
  const auto lists = [](const std::string& path) {
    return [=] {
      DIR* directory = ::opendir(path.c_str());
      if (directory == nullptr) return errno;
      ::closedir(directory);
      return 0;
    };
  };
  expect_guarded("ptrace", opens(its + "/oom_score_adj", O_WRONLY));
  expect_guarded("ptrace", lists(its + "/fd"));
  expect_free(lists(its));
  expect_free(lists("/proc/self/fd"));
  expect_free(opens("/proc/self/oom_score_adj", O_WRONLY));
}

TEST_F(SurfaceTest, input_to_a_terminal) {
  expect_guarded(
      "terminal_input",
      [] {
        const int fd = ::posix_openpt(O_RDWR | O_NOCTTY);
        char byte = 'x';
        return fd < 0 ? ERANGE : said(::ioctl(fd, TIOCSTI, &byte));
      },
      EPERM, "sys_admin");
}

TEST_F(SurfaceTest, signals_by_the_owner_of_a_descriptor) {
  const auto owns = [](pid_t owner) {
    return [=] {
      int ends[2];
      if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return ERANGE;
      return said(::fcntl(ends[0], F_SETOWN, owner));
    };
  };
  expect_guarded("signal", owns(other));
  expect_guarded("signal", owns(-other));
  expect_guarded("signal", [&] {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return ERANGE;
    return said(::ioctl(ends[0], FIOSETOWN, &other));
  });
  expect_free([&] { return owns(::getpid())(); });
}

TEST_F(SurfaceTest, scheduling_of_others) {
  expect_guarded("scheduling",
                 [&] { return said(::setpriority(PRIO_PROCESS, static_cast<id_t>(other), 1)); });
  expect_guarded("scheduling", [&] {
    cpu_set_t all;
    std::memset(&all, 0xff, sizeof all);
    return said(::sched_setaffinity(other, sizeof all, &all));
  });
  expect_guarded("scheduling", [&] {
    const rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    return said(::prlimit(other, RLIMIT_CPU, &limit, nullptr));
  });
  expect_free([] { return said(::setpriority(PRIO_PROCESS, 0, 1)); });
}

TEST_F(SurfaceTest, ipc_made_outside) {
  const int memory = ::shmget(IPC_PRIVATE, 4096, 0600);
  ASSERT_GE(memory, 0);
  expect_guarded(
      "ipc",
      [=] {
        return ::shmat(memory, nullptr, SHM_RDONLY) == reinterpret_cast<void*>(-1) ? errno : 0;
      },
      EACCES);
  expect_guarded("ipc", [=] {
    shmid_ds about = {};
    if (::shmctl(memory, IPC_STAT, &about) != 0) return errno == EACCES ? EPERM : errno;
    return said(::shmctl(memory, IPC_SET, &about));
  });
  ::shmctl(memory, IPC_RMID, nullptr);
  // Its file system is mounted nowhere, so that no path can be judged: denied, whatever is allowed.
  const auto uses_queue = [] {
    const mqd_t queue = ::mq_open("/gatehouse-test", O_RDWR | O_CREAT, 0600, nullptr);
    if (queue < 0) return errno;
    ::mq_close(queue);
    return said(::mq_unlink("/gatehouse-test"));
  };
  EXPECT_EQ(unconfined(uses_queue), 0);
  EXPECT_EQ(session.run(uses_queue), EPERM);
  const auto told = session.decisions();  // root is refused a capability before
  EXPECT_TRUE(std::any_of(told.begin(), told.end(), [](const auto& event) {
    return std::get<events::Decision>(event.body).object.text == "ipc";
  })) << session.last_words();
  session.forget();
  expect_free([] {
    const int own = ::shmget(IPC_PRIVATE, 4096, 0600);
    if (own < 0 || ::shmat(own, nullptr, 0) == reinterpret_cast<void*>(-1)) return errno;
    return said(::shmctl(own, IPC_RMID, nullptr));
  });
}

TEST_F(SurfaceTest, what_is_told_by_its_system_call) {
  expect_guarded("chroot", [] { return said(::chroot("/")); });
  expect_guarded("namespaces", [] { return said(::unshare(CLONE_NEWUTS)); });
  expect_guarded("hostname", [] {
    char name[256] = {};
    if (::gethostname(name, sizeof name) != 0) return ERANGE;
    return said(::sethostname(name, std::strlen(name)));
  });
  expect_guarded("clock", [] {
    timespec now = {};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return said(::clock_settime(CLOCK_REALTIME, &now));
  });
  expect_guarded("swap", [] { return said(::swapoff("/nowhere")); });
  expect_guarded("reboot", [] { return said(::syscall(SYS_reboot, 1, 2, 3, nullptr)); });
  expect_guarded("accounting", [] { return said(::acct(nullptr)); });
  expect_guarded("syslog", [] { return said(::syscall(SYS_syslog, 10, nullptr, 0)); });
  expect_guarded("fanotify",
                 [] { return said(::fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY)); });
}

TEST_F(SurfaceTest, files_by_their_handles) {
  expect_guarded("file_handles", [&] {
    alignas(file_handle) char room[sizeof(file_handle) + MAX_HANDLE_SZ] = {};
    auto* handle = reinterpret_cast<file_handle*>(room);
    handle->handle_bytes = MAX_HANDLE_SZ;
    int mount = 0;
    if (::name_to_handle_at(AT_FDCWD, (workspace / "zeros").c_str(), handle, &mount, 0) != 0)
      return ERANGE;
    const int at = ::open(workspace.path().c_str(), O_RDONLY | O_DIRECTORY);
    return said(::open_by_handle_at(at, handle, O_RDONLY));
  });
}

TEST_F(SurfaceTest, capabilities) {
  expect_guarded("setuid", [] { return said(::setuid(61001)); });
  expect_guarded("setgid", [] { return said(::setgid(61001)); });
  expect_guarded("chown",
                 [&] { return said(::chown((workspace / "zeros").c_str(), 61001, 61001)); });
  expect_guarded(
      "sys_nice", [] { return said(::setpriority(PRIO_PROCESS, 0, -1)); }, EACCES);
}

}  // namespace
}  // namespace gatehouse::testing
