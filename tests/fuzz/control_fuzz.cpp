// SPDX-License-Identifier: Apache-2.0
// Any bytes as a line of the control protocol, from either end. It must never crash, and whatever is
// taken must come back the same after being written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "control/protocol.h"

namespace {

using namespace gatehouse::control;

void require(bool holds) {
  if (!holds) std::abort();
}

void try_request(std::string_view line) {
  const auto request = parse_request(line);
  if (const auto* refusal = std::get_if<Refusal>(&request)) {
    require(!refusal->message.empty());
    require(std::holds_alternative<Reply>(parse_reply(refusal_line(*refusal))));
    return;
  }
  const auto& operation = std::get<Operation>(request);
  const auto again = parse_request(request_line(operation));
  require(std::holds_alternative<Operation>(again));
  require(std::get<Operation>(again) == operation);
}

void try_reply(std::string_view line) {
  const auto reply = parse_reply(line);
  const auto* taken = std::get_if<Reply>(&reply);
  if (!taken || taken->kind != Reply::Kind::item) return;
  const auto again = parse_reply(item_line(taken->raw));
  require(std::holds_alternative<Reply>(again));
  require(std::get<Reply>(again).value == taken->value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  if (line.find('\n') != std::string_view::npos) return 0;
  try_request(line);
  try_reply(line);
  return 0;
}
