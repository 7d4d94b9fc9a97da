// SPDX-License-Identifier: Apache-2.0
// A client's end of the control socket. It must never wait for ever for what should come at once, nor
// leave a person without a hint when there is no daemon.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "control/protocol.h"

namespace gatehouse::control {

class Client {
 public:
  static constexpr int kPatienceMs = 30'000;

  static Result<Client> connect(const std::string& path = kDefaultSocket);

  // Sends and waits for the result or refusal. Not for operations that stream.
  Result<Reply> request(const Operation& operation, const std::vector<int>& fds = {});

  // Calls `item` for each item until it returns false or the daemon ends the stream with a reply.
  Result<std::optional<Reply>> stream(const Operation& operation,
                                      const std::function<bool(const Reply&)>& item);

  // For loops of one's own: send, wait for fd(), then take replies until there is none.
  Result<void> send(const Operation& operation, const std::vector<int>& fds = {});
  // Waits up to `timeout_ms` (-1: for ever, 0: not at all). Nothing: no whole reply is there.
  Result<std::optional<Reply>> receive(int timeout_ms);
  [[nodiscard]] int fd() const { return socket_.get(); }

 private:
  explicit Client(UniqueFd socket) : socket_(std::move(socket)) {}

  UniqueFd socket_;
  std::string in_;
  std::size_t searched_ = 0;  // no newline before
};

}  // namespace gatehouse::control
