// SPDX-License-Identifier: Apache-2.0
// Sessions: begun, replaced, paused, ended, and taken over after a restart. It must never leave one
// half-made: what fails takes back what came before it.
#include <spdlog/spdlog.h>

#include "daemon/controller.h"
#include "events/time.h"

namespace gatehouse::daemon {
namespace {

approvals::Terms terms_of(const policy::Policy& policy, bool deny_asks) {
  approvals::Terms terms;
  terms.timeout_ms = policy.approvals.timeout_ms;
  terms.on_timeout = policy.approvals.on_timeout == policy::Action::allow ? GH_ALLOW : GH_DENY;
  terms.remember = policy.approvals.remember;
  if (policy.approvals.max_open) terms.max_open = *policy.approvals.max_open;
  if (deny_asks) terms.at_once = GH_DENY;
  return terms;
}

std::shared_ptr<const reviewers::Panel> panel_of(const policy::Policy& policy,
                                                 const sessions::Session& record) {
  const policy::Approvals& approvals = policy.approvals;
  reviewers::Panel panel;
  panel.session = record.serial;
  panel.links = approvals.reviewers;
  panel.approvers = approvals.approvers;
  panel.owner = record.owner;
  panel.self_approval = approvals.self_approval;
  panel.of_host = approvals.reviewers_of_host;
  return std::make_shared<const reviewers::Panel>(std::move(panel));
}

// Is the command that it was begun for gone? Its pid may be another's by now, in another cgroup.
bool is_headless(const LiveSession& live) {
  if (live.record.leader == 0) return false;
  const auto held = live.cgroup.holds(static_cast<pid_t>(live.record.leader));
  return !held || !*held;
}

}  // namespace

void Controller::name_places(policy::Context& context) const {
  context.socket = socket_;
  context.state = state_;
}

// A hundred sessions of one policy and workspace keep its tables once. The digest leaves nothing out.
std::shared_ptr<const tables::Tables> Controller::shared(const tables::Tables& tables) const {
  for (const auto& [serial, live] : sessions_)
    if (live->tables && live->tables->digest == tables.digest) return live->tables;
  return std::make_shared<const tables::Tables>(tables);
}

// Remembers what the new generation's numbers mean. Before it is in force: its events name rules.
void Controller::note(LiveSession& live, const Prepared& prepared) {
  live.tables = shared(prepared.tables);
  live.record.policy_name = prepared.policy.name;
  live.record.sources = prepared.sources;
  live.record.digest = prepared.tables.digest;
  live.generations[live.record.generation] = {prepared.policy.name, prepared.tables.rules};
  while (live.generations.size() > LiveSession::kMostGenerations)
    live.generations.erase(live.generations.begin());
}

Result<LiveSession*> Controller::open(const Opening& opening, Prepared prepared) {
  auto serial = registry_->next_serial();
  if (!serial) return serial.take_error();
  auto live = std::make_unique<LiveSession>();
  auto& record = live->record;
  record.serial = *serial;
  record.name = sessions::clean_name(opening.name);
  record.gate = enforcement_->root().below();
  record.own_cgroup = !opening.cgroup.has_value();
  record.owner = opening.owner;
  record.workspace = opening.workspace;
  record.home = opening.home;
  record.labels = opening.labels;
  record.command = opening.command;
  record.deny_asks = opening.deny_asks;
  record.started_ms = events::wall_now() / 1'000'000;
  record.generation = next_generation();
  auto boot = sessions::boot_id();
  if (!boot) return boot.take_error();
  record.boot = *boot;
  live->watched = opening.watched;
  record.leader = opening.leader;
  live->runner = opening.runner;
  live->terms = terms_of(prepared.policy, opening.deny_asks);
  live->panel = panel_of(prepared.policy, record);
  note(*live, prepared);

  auto cgroup =
      opening.cgroup
          ? kernel::Cgroup::open(enforcement_->mount(), opening.cgroup->path())
          : kernel::Cgroup::make(enforcement_->mount(),
                                 enforcement_->root().path() + "/" + sessions::cgroup_name(record));
  if (!cgroup) return cgroup.take_error();
  live->cgroup = std::move(*cgroup);
  record.cgroup_path = live->cgroup.path();
  record.cgroup = live->cgroup.id();
  LiveSession* const made = live.get();
  sessions_.emplace(*serial, std::move(live));
  if (auto forced = put_in_force(*made, prepared); !forced) {
    if (record.own_cgroup) (void)made->cgroup.remove(kernel::Milliseconds(0));
    sessions_.erase(*serial);
    return forced.take_error();
  }
  tell(made, events::SessionStart{made->cgroup.path(), made->record.workspace, made->record.owner,
                                  made->record.command});
  tell(made, events::PolicyPublished{made->tables->digest,
                                     static_cast<std::uint32_t>(made->tables->rules.size()),
                                     static_cast<std::uint32_t>(made->tables->states.size()),
                                     (made->tables->flags & GH_POLICY_AUDIT) != 0});
  return made;
}

Result<void> Controller::put_in_force(LiveSession& live, const Prepared& prepared) {
  // On disk first: a controller that dies right after the admission must be able to take it over.
  if (auto saved = registry_->save(live.record); !saved) return saved;
  auto slot = publisher_->publish(prepared.tables, live.record.generation);
  if (!slot) {
    (void)registry_->remove(live.record.serial);
    return slot.take_error();
  }
  auto admitted = admission_->admit(live.cgroup, live.record.serial, *slot, prepared.tables.flags);
  if (!admitted) {
    (void)publisher_->retire(*slot);
    (void)registry_->remove(live.record.serial);
    return admitted.take_error();
  }
  live.admitted = *admitted;
  return {};
}

Result<sessions::Leftovers> Controller::close(std::uint64_t serial, std::optional<int> status,
                                              const std::string& why) {
  LiveSession* const live = find(serial);
  if (live == nullptr) return Error{ENOENT, "there is no session " + std::to_string(serial)};
  if (live->ending) return Error{EBUSY, "the session is ending already"};
  live->ending = true;
  live->terms.at_once = GH_DENY;  // who asks from now on need not wait for the end
  if (live->paused) (void)live->cgroup.thaw();
  sessions::EndOptions options;
  options.own_cgroup = live->record.own_cgroup;
  options.meanwhile = [this] {
    tick();
    if (auto turned = loop_.turn(0); !turned) spdlog::error("{}", turned.error().what);
  };
  auto left = sessions::end_session(live->cgroup, live->admitted, *admission_, *publisher_,
                                    *answers_, options);
  tick();
  live->ending = false;
  if (!left) return left;
  queue_->session_ended(serial);
  processes_.calls().forget(serial);
  reviewing_->turn();
  tell(live, events::SessionEnd{status ? status : live->status, why});
  if (auto removed = registry_->remove(serial); !removed) spdlog::warn("{}", removed.error().what);
  sessions_.erase(serial);
  return left;
}

Result<void> Controller::replace(std::uint64_t serial, Prepared prepared) {
  LiveSession* const live = find(serial);
  if (live == nullptr) return Error{ENOENT, "there is no session " + std::to_string(serial)};
  if (live->ending) return Error{EBUSY, "the session is ending"};
  const std::uint32_t generation = next_generation();
  auto slot = publisher_->publish(prepared.tables, generation);
  if (!slot) return slot.take_error();
  sessions::Session record = live->record;
  record.generation = generation;
  record.policy_name = prepared.policy.name;
  record.sources = prepared.sources;
  record.digest = prepared.tables.digest;
  auto ready = registry_->save(record);
  if (ready && (prepared.tables.flags & GH_POLICY_NETWORK) != 0)
    ready = enforcement_->cover_sending();
  if (!ready) {
    (void)registry_->save(live->record);
    (void)publisher_->retire(*slot);
    return ready;
  }
  const bool denies = live->terms.at_once.has_value();
  live->record.generation = generation;
  note(*live, prepared);
  auto old = publisher_->flip(live->admitted.index, *slot);
  if (!old) return old.take_error();
  live->admitted.policy = *slot;
  live->terms = terms_of(prepared.policy, denies);
  live->panel = panel_of(prepared.policy, live->record);
  tell(live, events::PolicyPublished{live->tables->digest,
                                     static_cast<std::uint32_t>(live->tables->rules.size()),
                                     static_cast<std::uint32_t>(live->tables->states.size()),
                                     (live->tables->flags & GH_POLICY_AUDIT) != 0});
  if (auto retired = publisher_->retire(*old); !retired) spdlog::warn("{}", retired.error().what);
  return {};
}

void Controller::end_soon(std::uint64_t serial, const std::string& why) {
  over_.emplace_back(serial, why);
}

// A client that watches ends the session itself. Where none does (it was adopted), nobody else would.
void Controller::leader_ended(LiveSession& live, std::optional<int> status) {
  live.status = status;
  if (live.record.own_cgroup && !live.watched) end_soon(live.record.serial, "exited");
}

void Controller::end_what_is_over() {
  end_empty_sessions();
  while (!over_.empty()) {
    const auto [serial, why] = over_.front();
    over_.pop_front();
    if (find(serial) == nullptr) continue;
    auto left = close(serial, std::nullopt, why);
    if (!left)
      spdlog::error("session {} stays enforced: {}", serial, left.error().what);
    else if (const auto text = sessions::describe(*left); !text.empty())
      spdlog::info("session {}: {}", serial, text);
  }
}

void Controller::end_empty_sessions() {
  constexpr std::uint64_t kLookNs = 500'000'000;
  const std::uint64_t now = kernel::ktime();
  if (now - looked_ < kLookNs) return;
  looked_ = now;
  for (const auto& [serial, live] : sessions_) {
    if (live->watched) continue;
    const auto populated = live->cgroup.populated();
    const bool removed =
        !populated && (populated.error().code == ENODEV || populated.error().code == ENOENT);
    if (removed) end_soon(serial, "its cgroup was removed");
    if (live->record.own_cgroup && populated && !*populated) end_soon(serial, "exited");
  }
}

Result<void> Controller::pause(std::uint64_t serial) {
  LiveSession* const live = find(serial);
  if (live == nullptr) return Error{ENOENT, "there is no session " + std::to_string(serial)};
  if (live->ending) return Error{EBUSY, "the session is ending"};
  auto frozen = live->cgroup.freeze(kernel::Milliseconds(5000));
  if (frozen) live->paused = true;
  return frozen;
}

Result<void> Controller::resume(std::uint64_t serial) {
  LiveSession* const live = find(serial);
  if (live == nullptr) return Error{ENOENT, "there is no session " + std::to_string(serial)};
  auto thawed = live->cgroup.thaw();
  if (thawed) live->paused = false;
  return thawed;
}

Result<void> Controller::adopt_sessions() {
  auto admitted = admission_->sessions();
  if (!admitted) return admitted.take_error();
  auto loaded = registry_->load();
  if (!loaded) return loaded.take_error();
  if (auto swept = answers_->sweep(); !swept) spdlog::warn("{}", swept.error().what);
  for (const auto& file : loaded->unreadable)
    spdlog::warn("cannot read the session record {}", file);
  std::uint64_t adopted = 0;
  for (const auto& one : *admitted) {
    if (one.cgroup == 0) {  // its removal was under way: nobody is in it any more
      if (auto removed = admission_->remove(one); !removed)
        spdlog::warn("{}", removed.error().what);
      continue;
    }
    const sessions::Session* record = nullptr;
    for (const auto& candidate : loaded->sessions)
      if (candidate.serial == one.serial) record = &candidate;
    // Without its record we cannot name its rules; it stays enforced as it is, and says so.
    if (record == nullptr) {
      spdlog::error("session {} is in force but has no record: enforced as it is", one.serial);
      continue;
    }
    if (auto taken = adopt_session(one, *record); !taken)
      spdlog::error("session {} could not be taken over: {}", one.serial, taken.error().what);
    else
      adopted++;
  }
  if (!admitted->empty()) tell(nullptr, events::ControllerAdopted{adopted});
  return {};
}

Result<void> Controller::adopt_session(const kernel::AdmittedSession& admitted,
                                       const sessions::Session& record) {
  auto cgroup = kernel::Cgroup::by_id(enforcement_->mount(), admitted.cgroup);
  if (!cgroup) return cgroup.take_error();
  Diagnostics diagnostics;
  policy::Context context = {record.workspace, record.home, record.variables};
  name_places(context);
  auto prepared = prepare_sources(record.sources, context, diagnostics, mandatory_);
  if (!prepared)
    return Error{EPROTO, "its policy cannot be compiled again:\n" + render(diagnostics)};
  auto live = std::make_unique<LiveSession>();
  live->record = record;
  live->record.generation = admitted.policy.generation;
  live->cgroup = std::move(*cgroup);
  live->admitted = admitted;
  live->terms = terms_of(prepared->policy, record.deny_asks);
  live->panel = panel_of(prepared->policy, record);
  generation_ = std::max(generation_, admitted.policy.generation);
  const std::uint64_t digest = record.digest;
  note(*live, *prepared);
  if (prepared->tables.digest != digest) {
    // What is in force was compiled from other layers or another file system: its numbers would name
    // the wrong rules.
    spdlog::warn("session {}: the policy reads differently now; what was published stays in force",
                 record.serial);
    live->generations[admitted.policy.generation].rules.clear();
    live->record.digest = digest;
  }
  const bool own = record.own_cgroup;
  const std::uint64_t serial = record.serial;
  sessions_.emplace(serial, std::move(live));
  restore_grants(serial);
  // A session of our own whose processes, or whose command, ended while nobody watched.
  const auto populated = sessions_.at(serial)->cgroup.populated();
  if (own && ((populated && !*populated) || is_headless(*sessions_.at(serial)))) {
    auto closed = close(serial, std::nullopt, "ended while no controller was there");
    if (!closed) return closed.take_error();
  }
  return {};
}

}  // namespace gatehouse::daemon
