// SPDX-License-Identifier: Apache-2.0
// Connecting, sending and waiting behind client.h. It must never show a person a bare errno where it
// knows what to do about it.
#include "control/client.h"

#include <poll.h>

#include <chrono>

#include "control/socket.h"

namespace gatehouse::control {
namespace {

using Clock = std::chrono::steady_clock;

Error cannot_connect(Error error, const std::string& path) {
  switch (error.code) {
    case ENOENT:
    case ECONNREFUSED:
      error.what = "no gatehouse daemon answers at " + path +
                   "; start one with `systemctl start gatehouse` or `gatehouse daemon` "
                   "(`gatehouse run` needs none)";
      break;
    case EACCES:
    case EPERM:
      error.what = "the socket " + path +
                   " is not open to you; be root or join its group (gatehouse), then log in anew";
      break;
    default:
      break;
  }
  return error;
}

// Ready within the time left? -1: for ever.
Result<bool> wait_for(int fd, short events, int timeout_ms) {
  pollfd waiting{fd, events, 0};
  const int ready = ::poll(&waiting, 1, timeout_ms);
  if (ready < 0 && errno != EINTR) return sys_error("cannot wait for the daemon");
  return ready > 0;
}

}  // namespace

Result<Client> Client::connect(const std::string& path) {
  auto socket = connect_to(path);
  if (!socket) return cannot_connect(socket.take_error(), path);
  return Client(std::move(*socket));
}

Result<void> Client::send(const Operation& operation, const std::vector<int>& fds) {
  const std::string line = request_line(operation) + "\n";
  if (line.size() > kMostLine) {
    return Error{EMSGSIZE, "the request is longer than 1 MiB: the policy is too large to send"};
  }
  std::string_view rest = line;
  const std::vector<int> none;
  while (!rest.empty()) {
    auto sent = control::send(socket_.get(), rest, rest.size() == line.size() ? fds : none);
    if (!sent) return sent.take_error();
    rest.remove_prefix(*sent);
  }
  return {};
}

Result<std::optional<Reply>> Client::receive(int timeout_ms) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  char buffer[65536];
  for (;;) {
    if (const std::size_t end = in_.find('\n', searched_); end != std::string::npos) {
      auto reply = parse_reply(std::string_view(in_).substr(0, end));
      in_.erase(0, end + 1);
      searched_ = 0;
      if (auto* refusal = std::get_if<Refusal>(&reply)) return Error{EPROTO, refusal->message};
      return std::optional<Reply>(std::move(std::get<Reply>(reply)));
    }
    searched_ = in_.size();
    if (in_.size() >= kMostReply) return Error{EPROTO, "the daemon's reply is longer than 16 MiB"};
    auto received = control::receive(socket_.get(), buffer, sizeof buffer);
    if (!received) return received.take_error();
    if (!received->again) {
      if (received->bytes == 0) return Error{ECONNRESET, "the daemon closed the connection"};
      in_.append(buffer, received->bytes);
      continue;
    }
    int left = timeout_ms;
    if (timeout_ms >= 0) {
      const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      left = static_cast<int>(std::max<std::int64_t>(rest.count(), 0));
    }
    if (left == 0) return std::optional<Reply>();
    if (auto ready = wait_for(socket_.get(), POLLIN, left); !ready) return ready.take_error();
  }
}

Result<Reply> Client::request(const Operation& operation, const std::vector<int>& fds) {
  if (auto sent = send(operation, fds); !sent) return sent.take_error();
  auto reply = receive(kPatienceMs);
  if (!reply) return reply.take_error();
  if (!*reply) return Error{ETIMEDOUT, "the daemon did not answer within 30 seconds"};
  return std::move(**reply);
}

Result<std::optional<Reply>> Client::stream(const Operation& operation,
                                            const std::function<bool(const Reply&)>& item) {
  if (auto sent = send(operation); !sent) return sent.take_error();
  for (;;) {
    auto reply = receive(-1);
    if (!reply) return reply.take_error();
    if (!*reply) continue;
    if ((*reply)->kind != Reply::Kind::item) return reply;
    if (!item(**reply)) return std::optional<Reply>();
  }
}

}  // namespace gatehouse::control
