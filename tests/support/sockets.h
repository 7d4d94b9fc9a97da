// SPDX-License-Identifier: Apache-2.0
// Endpoints on loopback and what tests do with them; each returns 0 or errno. It must never name an
// address outside this host or a network namespace that the test made.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "support/gate.h"

namespace gatehouse::testing {

// "127.0.0.1", "::1", "::ffff:127.0.0.1".
class Address {
 public:
  Address(const std::string& address, std::uint16_t port);
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage_); }
  [[nodiscard]] socklen_t size() const { return size_; }
  [[nodiscard]] int family() const { return storage_.ss_family; }

 private:
  sockaddr_storage storage_ = {};
  socklen_t size_ = 0;
};

// A socket of the test's own that listens (stream) or receives (datagram), outside every session. It is
// bound to `any` of its family unless told otherwise. Its backlog takes connections without accepting.
class Listener {
 public:
  Listener(const std::string& address, std::uint16_t port, int type = SOCK_STREAM,
           int protocol = 0);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  // How many datagrams arrived since the last call.
  [[nodiscard]] int received() const;
  // How many connections arrived since the last call.
  [[nodiscard]] int accepted() const;

 private:
  int fd_;
};

Operation connects(const std::string& address, std::uint16_t port, int type = SOCK_STREAM,
                   int protocol = 0);
Operation sends_to(const std::string& address, std::uint16_t port);  // sendto on UDP, unconnected
Operation binds(const std::string& address, std::uint16_t port, int type = SOCK_STREAM);
Operation listens(const std::string& address, std::uint16_t port);  // binds, then listens

}  // namespace gatehouse::testing
