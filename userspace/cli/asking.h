// SPDX-License-Identifier: Apache-2.0
// What `run` does with an ask on its own terminal: prompt there, or say how to answer elsewhere. It must
// never answer by itself.
#pragma once

#include <memory>
#include <string>

#include "daemon/controller.h"

namespace gatehouse::cli {

class Asking {
 public:
  // `on_ask`: prompt, deny or wait. Without a terminal `prompt` is `wait`.
  Asking(daemon::Controller& controller, daemon::Loop& loop, const std::string& on_ask);
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
