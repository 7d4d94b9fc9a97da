// SPDX-License-Identifier: Apache-2.0
// What an answer would mean, before it is given. It must never tell of another session's past.
#include <map>

#include "daemon/show.h"
#include "events/time.h"
#include "events/words.h"

namespace gatehouse::daemon {
namespace {

constexpr std::size_t kMostPast = 50;  // objects

const events::Judged* judged(const events::Event& event) {
  if (const auto* ask = std::get_if<events::Ask>(&event.body)) return ask;
  return std::get_if<events::Decision>(&event.body);
}

}  // namespace

control::Json preview_json(const approvals::Meaning& meaning, const approvals::Entry& entry,
                           const std::deque<events::Event>& recent) {
  struct Past {
    std::size_t times = 0;
    std::int64_t last = 0;
  };
  std::map<std::pair<gh_access, std::string>, Past> past;
  for (const auto& event : recent) {
    const auto* request = judged(event);
    if (request == nullptr || event.session.serial != entry.first.session.serial ||
        request->rule.id != entry.ask().rule.id || !meaning.covers(*request))
      continue;
    const std::pair key(request->access, request->object.text);
    if (past.size() == kMostPast && !past.contains(key)) continue;
    auto& one = past[key];
    one.times++;
    one.last = event.time;
  }
  control::Json all = control::Json::array();
  for (const auto& [key, one] : past)
    all.push_back({{"access", events::access_word(key.first)},
                   {"object", shown(key.second)},
                   {"times", one.times},
                   {"last", events::rfc3339(one.last)}});
  return {{"rule", control::Json::parse(meaning.json())},
          {"asked_by_rule", entry.ask().rule.id},
          {"past", std::move(all)}};
}

control::Json place_json(const approvals::Entry& entry, const LiveSession& session) {
  const events::Judged& ask = entry.ask();
  control::Json out = {{"access", events::access_word(ask.access)},
                       {"object", shown(ask.object.text)},
                       {"layer", ask.rule.layer},
                       {"workspace", session.record.workspace},
                       {"home", session.record.home},
                       {"remember", events::scope_word(entry.terms.remember)},
                       {"approvers", session.panel == nullptr ? 1u : session.panel->approvers}};
  auto argv = control::Json::array();
  for (const auto& word : ask.argv)
    argv.push_back(shown(word));
  if (!argv.empty()) out["argv"] = std::move(argv);
  for (const auto& rule : session.tables->rules)
    if (rule.id == ask.rule.id && rule.layer == ask.rule.layer) out["file"] = shown(rule.file);
  return out;
}

}  // namespace gatehouse::daemon
