// SPDX-License-Identifier: Apache-2.0
// The sockets of unix_sockets.h. They must never wait for a peer: a test that fails should end.
#include "support/unix_sockets.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace gatehouse::testing {

UnixName::UnixName(const std::string& name) {
  at_.sun_family = AF_UNIX;
  std::memcpy(at_.sun_path, name.data(), std::min(name.size(), sizeof(at_.sun_path)));
  const bool abstract = name.starts_with('@');
  if (abstract) at_.sun_path[0] = '\0';
  size_ =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (abstract ? 0 : 1));
}

UniqueFd unix_server(const std::string& name, int type) {
  const UnixName at(name);
  UniqueFd fd(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (::bind(fd.get(), at.get(), at.size()) != 0) return {};
  if (type != SOCK_DGRAM && ::listen(fd.get(), 8) != 0) return {};
  return fd;
}

UnixServer::UnixServer(const std::string& name, int type)
    : type_(type), fd_(unix_server(name, type)) {
  EXPECT_TRUE(fd_.valid()) << name << ": " << std::strerror(errno);
}

int UnixServer::came() const {
  char byte = 0;
  int count = 0;
  for (;; count++) {
    if (type_ == SOCK_DGRAM) {
      if (::recv(fd_.get(), &byte, 1, 0) < 0) return count;
    } else {
      const UniqueFd peer(::accept(fd_.get(), nullptr, nullptr));
      if (!peer.valid()) return count;
    }
  }
}

Operation reaches(const std::string& name, int type, Way way) {
  return [=] {
    UnixName to(name);
    char byte = 'x';
    const UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    if (way == Way::sendto) return said(::sendto(fd.get(), &byte, 1, 0, to.get(), to.size()));
    if (way == Way::sendmmsg) {
      iovec text = {&byte, 1};
      mmsghdr message = {};
      message.msg_hdr.msg_name = to.get();
      message.msg_hdr.msg_namelen = to.size();
      message.msg_hdr.msg_iov = &text;
      message.msg_hdr.msg_iovlen = 1;
      return said(::sendmmsg(fd.get(), &message, 1, 0));
    }
    if (const int code = said(::connect(fd.get(), to.get(), to.size())); code != 0) return code;
    return type == SOCK_DGRAM ? said(::send(fd.get(), &byte, 1, 0)) : 0;
  };
}

}  // namespace gatehouse::testing
