// SPDX-License-Identifier: Apache-2.0
// Grants written, askers held and woken, leftovers swept.
// It must never touch a paused thread's own record but for its `open` mark.
#include "kernel/answers.h"

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>

#include "kernel/file.h"
#include "kernel/process.h"

namespace gatehouse::kernel {
namespace {

pid_t number(std::uint32_t id) { return static_cast<pid_t>(id); }

Asker asker_of(std::uint32_t tid, const gh_ask& ask) {
  Asker asker;
  asker.session = ask.serial;
  asker.object[0] = ask.object[0];
  asker.object[1] = ask.object[1];
  asker.syscall = ask.syscall;
  asker.thread_start = ask.start;
  asker.pid = ask.tgid;
  asker.tid = tid;
  return asker;
}

}  // namespace

Asker asker_of(const gh_event& event) {
  Asker asker;
  asker.session = event.session;
  asker.object[0] = event.object[0];
  asker.object[1] = event.object[1];
  asker.syscall = event.syscall;
  asker.leader_start = event.start;
  asker.thread_start = event.thread_start;
  asker.pid = event.pid;
  asker.tid = event.tid;
  return asker;
}

gh_grant_key grant_key(const Asker& asker, std::uint32_t scope) {
  gh_grant_key key = {};
  key.object[0] = asker.object[0];
  key.object[1] = asker.object[1];
  key.serial = asker.session;
  key.scope = scope;
  if (scope == GH_SCOPE_ONCE) key.start = asker.thread_start, key.subject = asker.tid;
  if (scope == GH_SCOPE_PROCESS) key.start = asker.leader_start, key.subject = asker.pid;
  return key;
}

// Thawed, or SIGCONT to the process of that thread, if it is still that thread. It need not have stopped yet: a
// pending SIGSTOP is taken back, and the syscall restarts all the same. Who spins finds the grant by itself, and
// SIGCONT would only undo a stop that a person has made.
Result<Delivery> Answers::wake(std::uint32_t pid, std::uint32_t tid, std::uint64_t start) {
  auto process = open_process(number(pid), number(tid), start);
  const bool dead = !process && process.error().code == ESRCH;
  if (!process && !dead) return process.take_error();
  holds_.release(tid, start);
  if (dead) return Delivery::gone;
  auto ask = memory_->asks.lookup(tid);
  if (ask && *ask && (*ask)->start == start && (*ask)->until != 0) return Delivery::delivered;
  auto sent = send_signal(process->get(), SIGCONT);
  if (sent) return Delivery::delivered;
  if (sent.error().code != ESRCH) return sent.take_error();
  return Delivery::gone;
}

// What its hook would find.
bool Answers::is_answered(const Asker& asker) const {
  Asker created = asker;  // an answer that let it be made serves for writing as well
  created.object[1] ^= GH_WRITE ^ GH_CREATE;
  for (const Asker& of : {asker, created})
    for (const std::uint32_t scope : {GH_SCOPE_ONCE, GH_SCOPE_PROCESS, GH_SCOPE_SESSION}) {
      auto grant = memory_->grants.lookup(grant_key(of, scope));
      if (!grant || *grant) return true;  // not known: as if it were
    }
  return false;
}

void Answers::give_back(std::uint64_t until) {
  for (__u64& permit : memory_->controls().spins) {
    __u64 held = until;
    std::atomic_ref(permit).compare_exchange_strong(held, 0);
  }
}

Result<void> Answers::hold(const Asker& asker, const Cgroup& session, bool ours) {
  auto ask = memory_->asks.lookup(asker.tid);
  if (!ask) return ask.take_error();
  const bool spins = *ask && (*ask)->start == asker.thread_start && (*ask)->open != 0 &&
                     (*ask)->until != 0 && (*ask)->object[1] == asker.object[1];
  if (!spins || holds_.has(asker.tid, asker.thread_start) || is_answered(asker)) return {};
  auto frozen = holds_.freeze(asker.pid, asker.tid, asker.thread_start, session, ours);
  // Not yet standing still: its permit runs out by itself, lest its hook stop it on its last round.
  if (!frozen || holds_.is_frozen(asker.tid)) give_back((*ask)->until);
  return frozen;
}

Result<void> Answers::grant(const gh_grant_key& key, const gh_grant& grant) {
  auto written = memory_->grants.update(key, grant);
  if (written || written.error().code != E2BIG) return written;
  auto swept = sweep();
  if (!swept) return swept.take_error();
  written = memory_->grants.update(key, grant);
  if (!written && written.error().code == E2BIG)
    return Error{ENOSPC, "there is no room for another answer (" + std::to_string(GH_MAX_GRANTS) +
                             " are remembered)"};
  return written;
}

Result<Delivery> Answers::answer(const Asker& asker, std::uint32_t scope, gh_verdict verdict,
                                 std::uint64_t expires) {
  const gh_grant_key key = grant_key(asker, scope);
  gh_grant given = {};
  given.expires = expires;
  given.syscall = scope == GH_SCOPE_ONCE ? asker.syscall : 0;
  given.verdict = static_cast<std::uint8_t>(verdict);
  // Who spins or is thawed needs no waking: it may have used the answer, and ended, before we look.
  const auto before = memory_->asks.lookup(asker.tid);
  const bool runs = before && *before && (*before)->start == asker.thread_start &&
                    (*before)->open != 0 && (*before)->until != 0;
  if (auto written = grant(key, given); !written) return written.take_error();
  auto woken = wake(asker.pid, asker.tid, asker.thread_start);
  if (woken && *woken == Delivery::gone) {
    if (!runs && scope != GH_SCOPE_SESSION) (void)memory_->grants.erase(key);
    if (runs) woken = Delivery::delivered;
  }
  if (scope == GH_SCOPE_ONCE) return woken;
  // Others who wait for the very same are answered as well.
  auto walked = memory_->asks.for_each([&](const std::uint32_t& tid, const gh_ask& ask) {
    if (ask.open == 0 || tid == asker.tid || ask.serial != asker.session ||
        ask.object[0] != asker.object[0] || ask.object[1] != asker.object[1] ||
        (scope == GH_SCOPE_PROCESS && ask.tgid != asker.pid))
      return;
    if (auto other = wake(ask.tgid, tid, ask.start); !other) spdlog::warn("{}", other.error().what);
  });
  if (!walked) return walked.take_error();
  return woken;
}

bool Answers::is_held(pid_t pid) const {
  bool held = false;
  auto walked = memory_->asks.for_each([&](const std::uint32_t&, const gh_ask& ask) {
    held = held || (ask.open != 0 && number(ask.tgid) == pid);
  });
  if (!walked) spdlog::warn("{}", walked.error().what);
  return held;
}

// BPF_EXIST: a thread that ended meanwhile has taken its record with it.
Result<void> Answers::say_again(std::uint32_t tid, const gh_ask& ask) {
  gh_ask quiet = ask;
  quiet.open = GH_ASK_AGAIN;
  auto marked = memory_->asks.update(tid, quiet, BPF_EXIST);
  if (!marked && marked.error().code != ENOENT) return marked;
  return {};
}

Result<unsigned> Answers::nudge_open_asks() {
  unsigned nudged = 0;
  auto walked = memory_->asks.for_each([&](const std::uint32_t& tid, const gh_ask& ask) {
    if (ask.open == 0) return;
    // Who spins still says it again by itself when its time is over, and must find its record as it left it.
    const auto cgroup = cgroup_of(number(tid));
    if (ask.until > ktime() && cgroup && !is_hold(*cgroup)) return;
    if (auto marked = say_again(tid, ask); !marked) return spdlog::warn("{}", marked.error().what);
    auto woken = wake(ask.tgid, tid, ask.start);
    if (!woken) spdlog::warn("{}", woken.error().what);
    if (woken && *woken == Delivery::delivered) nudged++;
    if (woken && *woken == Delivery::gone) (void)memory_->asks.erase(tid);
  });
  if (!walked) return walked.take_error();
  return nudged;
}

Result<void> Answers::hear() {
  // Fewer than what the ring has room for, in most cases; those that find none are heard the next time.
  constexpr unsigned kMost = 512;
  const std::uint32_t now = std::atomic_ref(memory_->controls().unheard).load();
  if (now == heard_) return {};
  auto threads = memory_->asks.keys();
  if (!threads) return threads.take_error();
  unsigned woken = 0;
  for (const std::uint32_t tid : *threads) {
    auto ask = memory_->asks.lookup(tid);
    if (!ask) return ask.take_error();
    if (!*ask || (*ask)->open != GH_ASK_UNHEARD) continue;
    if (woken++ == kMost) return {};  // more are left
    auto sent = wake((*ask)->tgid, tid, (*ask)->start);
    if (!sent) spdlog::warn("{}", sent.error().what);
    if (sent && *sent == Delivery::gone) (void)memory_->asks.erase(tid);
  }
  heard_ = now;
  return {};
}

Result<std::vector<std::pair<std::uint32_t, gh_ask>>> Answers::tend() {
  constexpr std::size_t kMost = 512;
  auto threads = memory_->asks.keys();
  if (!threads) return threads.take_error();
  std::vector<std::pair<std::uint32_t, gh_ask>> dead;
  const std::size_t end = std::min(threads->size(), tended_ + kMost);
  for (; tended_ < end; tended_++) {
    const std::uint32_t tid = (*threads)[tended_];
    auto ask = memory_->asks.lookup(tid);
    if (!ask) return ask.take_error();
    if (!*ask) continue;
    auto process = open_process(number((*ask)->tgid), number(tid), (*ask)->start);
    if (process) heed_signals(tid, **ask);
    if (process || process.error().code != ESRCH) continue;
    // Another thread of that number may have come by meanwhile: only the dead one's goes.
    auto now = memory_->asks.lookup(tid);
    if (!now || !*now || (*now)->start != (*ask)->start || !memory_->asks.erase(tid)) continue;
    if ((*ask)->open != 0) dead.emplace_back(tid, **ask);
  }
  if (tended_ >= threads->size()) tended_ = 0;
  holds_.tidy();
  return dead;
}

void Answers::heed_signals(std::uint32_t tid, const gh_ask& ask) {
  const bool frozen = holds_.has(tid, ask.start);
  if (ask.open == 0 || (ask.until != 0 && !frozen)) return;  // who spins takes them by itself
  const auto status = read_file(fmt::format("/proc/{}/task/{}/status", ask.tgid, tid));
  if (!status || !heeds_signal(*status, !frozen)) return;
  // It is to be frozen again, if it comes back to its call.
  Result<void> marked;
  if (frozen && holds_.is_frozen(tid)) marked = say_again(tid, ask);
  auto woken = wake(ask.tgid, tid, ask.start);
  if (!marked) spdlog::warn("{}", marked.error().what);
  if (!woken) spdlog::warn("{}", woken.error().what);
}

Result<unsigned> Answers::release_all(std::uint64_t session) {
  unsigned released = 0;
  auto walked = memory_->asks.for_each([&](const std::uint32_t& tid, const gh_ask& ask) {
    if (ask.open == 0 || ask.serial != session) return;
    auto answered = answer(asker_of(tid, ask), GH_SCOPE_ONCE, GH_DENY);
    if (!answered)
      spdlog::warn("{}", answered.error().what);
    else if (*answered == Delivery::delivered)
      released++;
  });
  if (!walked) return walked.take_error();
  return released;
}

Result<unsigned> Answers::forget(std::uint64_t session) {
  unsigned forgotten = 0;
  auto asks = memory_->asks.for_each([&](const std::uint32_t& tid, const gh_ask& ask) {
    if (ask.serial == session && memory_->asks.erase(tid)) forgotten++;
  });
  if (!asks) return asks.take_error();
  auto grants = memory_->grants.for_each([&](const gh_grant_key& key, const gh_grant&) {
    if (key.serial == session && memory_->grants.erase(key)) forgotten++;
  });
  if (!grants) return grants.take_error();
  return forgotten;
}

bool Answers::is_dead(const gh_grant_key& key, const gh_grant& grant, std::uint64_t now) const {
  if (grant.expires != 0 && grant.expires < now) return true;
  if (key.scope == GH_SCOPE_SESSION) return false;  // forget() takes those
  if (key.scope == GH_SCOPE_PROCESS) {
    auto ticks = start_ticks(number(key.subject), number(key.subject));
    return ticks ? !same_start(key.start, *ticks) : ticks.error().code == ESRCH;
  }
  // A thread's number is a process's to /proc, too: /proc/TID/task/TID is the thread itself.
  auto ticks = start_ticks(number(key.subject), number(key.subject));
  if (!ticks) return ticks.error().code == ESRCH;
  if (!same_start(key.start, *ticks)) return true;
  // Used in a chain of restarts that is over: the hook would not take it again.
  auto ask = memory_->asks.lookup(key.subject);
  return grant.used != 0 && ask && *ask && grant.used < (*ask)->chain;
}

Result<unsigned> Answers::sweep() {
  unsigned swept = 0;
  const std::uint64_t now = ktime();
  auto walked = memory_->grants.for_each([&](const gh_grant_key& key, const gh_grant& grant) {
    if (is_dead(key, grant, now) && memory_->grants.erase(key)) swept++;
  });
  if (!walked) return walked.take_error();
  return swept;
}

}  // namespace gatehouse::kernel
