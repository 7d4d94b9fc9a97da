// SPDX-License-Identifier: Apache-2.0
// What the machine refused: a value or an Error with errno and context, under the names of
// std::expected (g++ 12 has none in C++20). It must never carry what the user wrote: that is Diagnostics.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <variant>

namespace gatehouse {

struct Error {
  int code = 0;      // errno, or 0 when there is none
  std::string what;  // "cannot open /x: Permission denied"; complete, no trailing period

  // Puts what we were doing in front: "starting session: cannot open /x: …".
  [[nodiscard]] Error because(const std::string& doing) && { return {code, doing + ": " + what}; }
};

// Error of errno (or `code`): "what: strerror".
inline Error sys_error(const std::string& what, int code = errno) {
  return {code, what + ": " + std::strerror(code)};
}

template <typename E>
struct unexpected {
  E error;
};
template <typename E>
unexpected(E) -> unexpected<E>;

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : data_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: like std::expected
  Result(Error error) : data_(std::in_place_index<1>, std::move(error)) {}            // NOLINT
  Result(unexpected<Error> u) : data_(std::in_place_index<1>, std::move(u.error)) {}  // NOLINT

  [[nodiscard]] bool has_value() const { return data_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() & { return checked(); }
  T&& value() && { return std::move(checked()); }
  const T& value() const& { return const_cast<Result*>(this)->checked(); }
  T& operator*() & { return checked(); }
  T&& operator*() && { return std::move(checked()); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &value(); }
  [[nodiscard]] const Error& error() const { return *std::get_if<1>(&data_); }
  [[nodiscard]] Error take_error() { return std::move(*std::get_if<1>(&data_)); }

 private:
  T& checked() {
    if (auto* v = std::get_if<0>(&data_)) return *v;
    std::abort();  // our bug: an error was used as a value
  }
  std::variant<T, Error> data_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}            // NOLINT
  Result(unexpected<Error> u) : error_(std::move(u.error)), ok_(false) {}  // NOLINT

  [[nodiscard]] bool has_value() const { return ok_; }
  explicit operator bool() const { return ok_; }
  [[nodiscard]] const Error& error() const { return error_; }
  [[nodiscard]] Error take_error() { return std::move(error_); }

 private:
  Error error_;
  bool ok_ = true;
};

}  // namespace gatehouse
