// SPDX-License-Identifier: Apache-2.0
// Answers that outlive the controller: recorded, and told again by the next one. What holds is what the kernel
// holds: a record must never bring an answer back that is not there.
#include <spdlog/spdlog.h>

#include "approvals/grant_record.h"
#include "daemon/controller.h"
#include "kernel/granted.h"

namespace gatehouse::daemon {
namespace {

approvals::Grant grant_of(const gh_grant_key& key) {
  approvals::Grant grant;
  grant.known = false;
  grant.subject.session = key.serial;
  grant.subject.object = {key.object[0], key.object[1]};
  grant.subject.pid = key.subject;
  grant.subject.process_start = key.start;
  grant.scope = static_cast<int>(key.scope);
  return grant;
}

bool is_for(const approvals::Grant& grant, const gh_grant_key& key) {
  const bool process = grant.scope == GH_SCOPE_PROCESS;
  return grant.scope == static_cast<int>(key.scope) &&
         grant.subject.object == events::ObjectHash{key.object[0], key.object[1]} &&
         (!process ||
          (grant.subject.pid == key.subject && grant.subject.process_start == key.start));
}

}  // namespace

void Controller::save_grants() {
  for (const auto serial : std::exchange(regranted_, {})) {
    if (find(serial) == nullptr) continue;
    const auto record = approvals::grants_record(queue_->grants().list(serial, kernel::ktime()));
    if (auto saved = registry_->save_grants(serial, record); !saved)
      spdlog::warn("{}", saved.error().what);
  }
}

void Controller::restore_grants(std::uint64_t serial) {
  std::vector<approvals::Grant> recorded;
  if (auto record = registry_->load_grants(serial); !record) {
    spdlog::warn("{}", record.error().what);
  } else if (auto grants = approvals::grants_of_record(*record); !grants) {
    spdlog::warn("session {}: {}", serial, grants.error().what);
  } else {
    recorded = std::move(*grants);
  }
  auto held = kernel::granted(enforcement_->memory(), serial);
  if (!held) return spdlog::error("{}", held.error().what);
  for (const auto& [key, value] : *held) {
    approvals::Grant grant = grant_of(key);
    for (const auto& one : recorded)
      if (is_for(one, key)) grant = one;
    grant.verdict = static_cast<gh_verdict>(value.verdict);
    grant.expires = value.expires;
    queue_->restore(std::move(grant));
  }
}

}  // namespace gatehouse::daemon
