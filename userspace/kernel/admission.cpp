// SPDX-License-Identifier: Apache-2.0
// Admits and removes sessions.
// It must never reuse an entry that a hook may still hold.
#include "kernel/admission.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>

#include "kernel/members.h"

namespace gatehouse::kernel {
namespace {

bool within(const std::string& inner, const std::string& outer) {
  return inner == outer || inner.starts_with(outer == "/" ? outer : outer + "/");
}

}  // namespace

bool Admission::is_below_root(const Cgroup& cgroup) const {
  const Cgroup& root = gate_->root();
  return cgroup.level() == root.level() + 1 && within(cgroup.below(), root.below());
}

Result<void> Admission::refuse_overlap(const Cgroup& cgroup) const {
  if (cgroup.level() == 0)
    return Error{EINVAL, "the root cgroup holds the whole host; it cannot be a session"};
  if (cgroup.level() >= GH_MAX_LEVELS)
    return Error{EINVAL,
                 fmt::format("{} lies deeper than {} levels", cgroup.path(), GH_MAX_LEVELS - 1)};
  const std::string house = "/gatehouse";  // all gates' roots lie there
  if (!is_below_root(cgroup) &&
      (within(cgroup.below(), house) || within(gate_->root().below(), cgroup.below())))
    return Error{EEXIST, cgroup.path() + " is Gatehouse's own"};
  auto all = sessions();
  if (!all) return all.take_error();
  for (const AdmittedSession& session : *all) {
    if (session.cgroup == cgroup.id())
      return Error{EEXIST, fmt::format("{} is session {} already", cgroup.path(), session.serial)};
    auto other = Cgroup::by_id(gate_->mount(), session.cgroup);
    if (!other) continue;  // removed: it overlaps nothing
    if (within(cgroup.below(), other->below()) || within(other->below(), cgroup.below()))
      return Error{EEXIST, fmt::format("{} overlaps {}, which is session {}", cgroup.path(),
                                       other->path(), session.serial)};
  }
  return {};
}

// The one that has been free for longest, nearly: an entry just freed comes last.
std::optional<std::uint32_t> Admission::free_index() {
  for (std::uint32_t i = 0; i < GH_MAX_SESSIONS; i++) {
    last_ = last_ + 1 < GH_MAX_SESSIONS ? last_ + 1 : 1;
    if (gate_->memory().sessions[last_].serial == 0) return last_;
  }
  return std::nullopt;
}

Result<AdmittedSession> Admission::admit(const Cgroup& cgroup, std::uint64_t serial,
                                         PolicySlot policy, std::uint32_t flags) {
  if (serial == 0) return Error{EINVAL, "a session's serial is never 0"};
  if (auto free = refuse_overlap(cgroup); !free) return free.take_error();
  const auto index = free_index();
  if (!index)
    return Error{ENOSPC, fmt::format("there are {} sessions already", GH_MAX_SESSIONS - 1)};
  const bool elsewhere = !is_below_root(cgroup);
  Memory& memory = gate_->memory();

  if (elsewhere) {
    if (auto covered = gate_->cover(cgroup); !covered) return covered.take_error();
  }
  if ((flags & GH_POLICY_NETWORK) != 0) {
    if (auto sending = gate_->cover_sending(); !sending) {
      if (elsewhere) (void)gate_->uncover(cgroup.id());
      return sending.take_error();
    }
  }
  gh_session& session = memory.sessions[*index];
  session.cgroup = cgroup.id();
  session.policy = policy.index;
  session.index = *index;
  session.elsewhere = elsewhere ? 1 : 0;
  std::atomic_ref(session.serial).store(serial, std::memory_order_release);
  // Counted before it is named: a hook that looks elsewhere in vain is only slower.
  if (elsewhere) std::atomic_ref(memory.controls().elsewhere).fetch_add(1);
  if (auto named = memory.scopes.update(cgroup.id(), *index, BPF_NOEXIST); !named) {
    if (elsewhere) {
      std::atomic_ref(memory.controls().elsewhere).fetch_sub(1);
      (void)gate_->uncover(cgroup.id());
    }
    session = {};
    if (named.error().code == E2BIG) return Error{ENOSPC, "no room for another session"};
    return named.take_error().because("admitting " + cgroup.path());
  }
  const AdmittedSession admitted = {*index, serial, cgroup.id(), policy};
  if (elsewhere) {  // below the root it was empty
    if (auto labelled = label_members(*gate_, serial); !labelled) {
      (void)remove(admitted);
      return labelled.take_error();
    }
  }
  return admitted;
}

Result<void> Admission::remove(const AdmittedSession& session) {
  Memory& memory = gate_->memory();
  gh_session& entry = memory.sessions[session.index];
  if (session.index == 0 || entry.serial != session.serial) return {};  // removed already
  auto erased = memory.scopes.erase(session.cgroup);
  if (!erased) return erased.take_error();
  if (entry.elsewhere != 0) {
    if (*erased) std::atomic_ref(memory.controls().elsewhere).fetch_sub(1);
    if (auto released = release_members(*gate_, session.serial); !released) return released;
  }
  if (auto uncovered = gate_->uncover(session.cgroup); !uncovered)
    spdlog::warn("{}", uncovered.error().what);
  std::atomic_ref(entry.cgroup).store(0, std::memory_order_release);  // nor found by a guess
  if (auto waited = grace_->wait(); !waited) return waited;
  // Policy first: whoever still looks here finds no tables, and is denied.
  std::atomic_ref(entry.policy).store(0, std::memory_order_release);
  std::atomic_ref(entry.serial).store(0, std::memory_order_release);
  return {};
}

Result<std::vector<pid_t>> Admission::strays(const AdmittedSession& session) const {
  if (std::atomic_ref(gate_->memory().controls().strayed).load() == 0) return std::vector<pid_t>();
  return list_members(*gate_, session.serial);
}

Result<std::vector<AdmittedSession>> Admission::sessions() const {
  std::vector<AdmittedSession> all;
  Memory& memory = gate_->memory();
  for (std::uint32_t i = 1; i < GH_MAX_SESSIONS; i++) {
    const gh_session& entry = memory.sessions[i];
    if (entry.serial == 0) continue;
    auto policy = memory.policies.lookup(entry.policy);
    if (!policy) return policy.take_error();
    all.push_back(
        {i, entry.serial, entry.cgroup, {entry.policy, *policy ? (*policy)->generation : 0}});
  }
  return all;
}

}  // namespace gatehouse::kernel
