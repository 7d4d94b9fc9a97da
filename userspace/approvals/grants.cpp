// SPDX-License-Identifier: Apache-2.0
// The ordered map behind grants.h. When it is full it must never forget silently to the person's harm:
// whoever is not found here is only asked again, and what the kernel holds it goes on holding.
#include "approvals/grants.h"

#include "approvals/meaning.h"

namespace gatehouse::approvals {
namespace {

bool is_alive(const Grant& grant, std::uint64_t now) {
  return grant.expires == 0 || grant.expires >= now;
}

}  // namespace

Grants::Key Grants::key_of(const Grant& grant) {
  const bool process = grant.scope == GH_SCOPE_PROCESS;
  const bool pattern = grant.meaning != nullptr;
  return {grant.subject.session, process ? grant.subject.pid : 0,
          process ? grant.subject.process_start : 0, pattern ? grant.id : 0,
          pattern ? events::ObjectHash{} : grant.subject.object};
}

void Grants::erase(std::map<Key, Grant>::iterator grant) {
  keys_.erase(grant->second.id);
  grants_.erase(grant);
}

void Grants::keep(Grant grant) {
  if (grant.scope == GH_SCOPE_ONCE) return;
  const Key key = key_of(grant);
  if (const auto old = grants_.find(key); old != grants_.end()) {
    erase(old);
  } else if (grants_.size() >= kMost) {
    erase(grants_.begin());
  }
  keys_[grant.id] = key;
  grants_.emplace(key, std::move(grant));
}

const Grant* Grants::find(const Waiter& waiter, std::uint64_t now) {
  const Key keys[] = {{waiter.session, 0, 0, 0, waiter.object},
                      {waiter.session, waiter.pid, waiter.process_start, 0, waiter.object}};
  for (const Key& key : keys) {
    const auto found = grants_.find(key);
    if (found == grants_.end()) continue;
    if (is_alive(found->second, now)) return &found->second;
    erase(found);
  }
  return nullptr;
}

const Grant* Grants::find(std::uint64_t id) const {
  const auto key = keys_.find(id);
  return key == keys_.end() ? nullptr : &grants_.at(key->second);
}

const Grant* Grants::use(const events::Event& event, std::uint64_t now) {
  const auto& ask = std::get<events::Ask>(event.body);
  const std::uint64_t session = event.session.serial;
  Grant* best = nullptr;
  for (auto at = grants_.lower_bound({session, 0, 0, 1, {}});
       at != grants_.end() && std::get<0>(at->first) == session && std::get<1>(at->first) == 0;
       ++at) {
    Grant& grant = at->second;
    const bool stricter = best == nullptr || grant.verdict > best->verdict;
    if (stricter && is_alive(grant, now) && grant.rule == ask.rule.id && grant.meaning->covers(ask))
      best = &grant;
  }
  if (best != nullptr) ++best->used;
  return best;
}

bool Grants::has_room_for_pattern(std::uint64_t session, std::uint64_t now) const {
  std::size_t patterns = 0;
  for (const Grant* grant : list(session, now))
    patterns += grant->meaning != nullptr ? 1 : 0;
  return patterns < kMostPatterns;
}

std::vector<const Grant*> Grants::list(std::uint64_t session, std::uint64_t now) const {
  std::vector<const Grant*> alive;
  for (const auto& [id, key] : keys_) {
    const Grant& grant = grants_.at(key);
    if ((session == 0 || grant.subject.session == session) && is_alive(grant, now))
      alive.push_back(&grant);
  }
  return alive;
}

void Grants::forget(std::uint64_t id) {
  const auto key = keys_.find(id);
  if (key != keys_.end()) erase(grants_.find(key->second));
}

bool Grants::forget_process(std::uint64_t session, std::uint32_t pid, std::uint64_t start) {
  if (pid == 0) return false;
  bool any = false;
  auto grant = grants_.lower_bound({session, pid, start, 0, {}});
  while (grant != grants_.end() && std::get<0>(grant->first) == session &&
         std::get<1>(grant->first) == pid && std::get<2>(grant->first) == start) {
    erase(grant++);
    any = true;
  }
  return any;
}

void Grants::forget_session(std::uint64_t session) {
  auto grant = grants_.lower_bound({session, 0, 0, 0, {}});
  while (grant != grants_.end() && std::get<0>(grant->first) == session) {
    erase(grant++);
  }
}

}  // namespace gatehouse::approvals
