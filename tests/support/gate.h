// SPDX-License-Identifier: Apache-2.0
// One gate for a whole test program, and sessions in it whose policy a test writes as JSON; operations are
// lambdas run in a child, inside the session or outside as a control. It must never fake a decision.
#pragma once

#include <functional>
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

  // Reads both rings; events of all sessions in the order of arrival.
  std::vector<events::Event> drain();
  void stop_heartbeat() { heartbeat_.reset(); }
  void start_heartbeat();
  void close();  // lifts the gate; at the end of the program

 private:
  Gate();
  std::vector<std::vector<std::byte>> records_;
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
  // `workspace`. Fails the test when it is refused.
  explicit Session(const std::string& policy, const std::string& workspace = "/tmp");
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int run(const Operation& operation) { return start(operation).wait(); }
  Running start(const Operation& operation);
  // New generation of the same session.
  void replace(const std::string& policy);

  [[nodiscard]] std::uint64_t serial() const { return admitted_.serial; }
  [[nodiscard]] const kernel::Cgroup& cgroup() const { return cgroup_; }
  [[nodiscard]] const tables::Tables& tables() const { return tables_; }
  // The next ask of this session, waiting at most two seconds for it.
  std::optional<events::Event> next_ask();
  // All decisions of this session so far, oldest first.
  std::vector<events::Event> decisions();
  // Answers an ask event.
  void answer(const events::Event& ask, int scope, gh_verdict verdict);
  [[nodiscard]] std::string rule(const events::Event& event) const;  // its id

 private:
  void collect();
  std::string workspace_;
  tables::Tables tables_;
  kernel::Cgroup cgroup_;
  kernel::AdmittedSession admitted_;
  std::vector<events::Event> events_;
  std::size_t asks_taken_ = 0;
};

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
Operation writes(const std::string& path);  // creates, truncates, writes "x"
Operation executes(const std::vector<std::string>& argv);  // 0: it ran and exited with 0

}  // namespace gatehouse::testing
