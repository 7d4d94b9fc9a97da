// SPDX-License-Identifier: Apache-2.0
// A web service of a test's own on loopback, which says what it was told to say. It must never listen on
// another address.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/unique_fd.h"

namespace gatehouse::http_test {

// Answers one connection after the other with the next of its replies, the last one again and again if so told,
// and keeps what it was asked.
class Service {
 public:
  explicit Service(std::vector<std::string> replies, bool again = false, std::uint16_t port = 0)
      : replies_(std::move(replies)), again_(again) {
    listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address = {};
    address.sin_port = ::htons(port);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) std::abort();
    ::listen(listener_.get(), 8);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ::ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Service() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/ask?a=b";
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return asked;
  }
  std::vector<std::string> asked;  // once the last reply was read

 private:
  void serve() {
    for (std::size_t i = 0; again_ || i < replies_.size(); i++) {
      const auto& reply = replies_[std::min(i, replies_.size() - 1)];
      const UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.valid()) return;
      auto whole = request(client.get());
      {
        const std::lock_guard lock(mutex_);
        asked.push_back(std::move(whole));
      }
      if (reply.empty()) {  // says nothing until the other side goes
        char byte;
        while (::read(client.get(), &byte, 1) > 0) {
        }
        continue;
      }
      (void)!::write(client.get(), reply.data(), reply.size());
      ::shutdown(client.get(), SHUT_WR);
    }
  }
  static std::string request(int fd) {
    std::string text;
    char buffer[4096];
    for (;;) {
      const auto head = text.find("\r\n\r\n");
      if (head != std::string::npos) {
        const auto at = text.find("Content-Length: ");
        const auto body = at == std::string::npos ? 0 : std::strtoul(&text[at + 16], nullptr, 10);
        if (text.size() >= head + 4 + body) return text;
      }
      const auto got = ::read(fd, buffer, sizeof buffer);
      if (got <= 0) return text;
      text.append(buffer, static_cast<std::size_t>(got));
    }
  }
  std::vector<std::string> replies_;
  UniqueFd listener_;
  bool again_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::thread thread_;
};

inline std::string http(const std::string& status, const std::string& body,
                        const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\nConnection: close\r\n" + more + "\r\n" + body;
}

inline std::string header(const std::string& request, const std::string& name) {
  const auto at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

}  // namespace gatehouse::http_test
