// SPDX-License-Identifier: Apache-2.0
// A server in a thread of its own and a handler that tests fill in. It must never use a path outside
// its own temporary folder.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "control/client.h"
#include "control/server.h"

namespace gatehouse::control {

class ScriptedHandler : public Handler {
 public:
  using Script =
      std::function<void(const Operation&, std::vector<UniqueFd>&, const Peer&, const Responder&)>;

  bool is_agent_cgroup(const std::string&) const override { return agents; }
  void handle(Operation operation, std::vector<UniqueFd> fds, const Peer& peer,
              Responder responder) override {
    ++handled;
    script(operation, fds, peer, responder);
  }

  std::atomic<bool> agents{false};
  std::atomic<int> handled{0};
  Script script = [](const Operation& operation, std::vector<UniqueFd>&, const Peer&,
                     const Responder& responder) {
    responder.result({{"op", op_word(operation)}});
  };
};

class SocketTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/gh-control-XXXXXX";
    ASSERT_TRUE(::mkdtemp(name));
    folder_ = name;
  }
  void TearDown() override {
    stop();
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] std::string path() const { return folder_ + "/gatehouse.sock"; }
  void start() {
    auto server = Server::listen({path(), 0600, std::nullopt}, handler_);
    ASSERT_TRUE(server) << server.error().what;
    server_ = std::move(*server);
    loop_ = std::thread([this] {
      while (!stop_) {
        pollfd waiting{server_->fd(), POLLIN, 0};
        if (::poll(&waiting, 1, 20) > 0) server_->serve();
        const std::lock_guard lock(mutex_);
        if (later_) std::exchange(later_, nullptr)();
      }
    });
  }
  void stop() {
    stop_ = true;
    if (loop_.joinable()) loop_.join();
  }
  // Runs in the server's loop.
  void later(std::function<void()> call) {
    const std::lock_guard lock(mutex_);
    later_ = std::move(call);
  }
  Client connected() {
    auto client = Client::connect(path());
    EXPECT_TRUE(client) << client.error().what;
    return std::move(*client);
  }

  std::string folder_;
  ScriptedHandler handler_;
  std::unique_ptr<Server> server_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::function<void()> later_;
  std::thread loop_;
};

}  // namespace gatehouse::control
