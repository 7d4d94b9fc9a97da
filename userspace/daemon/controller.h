// SPDX-License-Identifier: Apache-2.0
// One gate and all that serves it: sessions, approvals, events. The only place where the rooms below are
// put together; it must never decide a request, and its end must never open the gate by itself.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "approvals/kernel_answerer.h"
#include "approvals/meaning.h"
#include "approvals/queue.h"
#include "audit/store.h"
#include "base/places.h"
#include "base/result.h"
#include "daemon/live_session.h"
#include "daemon/loop.h"
#include "daemon/names.h"
#include "daemon/prepared.h"
#include "daemon/reviewing.h"
#include "events/ledger.h"
#include "events/processes.h"
#include "kernel/admission.h"
#include "kernel/answers.h"
#include "kernel/enforcement.h"
#include "kernel/heartbeat.h"
#include "kernel/ring.h"
#include "kernel/skipped.h"
#include "sessions/ending.h"
#include "sessions/registry.h"
#include "sinks/sink.h"

namespace gatehouse::daemon {

struct ControllerOptions {
  std::string gate = "host";
  std::string state = kStateDirectory;
  std::vector<std::string> sinks;  // "jsonl:/var/log/…"
  std::optional<audit::StoreOptions> audit;
  bool adopt = false;                  // take over a gate that is in force, if there is one
  std::vector<std::string> mandatory;  // policies of the host, to name their rules after adoption
  std::string socket;                  // where this controller listens, if not at the default
};

// What a session begins with.
struct Opening {
  std::string name;
  std::string workspace;
  std::string home;
  uid_t owner = 0;
  events::Labels labels;
  std::vector<std::string> command;
  bool deny_asks = false;                // --on-ask deny
  bool watched = false;                  // ends with its client: end_soon() will be called
  std::uint32_t leader = 0;              // pid of the command
  std::uint32_t runner = 0;              // pid of the `run` at its terminal
  std::optional<kernel::Cgroup> cgroup;  // attach this one; else one is made
};

class Controller {
 public:
  static constexpr std::size_t kMostRecent = 4096;

  using Listener = std::function<void(const events::Event&)>;

  static Result<std::unique_ptr<Controller>> start(const ControllerOptions& options, Loop& loop);
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  Result<LiveSession*> open(const Opening& opening, Prepared prepared);
  // Ends it: own processes, entries, record. An attached cgroup is let go with its processes.
  Result<sessions::Leftovers> close(std::uint64_t serial, std::optional<int> status,
                                    const std::string& why);
  // The same for a loop's callbacks, which must not wait: done by end_what_is_over().
  void end_soon(std::uint64_t serial, const std::string& why);
  // Ends what end_soon() named, and sessions without a client whose last process is gone. Serves the
  // loop meanwhile; not to be called from one of its callbacks.
  void end_what_is_over();
  // The session judges by another policy from now on; at no moment by less than one of the two.
  Result<void> replace(std::uint64_t serial, Prepared prepared);
  Result<void> pause(std::uint64_t serial);
  Result<void> resume(std::uint64_t serial);

  // Removes the gate. Only when no session is left.
  Result<void> lift();
  // The last event of a controller that leaves the gate in force.
  void leave(const std::string& why);

  // Reads the rings, expires approvals, flushes sinks. At least every 100 ms; `Loop` calls it on asks.
  void tick();

  [[nodiscard]] LiveSession* find(const std::string& id_or_name);
  [[nodiscard]] LiveSession* find(std::uint64_t serial);
  [[nodiscard]] const LiveSessions& sessions() const { return sessions_; }
  [[nodiscard]] approvals::Queue& queue() { return *queue_; }
  // By which all answers come.
  [[nodiscard]] Reviewing& reviewing() { return *reviewing_; }
  void watch_approvals(approvals::Queue::Watcher watcher) { watcher_ = std::move(watcher); }
  [[nodiscard]] kernel::Answers& answers() { return *answers_; }
  [[nodiscard]] events::Processes& processes() { return processes_; }
  [[nodiscard]] const kernel::Enforcement& enforcement() const { return *enforcement_; }
  // What an agent of that session told of a tool call of its own.
  void note_call(const LiveSession& session, events::Process agent, const events::Call& call,
                 events::ToolCall body);
  // What an answer to that ask would mean in this session.
  std::variant<approvals::Meaning, approvals::Refusal> meaning_of(const LiveSession& live,
                                                                  const events::Judged& ask,
                                                                  const std::string& pattern,
                                                                  gh_verdict verdict) const;
  // Records what was answered, as far as that has changed: each second, and for those who want it sooner.
  void save_grants();
  // Where this Gatehouse itself is, for its own rules.
  void name_places(policy::Context& context) const;
  [[nodiscard]] const sessions::Registry& registry() const { return *registry_; }
  [[nodiscard]] const events::Ledger& ledger() const { return ledger_; }

  // The newest events, oldest first.
  [[nodiscard]] const std::deque<events::Event>& recent() const { return recent_; }

  // Every event from now on; the returned number is for forget().
  std::uint64_t listen(Listener listener);
  void forget(std::uint64_t listener);
  // Without a kind: a sink of our own, which sinks() does not show.
  void add_sink(std::unique_ptr<sinks::Sink> sink, std::string kind = {}) {
    sinks_.push_back({std::move(kind), std::move(sink)});
  }
  struct SinkStatus {
    std::string kind;  // "jsonl"
    sinks::SinkState state;
  };
  [[nodiscard]] std::vector<SinkStatus> sink_states() const;

 private:
  explicit Controller(Loop& loop) : loop_(loop), names_(sessions_), processes_(proc_) {}
  Result<void> begin(const ControllerOptions& options);
  Result<void> take_gate(const ControllerOptions& options);
  Result<void> open_sinks(const ControllerOptions& options);
  Result<void> open_rings();
  void account(const std::vector<gh_counters>& counters);
  void tell_skipped();
  Result<void> adopt_sessions();
  void thaw_all();
  Result<void> adopt_session(const kernel::AdmittedSession& admitted,
                             const sessions::Session& record);
  void restore_grants(std::uint64_t serial);
  void restore_patterns(const LiveSession& live, const std::vector<approvals::Grant>& recorded);
  Result<void> put_in_force(LiveSession& live, const Prepared& prepared);
  std::uint32_t next_generation() { return ++generation_; }
  void bury_the_dead();
  void take(std::span<const std::byte> record);
  void route(events::Event event);
  void hold(const LiveSession& live, const events::Event& event);
  void tell(events::Event event);
  void tell(const LiveSession* session, events::Body body);
  void note(LiveSession& live, const Prepared& prepared);
  [[nodiscard]] std::shared_ptr<const tables::Tables> shared(const tables::Tables& tables) const;
  void leader_ended(LiveSession& live, std::optional<int> status);
  void end_empty_sessions();

  Loop& loop_;
  LiveSessions sessions_;
  Names names_;
  events::ProcFs proc_;
  events::Processes processes_;
  events::Ledger ledger_;
  std::optional<sessions::Registry> registry_;
  std::optional<kernel::Enforcement> enforcement_;
  std::optional<kernel::Grace> grace_;
  std::optional<kernel::Publisher> publisher_;
  std::optional<kernel::Admission> admission_;
  std::optional<kernel::Answers> answers_;
  std::optional<approvals::KernelAnswerer> answerer_;
  std::optional<approvals::Queue> queue_;
  approvals::Queue::Watcher watcher_;
  std::unique_ptr<Reviewing> reviewing_;
  std::unique_ptr<kernel::Heartbeat> heartbeat_;
  std::optional<kernel::Ring> events_, asked_;
  kernel::Skipped skipped_;
  struct NamedSink {
    std::string kind;
    std::unique_ptr<sinks::Sink> sink;
  };
  std::vector<NamedSink> sinks_;
  audit::Store* store_ = nullptr;  // one of them, if there is an audit log
  std::deque<events::Event> recent_;
  std::map<std::uint64_t, Listener> listeners_;
  std::uint64_t next_listener_ = 0;
  std::uint32_t generation_ = 0;
  std::uint64_t reconciled_ = 0;  // ktime ns
  std::vector<std::string> mandatory_;
  std::string socket_, state_;
  std::deque<std::pair<std::uint64_t, std::string>> over_;  // serial, why
  std::set<std::uint64_t> regranted_;  // sessions with other grants than recorded
  std::uint64_t looked_ = 0;           // ktime ns, for empty sessions
};

}  // namespace gatehouse::daemon
