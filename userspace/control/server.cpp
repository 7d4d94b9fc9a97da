// SPDX-License-Identifier: Apache-2.0
// Accept, admit, dispatch: the loop behind server.h. It must never destroy a connection while one of
// its own calls is running.
#include "control/server.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace gatehouse::control {
namespace {

Result<void> watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) return sys_error("cannot watch a socket");
  return {};
}

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(Address address, Handler& handler) {
  auto listener = listen_at(address);
  if (!listener) return listener.take_error();
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return sys_error("cannot make an epoll descriptor");
  if (auto watched = watch(epoll.get(), listener->get()); !watched) return watched.take_error();
  return std::unique_ptr<Server>(
      new Server(std::move(address), std::move(*listener), std::move(epoll), handler));
}

Server::Server(Address address, UniqueFd listener, UniqueFd epoll, Handler& handler)
    : address_(std::move(address)),
      handler_(handler),
      listener_(std::move(listener)),
      epoll_(std::move(epoll)) {
  struct stat info {};
  if (::stat(address_.path.c_str(), &info) == 0) inode_ = info.st_ino;
}

Server::~Server() {
  struct stat info {};
  if (::stat(address_.path.c_str(), &info) == 0 && info.st_ino == inode_) {
    ::unlink(address_.path.c_str());
  }
}

void Server::serve() {
  epoll_event ready[64];
  const int count = ::epoll_wait(epoll_.get(), ready, 64, 0);
  for (int i = 0; i < count; ++i) {
    if (ready[i].data.fd == listener_.get()) {
      accept_all();
      continue;
    }
    const auto found = connections_.find(ready[i].data.fd);
    if (found == connections_.end()) continue;
    const std::shared_ptr<Connection> connection = found->second;
    if (ready[i].events & EPOLLOUT) connection->on_writable();
    if (ready[i].events & EPOLLIN) connection->on_readable();
    if (ready[i].events & (EPOLLHUP | EPOLLERR)) connection->break_off();
    if (connection->finished()) connections_.erase(found->first);
  }
}

void Server::accept_all() {
  for (int i = 0; i < 64; ++i) {
    UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) return;
    admit(std::move(socket));
  }
}

bool Server::has_room(bool agent) const {
  if (connections_.size() >= kMostClients) return false;
  if (!agent) return true;
  const auto agents = std::count_if(connections_.begin(), connections_.end(),
                                    [](const auto& one) { return one.second->agent(); });
  return static_cast<std::size_t>(agents) < kMostAgents;
}

void Server::drop_one_that_closes() {
  const auto closing = std::find_if(connections_.begin(), connections_.end(),
                                    [](const auto& one) { return one.second->closing(); });
  if (closing != connections_.end()) connections_.erase(closing);
}

void Server::admit(UniqueFd socket) {
  const auto refuse = [&](const Refusal& refusal) {
    (void)send(socket.get(), refusal_line(refusal) + "\n");
  };
  auto identity = PeerIdentity::of_socket(socket.get());
  if (!identity) {
    refuse({identity.error().what, {}});
    return;
  }
  identity->set_agent(handler_.is_agent_cgroup(identity->peer().cgroup));
  if (connections_.size() >= kMostClients) drop_one_that_closes();
  if (!has_room(identity->peer().agent)) {
    refuse({"too many clients are connected", "close some and try again"});
    return;
  }
  const int fd = socket.get();
  auto connection =
      std::make_shared<Connection>(std::move(socket), std::move(*identity), handler_, epoll_.get());
  if (watch(epoll_.get(), fd)) connections_[fd] = std::move(connection);
}

}  // namespace gatehouse::control
