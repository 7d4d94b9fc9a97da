// SPDX-License-Identifier: Apache-2.0
// How a handler answers one request, now or later. It must never reach a client that has gone, nor the
// next request of the same client: then every call does nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "control/protocol.h"

namespace gatehouse::control {

class Connection;

class Responder {
 public:
  Responder(std::weak_ptr<Connection> connection, std::uint64_t number)
      : connection_(std::move(connection)), number_(number) {}

  // Exactly one of these ends the request.
  void result(const Json& result) const;
  void refuse(const Refusal& refusal) const;

  // Any number before, where the operation streams. `json`: one object on one line.
  void item(std::string_view json) const;

  [[nodiscard]] bool open() const;
  // Runs when the connection ends, however it ends; at once if it has.
  void when_closed(std::function<void()> call) const;

 private:
  std::weak_ptr<Connection> connection_;
  std::uint64_t number_;
};

}  // namespace gatehouse::control
