// SPDX-License-Identifier: Apache-2.0
// Where each ask stands in the chain of its policy: whose turn it is, until when, and what follows. It
// must never let an ask pass a reviewer who has not been asked, nor ask more programs at once than it may.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/model.h"
#include "reviewers/decision.h"

namespace gatehouse::reviewers {

// Whose asks they are, and who reviews them.
struct Panel {
  std::uint64_t session = 0;
  std::vector<policy::Reviewer> links;  // empty: people, all together
  unsigned approvers = 1;
  std::uint32_t owner = 0;    // uid
  bool self_approval = true;  // the owner may allow what the session asks for
  bool of_host = false;       // the links are: not the owner's own
};

// How a program is asked. Its answer comes by Chain::answered(), never from within start().
class Programs {
 public:
  Programs() = default;
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;
  virtual ~Programs() = default;
  virtual void start(std::uint64_t ask, const policy::Reviewer& reviewer) = 0;
  virtual void stop(std::uint64_t ask) = 0;
};

class Chain {
 public:
  static constexpr std::size_t kMostPerSession = 8;  // programs at once

  struct Hooks {
    // A program allows or denies. False: that is not enough, and the next one is asked.
    std::function<bool(std::uint64_t ask, const policy::Reviewer&, const Decision&)> decided;
    // It passed the ask on, or failed. `then`: what the policy says of that.
    std::function<void(std::uint64_t ask, const policy::Reviewer&, const std::string& failure,
                       policy::Reviewer::Failing then)>
        passed;
    // The policy decides, since a reviewer failed. It is to end the ask.
    std::function<void(std::uint64_t ask, const policy::Reviewer&, gh_verdict)> settled;
    std::function<void(std::uint64_t ask)> open_to_people;  // to some, or to more of them
  };

  Chain(Programs& programs, Hooks hooks) : programs_(programs), hooks_(std::move(hooks)) {}

  // Times are CLOCK_MONOTONIC, ns.
  void add(std::uint64_t ask, std::shared_ptr<const Panel> panel, std::uint64_t now);
  void drop(std::uint64_t ask, std::uint64_t now);  // it is over
  void answered(std::uint64_t ask, const Verdict& verdict, std::uint64_t now);
  void expire(std::uint64_t now);

  // Is it the turn of people: of those at the terminal of `run`, or of all who may answer?
  [[nodiscard]] bool is_open(std::uint64_t ask, bool at_terminal) const;
  // Null: it is none of the chain's.
  [[nodiscard]] std::shared_ptr<const Panel> panel(std::uint64_t ask) const;
  // Whose turn it is; null: the chain is behind it, or it has none.
  [[nodiscard]] const policy::Reviewer* turn(std::uint64_t ask) const;

 private:
  struct Place {
    std::shared_ptr<const Panel> panel;
    std::size_t link = 0;
    bool runs = false;           // its program does
    std::uint64_t deadline = 0;  // 0: none
    bool to_terminal = false, to_all = false;
  };
  struct Session {
    std::size_t running = 0;
    std::deque<std::uint64_t> waiting;  // for a program; some may be over
  };
  using Places = std::map<std::uint64_t, Place>;

  void arrive(std::uint64_t ask, std::uint64_t now);
  void begin(std::uint64_t ask, Place& place, std::uint64_t now);
  void end(std::uint64_t ask, Place& place);
  void fail(std::uint64_t ask, const std::string& failure, std::uint64_t now);
  void move_on(std::uint64_t ask, std::uint64_t now);
  void start_waiting(std::uint64_t session, std::uint64_t now);
  void set_deadline(std::uint64_t ask, Place& place, std::uint64_t deadline);

  Programs& programs_;
  Hooks hooks_;
  Places places_;
  std::map<std::uint64_t, Session> sessions_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> deadlines_;  // when, ask
};

}  // namespace gatehouse::reviewers
