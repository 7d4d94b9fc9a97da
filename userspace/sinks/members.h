// SPDX-License-Identifier: Apache-2.0
// The members of an Event as docs/events.md names them, in its order, told one by one to an encoder. It must
// never tell a member that was not seen, nor rename one: every encoder of names and values hangs on it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "events/event.h"

namespace gatehouse::sinks {

class Members {
 public:
  Members() = default;
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;
  virtual ~Members() = default;

  virtual void text(std::string_view key, std::string_view value) = 0;  // bytes
  virtual void list(std::string_view key, const std::vector<std::string>& values) = 0;
  virtual void number(std::string_view key, std::uint64_t value) = 0;
  virtual void integer(std::string_view key, std::int64_t value) = 0;
  // For numbers that a double does not hold.
  virtual void wide(std::string_view key, std::uint64_t value) = 0;
  virtual void boolean(std::string_view key, bool value) = 0;
  // Members of their own: `session`, its `labels`, `policy`.
  virtual void group(std::string_view key, const std::function<void(Members&)>& fill) = 0;
};

void describe(Members& out, const events::Event& event);

}  // namespace gatehouse::sinks
