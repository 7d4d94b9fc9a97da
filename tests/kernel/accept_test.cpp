// SPDX-License-Identifier: Apache-2.0
// Connections that come in: judged for the session that listens, by peer and local port. It must never
// connect to anything but loopback.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/gate.h"

namespace gatehouse::testing {
namespace {

constexpr const char* kPolicy = R"("filesystem": {"default": "allow"}, "exec": {"default": "allow"},
  "network": {"default": "deny", "rules": [
    {"id": "serve", "action": "allow", "access": ["bind", "listen"], "cidrs": ["127.0.0.0/8"], "ports": ["40000-40010"]},
    {"id": "come", "action": "allow", "access": ["accept"], "cidrs": ["127.0.0.1/32"], "ports": [40000]}]})";

sockaddr_in address_of(const char* host, int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}

// Listens, says so by a byte, and returns 0 if somebody came within the time, ETIMEDOUT if nobody did.
Operation serves(int port, int ready) {
  return [=] {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const int yes = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    const auto address = address_of("127.0.0.1", port);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return errno;
    if (::listen(fd, 5) != 0) return errno;
    if (::write(ready, "!", 1) != 1) return errno;
    pollfd waiting = {fd, POLLIN, 0};
    return ::poll(&waiting, 1, 1500) == 1 ? 0 : ETIMEDOUT;
  };
}

// Tries from `host`, without waiting for an answer.
void knock(const char* host, int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const auto from = address_of(host, 0);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof(from)), 0);
  const auto to = address_of("127.0.0.1", port);
  (void)::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  pollfd waiting = {fd, POLLOUT, 0};
  ::poll(&waiting, 1, 1000);
  ::close(fd);
}

int served(Session* session, const char* peer, int port) {
  int ready[2];
  if (::pipe(ready) != 0) return errno;
  const auto operation = serves(port, ready[1]);
  auto running = session != nullptr ? session->start(operation) : Running(::fork());
  if (session == nullptr && running.pid() == 0) ::_exit(operation());
  ::close(ready[1]);
  char byte = 0;
  if (::read(ready[0], &byte, 1) == 1) knock(peer, port);
  ::close(ready[0]);
  return running.wait();
}

TEST(AcceptTest, an_allowed_peer_gets_in) {
  Session session(kPolicy);
  EXPECT_EQ(served(&session, "127.0.0.1", 40000), 0);
}

TEST(AcceptTest, a_denied_peer_is_not_even_answered_and_it_is_told) {
  EXPECT_EQ(served(nullptr, "127.0.0.2", 40000), 0);
  Session session(kPolicy);
  EXPECT_EQ(served(&session, "127.0.0.2", 40000), ETIMEDOUT);
  const auto told = session.decisions();
  ASSERT_FALSE(told.empty());
  const auto& decision = std::get<events::Decision>(told[0].body);
  EXPECT_EQ(decision.access, GH_ACCEPT);
  EXPECT_EQ(decision.object.text, "tcp 127.0.0.2:40000");
  EXPECT_EQ(told[0].process.pid, 0u);
}

TEST(AcceptTest, another_port_is_denied_for_the_same_peer) {
  EXPECT_EQ(served(nullptr, "127.0.0.1", 40001), 0);
  Session session(kPolicy);
  EXPECT_EQ(served(&session, "127.0.0.1", 40001), ETIMEDOUT);
}

}  // namespace
}  // namespace gatehouse::testing
