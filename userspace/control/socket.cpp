// SPDX-License-Identifier: Apache-2.0
// The system calls behind socket.h. It must never leave a half-made socket file behind.
#include "control/socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "base/quote.h"

namespace gatehouse::control {
namespace {

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return Error{ENAMETOOLONG, "the socket path " + quote(path) + " must have 1 to " +
                                   std::to_string(sizeof address.sun_path - 1) + " bytes"};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Result<UniqueFd> stream_socket(int flags) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!fd.valid()) return sys_error("cannot make a socket");
  return fd;
}

// Is what stands at the path free to be replaced?
Result<void> check_place(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode)) {
    return Error{EEXIST, path + " exists and is not a socket"};
  }
  if (connect_to(path)) return Error{EADDRINUSE, "another daemon answers at " + path};
  return {};
}

Result<void> prepare(int fd, const std::string& path, const Address& address) {
  auto where = address_of(path);
  if (!where) return where.take_error();
  ::unlink(path.c_str());
  const mode_t before = ::umask(0177);
  const int bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&*where), sizeof *where);
  const int code = errno;
  ::umask(before);
  if (bound != 0) return sys_error("cannot make the socket " + path, code);
  if (address.group && ::chown(path.c_str(), static_cast<uid_t>(-1), *address.group) != 0) {
    return sys_error("cannot give the socket " + path + " its group");
  }
  if (::chmod(path.c_str(), address.mode) != 0) return sys_error("cannot set the mode of " + path);
  if (::listen(fd, 128) != 0) return sys_error("cannot listen at " + path);
  if (::rename(path.c_str(), address.path.c_str()) != 0) {
    return sys_error("cannot put the socket at " + address.path);
  }
  return {};
}

}  // namespace

Result<UniqueFd> listen_at(const Address& address) {
  if (auto place = check_place(address.path); !place) return place.take_error();
  auto fd = stream_socket(SOCK_NONBLOCK);
  if (!fd) return fd;
  const int on = 1;
  if (::setsockopt(fd->get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) {
    return sys_error("cannot ask for credentials on the socket");
  }
  const std::string temporary = address.path + "." + std::to_string(::getpid());
  if (auto ready = prepare(fd->get(), temporary, address); !ready) {
    ::unlink(temporary.c_str());
    return ready.take_error();
  }
  return fd;
}

Result<UniqueFd> connect_to(const std::string& path) {
  auto where = address_of(path);
  if (!where) return where.take_error();
  auto fd = stream_socket(0);
  if (!fd) return fd;
  if (::connect(fd->get(), reinterpret_cast<const sockaddr*>(&*where), sizeof *where) != 0) {
    return sys_error("cannot connect to " + path);
  }
  return fd;
}

Result<Received> receive(int socket, char* into, std::size_t room) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(kMostFds * sizeof(int))];
  iovec part{into, room};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  Received received;
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) return sys_error("cannot receive");
    received.again = true;
    return received;
  }
  received.bytes = static_cast<std::size_t>(got);
  received.fds_cut = (message.msg_flags & MSG_CTRUNC) != 0;
  for (cmsghdr* at = CMSG_FIRSTHDR(&message); at; at = CMSG_NXTHDR(&message, at)) {
    if (at->cmsg_level != SOL_SOCKET) continue;
    if (at->cmsg_type == SCM_CREDENTIALS) {
      ucred credentials{};
      std::memcpy(&credentials, CMSG_DATA(at), sizeof credentials);
      received.sender = credentials.pid;
    } else if (at->cmsg_type == SCM_RIGHTS) {
      const std::size_t count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(at) + i * sizeof fd, sizeof fd);
        received.fds.emplace_back(fd);
      }
    }
  }
  return received;
}

Result<std::size_t> send(int socket, std::string_view bytes, const std::vector<int>& fds) {
  alignas(cmsghdr) char control[CMSG_SPACE(kMostFds * sizeof(int))] = {};
  if (fds.size() > kMostFds) return Error{EINVAL, "too many descriptors for one request"};
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
  }
  const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
  return sys_error("cannot send");
}

}  // namespace gatehouse::control
