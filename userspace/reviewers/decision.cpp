// SPDX-License-Identifier: Apache-2.0
// The reading behind decision.h. It must never let text through that a terminal would act on.
#include "reviewers/decision.h"

#include "base/utf8.h"
#include "control/document.h"
#include "control/fields.h"
#include "events/words.h"

namespace gatehouse::reviewers {
namespace {

bool is_printable(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char c = first_utf8(text);
    if (!c.valid || (is_unprintable(c.code) && c.code != '\n')) return false;
    text.remove_prefix(c.length);
  }
  return true;
}

}  // namespace

Verdict parse_decision(std::string_view text) {
  if (text.empty()) return Failure{"it answered nothing"};
  if (text.size() > kMostAnswer)
    return Failure{"it answered more than " + std::to_string(kMostAnswer >> 10) + " KiB"};
  const auto document = control::parse_document(text, kMostAnswer + 1);
  if (const auto* refusal = std::get_if<control::Refusal>(&document))
    return Failure{"its answer is no decision: " + refusal->message};
  control::Fields fields(std::get<control::Json>(document));
  const auto verdict = fields.word("verdict", {"allow", "deny", "next"});
  const auto scope = fields.word_or("scope", {"once", "process", "session"});
  Decision decision;
  decision.for_ms = fields.number_or("for_ms", 0);
  decision.message = fields.text_or("message");
  if (decision.message.size() > kMostMessage || !is_printable(decision.message))
    fields.wrong("`message` is too long, or holds control characters");
  if (const auto wrong = fields.finish())
    return Failure{"its answer is no decision: " + wrong->message};
  decision.verdict = verdict == "allow"  ? Decision::Verdict::allow
                     : verdict == "deny" ? Decision::Verdict::deny
                                         : Decision::Verdict::next;
  decision.scope = events::scope_of(scope).value_or(GH_SCOPE_ONCE);
  return decision;
}

std::string decision_json(const Decision& decision) {
  const auto* verdict = decision.verdict == Decision::Verdict::allow  ? "allow"
                        : decision.verdict == Decision::Verdict::deny ? "deny"
                                                                      : "next";
  control::Json json = {{"verdict", verdict}, {"scope", events::scope_word(decision.scope)}};
  if (decision.for_ms != 0) json["for_ms"] = decision.for_ms;
  if (!decision.message.empty()) json["message"] = decision.message;
  return json.dump();
}

}  // namespace gatehouse::reviewers
