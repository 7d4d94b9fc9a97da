// SPDX-License-Identifier: Apache-2.0
// One client of the server: lines in, one request at a time, lines out into a bounded queue. It must
// never wait for the client, and never act for a process that is not the one that connected.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "control/peer.h"
#include "control/protocol.h"
#include "control/responder.h"
#include "control/socket.h"

namespace gatehouse::control {

class Handler;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  static constexpr std::size_t kMostQueued = 16 << 20;  // bytes for a slow client

  Connection(UniqueFd socket, PeerIdentity identity, Handler& handler, int epoll)
      : socket_(std::move(socket)),
        identity_(std::move(identity)),
        handler_(handler),
        epoll_(epoll) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // From the server's loop.
  void on_readable();
  void on_writable() { flush(); }
  // Says why and closes once that is sent.
  void turn_away(const Refusal& refusal);
  void break_off() { broken_ = true; }
  [[nodiscard]] bool finished() const { return broken_ || (closing_ && queue_.empty()); }
  [[nodiscard]] bool closing() const { return closing_; }
  [[nodiscard]] bool agent() const { return identity_.peer().agent; }
  [[nodiscard]] int fd() const { return socket_.get(); }

 private:
  friend class Responder;

  void take_lines();
  void take_line(std::string_view line);
  void judge_peer();
  // From responders; `number` tells a former request from the present one.
  [[nodiscard]] bool is_open(std::uint64_t number) const;
  void item(std::uint64_t number, std::string_view json);
  void finish(std::uint64_t number, std::string line);
  void call_when_closed(std::function<void()> call) { when_closed_.push_back(std::move(call)); }

  void put(std::string line);
  void overflow();
  void flush();
  void update_interest();

  UniqueFd socket_;
  PeerIdentity identity_;
  Handler& handler_;
  int epoll_;
  std::string in_;
  std::vector<UniqueFd> fds_;
  std::deque<std::string> queue_;
  std::size_t queued_ = 0;  // bytes in queue_
  std::size_t sent_of_first_ = 0;
  std::uint64_t request_ = 0;  // number of the present or last one
  bool busy_ = false;          // a request is not finished
  bool taking_ = false;        // take_lines is running
  bool closing_ = false;
  bool broken_ = false;
  std::uint32_t interest_ = EPOLLIN;  // epoll events asked for
  std::vector<std::function<void()>> when_closed_;
};

}  // namespace gatehouse::control
