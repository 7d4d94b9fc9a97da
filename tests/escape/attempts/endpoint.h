// SPDX-License-Identifier: Apache-2.0
// Addresses as attempts write them. It must never name one that is not of the ground's own network
// namespace.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdio>
#include <string>

namespace gatehouse::escape {

class Endpoint {
 public:
  Endpoint(const std::string& address, int port) {
    const auto number = htons(static_cast<std::uint16_t>(port));
    if (address.find(':') != std::string::npos) {
      auto& at = reinterpret_cast<sockaddr_in6&>(storage_);
      at.sin6_family = AF_INET6;
      at.sin6_port = number;
      ::inet_pton(AF_INET6, address.c_str(), &at.sin6_addr);
      size_ = sizeof at;
    } else {
      auto& at = reinterpret_cast<sockaddr_in&>(storage_);
      at.sin_family = AF_INET;
      at.sin_port = number;
      ::inet_pton(AF_INET, address.c_str(), &at.sin_addr);
      size_ = sizeof at;
    }
  }
  // A path; an abstract name when it starts with '@'.
  explicit Endpoint(const std::string& path) {
    auto& at = reinterpret_cast<sockaddr_un&>(storage_);
    at.sun_family = AF_UNIX;
    std::snprintf(at.sun_path, sizeof at.sun_path, "%s", path.c_str());
    size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    if (path[0] == '@')
      at.sun_path[0] = '\0';
    else
      size_++;
  }
  Endpoint& as(int family) {
    storage_.ss_family = static_cast<sa_family_t>(family);
    return *this;
  }
  [[nodiscard]] int family() const { return storage_.ss_family; }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage_); }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  [[nodiscard]] socklen_t size() const { return size_; }

 private:
  sockaddr_storage storage_ = {};
  socklen_t size_ = 0;
};

}  // namespace gatehouse::escape
