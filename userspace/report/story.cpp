// SPDX-License-Identifier: Apache-2.0
// One function per type of event behind story.h. It must never count a request twice because it was asked and
// then decided.
#include "report/story.h"

#include <algorithm>

#include "events/approver.h"
#include "events/calls.h"
#include "events/words.h"

namespace gatehouse::report {
namespace {

constexpr std::uint32_t kFull = 0xffffffff;

// Keeps what is there already, and new ones while there is room.
template <typename Map>
typename Map::mapped_type* slot(Map& map, const typename Map::key_type& key, std::size_t most,
                                std::uint64_t& more) {
  const auto found = map.find(key);
  if (found != map.end()) return &found->second;
  if (map.size() >= most) {
    ++more;
    return nullptr;
  }
  return &map[key];
}

bool changes(gh_access access) {
  return access == GH_WRITE || access == GH_CREATE || access == GH_DELETE || access == GH_METADATA;
}

}  // namespace

void Histogram::add(std::int64_t time, bool denied) {
  if (time == 0) return;
  if (first_ == 0) first_ = time;
  // Lines come out of order by a moment; what is before the first counts with it.
  std::int64_t offset = std::max<std::int64_t>(time - first_, 0);
  while (offset / width_ >= static_cast<std::int64_t>(kBuckets)) {
    for (std::size_t i = 0; i < kBuckets / 2; i++)
      buckets_[i] = {buckets_[2 * i].all + buckets_[2 * i + 1].all,
                     buckets_[2 * i].denied + buckets_[2 * i + 1].denied};
    std::fill(buckets_.begin() + kBuckets / 2, buckets_.end(), Bucket{});
    width_ *= 2;
  }
  auto& bucket = buckets_[static_cast<std::size_t>(offset / width_)];
  if (bucket.all != kFull) ++bucket.all;
  if (denied && bucket.denied != kFull) ++bucket.denied;
}

std::size_t Story::process_of(std::uint32_t pid, std::uint64_t start) {
  if (pid == 0) return kNoProcess;
  const auto found = process_numbers_.find({pid, start});
  if (found != process_numbers_.end()) return found->second;
  if (processes.size() >= kMostProcesses) {
    ++more_processes;
    return kNoProcess;
  }
  const std::size_t number = processes.size();
  processes.push_back({});
  processes.back().pid = pid;
  processes.back().start = start;
  process_numbers_[{pid, start}] = number;
  return number;
}

void Story::take(const events::Event& event) {
  if (std::holds_alternative<events::SessionStart>(event.body) && started) {
    const auto earlier = earlier_runs + 1;
    *this = Story();
    earlier_runs = earlier;
  }
  ++events;
  if (event.time != 0) {
    if (first == 0 || event.time < first) first = event.time;
    last = std::max(last, event.time);
  }
  if (event.session.serial != 0) {
    serial = event.session.serial;
    name = event.session.name;
    if (!event.session.labels.empty()) labels = event.session.labels;
  }
  if (!event.policy.name.empty()) policy = event.policy.name;
  const auto number = process_of(event.process.pid, event.process.start);
  if (number != kNoProcess && processes[number].program.empty())
    processes[number].program = event.process.exe.empty() ? event.process.comm : event.process.exe;
  const bool tells =
      std::holds_alternative<events::ToolCall>(event.body);  // of the agent's calls, not of its own
  if (number != kNoProcess && !tells && processes[number].call.empty())
    processes[number].call = events::call_text(event.process);
  bool denied_now = false;
  if (const auto* decision = std::get_if<events::Decision>(&event.body))
    denied_now = decision->verdict >= GH_DENY;
  histogram.add(event.time, denied_now);
  std::visit([&](const auto& body) { note(event, body); }, event.body);
}

void Story::refused(const events::Event& event, const events::Decision& decision) {
  const auto number = process_of(event.process.pid, event.process.start);
  if (number != kNoProcess) ++processes[number].denials;
  if (auto* const call = call_of(event); call != nullptr && !decision.audit) ++call->denials;
  DenialKey key{decision.rule.id, decision.rule.layer, decision.rule.reason, decision.audit};
  if (decision.reason != GH_REASON_RULE && key.why.empty())
    key.why = events::reason_sentence(decision.reason);
  auto* denial = slot(denials, key, kMostDenials, more_denials);
  if (denial == nullptr) return;
  ++denial->times;
  denial->kill = denial->kill || decision.verdict == GH_KILL;
  std::string object =
      std::string(events::access_word(decision.access)) + " " + decision.object.text;
  for (std::size_t i = 1; i < decision.argv.size(); i++)
    object += " " + decision.argv[i];
  if (auto* times = slot(denial->objects, object, kMostObjects, denial->other_objects)) ++*times;
}

void Story::note(const events::Event& event, const events::Decision& decision) {
  ++decisions;
  const bool stops = decision.verdict >= GH_DENY;
  const bool through = decision.audit || decision.verdict == GH_ALLOW;
  if (decision.audit && decision.verdict != GH_ALLOW)
    ++would;
  else if (stops)
    ++denied;
  else
    ++allowed;
  if (stops) refused(event, decision);
  const auto& object = decision.object.text;
  if (through && changes(decision.access)) {
    if (auto* file = slot(files, object, kMostFiles, more_files)) {
      ++file->times;
      file->accesses.insert(decision.access);
    }
  }
  if (GH_ACCESS_CLASS(decision.access) == 1 || decision.access == GH_UNIX) {
    auto& kind = decision.access == GH_UNIX ? sockets : hosts;
    if (auto* host = slot(kind, object, kMostHosts, more_hosts)) {
      host->accesses.insert(decision.access);
      if (stops) ++host->denied;
      if (decision.verdict == GH_ASK || decision.reason == GH_REASON_ANSWER) ++host->asked;
      if (through) ++host->allowed;
    }
  }
  if (decision.access == GH_PRIVILEGE && privileges.size() < 100) ++privileges[object];
  if (decision.access == GH_EXEC && stops && !decision.audit) {
    std::string words;
    for (const auto& word : decision.argv)
      words += (words.empty() ? "" : " ") + word;
    if (auto* command =
            slot(commands, words.empty() ? object : words, kMostCommands, more_commands))
      ++command->denied;
  }
}

void Story::note(const events::Event& event, const events::Ask& ask) {
  if (ask.approval == 0) return;
  if (auto* known = ask_of(ask.approval)) {
    if (known->object.empty()) known->object = ask.object.text;
    return;
  }
  if (asks.size() >= kMostAsks) {
    ++more_asks;
    return;
  }
  ask_numbers_[ask.approval] = asks.size();
  AskSeen seen;
  seen.id = ask.approval;
  seen.asked = event.time;
  seen.access = ask.access;
  seen.object = ask.object.text;
  seen.argv = ask.argv;
  seen.rule = ask.rule;
  seen.comm = event.process.comm;
  asks.push_back(std::move(seen));
}

AskSeen* Story::ask_of(std::uint64_t id) {
  const auto found = ask_numbers_.find(id);
  return found == ask_numbers_.end() ? nullptr : &asks[found->second];
}

void Story::note(const events::Event& event, const events::ApprovalAnswered& answered) {
  auto* ask = ask_of(answered.approval);
  if (ask == nullptr) return;
  ask->closed = event.time;
  ask->verdict = answered.verdict;
  ask->by = events::approver_text(answered.by);
  ask->scope = events::scope_word(answered.scope);
  ask->message = answered.message;
}

void Story::note(const events::Event& event, const events::ApprovalExpired& expired) {
  auto* ask = ask_of(expired.approval);
  if (ask == nullptr) return;
  ask->closed = event.time;
  ask->verdict = expired.verdict;
  ask->expired = true;
}

void Story::note(const events::Event& /*event*/, const events::ApprovalReview& review) {
  if (auto* ask = ask_of(review.approval)) ++ask->reviews;
}

void Story::note(const events::Event& event, const events::Fork& fork) {
  const auto parent = process_of(event.process.pid, event.process.start);
  const auto child = process_of(fork.child, fork.child_start);
  if (child == kNoProcess) return;
  auto& seen = processes[child];
  if (seen.began == 0) seen.began = event.time;
  if (seen.program.empty()) seen.program = event.process.comm;
  if (parent == kNoProcess || seen.has_parent || parent == child) return;
  seen.has_parent = true;
  seen.hook = seen.hook || processes[parent].hook;
  processes[parent].children.push_back(child);
}

void Story::note(const events::Event& event, const events::Exec& exec) {
  ++execs;
  std::string words;
  for (const auto& word : exec.argv)
    words += (words.empty() ? "" : " ") + word;
  if (words.empty()) words = exec.program.text;
  if (auto* command = slot(commands, words, kMostCommands, more_commands)) ++command->times;
  const auto number = process_of(event.process.pid, event.process.start);
  if (number == kNoProcess) return;
  auto& process = processes[number];
  if (process.began == 0) process.began = event.time;
  process.program = exec.program.text;
  process.argv = exec.argv;
}

void Story::note(const events::Event& event, const events::Exit& exit) {
  const auto number = process_of(event.process.pid, event.process.start);
  if (number == kNoProcess) return;
  processes[number].ended = event.time;
  processes[number].status = exit.status;
}

CallSeen* Story::call_of(const events::Event& event) {
  const auto claimed = events::call_of(event.process);
  const auto found = call_numbers_.find({claimed.conversation, claimed.id});
  return found == call_numbers_.end() ? nullptr : &calls[found->second];
}

void Story::note(const events::Event& event, const events::ToolCall& told) {
  std::vector<std::size_t> hooks;  // it, and what it has started by now
  if (told.hook != 0) hooks.push_back(process_of(told.hook, told.hook_start));
  while (!hooks.empty()) {
    const auto number = hooks.back();
    hooks.pop_back();
    if (number == kNoProcess || processes[number].hook) continue;
    processes[number].hook = true;
    hooks.insert(hooks.end(), processes[number].children.begin(), processes[number].children.end());
  }
  if (told.phase != events::ToolCall::Phase::begin) {
    if (auto* const call = call_of(event)) {
      call->ended = event.time;
      call->lapsed = told.phase == events::ToolCall::Phase::lapsed;
    }
    return;
  }
  if (calls.size() >= kMostCalls) {
    ++more_calls;
    return;
  }
  const auto claimed = events::call_of(event.process);
  call_numbers_[{claimed.conversation, claimed.id}] = calls.size();
  calls.push_back({claimed.id, claimed.conversation, claimed.tool, event.time, 0, false, 0});
}

void Story::note(const events::Event& /*event*/, const events::SessionStart& start) {
  started = true;
  workspace = start.workspace;
  argv = start.argv;
  owner = start.owner;
}

void Story::note(const events::Event& /*event*/, const events::SessionEnd& end) {
  ended = true;
  status = end.status;
  why_ended = end.why;
}

void Story::note(const events::Event& /*event*/, const events::PolicyPublished& published) {
  ++policies;
  mode = published.audit ? "audit" : "enforce";
}

void Story::note(const events::Event& /*event*/, const events::EventsLost& lost) {
  for (auto& loss : losses)
    if (loss.ring == lost.ring && loss.why == lost.why) {
      loss.count += lost.count;
      return;
    }
  if (losses.size() < 100) losses.push_back({lost.ring, lost.why, lost.count});
}

}  // namespace gatehouse::report
