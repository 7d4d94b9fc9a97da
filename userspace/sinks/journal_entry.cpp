// SPDX-License-Identifier: Apache-2.0
// An event as the fields of a journal entry, behind journal.h. It must never let a value begin a field of its own:
// what holds a line break goes with its length.
#include "sinks/human.h"
#include "sinks/journal.h"
#include "sinks/members.h"
#include "sinks/severity.h"

namespace gatehouse::sinks {
namespace {

constexpr std::size_t kMostName = 64;  // journald's own limit

void put_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  if (value.find('\n') == std::string_view::npos) {
    out += '=';
  } else {
    out += '\n';
    for (unsigned shift = 0; shift < 64; shift += 8)
      out += static_cast<char>((static_cast<std::uint64_t>(value.size()) >> shift) & 0xff);
  }
  out += value;
  out += '\n';
}

class Fields : public Members {
 public:
  Fields(std::string& out, std::string prefix) : out_(out), prefix_(std::move(prefix)) {}

  void text(std::string_view key, std::string_view value) override {
    put_field(out_, named(key), value);
  }
  void list(std::string_view key, const std::vector<std::string>& values) override {
    for (const auto& value : values)  // a field may stand there more than once
      put_field(out_, named(key), value);
  }
  void number(std::string_view key, std::uint64_t value) override {
    put_field(out_, named(key), std::to_string(value));
  }
  void integer(std::string_view key, std::int64_t value) override {
    put_field(out_, named(key), std::to_string(value));
  }
  void wide(std::string_view key, std::uint64_t value) override { number(key, value); }
  void boolean(std::string_view key, bool value) override {
    put_field(out_, named(key), value ? "true" : "false");
  }
  void group(std::string_view key, const std::function<void(Members&)>& fill) override {
    Fields inner(out_, named(key) + "_");
    fill(inner);
  }

 private:
  // Capitals, digits and "_": keys of labels may hold anything.
  [[nodiscard]] std::string named(std::string_view key) const {
    std::string name = prefix_;
    for (const char c : key) {
      const bool small = c >= 'a' && c <= 'z';
      const bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      name += small ? static_cast<char>(c - 'a' + 'A') : plain ? c : '_';
    }
    return name.substr(0, kMostName);
  }

  std::string& out_;
  const std::string prefix_;
};

std::string_view priority_of(Severity severity) {
  switch (severity) {
    case Severity::debug:
      return "7";
    case Severity::info:
      return "6";
    case Severity::notice:
      return "5";
    case Severity::warning:
      return "4";
    case Severity::error:
      break;
  }
  return "3";
}

}  // namespace

std::string journal_entry(const events::Event& event) {
  std::string out;
  put_field(out, "MESSAGE", human(event, {0, false, true, false}));
  put_field(out, "PRIORITY", priority_of(severity_of(event)));
  put_field(out, "SYSLOG_IDENTIFIER", "gatehouse");
  Fields fields(out, "GATEHOUSE_");
  describe(fields, event);
  return out;
}

}  // namespace gatehouse::sinks
