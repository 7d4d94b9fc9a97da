// SPDX-License-Identifier: Apache-2.0
// What `run` does with an ask on its own terminal: prompt there, or say how to answer elsewhere. It must
// never answer by itself.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "approvals/card.h"
#include "daemon/loop.h"

namespace gatehouse::cli {

// The approvals of one session, wherever they are kept.
struct Questions {
  std::function<std::vector<std::uint64_t>()> waiting;  // ids, most urgent first
  std::function<std::optional<approvals::Card>(std::uint64_t id)> card;
  std::function<void(std::uint64_t id, const approvals::Answer& answer)> answer;
};

class Asking {
 public:
  // `on_ask`: prompt, deny or wait. Without a terminal `prompt` is `wait`.
  Asking(Questions questions, daemon::Loop& loop, const std::string& on_ask);
  ~Asking();
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

  // Shows what is next; to be called in each round of the loop.
  void turn();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::cli
