// SPDX-License-Identifier: Apache-2.0
// Answers on their way to the queue: whose turn it is, who may, and how many must. Everybody who answers
// comes by here: no allow may reach the queue that the session's policy does not count.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "approvals/queue.h"
#include "control/protocol.h"
#include "daemon/loop.h"
#include "daemon/reviewer_programs.h"
#include "events/processes.h"
#include "reviewers/chain.h"
#include "reviewers/votes.h"

namespace gatehouse::daemon {

class Reviewing {
 public:
  // What became of an answer that was taken.
  struct Taken {
    std::size_t released = 0;  // threads; 0: more approvers must allow
    std::size_t allowed = 1, approvers = 1;
  };
  using PanelOf = std::function<std::shared_ptr<const reviewers::Panel>(std::uint64_t session)>;
  using Report = std::function<void(events::Event)>;
  using Opened = std::function<void(const approvals::Entry&)>;

  Reviewing(Loop& loop, approvals::Queue& queue, events::Processes& processes, PanelOf panel_of,
            Report report);

  // What the queue's watcher tells; acted upon by turn().
  void note(approvals::Change change, const approvals::Entry& entry);
  // After each change of the queue, and in each round of the loop.
  void turn();
  // Called when it is the turn of people, or of more of them.
  void when_open(Opened opened) { opened_ = std::move(opened); }

  // `at_terminal`: from the terminal of the session's own `run`.
  std::variant<Taken, approvals::Refusal> answer(std::uint64_t id, const approvals::Answer& answer,
                                                 bool at_terminal);
  [[nodiscard]] bool is_open(std::uint64_t id, bool at_terminal) const {
    return chain_.is_open(id, at_terminal);
  }
  // Has that person allowed it, where others must too?
  [[nodiscard]] bool has_allowed(std::uint64_t id, uid_t uid) const;
  [[nodiscard]] std::size_t programs() const { return programs_.running(); }
  // The approval as everybody sees it, with whose turn it is and who has allowed.
  [[nodiscard]] control::Json json(const approvals::Entry& entry) const;

 private:
  std::optional<approvals::Refusal> refusal(std::uint64_t id, const approvals::Answer& answer,
                                            bool at_terminal) const;
  bool decided(std::uint64_t id, const policy::Reviewer& by, const reviewers::Decision& decision);
  void passed(std::uint64_t id, const policy::Reviewer& by, const std::string& failure);
  void settled(std::uint64_t id, const policy::Reviewer& by, gh_verdict verdict);
  void report(std::uint64_t id, events::ApprovalReview::Result result, const events::Approver& by,
              const std::string& why);
  [[nodiscard]] events::Approver approver(std::uint64_t id, const policy::Reviewer& reviewer) const;
  // Counts an allow, and gives it to the queue when it is enough.
  std::variant<Taken, approvals::Refusal> allow(std::uint64_t id, approvals::Answer answer);

  approvals::Queue& queue_;
  events::Processes& processes_;
  PanelOf panel_of_;
  Report report_;
  Opened opened_;
  std::vector<std::pair<approvals::Change, std::uint64_t>> news_;
  reviewers::Votes votes_;
  ReviewerPrograms programs_;
  reviewers::Chain chain_;
};

}  // namespace gatehouse::daemon
