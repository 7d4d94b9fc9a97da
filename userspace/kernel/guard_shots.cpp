// SPDX-License-Identifier: Apache-2.0
// Objects, descriptors and flags that a child of doctor's makes and uses.
// It must never leave an object behind that outlives its process.
#include "kernel/guard_shots.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gatehouse::kernel {
namespace {

int outcome(long result) { return result < 0 ? errno : 0; }

}  // namespace

// On a queue, segment and set of its own: the hooks of their making, use and end.
int use_ipc() {
  const int memory = ::shmget(IPC_PRIVATE, 4096, 0600), queue = ::msgget(IPC_PRIVATE, 0600),
            semaphores = ::semget(IPC_PRIVATE, 1, 0600);
  shmid_ds segment = {};
  msqid_ds messages = {};
  int code = memory < 0 || queue < 0 || semaphores < 0 ? errno : 0;
  if (code == 0) code = outcome(::shmctl(memory, IPC_STAT, &segment));
  if (code == 0) code = outcome(::msgctl(queue, IPC_STAT, &messages));
  if (code == 0) code = outcome(::semctl(semaphores, 0, GETVAL));
  (void)::shmctl(memory, IPC_RMID, nullptr);
  (void)::msgctl(queue, IPC_RMID, nullptr);
  (void)::semctl(semaphores, 0, IPC_RMID);
  return code;
}

// To itself, by a socket pair.
int pass_file(const Scene& s) {
  int pair[2];
  const int file = ::open(s.at("file").c_str(), O_RDONLY | O_PATH);
  if (file < 0 || ::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) return errno;
  char byte = 0, control[CMSG_SPACE(sizeof file)] = {};
  iovec part = {&byte, 1};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof file);
  std::memcpy(CMSG_DATA(head), &file, sizeof file);
  if (::sendmsg(pair[0], &message, 0) < 0 || ::recvmsg(pair[1], &message, 0) < 0) return errno;
  return 0;
}

int set_owner() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) return errno;
  return outcome(::fcntl(pair[0], F_SETOWN, ::getppid()));
}

int set_flags(const Scene& s) {
  const int fd = ::open(s.program_path.c_str(), O_RDONLY);
  const int flags = 0;
  return fd < 0 ? errno : outcome(::ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

// By the 32-bit entry. A kernel without one ends the process there.
int set_flags_32(const Scene& s) {
  constexpr int kIoctl = 54, kSetFlags = 0x40046602;
  if (::signal(SIGSEGV, [](int) { ::_exit(EAFNOSUPPORT); }) == SIG_ERR) return errno;
  const int fd = ::open(s.program_path.c_str(), O_RDONLY);
  int result = kIoctl;
  asm volatile("int $0x80" : "+a"(result) : "b"(fd), "c"(kSetFlags), "d"(0) : "memory");
  return fd < 0 ? errno : -result;
}

// The policy allows bpf(2), but for what is Gatehouse's own.
int open_link() {
  bpf_attr attr = {};
  attr.link_id = ~0u - 1;
  return outcome(::syscall(SYS_bpf, BPF_LINK_GET_FD_BY_ID, &attr, sizeof(attr)));
}
int open_each(int next, int open) {
  bpf_attr attr = {};
  while (::syscall(SYS_bpf, next, &attr, sizeof(attr)) == 0) {
    bpf_attr one = {};
    one.map_id = attr.next_id;
    if (::syscall(SYS_bpf, open, &one, sizeof(one)) < 0 && errno == EPERM) return EPERM;
    attr.start_id = attr.next_id;
  }
  return errno == ENOENT ? 0 : errno;
}

}  // namespace gatehouse::kernel
