// SPDX-License-Identifier: Apache-2.0
// A checkpoint as JSON and back. It must never throw at a line that somebody changed.
#include "audit/checkpoint.h"

#include <nlohmann/json.hpp>

#include "events/json.h"
#include "events/json_read.h"
#include "events/time.h"

namespace gatehouse::audit {
namespace {

using Json = nlohmann::json;

std::string pairs(const std::vector<events::Range>& ranges) {
  std::string text = "[";
  for (const auto& range : ranges)
    text += (text.size() > 1 ? ",[" : "[") + std::to_string(range.first) + "," +
            std::to_string(range.past) + "]";
  return text + "]";
}

std::string to_json(const events::Ledger::Account& account) {
  std::string text;
  {
    events::JsonObject out(text);
    out.number("cpu", account.cpu);
    out.number("next", account.next);
    if (!account.missing.empty()) out.raw("missing", pairs(account.missing));
    if (account.given_up != 0) out.number("given_up", account.given_up);
    if (account.lost_events != 0) out.number("lost_events", account.lost_events);
    if (account.lost_asks != 0) out.number("lost_asks", account.lost_asks);
  }
  return text;
}

std::optional<events::Ledger::Account> account_of(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  events::Ledger::Account account;
  account.cpu = static_cast<std::uint32_t>(events::number_in(json, "cpu"));
  account.next = events::number_in(json, "next");
  account.given_up = events::number_in(json, "given_up");
  account.lost_events = events::number_in(json, "lost_events");
  account.lost_asks = events::number_in(json, "lost_asks");
  const auto missing = json.find("missing");
  if (missing == json.end()) return account;
  for (const auto& range : *missing) {
    if (!range.is_array() || range.size() != 2 || !range[0].is_number_unsigned() ||
        !range[1].is_number_unsigned())
      return std::nullopt;
    account.missing.push_back({range[0].get<std::uint64_t>(), range[1].get<std::uint64_t>()});
  }
  return account;
}

}  // namespace

std::string to_json(const Checkpoint& checkpoint) {
  std::string text, cpus = "[";
  for (const auto& account : checkpoint.accounts)
    cpus += (cpus.size() > 1 ? "," : "") + to_json(account);
  {
    events::JsonObject out(text);
    out.text("time", events::rfc3339(checkpoint.time));
    out.text("type", kCheckpointType);
    if (!checkpoint.gate.empty()) out.text("gate", checkpoint.gate);
    out.number("oldest", checkpoint.oldest);
    if (checkpoint.previous) out.text("previous", audit::to_text(*checkpoint.previous));
    out.raw("cpus", cpus + "]");
  }
  return text;
}

std::optional<Checkpoint> checkpoint_of(const std::string& line) {
  const auto json = Json::parse(line, nullptr, false);
  if (!json.is_object() || events::text_in(json, "type") != kCheckpointType) return std::nullopt;
  Checkpoint checkpoint;
  checkpoint.time = events::from_rfc3339(events::text_in(json, "time")).value_or(0);
  checkpoint.gate = events::text_in(json, "gate");
  checkpoint.oldest = events::number_in(json, "oldest");
  if (json.contains("previous")) {
    checkpoint.previous = link_of(events::text_in(json, "previous"));
    if (!checkpoint.previous) return std::nullopt;
  }
  const auto cpus = json.find("cpus");
  if (cpus == json.end() || !cpus->is_array()) return std::nullopt;
  for (const auto& cpu : *cpus) {
    auto account = account_of(cpu);
    if (!account) return std::nullopt;
    checkpoint.accounts.push_back(std::move(*account));
  }
  return checkpoint;
}

}  // namespace gatehouse::audit
