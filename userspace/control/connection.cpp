// SPDX-License-Identifier: Apache-2.0
// Lines in and out of one client: the state behind connection.h. It must never start a request before
// the one before it is finished, so that replies need no numbers.
#include "control/connection.h"

#include <sys/socket.h>

#include "control/handler.h"

namespace gatehouse::control {

Connection::~Connection() {
  for (const auto& call : when_closed_) {
    call();
  }
}

void Connection::on_readable() {
  char buffer[65536];
  const auto self = shared_from_this();
  // A client that floods gets its turn like all others: a bounded number of reads, no more.
  for (int reads = 0; reads < 8 && !broken_ && !closing_; ++reads) {
    if (in_.size() >= kMostLine && busy_) break;  // read on when the present request is finished
    auto received = receive(socket_.get(), buffer, sizeof buffer);
    if (!received || (!received->again && received->bytes == 0)) {
      broken_ = true;
      return;
    }
    if (received->again) break;
    if (received->sender != identity_.peer().pid) {
      turn_away({"this connection belongs to another process", "connect anew"});
      return;
    }
    for (UniqueFd& fd : received->fds) {
      fds_.push_back(std::move(fd));
    }
    if (received->fds_cut || fds_.size() > kMostFds) {
      turn_away({"too many descriptors came with the request", {}});
      return;
    }
    in_.append(buffer, received->bytes);
    take_lines();
  }
  update_interest();
}

void Connection::take_lines() {
  if (taking_) return;  // a handler finished at once: the loop below goes on
  taking_ = true;
  std::size_t at = 0;
  while (!busy_ && !closing_ && !broken_) {
    const std::size_t end = in_.find('\n', at);
    if (end == std::string::npos) break;
    const std::string line = in_.substr(at, end - at);
    at = end + 1;
    take_line(line);
  }
  in_.erase(0, at);
  taking_ = false;
  if (!busy_ && !closing_ && in_.size() >= kMostLine) {
    turn_away({"a request must not be longer than 1 MiB", {}});
  }
}

void Connection::judge_peer() {
  // Moved into a session since it connected, it is an agent from now on, for good.
  const bool was_agent = identity_.peer().agent;
  identity_.refresh();
  identity_.set_agent(was_agent || handler_.is_agent_cgroup(identity_.peer().cgroup));
}

void Connection::take_line(std::string_view line) {
  judge_peer();
  ++request_;
  std::vector<UniqueFd> fds = std::move(fds_);
  fds_.clear();
  auto request = parse_request(line);
  if (const auto* refusal = std::get_if<Refusal>(&request)) {
    put(refusal_line(*refusal));
    return;
  }
  auto& operation = std::get<Operation>(request);
  if (identity_.peer().agent && !agents_may(operation)) {
    put(refusal_line(
        {"a process inside a session may not ask for \"" + std::string(op_word(operation)) + "\"",
         "ask a person outside of the session"}));
    return;
  }
  busy_ = true;
  handler_.handle(std::move(operation), std::move(fds), identity_.peer(),
                  Responder(weak_from_this(), request_));
}

bool Connection::is_open(std::uint64_t number) const {
  return busy_ && number == request_ && !closing_ && !broken_;
}

void Connection::item(std::uint64_t number, std::string_view json) {
  if (is_open(number)) put(item_line(json));
}

void Connection::finish(std::uint64_t number, std::string line) {
  if (!is_open(number)) return;
  put(std::move(line));
  busy_ = false;
  take_lines();
  update_interest();
}

void Connection::turn_away(const Refusal& refusal) {
  put(refusal_line(refusal));
  closing_ = true;
  if (queue_.empty()) ::shutdown(socket_.get(), SHUT_RDWR);  // the loop hears of it and lets go
}

void Connection::put(std::string line) {
  if (closing_ || broken_) return;
  line += '\n';
  queued_ += line.size();
  queue_.push_back(std::move(line));
  flush();
  if (queued_ > kMostQueued) overflow();
}

void Connection::overflow() {
  // The line that is half sent must go out whole; all others are dropped for one that says so.
  const std::size_t keep = sent_of_first_ != 0 ? 1 : 0;
  while (queue_.size() > keep) {
    queued_ -= queue_.back().size();
    queue_.pop_back();
  }
  queue_.push_back(refusal_line({"this client read too slowly and was dropped", "connect anew"}) +
                   "\n");
  queued_ += queue_.back().size();
  closing_ = true;
  flush();
}

void Connection::flush() {
  while (!queue_.empty() && !broken_) {
    auto sent = send(socket_.get(), std::string_view(queue_.front()).substr(sent_of_first_));
    if (!sent) {
      broken_ = true;
      ::shutdown(socket_.get(), SHUT_RDWR);
      break;
    }
    if (*sent == 0) break;
    sent_of_first_ += *sent;
    if (sent_of_first_ < queue_.front().size()) continue;
    queued_ -= queue_.front().size();
    queue_.pop_front();
    sent_of_first_ = 0;
  }
  update_interest();
  if (closing_ && queue_.empty()) ::shutdown(socket_.get(), SHUT_RDWR);
}

void Connection::update_interest() {
  std::uint32_t wanted = 0;
  if (!(busy_ && in_.size() >= kMostLine)) wanted |= EPOLLIN;
  if (!queue_.empty() && !broken_) wanted |= EPOLLOUT;
  if (wanted == interest_) return;
  interest_ = wanted;
  epoll_event event{};
  event.events = wanted;
  event.data.fd = socket_.get();
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, socket_.get(), &event);
}

}  // namespace gatehouse::control
