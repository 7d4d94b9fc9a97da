// SPDX-License-Identifier: Apache-2.0
// The tables behind ocsf_class.h. It must never leave a type of event out: the compiler asks for each.
#include "sinks/ocsf_class.h"

namespace gatehouse::sinks {
namespace {

OcsfKind kind_of_access(gh_access access) {
  switch (access) {
    case GH_READ:
      return {OcsfClass::file, 2};
    case GH_WRITE:
      return {OcsfClass::file, 3};
    case GH_CREATE:
      return {OcsfClass::file, 1};
    case GH_DELETE:
      return {OcsfClass::file, 4};
    case GH_METADATA:
      return {OcsfClass::file, 6};
    case GH_EXEC:
      return {OcsfClass::process, 1};
    case GH_SEND:
      return {OcsfClass::network, 6};
    case GH_BIND:
    case GH_LISTEN:
      return {OcsfClass::network, 7};
    case GH_CONNECT:
    case GH_ACCEPT:
    case GH_UNIX:
      return {OcsfClass::network, 1};
    default:  // a privilege: what a system call of the kernel's would have done
      return {OcsfClass::kernel, 4};
  }
}

struct Kind {
  OcsfKind operator()(const events::Decision& event) const { return kind_of_access(event.access); }
  OcsfKind operator()(const events::Ask& event) const { return kind_of_access(event.access); }
  OcsfKind operator()(const events::AskGone&) const { return {OcsfClass::base, 99}; }
  OcsfKind operator()(const events::Fork&) const { return {OcsfClass::process, 1}; }
  OcsfKind operator()(const events::Exec&) const { return {OcsfClass::process, 1}; }
  OcsfKind operator()(const events::Exit&) const { return {OcsfClass::process, 2}; }
  OcsfKind operator()(const events::ToolCall&) const { return {OcsfClass::base, 99}; }
  OcsfKind operator()(const events::SessionStart&) const { return {OcsfClass::application, 3}; }
  OcsfKind operator()(const events::SessionEnd&) const { return {OcsfClass::application, 4}; }
  OcsfKind operator()(const events::PolicyPublished&) const { return {OcsfClass::entity, 3}; }
  OcsfKind operator()(const events::ApprovalAnswered&) const { return {OcsfClass::entity, 3}; }
  OcsfKind operator()(const events::GrantRevoked&) const { return {OcsfClass::entity, 4}; }
  OcsfKind operator()(const events::ApprovalExpired&) const { return {OcsfClass::entity, 3}; }
  OcsfKind operator()(const events::ApprovalReview&) const { return {OcsfClass::entity, 2}; }
  OcsfKind operator()(const events::EventsLost&) const { return {OcsfClass::base, 99}; }
  OcsfKind operator()(const events::ControllerStart&) const { return {OcsfClass::application, 3}; }
  OcsfKind operator()(const events::ControllerStop&) const { return {OcsfClass::application, 4}; }
  OcsfKind operator()(const events::ControllerAdopted&) const { return {OcsfClass::base, 99}; }
};

}  // namespace

OcsfKind ocsf_kind(const events::Event& event) { return std::visit(Kind{}, event.body); }

std::optional<OcsfOutcome> ocsf_outcome(const events::Event& event) {
  if (const auto* decision = std::get_if<events::Decision>(&event.body)) {
    if (decision->verdict == GH_ALLOW) return OcsfOutcome{1, 1, 1};
    return decision->audit ? OcsfOutcome{3, 15, 1} : OcsfOutcome{2, 2, 2};
  }
  if (std::holds_alternative<events::Ask>(event.body)) return OcsfOutcome{0, 23, 0};
  if (const auto* answered = std::get_if<events::ApprovalAnswered>(&event.body))
    return answered->verdict == GH_ALLOW ? OcsfOutcome{1, 8, 1} : OcsfOutcome{2, 25, 1};
  if (const auto* expired = std::get_if<events::ApprovalExpired>(&event.body))
    return expired->verdict == GH_ALLOW ? OcsfOutcome{1, 8, 1} : OcsfOutcome{2, 2, 1};
  return std::nullopt;
}

}  // namespace gatehouse::sinks
