// SPDX-License-Identifier: Apache-2.0
// Counting behind observed.h. It must never grow past its limit in silence: what is dropped is counted.
#include "learning/observed.h"

#include <algorithm>
#include <cctype>

namespace gatehouse::learning {
namespace {

constexpr std::size_t kMostSamples = 64;
constexpr std::size_t kMostWords = 256;  // per program

bool is_plain_word(const std::string& text) {
  return !text.empty() && text.size() <= 32 && std::islower(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-';
         });
}

}  // namespace

Observed::Observed(HomeOf home_of, policy::Context fallback, policy::Context fixed)
    : home_of_(std::move(home_of)), fallback_(std::move(fallback)), fixed_(std::move(fixed)) {}

void Observed::begin(std::uint64_t session, policy::Context context) {
  if (!fixed_.workspace.empty()) context.workspace = fixed_.workspace;
  if (!fixed_.home.empty()) context.home = fixed_.home;
  const auto same = std::find_if(contexts_.begin(), contexts_.end(), [&](const auto& one) {
    return one.workspace == context.workspace && one.home == context.home;
  });
  context_of_session_.erase(session);
  if (same == contexts_.end() && contexts_.size() >= kMostContexts) return;
  context_of_session_[session] = static_cast<std::uint16_t>(same - contexts_.begin());
  if (same == contexts_.end()) contexts_.push_back(std::move(context));
}

std::optional<std::uint16_t> Observed::context_of(std::uint64_t session) {
  if (!context_of_session_.contains(session)) begin(session, fallback_);
  const auto found = context_of_session_.find(session);
  if (found == context_of_session_.end()) return std::nullopt;
  return found->second;
}

void Observed::word(const std::string& program, const std::vector<std::string>& argv) {
  if (argv.empty()) return;
  auto& words = words_[program];
  if (words.size() < kMostWords)
    words.insert(argv.size() > 1 && is_plain_word(argv[1]) ? argv[1] : "");
  else
    words.insert("");
}

void Observed::judged(const events::Event& event, const events::Judged& judged) {
  const bool through = judged.audit || judged.verdict == GH_ALLOW;
  if (!through) {
    ++refused;
    return;
  }
  auto request = request_of(judged);
  if (!request) {
    ++unjudged;
    return;
  }
  if (judged.access == GH_EXEC) word(judged.object.text, judged.argv);
  if (!judged.audit && judged.reason != GH_REASON_ANSWER) {
    auto& samples = allowed_[judged.access];
    if (samples.size() < kMostSamples) samples.push_back(*request);
  }
  const auto context = context_of(event.session.serial);
  if (!context) {
    ++dropped;
    return;
  }
  Key key{*context, std::move(*request)};
  auto found = used_.find(key);
  if (found == used_.end()) {
    if (used_.size() >= kMostRequests) {
      ++dropped;
      return;
    }
    found = used_.emplace(std::move(key), Used{}).first;
  }
  auto& used = found->second;
  ++used.times;
  used.asked =
      used.asked || judged.reason == GH_REASON_ANSWER || (judged.audit && judged.verdict == GH_ASK);
  used.stopped = used.stopped || (judged.audit && judged.verdict >= GH_DENY);
}

void Observed::take(const events::Event& event) {
  ++events;
  if (event.time != 0) {
    if (first == 0 || event.time < first) first = event.time;
    last = std::max(last, event.time);
  }
  if (const auto* start = std::get_if<events::SessionStart>(&event.body)) {
    policy::Context context = fallback_;
    if (!start->workspace.empty()) context.workspace = start->workspace;
    if (const auto home = home_of_(start->owner); !home.empty()) context.home = home;
    begin(event.session.serial, std::move(context));
  }
  if (event.session.serial != 0 && sessions_.size() < 1000)
    sessions_.insert(event.session.name.empty() ? std::to_string(event.session.serial)
                                                : event.session.name);
  if (!event.policy.name.empty()) policy_ = event.policy.name;
  if (const auto* decision = std::get_if<events::Decision>(&event.body)) judged(event, *decision);
  if (const auto* exec = std::get_if<events::Exec>(&event.body))
    word(exec->program.text, exec->argv);
  if (const auto* gone = std::get_if<events::EventsLost>(&event.body)) lost += gone->count;
}

}  // namespace gatehouse::learning
