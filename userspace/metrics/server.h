// SPDX-License-Identifier: Apache-2.0
// Serves metrics over HTTP from a thread of its own (libmicrohttpd, loaded when it is wanted). It must never hold
// more than a few connections: descriptors are what asks are answered with.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

struct MHD_Daemon;  // libmicrohttpd's

namespace gatehouse::metrics {

class Server {
 public:
  // `text` is called on the server's thread, for each GET of /metrics.
  static Result<std::unique_ptr<Server>> start(const std::string& address,
                                               std::function<std::string()> text);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();
  [[nodiscard]] const std::function<std::string()>& text() const { return text_; }

 private:
  explicit Server(std::function<std::string()> text) : text_(std::move(text)) {}

  std::function<std::string()> text_;
  std::string path_;  // of a unix socket
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace gatehouse::metrics
