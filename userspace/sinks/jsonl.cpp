// SPDX-License-Identifier: Apache-2.0
// The members of an event as JSON, behind jsonl.h. It must never build a tree: this is the path of
// every event.
#include "sinks/jsonl.h"

#include "events/json.h"
#include "sinks/members.h"

namespace gatehouse::sinks {
namespace {

class JsonMembers : public Members {
 public:
  explicit JsonMembers(events::JsonObject& out) : out_(out) {}
  void text(std::string_view key, std::string_view value) override { out_.text(key, value); }
  void list(std::string_view key, const std::vector<std::string>& values) override {
    out_.list(key, values);
  }
  void number(std::string_view key, std::uint64_t value) override { out_.number(key, value); }
  void integer(std::string_view key, std::int64_t value) override { out_.integer(key, value); }
  void wide(std::string_view key, std::uint64_t value) override { out_.wide(key, value); }
  void boolean(std::string_view key, bool value) override { out_.boolean(key, value); }
  void group(std::string_view key, const std::function<void(Members&)>& fill) override {
    events::JsonObject inner = out_.object(key);
    JsonMembers members(inner);
    fill(members);
  }

 private:
  events::JsonObject& out_;
};

}  // namespace

void append_jsonl(std::string& out, const events::Event& event) {
  events::JsonObject line(out);
  JsonMembers members(line);
  describe(members, event);
}

std::string jsonl(const events::Event& event) {
  std::string out;
  append_jsonl(out, event);
  return out;
}

}  // namespace gatehouse::sinks
