// SPDX-License-Identifier: Apache-2.0
// One thread that polls all listeners. It must never wait for a peer: every socket is non-blocking.
#include "ears.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "attempts/endpoint.h"
#include "support/passing.h"

namespace gatehouse::escape {
namespace {

void give_up(const std::string& what) {
  std::fprintf(stderr, "escape_tests: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(2);
}

bool connects(int type) { return type != SOCK_DGRAM; }

int made(const Endpoint& at, int type, int protocol, const std::string& name, bool shared) {
  const int fd = ::socket(at.family(), type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  if (fd < 0 && protocol != 0) return -1;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, shared ? SO_REUSEPORT : SO_REUSEADDR, &on, sizeof on);
  if (fd < 0 || ::bind(fd, at.get(), at.size()) != 0) give_up("cannot bind " + name);
  if (connects(type) && ::listen(fd, 64) != 0) give_up("cannot listen at " + name);
  return fd;
}

}  // namespace

int bound(const std::string& address, int port, int type, int protocol, bool shared) {
  return made({address, port}, type, protocol, address + " " + std::to_string(port), shared);
}

int bound_unix(const std::string& path, int type) {
  ::unlink(path.c_str());
  const int fd = made(Endpoint(path), type, 0, path, false);
  if (path[0] != '@') ::chmod(path.c_str(), 0666);
  return fd;
}

void Ears::add(Ear ear, int fd, bool listens) { sources_[fd] = {ear, listens, false}; }

void Ears::add_giver(int fd, std::function<int(char)> give) {
  sources_[fd] = {kEars, true, true};
  give_ = std::move(give);
}

void Ears::start() {
  thread_ = std::thread([this] { listen(); });
}

Ears::~Ears() {
  ending_ = true;
  if (thread_.joinable()) thread_.join();
  for (const auto& [fd, source] : sources_)
    ::close(fd);
}

void Ears::listen() {
  while (!ending_) {
    std::vector<pollfd> all;
    for (const auto& [fd, source] : sources_)
      all.push_back({fd, POLLIN, 0});
    ::poll(all.data(), all.size(), 100);
    for (const auto& one : all)
      if (one.revents != 0) serve(one.fd, Source(sources_.at(one.fd)));
    for (const auto& act : acts_)
      act();
  }
}

void Ears::serve(int fd, const Source& source) {
  if (source.listens) {
    for (int peer; (peer = ::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;) {
      if (!source.gives) seen_.heard[source.ear]++;
      sources_[peer] = {source.ear, false, source.gives};
    }
    return;
  }
  char bytes[2048];
  const auto size = ::recv(fd, bytes, sizeof bytes, 0);
  if (size > 0 && source.gives) {
    const int given = give_(bytes[0]);
    testing::send_fd(fd, given);
    ::close(given);
  } else if (size > 0) {
    seen_.heard[source.ear]++;
  } else if (size == 0 || (errno != EAGAIN && errno != ECONNREFUSED)) {
    int type = 0;
    socklen_t length = sizeof type;
    ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
    if (!connects(type)) return;  // an empty datagram, or an error that a peer sent
    ::close(fd);
    sources_.erase(fd);
  }
}

}  // namespace gatehouse::escape
