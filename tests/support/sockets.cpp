// SPDX-License-Identifier: Apache-2.0
// The sockets of tests/support/sockets.h. They must never wait without an end: a test's child has an alarm.
#include "support/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace gatehouse::testing {

Address::Address(const std::string& address, std::uint16_t port) {
  if (address.find(':') == std::string::npos) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage_);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    size_ = sizeof(*v4);
    if (::inet_pton(AF_INET, address.c_str(), &v4->sin_addr) != 1) std::abort();
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage_);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    size_ = sizeof(*v6);
    if (::inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) != 1) std::abort();
  }
}

Listener::Listener(const std::string& address, std::uint16_t port, int type, int protocol) {
  const Address at(address, port);
  const int one = 1, queue = 16;
  fd_ = ::socket(at.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (type == SOCK_STREAM)
    ::setsockopt(fd_, IPPROTO_TCP, 23 /* TCP_FASTOPEN */, &queue, sizeof(queue));
  if (::bind(fd_, at.get(), at.size()) != 0 || (type == SOCK_STREAM && ::listen(fd_, 64) != 0)) {
    std::fprintf(stderr, "tests cannot run: listening at %s %d: %s\n", address.c_str(), port,
                 std::strerror(errno));
    std::exit(2);
  }
}

Listener::~Listener() { ::close(fd_); }

int Listener::received() const {
  char byte[64];
  int count = 0;
  while (::recv(fd_, byte, sizeof(byte), 0) >= 0)
    count++;
  return count;
}

int Listener::accepted() const {
  int count = 0;
  for (int one; (one = ::accept(fd_, nullptr, nullptr)) >= 0; count++)
    ::close(one);
  return count;
}

Operation connects(const std::string& address, std::uint16_t port, int type, int protocol) {
  return [=] {
    const Address to(address, port);
    const int fd = ::socket(to.family(), type, protocol);
    if (fd < 0) return errno;
    const int code = said(::connect(fd, to.get(), to.size()));
    ::close(fd);
    return code;
  };
}

Operation sends_to(const std::string& address, std::uint16_t port) {
  return [=] {
    const Address to(address, port);
    const int fd = ::socket(to.family(), SOCK_DGRAM, 0);
    const int code = said(::sendto(fd, "x", 1, 0, to.get(), to.size()));
    ::close(fd);
    return code;
  };
}

Operation binds(const std::string& address, std::uint16_t port, int type) {
  return [=] {
    const Address at(address, port);
    const int fd = ::socket(at.family(), type, 0);
    const int code = said(::bind(fd, at.get(), at.size()));
    ::close(fd);
    return code;
  };
}

Operation listens(const std::string& address, std::uint16_t port) {
  return [=] {
    const Address at(address, port);
    const int fd = ::socket(at.family(), SOCK_STREAM, 0);
    int code = said(::bind(fd, at.get(), at.size()));
    if (code == 0) code = said(::listen(fd, 1));
    ::close(fd);
    return code;
  };
}

}  // namespace gatehouse::testing
