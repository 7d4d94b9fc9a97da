// SPDX-License-Identifier: Apache-2.0
// Reviewers that are programs: started with the ask on stdin, read, and ended with all that they started.
// None may run with more rights than the user it is run for, nor with anything of ours but its streams.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "daemon/loop.h"
#include "reviewers/chain.h"
#include "sessions/spawn.h"

namespace gatehouse::daemon {

// What a program is started for.
struct Assignment {
  uid_t uid = 0;    // that it runs as
  std::string ask;  // JSON, for its stdin; empty: it is over
};

class ReviewerPrograms : public reviewers::Programs {
 public:
  using Assign = std::function<Assignment(std::uint64_t ask, const policy::Reviewer&)>;
  using Answered = std::function<void(std::uint64_t ask, const reviewers::Verdict&)>;

  ReviewerPrograms(Loop& loop, Assign assign, Answered answered)
      : loop_(loop), assign_(std::move(assign)), answered_(std::move(answered)) {}
  ~ReviewerPrograms() override;

  void start(std::uint64_t ask, const policy::Reviewer& reviewer) override;
  void stop(std::uint64_t ask) override;
  // Tells of those that could not be started. In each round of the loop.
  void turn();
  [[nodiscard]] std::size_t running() const { return running_.size(); }

 private:
  // One that runs, or that was ended and is not reaped yet.
  struct Running {
    std::uint64_t ask = 0;  // 0: nobody wants its answer any more
    sessions::Child child;
    UniqueFd out, errors;
    std::string said, complained;
    bool posts = false;  // our own program for webhooks
  };
  using Place = std::map<pid_t, Running>::iterator;

  Result<void> launch(std::uint64_t ask, const policy::Reviewer& reviewer);
  Result<void> listen(const UniqueFd& fd, std::function<void()> call);
  void read(Running& running, bool errors);
  static void kill(const Running& running);
  void drop(Place place);
  void finish(pid_t pid);
  [[nodiscard]] static reviewers::Verdict judge(Running& running, int status);
  void leave_loop(Running& running);

  Loop& loop_;
  Assign assign_;
  Answered answered_;
  std::map<pid_t, Running> running_;
  std::vector<std::pair<std::uint64_t, std::string>> not_started_;
};

}  // namespace gatehouse::daemon
