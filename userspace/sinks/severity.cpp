// SPDX-License-Identifier: Apache-2.0
// Verdicts and types of events on the scale of severity.h. It must never call a refusal less than a warning.
#include "sinks/severity.h"

namespace gatehouse::sinks {
namespace {

struct Judge {
  static Severity of(gh_verdict verdict, bool audit) {
    switch (verdict) {
      case GH_ALLOW:
        return Severity::info;
      case GH_ASK:
        return Severity::notice;
      case GH_DENY:
        return audit ? Severity::notice : Severity::warning;
      case GH_KILL:
        break;
    }
    return audit ? Severity::notice : Severity::error;
  }

  Severity operator()(const events::Decision& event) const {
    return of(event.verdict, event.audit);
  }
  Severity operator()(const events::Ask&) const { return Severity::notice; }
  Severity operator()(const events::AskGone&) const { return Severity::debug; }
  Severity operator()(const events::Fork&) const { return Severity::debug; }
  Severity operator()(const events::Exit&) const { return Severity::debug; }
  Severity operator()(const events::ApprovalAnswered& event) const {
    return of(event.verdict, false);
  }
  Severity operator()(const events::ApprovalExpired&) const { return Severity::warning; }
  Severity operator()(const events::ApprovalReview& event) const {
    return event.result == events::ApprovalReview::Result::failed ? Severity::warning
                                                                  : Severity::info;
  }
  Severity operator()(const events::GrantRevoked&) const { return Severity::notice; }
  Severity operator()(const events::EventsLost&) const { return Severity::error; }
  template <typename Other>
  Severity operator()(const Other&) const {
    return Severity::info;
  }
};

}  // namespace

Severity severity_of(const events::Event& event) { return std::visit(Judge{}, event.body); }

}  // namespace gatehouse::sinks
