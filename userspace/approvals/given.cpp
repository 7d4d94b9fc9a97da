// SPDX-License-Identifier: Apache-2.0
// What becomes of answers after they were given: restored, recorded, taken back. One must never be said to be
// taken back while the kernel still goes by it.
#include "approvals/queue.h"

namespace gatehouse::approvals {

void Queue::changed_grants(std::uint64_t session) {
  if (grants_changed_) grants_changed_(session);
}

void Queue::restore(Grant grant) {
  if (grant.id == 0) grant.id = next_id_++;
  const std::uint64_t session = grant.subject.session;
  grants_.keep(std::move(grant));
  changed_grants(session);
}

std::optional<Refusal> Queue::revoke(std::uint64_t id, const events::Session& session,
                                     const events::Approver& by) {
  const Grant* const found = grants_.find(id);
  if (found == nullptr) {
    return Refusal{"there is no answer " + std::to_string(id) + " that still holds",
                   "`gatehouse approvals grants` lists those that do"};
  }
  const Grant grant = *found;
  auto taken = answerer_.take_back(grant.subject, grant.scope);
  if (!taken) return Refusal{taken.error().what, "it still holds; try again"};
  grants_.forget(id);
  changed_grants(grant.subject.session);
  if (report_) {
    events::Event event;
    event.session = session;
    events::GrantRevoked body{id, grant.access, {}, grant.verdict, grant.scope, by};
    body.object.text = grant.object;
    event.body = std::move(body);
    report_(std::move(event));
  }
  return std::nullopt;
}

}  // namespace gatehouse::approvals
