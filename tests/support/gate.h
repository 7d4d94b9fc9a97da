// SPDX-License-Identifier: Apache-2.0
// One gate for a whole test program, and sessions in it whose policy a test writes as JSON; operations are
// lambdas run in a child, inside the session or outside as a control. It must never fake a decision.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "events/event.h"
#include "kernel/admission.h"
#include "kernel/answers.h"
#include "kernel/enforcement.h"
#include "kernel/heartbeat.h"
#include "kernel/ring.h"
#include "tables/compile.h"

namespace gatehouse::testing {

// What an operation returns in its child: 0, or the errno that it met.
using Operation = std::function<int()>;

// Runs it in a forked child outside every session. -signal if the child was killed.
int unconfined(const Operation& operation);

class Gate {
 public:
  static Gate& instance();  // loads on first use; aborts with the reason when the kernel refuses

  kernel::Enforcement& enforcement() { return *enforcement_; }
  kernel::Publisher& publisher() { return *publisher_; }
  kernel::Admission& admission() { return *admission_; }
  kernel::Answers& answers() { return *answers_; }

  // Reads both rings, and takes out what came from one session, in the order of arrival. The rest is kept
  // for those whose it is.
  std::vector<events::Event> take(std::uint64_t serial);
  void stop_heartbeat() { heartbeat_.reset(); }
  void start_heartbeat();
  void close();  // lifts the gate, and fails when anything of it is left; at the end of the program

 private:
  Gate();
  void drain();
  std::vector<std::vector<std::byte>> records_;
  std::map<std::uint64_t, std::vector<events::Event>> inbox_;  // by session
  std::optional<kernel::Enforcement> enforcement_;
  std::optional<kernel::Grace> grace_;
  std::optional<kernel::Publisher> publisher_;
  std::optional<kernel::Admission> admission_;
  std::optional<kernel::Answers> answers_;
  std::unique_ptr<kernel::Heartbeat> heartbeat_;
  std::optional<kernel::Ring> events_, asked_;
};

// A running operation in a session.
class Running {
 public:
  explicit Running(pid_t pid) : pid_(pid) {}
  [[nodiscard]] pid_t pid() const { return pid_; }
  int wait();          // as unconfined()
  bool ended() const;  // without waiting

 private:
  pid_t pid_;
};

class Session {
 public:
  // `policy`: JSON of a whole policy, or of its sections ("filesystem": …) alone. ${workspace} is
  // `workspace`. `cgroup`: made there rather than below the gate's root. Ends the program when the policy
  // is refused.
  explicit Session(const std::string& policy, const std::string& workspace = "/tmp",
                   const std::string& cgroup = {});
  // Of a policy that a test compiled itself.
  explicit Session(tables::Tables tables);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int run(const Operation& operation) { return start(operation).wait(); }
  Running start(const Operation& operation);
  // The calling process moves in: for an operation that prepares something outside first.
  void enter() const;
  // The session is no more, yet its cgroup stays until the object goes.
  void detach();
  // New generation of the same session.
  void replace(const std::string& policy);

  [[nodiscard]] std::uint64_t serial() const { return admitted_.serial; }
  [[nodiscard]] const kernel::Cgroup& cgroup() const { return cgroup_; }
  [[nodiscard]] const tables::Tables& tables() const { return tables_; }
  // The next ask of this session, waiting for it at most as long as wait_for() does.
  std::optional<events::Event> next_ask();
  // The next ask if there is one already.
  std::optional<events::Event> pending_ask();
  // All decisions of this session so far, oldest first.
  std::vector<events::Event> decisions();
  // Drops what was collected: a long test asks about the last operation only.
  void forget() {
    events_.clear();
    asks_taken_ = 0;
  }
  // All events of one type so far.
  template <typename Body>
  std::vector<events::Event> all() {
    collect();
    std::vector<events::Event> out;
    for (const auto& event : events_)
      if (std::holds_alternative<Body>(event.body)) out.push_back(event);
    return out;
  }
  // The records of its threads that asked and live on; `open`: those that wait for an answer.
  [[nodiscard]] std::vector<gh_ask> asking(bool open = true) const;
  // Freezes who asked, as the controller does with an ask that stays open.
  void hold(const events::Event& ask);
  // Answers an ask event.
  void answer(const events::Event& ask, int scope, gh_verdict verdict);
  [[nodiscard]] std::string rule(const events::Event& event) const;  // its id
  // The last decision in words, for messages.
  [[nodiscard]] std::string last_words();

 private:
  void begin(tables::Tables tables, const std::string& cgroup);
  void collect();
  std::string workspace_;
  tables::Tables tables_;
  kernel::Cgroup cgroup_;
  kernel::AdmittedSession admitted_;
  std::vector<events::Event> events_;
  std::size_t asks_taken_ = 0;
};

// Waits until the condition holds, at most 20 seconds (the VM may be slow). False: it did not.
bool wait_for(const std::function<bool()>& condition);

struct Answer {
  int scope = GH_SCOPE_ONCE;
  gh_verdict verdict = GH_ALLOW;
};
// What an operation came to whose asks were all answered, and what was asked, in order.
struct Answered {
  int result = 0;
  std::vector<events::Event> asks;
};
Answered run_answering(Session& session, const Operation& operation,
                       const std::function<Answer(const events::Ask&)>& decide);
Answered run_answering(Session& session, const Operation& operation, Answer answer = {});

// A fresh directory that goes with the object.
class Directory {
 public:
  explicit Directory(const std::string& below = "/tmp");
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  void write(const std::string& name, const std::string& text) const;
  [[nodiscard]] std::string read(const std::string& name) const;
  [[nodiscard]] bool has(const std::string& name) const;

 private:
  std::string path_;
};

// Operations that most tests need; each returns 0 or errno.
Operation opens(const std::string& path, int flags, int mode = 0644);
Operation reads(const std::string& path);
Operation writes(const std::string& path);                 // creates, truncates, writes "x"
Operation executes(const std::vector<std::string>& argv);  // 0: it ran and exited with 0

// Moves a process, 0: the calling one, to a cgroup; 0, or errno.
int moves(pid_t pid, const std::string& cgroup);

// 0, or errno, of a call that returns 0 or a number when it succeeds.
inline int said(long result) { return result < 0 ? errno : 0; }

}  // namespace gatehouse::testing
