// SPDX-License-Identifier: Apache-2.0
// poll over the connections of following.h. It must never spin on a socket that refuses it.
#include "cli/following.h"

#include <poll.h>

#include <algorithm>
#include <map>
#include <set>

namespace gatehouse::cli {
namespace {

constexpr int kRescanMs = 1000;

class Streams {
 public:
  Streams(Shared& shared, const Following& following) : shared_(shared), following_(following) {}

  // Connects to those that are there and not yet followed.
  void join(const control::Operation& operation) {
    std::set<std::string> there;
    for (const auto& path : sockets(shared_)) {
      there.insert(path);
      if (clients_.contains(path) || done_.contains(path)) continue;
      auto client = control::Client::connect(path);
      if (!client || !client->send(operation)) continue;
      clients_.emplace(path, std::move(*client));
      connected_ = true;
    }
    std::erase_if(done_, [&](const auto& path) { return !there.contains(path); });
  }

  // False: the one who is shown the items wants no more.
  bool turn() {
    int most_ms = kRescanMs;
    if (following_.round) {
      const auto wait_ms = following_.round();
      if (!wait_ms) return false;
      most_ms = std::min(most_ms, *wait_ms);
    }
    std::vector<pollfd> waiting;
    for (const int fd : following_.also)
      waiting.push_back({fd, POLLIN, 0});
    for (const auto& [path, client] : clients_)
      waiting.push_back({client.fd(), POLLIN, 0});
    (void)::poll(waiting.data(), waiting.size(), most_ms);
    for (auto at = clients_.begin(); at != clients_.end();) {
      const auto now = at++;
      if (!drain(now)) return false;
    }
    return true;
  }

  [[nodiscard]] bool empty() const { return clients_.empty(); }
  [[nodiscard]] bool connected() const { return connected_; }
  // Every controller that was asked refused.
  [[nodiscard]] const std::optional<control::Refusal>& refusal() const { return refusal_; }
  [[nodiscard]] bool accepted() const { return accepted_; }

 private:
  using Clients = std::map<std::string, control::Client>;

  bool drain(Clients::iterator client) {
    for (;;) {
      auto reply = client->second.receive(0);
      if (reply && !*reply) return true;
      if (reply && (*reply)->kind == control::Reply::Kind::item) {
        accepted_ = true;
        if (!following_.item(**reply, client->first)) return false;
        continue;
      }
      if (reply && (*reply)->kind == control::Reply::Kind::refused)
        refusal_ = (*reply)->refusal;
      else
        accepted_ = true;
      if (reply) done_.insert(client->first);  // its last word; a broken one may come back
      if (following_.gone) following_.gone(client->first);
      clients_.erase(client);
      return true;
    }
  }

  Shared& shared_;
  const Following& following_;
  Clients clients_;
  std::set<std::string> done_;
  std::optional<control::Refusal> refusal_;
  bool accepted_ = false, connected_ = false;
};

}  // namespace

void follow(Shared& shared, const Following& following) {
  Streams streams(shared, following);
  streams.join(following.operation);
  while (!streams.empty()) {
    if (!streams.turn()) return;
    if (following.joins) streams.join(following.later);
  }
  if (!streams.connected()) {
    complain("no controller is running on this host",
             "`gatehouse daemon`, or a `gatehouse run` in another terminal");
    shared.status = 125;
  } else if (streams.refusal() && !streams.accepted()) {
    complain(streams.refusal()->message, streams.refusal()->hint);
    shared.status = 1;
  } else if (following.joins) {
    complain("the controller has ended");
  }
}

}  // namespace gatehouse::cli
