// SPDX-License-Identifier: Apache-2.0
// Calendar and digits behind instant.h. It must never depend on the time zone or the locale of this host.
#include "base/instant.h"

#include <chrono>
#include <cstdio>

namespace gatehouse {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

class Digits {
 public:
  explicit Digits(std::string_view text) : rest_(text) {}
  // Exactly so many digits, within a range.
  std::optional<int> number(std::size_t digits, int least, int most) {
    int value = 0;
    if (rest_.size() < digits) return std::nullopt;
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    if (value < least || value > most) return std::nullopt;
    return value;
  }
  bool one_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_[0]) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // What follows a point: at least one digit, of which nine count. A negative number: there is none.
  std::int64_t fraction() {
    std::int64_t value = 0, unit = kSecond / 10;
    std::size_t digits = 0;
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; rest_.remove_prefix(1), ++digits) {
      value += (rest_[0] - '0') * unit;
      unit /= 10;
    }
    return digits == 0 ? -1 : value;
  }
  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_[0]; }
  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace

std::string rfc3339(std::int64_t ns) {
  using namespace std::chrono;
  std::int64_t whole = ns / kSecond;  // by hand: floor<> overflows at the range's lower end
  std::int64_t rest = ns % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --whole;
  }
  const sys_seconds second{seconds{whole}};
  const auto day = floor<days>(second);
  const year_month_day date{day};
  const hh_mm_ss clock{second - day};
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%09lldZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<long long>(rest));
  return text;
}

std::optional<std::int64_t> from_rfc3339(std::string_view text) {
  Digits in(text);
  // Since clocks count, and until nanoseconds do not fit 64 bits any more.
  const auto year = in.number(4, 1970, 2261);
  if (!year || !in.one_of("-")) return std::nullopt;
  const auto month = in.number(2, 1, 12);
  if (!month || !in.one_of("-")) return std::nullopt;
  const auto day = in.number(2, 1, 31);
  if (!day || !in.one_of("Tt ")) return std::nullopt;
  const auto hour = in.number(2, 0, 23);
  if (!hour || !in.one_of(":")) return std::nullopt;
  const auto minute = in.number(2, 0, 59);
  if (!minute || !in.one_of(":")) return std::nullopt;
  const auto second = in.number(2, 0, 60);
  if (!second) return std::nullopt;
  std::int64_t fraction = 0;
  if (in.one_of(".") && (fraction = in.fraction()) < 0) return std::nullopt;
  std::int64_t offset = 0;
  const char sign = in.peek();
  if (in.one_of("+-")) {
    const auto hours = in.number(2, 0, 23);
    if (!hours || !in.one_of(":")) return std::nullopt;
    const auto minutes = in.number(2, 0, 59);
    if (!minutes) return std::nullopt;
    offset = (sign == '-' ? -1 : 1) * (std::int64_t{*hours} * 60 + *minutes) * 60;
  } else if (!in.one_of("Zz")) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!in.done() || !date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds =
      ((days * 24 + *hour) * 60 + *minute) * std::int64_t{60} + *second - offset;
  return seconds * kSecond + fraction;
}

}  // namespace gatehouse
