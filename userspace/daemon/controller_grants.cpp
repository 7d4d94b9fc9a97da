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
  return grant.pattern.empty() && grant.scope == static_cast<int>(key.scope) &&
         grant.subject.object == events::ObjectHash{key.object[0], key.object[1]} &&
         (!process ||
          (grant.subject.pid == key.subject && grant.subject.process_start == key.start));
}

}  // namespace

std::variant<approvals::Meaning, approvals::Refusal> Controller::meaning_of(
    const LiveSession& live, const events::Judged& ask, const std::string& pattern,
    gh_verdict verdict) const {
  policy::Context context = {live.record.workspace, live.record.home, live.record.variables};
  name_places(context);
  return approvals::Meaning::of(ask, pattern, verdict, context);
}

void Controller::save_grants() {
  for (const auto serial : std::exchange(regranted_, {})) {
    if (find(serial) == nullptr) continue;
    const auto record = approvals::grants_record(queue_->grants().list(serial, kernel::ktime()));
    if (auto saved = registry_->save_grants(serial, record); !saved)
      spdlog::warn("{}", saved.error().what);
  }
}

// These are nowhere but in the record.
void Controller::restore_patterns(const LiveSession& live,
                                  const std::vector<approvals::Grant>& recorded) {
  for (approvals::Grant grant : recorded) {
    if (grant.pattern.empty()) continue;
    events::Judged ask;
    ask.access = grant.access;
    ask.object.text = grant.object;
    ask.argv = grant.argv;
    auto meaning = meaning_of(live, ask, grant.pattern, grant.verdict);
    if (const auto* refused = std::get_if<approvals::Refusal>(&meaning)) {
      spdlog::warn("answer {} holds no more: {}", grant.id, refused->message);
      continue;
    }
    grant.meaning = std::make_shared<const approvals::Meaning>(
        std::get<approvals::Meaning>(std::move(meaning)));
    queue_->restore(std::move(grant));
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
  restore_patterns(*find(serial), recorded);
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
