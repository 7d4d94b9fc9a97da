// SPDX-License-Identifier: Apache-2.0
// Names and values of otlp_record.h. It must never invent a name in a namespace of OpenTelemetry's: what the
// conventions do not know begins with "gatehouse.".
#include "sinks/otlp_record.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <utility>

#include "events/json.h"
#include "events/words.h"
#include "sinks/human.h"
#include "sinks/members.h"
#include "sinks/severity.h"

namespace gatehouse::sinks {
namespace {

constexpr std::size_t kTraceparent = 55;  // 00-TRACE-PARENT-FLAGS

using Name = std::pair<std::string_view, std::string_view>;

// Members of docs/events.md that the conventions have a name for.
constexpr std::array kConventional = {
    Name{"pid", "process.pid"},
    Name{"tid", "thread.id"},
    Name{"ppid", "process.parent_pid"},
    Name{"uid", "process.real_user.id"},
    Name{"comm", "process.executable.name"},
    Name{"exe", "process.executable.path"},
    Name{"argv", "process.command_args"},
    Name{"exit_code", "process.exit.code"},
    Name{"cgroup", "process.linux.cgroup"},
    Name{"protocol", "network.transport"},
};

// Where the rest stands in a namespace of its own.
constexpr std::array kOwn = {
    Name{"start", "gatehouse.process.start"},
    Name{"gid", "gatehouse.process.gid"},
    Name{"child", "gatehouse.child.pid"},
    Name{"child_start", "gatehouse.child.start"},
    Name{"hook", "gatehouse.hook.pid"},
    Name{"hook_start", "gatehouse.hook.start"},
    Name{"rule", "gatehouse.rule.id"},
    Name{"layer", "gatehouse.rule.layer"},
    Name{"rule_reason", "gatehouse.rule.reason"},
};

// Claims that they have a name for: under it as well.
constexpr std::array kConventionalClaims = {
    Name{"tool_call_id", "gen_ai.tool.call.id"},
    Name{"tool_name", "gen_ai.tool.name"},
    Name{"conversation_id", "gen_ai.conversation.id"},
    Name{"subagent_id", "gen_ai.agent.id"},
};

std::string name_of(std::string_view key) {
  for (const auto& names : {std::span<const Name>(kConventional), std::span<const Name>(kOwn)})
    for (const auto& [ours, theirs] : names)
      if (ours == key) return std::string(theirs);
  return "gatehouse." + std::string(key);
}

class Attributes : public Members {
 public:
  Attributes(std::string& out, bool judged) : out_(out), judged_(judged) {}

  void text(std::string_view key, std::string_view value) override {
    if (prefix_.empty() && (key == "time" || key == "type")) return;  // fields of the record
    if (prefix_.empty() && key == "access") access_ = value;
    if (prefix_.empty() && key == "address") return string(address_name(), value);
    if (prefix_ == "gatehouse.session.labels." && key == "container.id") container(value);
    if (prefix_ == "gatehouse.session." && key == "container") return container(value);
    string(named(key), value);
    if (prefix_ == "gatehouse.claimed.")
      for (const auto& [ours, theirs] : kConventionalClaims)
        if (ours == key) string(theirs, value);
    if (prefix_.empty() && key == "object") conventional_object(value);
  }
  void list(std::string_view key, const std::vector<std::string>& values) override {
    if (values.empty()) return;
    const std::string name = judged_ && key == "argv" ? "gatehouse.argv" : named(key);
    std::string bytes;
    bool whole = true;
    begin(name);
    out_ += R"({"arrayValue":{"values":[)";
    for (std::size_t i = 0; i < values.size(); i++) {
      if (i != 0) out_ += ',', bytes += ',';
      out_ += R"({"stringValue":)";
      whole = events::append_json_string(out_, values[i]) && whole;
      out_ += '}';
      bytes += R"({"bytesValue":")" + events::base64(values[i]) + "\"}";
    }
    out_ += "]}}}";
    if (whole) return;
    begin(name + "_bytes");
    out_ += R"({"arrayValue":{"values":[)" + bytes + "]}}}";
  }
  void number(std::string_view key, std::uint64_t value) override {
    if (prefix_.empty() && key == "port") return integer_named(port_name(), std::to_string(value));
    integer_named(named(key), std::to_string(value));
    if (prefix_.empty() && key == "uid") string("user.id", std::to_string(value));
  }
  void integer(std::string_view key, std::int64_t value) override {
    integer_named(named(key), std::to_string(value));
  }
  void wide(std::string_view key, std::uint64_t value) override {
    string(named(key), std::to_string(value));
  }
  void boolean(std::string_view key, bool value) override {
    begin(named(key));
    out_ += value ? R"({"boolValue":true}})" : R"({"boolValue":false}})";
  }
  void group(std::string_view key, const std::function<void(Members&)>& fill) override {
    const std::string before = prefix_;
    prefix_ = (before.empty() ? "gatehouse." : before) + std::string(key) + ".";
    fill(*this);
    prefix_ = before;
  }

 private:
  [[nodiscard]] std::string named(std::string_view key) const {
    return prefix_.empty() ? name_of(key) : prefix_ + std::string(key);
  }
  void conventional_object(std::string_view value) {
    if (access_ == "unix") {
      string("network.transport", "unix");
      string("server.address", value);
    } else if (access_ == "privilege") {
      string("gatehouse.privilege", value);
    } else if (access_ != "connect" && access_ != "send" && access_ != "bind" &&
               access_ != "listen" && access_ != "accept") {
      string("file.path", value);
    }
  }
  // Told by the session, or by a label of whoever began it: the first counts.
  void container(std::string_view id) {
    if (id.empty() || contained_) return;
    contained_ = true;
    string("container.id", id);
  }
  [[nodiscard]] std::string_view address_name() const {
    if (access_ == "bind" || access_ == "listen") return "network.local.address";
    return access_ == "accept" ? "client.address" : "server.address";
  }
  [[nodiscard]] std::string_view port_name() const {
    if (access_ == "bind" || access_ == "listen") return "network.local.port";
    return access_ == "accept" ? "client.port" : "server.port";
  }
  // Up to the value, which ends with the brace of the attribute.
  void begin(std::string_view name) {
    out_ += first_ ? R"({"key":)" : R"(,{"key":)";
    first_ = false;
    events::append_json_string(out_, name);
    out_ += R"(,"value":)";
  }
  void string(std::string_view name, std::string_view value) {
    begin(name);
    out_ += R"({"stringValue":)";
    const bool whole = events::append_json_string(out_, value);
    out_ += "}}";
    if (whole) return;
    begin(std::string(name) + "_bytes");
    out_ += R"({"bytesValue":")" + events::base64(value) + "\"}}";
  }
  void integer_named(std::string_view name, const std::string& digits) {
    begin(name);
    out_ += R"({"intValue":")" + digits + "\"}}";
  }

  std::string& out_;
  std::string prefix_;
  std::string access_;
  const bool judged_;  // its argv is what was asked for, not what the process is
  bool first_ = true;
  bool contained_ = false;
};

struct Level {
  int number;
  std::string_view text;
};

Level level_of(Severity severity) {
  switch (severity) {
    case Severity::debug:
      return {5, "DEBUG"};
    case Severity::info:
      return {9, "INFO"};
    case Severity::notice:
      return {12, "INFO4"};
    case Severity::warning:
      return {13, "WARN"};
    case Severity::error:
      break;
  }
  return {17, "ERROR"};
}

// Joins the record to the agent's own trace, as that claims: claims_in() has looked at its form.
std::string trace_of(const events::Process& process) {
  for (const auto& [name, value] : process.claimed)
    if (name == "traceparent" && value.size() == kTraceparent)
      return R"(,"traceId":")" + value.substr(3, 32) + R"(","spanId":")" + value.substr(36, 16) +
             R"(","flags":)" + std::to_string(std::strtoul(value.c_str() + 53, nullptr, 16));
  return {};
}

}  // namespace

std::string otlp_record(const events::Event& event, std::int64_t observed) {
  const Level level = level_of(severity_of(event));
  std::string out =
      R"({"timeUnixNano":")" + std::to_string(event.time) + R"(","observedTimeUnixNano":")" +
      std::to_string(observed) + R"(","severityNumber":)" + std::to_string(level.number) +
      R"(,"severityText":")" + std::string(level.text) + R"(","eventName":"gatehouse.)" +
      std::string(events::type_word(event)) + R"(","body":{"stringValue":)";
  events::append_json_string(out, human(event, {0, false, true, false}));
  out += R"(},"attributes":[)";
  const bool judged = std::holds_alternative<events::Decision>(event.body) ||
                      std::holds_alternative<events::Ask>(event.body);
  Attributes attributes(out, judged);
  describe(attributes, event);
  return out + "]" + trace_of(event.process) + "}";
}

std::string otlp_request(const events::Labels& resource, const std::vector<std::string>& records) {
  std::string out = R"({"resourceLogs":[{"resource":{"attributes":[)";
  for (const auto& [key, value] : resource) {
    if (out.back() != '[') out += ',';
    out += R"({"key":)";
    events::append_json_string(out, key);
    out += R"(,"value":{"stringValue":)";
    events::append_json_string(out, value);
    out += "}}";
  }
  out += R"(]},"scopeLogs":[{"scope":{"name":"gatehouse","version":")" GH_VERSION
         R"("},"logRecords":[)";
  for (std::size_t i = 0; i < records.size(); i++) {
    if (i != 0) out += ',';
    out += records[i];
  }
  return out + "]}]}]}";
}

}  // namespace gatehouse::sinks
