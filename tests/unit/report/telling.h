// SPDX-License-Identifier: Apache-2.0
// A session for the tests of this room, told event by event. It must never say more than a test asks it to.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "report/story.h"

namespace gatehouse::report {

class Telling {
 public:
  Telling() { at(0, events::SessionStart{"/c", "/srv/app", 1000, {"agent", "--task"}}); }

  Telling& at(std::int64_t ms, events::Body body, std::uint32_t pid = 0, std::uint32_t ppid = 0,
              events::Labels claimed = {}) {
    events::Event event;
    event.time = 1'700'000'000'000'000'000 + ms * 1'000'000;
    event.session = {3, "night-shift", {{"team", "a"}}};
    event.policy = {"coding-agent", 1};
    event.process = {pid, pid, ppid, 1000, 1000, pid, pid == 0 ? "" : "sh", ""};
    event.process.claimed = std::move(claimed);
    event.body = std::move(body);
    story_.take(event);
    return *this;
  }
  Telling& decided(gh_access access, const std::string& object, gh_verdict verdict,
                   const std::string& rule = {}, bool audit = false) {
    events::Decision decision;
    decision.access = access;
    decision.object.text = object;
    decision.verdict = verdict;
    decision.rule = {rule, rule.empty() ? "" : "coding-agent", rule.empty() ? "" : "credentials"};
    decision.reason = rule.empty() ? GH_REASON_DEFAULT : GH_REASON_RULE;
    decision.audit = audit;
    return at(10, decision, 100);
  }
  Telling& asked(std::uint64_t id, const std::string& object) {
    events::Ask ask;
    ask.access = GH_CREATE;
    ask.object.text = object;
    ask.approval = id;
    ask.rule = {"workflows", "coding-agent", "runs elsewhere"};
    return at(1000, ask, 100);
  }
  Telling& answered(std::uint64_t id, gh_verdict verdict, const std::string& message = {}) {
    events::ApprovalAnswered answer;
    answer.approval = id;
    answer.verdict = verdict;
    answer.by = {events::Approver::Kind::person, 1001, 7, "gatehouse"};
    answer.message = message;
    return at(3500, answer);
  }
  [[nodiscard]] const Story& story() const { return story_; }

 private:
  Story story_;
};

}  // namespace gatehouse::report
