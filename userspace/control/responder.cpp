// SPDX-License-Identifier: Apache-2.0
// Responder → its connection, if there still is one. It must never keep a connection alive.
#include "control/responder.h"

#include "control/connection.h"

namespace gatehouse::control {

void Responder::result(const Json& result) const {
  if (const auto connection = connection_.lock()) connection->finish(number_, result_line(result));
}

void Responder::refuse(const Refusal& refusal) const {
  if (const auto connection = connection_.lock()) {
    connection->finish(number_, refusal_line(refusal));
  }
}

void Responder::item(std::string_view json) const {
  if (const auto connection = connection_.lock()) connection->item(number_, json);
}

bool Responder::open() const {
  const auto connection = connection_.lock();
  return connection && connection->is_open(number_);
}

void Responder::when_closed(std::function<void()> call) const {
  if (const auto connection = connection_.lock()) {
    connection->call_when_closed(std::move(call));
  } else {
    call();
  }
}

}  // namespace gatehouse::control
