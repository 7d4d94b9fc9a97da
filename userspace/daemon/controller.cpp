// SPDX-License-Identifier: Apache-2.0
// The controller's own life and its events: start, adoption, rings, listeners, end. It must never let an
// event pass without being counted, nor a destructor open the gate.
#include "daemon/controller.h"

#include <malloc.h>
#include <spdlog/spdlog.h>

#include <span>

#include "events/decode.h"
#include "events/time.h"
#include "kernel/granted.h"
#include "sinks/sinks.h"

namespace gatehouse::daemon {
namespace {

constexpr std::uint64_t kReconcileNs = 1'000'000'000;
constexpr std::uint64_t kApprovalsPerController = 1000;
constexpr std::string_view kAudit = "audit:";

// Tells this gate's numbering of events from that of every other, of other boots too.
Result<std::string> numbering_of(const kernel::Memory& memory) {
  auto boot = sessions::boot_id();
  if (!boot) return boot;
  auto shape = kernel::shape_of(memory.fd("gh_counters"));
  if (!shape) return shape.take_error();
  return *boot + "/" + std::to_string(shape->id);
}

}  // namespace

Result<std::unique_ptr<Controller>> Controller::start(const ControllerOptions& options,
                                                      Loop& loop) {
  std::unique_ptr<Controller> controller(new Controller(loop));
  if (auto begun = controller->begin(options); !begun) {
    // What we loaded ourselves and nobody uses yet goes again; what was adopted stays in force.
    if (controller->enforcement_ && controller->sessions_.empty() && !options.adopt)
      (void)controller->enforcement_->lift();
    return begun.take_error();
  }
  return controller;
}

Result<void> Controller::begin(const ControllerOptions& options) {
  mandatory_ = options.mandatory;
  socket_ = options.socket;
  state_ = options.state;
  auto registry = sessions::Registry::open(options.state);
  if (!registry) return registry.take_error();
  registry_.emplace(std::move(*registry));
  if (auto opened = open_sinks(options); !opened) return opened;
  if (auto taken = take_gate(options); !taken) return taken;

  auto grace = kernel::Grace::make();
  if (!grace) return grace.take_error();
  grace_.emplace(std::move(*grace));
  auto publisher = kernel::Publisher::over(enforcement_->memory(), *grace_);
  if (!publisher) return publisher.take_error();
  publisher_.emplace(std::move(*publisher));
  admission_.emplace(*enforcement_, *grace_);
  answers_.emplace(enforcement_->memory());
  answerer_.emplace(*answers_, enforcement_->memory());
  // Ids of approvals: apart from those of other controllers on this host, and of our past lives.
  auto number = registry_->next_serial();
  if (!number) return number.take_error();
  queue_.emplace(
      *answerer_, [this](events::Event event) { tell(std::move(event)); },
      *number * kApprovalsPerController + 1);
  reviewing_ = std::make_unique<Reviewing>(
      loop_, *queue_, processes_,
      [this](std::uint64_t serial) {
        const LiveSession* const live = find(serial);
        return live == nullptr ? std::make_shared<const reviewers::Panel>() : live->panel;
      },
      [this](events::Event event) { tell(std::move(event)); });
  queue_->watch([this](approvals::Change change, const approvals::Entry& entry) {
    reviewing_->note(change, entry);
    if (watcher_) watcher_(change, entry);
  });
  queue_->watch_grants([this](std::uint64_t serial) { regranted_.insert(serial); });
  if (auto opened = open_rings(); !opened) return opened;
  tell(nullptr, events::ControllerStart{GH_VERSION, store_ == nullptr ? 0 : store_->last_time()});
  if (auto adopted = adopt_sessions(); !adopted) return adopted;
  heartbeat_ = std::make_unique<kernel::Heartbeat>(enforcement_->memory().controls());
  // Whoever waited for an answer while nobody was there asks again, so that we hear of it.
  if (auto nudged = answers_->nudge_open_asks(); !nudged) return nudged.take_error();
  thaw_all();
  return {};
}

Result<void> Controller::open_sinks(const ControllerOptions& options) {
  auto log = options.audit;
  for (const auto& spec : options.sinks) {
    if (spec.starts_with(kAudit)) {
      log.emplace().directory = spec.substr(kAudit.size());
      continue;
    }
    auto sink = sinks::open_sink(spec, state_);
    if (!sink) return sink.take_error();
    add_sink(std::move(*sink), std::string(sinks::sink_name(spec)));
  }
  if (!log) return {};
  log->state = options.state;
  auto store = audit::Store::open(*log);
  if (!store) return store.take_error();
  store_ = store->get();
  add_sink(std::move(*store), "audit");
  return {};
}

// Whom our predecessor has frozen.
void Controller::thaw_all() {
  const auto thaw = [](const kernel::Cgroup& above) {
    if (auto thawed = kernel::thaw_holds(above); !thawed) spdlog::error("{}", thawed.error().what);
  };
  thaw(enforcement_->root());
  for (const auto& [serial, live] : sessions_)
    if (!live->record.own_cgroup) thaw(live->cgroup);
}

Result<void> Controller::take_gate(const ControllerOptions& options) {
  auto mount = kernel::find_cgroup_mount();
  if (!mount) return mount.take_error();
  if (auto left = kernel::sweep_orphans(*mount); !left) spdlog::warn("{}", left.error().what);
  kernel::EnforcementOptions gate;
  gate.cgroup_mount = *mount;
  gate.name = options.gate;
  if (options.adopt) {
    auto adopted = kernel::Enforcement::adopt(gate);
    if (adopted) {
      enforcement_.emplace(std::move(*adopted));
      return {};
    }
    if (adopted.error().code != ENOENT) return adopted.take_error();
  }
  auto loaded = kernel::Enforcement::load(gate);
  if (!loaded) return loaded.take_error();
  enforcement_.emplace(std::move(*loaded));
  // Loading reads the kernel's type information, some 10 MB that the allocator would keep for ever.
  ::malloc_trim(0);
  return {};
}

Result<void> Controller::open_rings() {
  auto counters = enforcement_->memory().counters_by_cpu();
  if (!counters) return counters.take_error();
  ledger_ = events::Ledger(*counters);
  if (store_ != nullptr) {
    auto gate = numbering_of(enforcement_->memory());
    if (!gate) return gate.take_error();
    // Made while nobody was here, and not in the ring any more: that is lost, and will be told.
    if (const auto accounts = store_->accounts_of(*gate))
      ledger_ = events::Ledger(*accounts, *counters);
    store_->begin(*gate, ledger_);
  }
  const auto take_record = [this](std::span<const std::byte> record) { take(record); };
  auto events = kernel::Ring::open(enforcement_->memory().fd("gh_events"), take_record);
  if (!events) return events.take_error();
  auto asked = kernel::Ring::open(enforcement_->memory().fd("gh_asked"), take_record);
  if (!asked) return asked.take_error();
  auto skipped = kernel::Skipped::over(enforcement_->links());
  if (!skipped) return skipped.take_error();
  skipped_ = std::move(*skipped);
  events_.emplace(std::move(*events));
  asked_.emplace(std::move(*asked));
  const auto read = [this] { tick(); };
  if (auto added = loop_.add(events_->fd(), read); !added) return added;
  return loop_.add(asked_->fd(), read);
}

Controller::~Controller() {
  save_grants();
  if (store_ != nullptr) store_->checkpoint(ledger_);
  if (asked_) loop_.remove(asked_->fd());
  if (events_) loop_.remove(events_->fd());
}

void Controller::tick() {
  const std::uint64_t now = kernel::ktime();
  std::optional<std::vector<gh_counters>> counters;
  if (now - reconciled_ > kReconcileNs) {  // read before the rings are drained: Ledger::reconcile
    reconciled_ = now;
    if (auto read = enforcement_->memory().counters_by_cpu()) counters = std::move(*read);
  }
  // Telemetry first: an exec tells who the asker is.
  if (auto read = events_->consume(); !read) spdlog::error("{}", read.error().what);
  if (auto read = asked_->consume(); !read) spdlog::error("{}", read.error().what);
  if (auto heard = answers_->hear(); !heard) spdlog::error("{}", heard.error().what);
  queue_->expire(kernel::ktime());
  reviewing_->turn();
  if (counters) account(*counters);
  if (store_ != nullptr) store_->put();
}

// Each second.
void Controller::account(const std::vector<gh_counters>& counters) {
  bury_the_dead();
  save_grants();
  for (auto& lost : ledger_.reconcile(counters))
    tell(nullptr, std::move(lost));
  tell_skipped();
  for (const auto& [kind, sink] : sinks_)
    sink->flush();
  if (store_ != nullptr) store_->checkpoint(ledger_);
  for (const auto& [kind, sink] : sinks_)
    while (auto loss = sink->take_loss())
      tell(nullptr, events::EventsLost{"sink", std::nullopt, loss->count, loss->why});
}

// A tracing program that was preempted keeps itself from running for another task there (7.3, lazy preemption).
void Controller::tell_skipped() {
  auto counts = skipped_.news();
  if (!counts) return spdlog::error("{}", counts.error().what);
  for (const auto& [program, times] : *counts)
    tell(nullptr, events::EventsLost{"skipped",
                                     {},
                                     times,
                                     "the kernel did not run " + program +
                                         ", which was running on that CPU already"});
}

void Controller::bury_the_dead() {
  auto dead = answers_->tend();
  if (!dead) return spdlog::error("{}", dead.error().what);
  for (const auto& [tid, ask] : *dead) {
    events::Event event;
    if (const LiveSession* const live = find(ask.serial)) event.session = session_of(*live);
    event.process.pid = ask.tgid;
    event.process.tid = tid;
    events::AskGone gone;
    gone.access = static_cast<gh_access>(ask.access);
    gone.key.object = {ask.object[0], ask.object[1]};
    gone.key.thread_start = ask.start;
    event.body = gone;
    route(std::move(event));
  }
}

void Controller::take(std::span<const std::byte> record) {
  auto event =
      events::decode({reinterpret_cast<const unsigned char*>(record.data()), record.size()}, names_,
                     events::wall_minus_boot());
  if (!event) {
    spdlog::error("a record of the kernel could not be read: {}", event.error().what);
    tell(nullptr, events::EventsLost{"unknown", {}, 1, event.error().what});
    return;
  }
  if (event->origin) ledger_.seen(*event->origin);
  route(std::move(*event));
}

void Controller::route(events::Event event) {
  processes_.learn(event);
  processes_.fill(event);
  LiveSession* const live = find(event.session.serial);
  if (auto* ask = std::get_if<events::Ask>(&event.body)) {
    const approvals::Terms terms = live == nullptr ? approvals::Terms{} : live->terms;
    // It may have asked a controller that is no more: its time runs on.
    auto since =
        kernel::asked_since(enforcement_->memory(), event.process.tid, ask->key.thread_start);
    if (since)
      ask->since = *since;
    else
      spdlog::warn("{}", since.error().what);
    auto id = queue_->ask(event, terms, kernel::ktime());
    if (id)
      ask->approval = *id;
    else
      spdlog::error("an ask could not be taken: {}", id.error().what);
    reviewing_->turn();
    if (live != nullptr && ask->approval != 0) hold(*live, event);
  } else if (std::holds_alternative<events::AskGone>(event.body)) {
    queue_->gone(event);
  } else if (const auto* exit = std::get_if<events::Exit>(&event.body)) {
    queue_->exited(event);
    if (live != nullptr) {
      for (const auto& call :
           processes_.calls().ended({event.session.serial, event.process.pid, event.process.start}))
        note_call(*live, event.process, call, {events::ToolCall::Phase::lapsed, 0, 0});
      if (live->record.leader == event.process.pid) leader_ended(*live, exit->status);
    }
  }
  tell(std::move(event));
}

// It waits for a person. Between its ask and here nobody can have answered it: all that answers runs after us.
void Controller::hold(const LiveSession& live, const events::Event& event) {
  const auto asker =
      approvals::asker_of(approvals::waiter_of(event, std::get<events::Ask>(event.body).key));
  auto held = answers_->hold(asker, live.cgroup, live.record.own_cgroup);
  if (!held) spdlog::debug("{}: it is stopped instead", held.error().what);
}

void Controller::tell(events::Event event) {
  if (event.time == 0) event.time = events::wall_now();
  if (LiveSession* const live = find(event.session.serial)) live->refusals.take(event);
  for (const auto& [kind, sink] : sinks_)
    sink->write(event);
  recent_.push_back(event);
  if (recent_.size() > kMostRecent) recent_.pop_front();
  const auto listeners = listeners_;  // a listener may go while it is called
  for (const auto& [number, listener] : listeners)
    listener(event);
}

void Controller::tell(const LiveSession* session, events::Body body) {
  events::Event event;
  if (session != nullptr) {
    event.session = session_of(*session);
    event.policy = {session->record.policy_name, session->record.generation};
  }
  event.body = std::move(body);
  tell(std::move(event));
}

void Controller::note_call(const LiveSession& session, events::Process agent,
                           const events::Call& call, events::ToolCall body) {
  events::Event event;
  event.session = session_of(session);
  event.policy = {session.record.policy_name, session.record.generation};
  event.process = std::move(agent);
  events::set_call(event.process, call);
  event.body = body;
  tell(std::move(event));
}

std::vector<Controller::SinkStatus> Controller::sink_states() const {
  std::vector<SinkStatus> states;
  for (const auto& [kind, sink] : sinks_)
    if (!kind.empty()) states.push_back({kind, sink->state()});
  return states;
}

std::uint64_t Controller::listen(Listener listener) {
  listeners_.emplace(++next_listener_, std::move(listener));
  return next_listener_;
}

void Controller::forget(std::uint64_t listener) { listeners_.erase(listener); }

LiveSession* Controller::find(std::uint64_t serial) {
  const auto found = sessions_.find(serial);
  return found == sessions_.end() ? nullptr : found->second.get();
}

LiveSession* Controller::find(const std::string& id_or_name) {
  for (const auto& [serial, live] : sessions_)
    if (std::to_string(serial) == id_or_name) return live.get();
  LiveSession* named = nullptr;
  for (const auto& [serial, live] : sessions_)
    if (live->record.name == id_or_name) named = live.get();  // the newest of that name
  return named;
}

void Controller::leave(const std::string& why) {
  tick();
  tell(nullptr, events::ControllerStop{why});
}

Result<void> Controller::lift() {
  if (!sessions_.empty()) return Error{EBUSY, "sessions are still in force"};
  leave("gate lifted");
  heartbeat_.reset();
  return enforcement_->lift();
}

}  // namespace gatehouse::daemon
