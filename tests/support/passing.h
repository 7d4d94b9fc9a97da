// SPDX-License-Identifier: Apache-2.0
// One descriptor in one message of one byte (SCM_RIGHTS), for tests and for programs that link nothing. It
// must never judge what came of it: errno and a missing descriptor are the caller's to read.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace gatehouse::testing {

// fd < 0: the message alone. What sendmsg said.
inline ssize_t send_fd(int to, int fd) {
  char byte = 0, room[CMSG_SPACE(sizeof(int))] = {};
  iovec bytes = {&byte, 1};
  msghdr message = {};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
  }
  return ::sendmsg(to, &message, MSG_NOSIGNAL);
}

// The descriptor; -1 with errno, which is EACCES if the message came without one.
inline int receive_fd(int from) {
  char byte = 0, room[CMSG_SPACE(sizeof(int))] = {};
  iovec bytes = {&byte, 1};
  msghdr message = {};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  const ssize_t size = ::recvmsg(from, &message, MSG_CMSG_CLOEXEC);
  if (size == 0) errno = EPIPE;
  if (size != 1) return -1;
  const cmsghdr* head = CMSG_FIRSTHDR(&message);
  if (head == nullptr || head->cmsg_type != SCM_RIGHTS) {
    errno = EACCES;
    return -1;
  }
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(head), sizeof fd);
  return fd;
}

}  // namespace gatehouse::testing
