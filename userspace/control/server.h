// SPDX-License-Identifier: Apache-2.0
// The daemon's end of the control socket, for the controller's own loop: one descriptor to wait for,
// one call when it is ready. It must never block, nor let agents keep people out.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>

#include "control/connection.h"
#include "control/handler.h"
#include "control/socket.h"

namespace gatehouse::control {

class Server {
 public:
  static constexpr std::size_t kMostClients = 256;
  static constexpr std::size_t kMostAgents = 32;  // of these, processes inside sessions

  static Result<std::unique_ptr<Server>> listen(Address address, Handler& handler);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();  // removes the socket file, if it is still ours

  // Readable when there is something to do.
  [[nodiscard]] int fd() const { return epoll_.get(); }
  void serve();
  [[nodiscard]] std::size_t clients() const { return connections_.size(); }

 private:
  Server(Address address, UniqueFd listener, UniqueFd epoll, Handler& handler);
  void accept_all();
  void admit(UniqueFd socket);
  [[nodiscard]] bool has_room(bool agent) const;
  void drop_one_that_closes();

  Address address_;
  ino_t inode_ = 0;
  Handler& handler_;
  UniqueFd listener_;
  UniqueFd epoll_;
  std::map<int, std::shared_ptr<Connection>> connections_;
};

}  // namespace gatehouse::control
