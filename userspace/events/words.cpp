// SPDX-License-Identifier: Apache-2.0
// The tables behind words.h and type_word, generated from the lists of abi.h. It must never give a
// word for a value that is not on those lists.
#include "events/words.h"

#include <array>

namespace gatehouse::events {
namespace {

struct Word {
  unsigned value;
  std::string_view word;
  std::string_view sentence;
};

#define GH_WORD(name, value, word) Word{value, word, {}},
#define GH_WORD_SENTENCE(name, value, word, sentence) Word{value, word, sentence},
constexpr Word kAccesses[] = {GH_ACCESSES(GH_WORD)};
constexpr Word kVerdicts[] = {GH_VERDICTS(GH_WORD)};
constexpr Word kReasons[] = {GH_REASONS(GH_WORD_SENTENCE)};
constexpr Word kPrivileges[] = {GH_PRIVILEGES(GH_WORD_SENTENCE)};
constexpr Word kApprovers[] = {{static_cast<unsigned>(Approver::Kind::person), "person", {}},
                               {static_cast<unsigned>(Approver::Kind::policy), "policy", {}},
                               {static_cast<unsigned>(Approver::Kind::grant), "grant", {}},
                               {static_cast<unsigned>(Approver::Kind::command), "command", {}},
                               {static_cast<unsigned>(Approver::Kind::webhook), "webhook", {}}};
constexpr Word kReviews[] = {
    {static_cast<unsigned>(ApprovalReview::Result::allowed), "allowed", {}},
    {static_cast<unsigned>(ApprovalReview::Result::passed), "passed", {}},
    {static_cast<unsigned>(ApprovalReview::Result::failed), "failed", {}}};
constexpr Word kPhases[] = {{static_cast<unsigned>(ToolCall::Phase::begin), "begin", {}},
                            {static_cast<unsigned>(ToolCall::Phase::end), "end", {}},
                            {static_cast<unsigned>(ToolCall::Phase::lapsed), "lapsed", {}}};
constexpr Word kScopes[] = {{GH_SCOPE_ONCE, "once", {}},
                            {GH_SCOPE_PROCESS, "process", {}},
                            {GH_SCOPE_SESSION, "session", {}}};

template <std::size_t N>
const Word* find(const Word (&words)[N], unsigned value) {
  for (const Word& word : words) {
    if (word.value == value) return &word;
  }
  return nullptr;
}

template <std::size_t N>
const Word* find(const Word (&words)[N], std::string_view text,
                 std::string_view Word::*member = &Word::word) {
  for (const Word& word : words) {
    if (word.*member == text) return &word;
  }
  return nullptr;
}

template <typename Enum>
std::optional<Enum> value_of(const Word* found) {
  if (!found) return std::nullopt;
  return static_cast<Enum>(found->value);
}

template <std::size_t N>
std::string_view word_in(const Word (&words)[N], unsigned value) {
  const Word* found = find(words, value);
  return found ? found->word : "unknown";
}

// In the order of Body.
constexpr std::array<std::string_view, std::variant_size_v<Body>> kTypes = {"decision",
                                                                            "ask",
                                                                            "ask-gone",
                                                                            "fork",
                                                                            "exec",
                                                                            "exit",
                                                                            "tool-call",
                                                                            "session-start",
                                                                            "session-end",
                                                                            "policy-published",
                                                                            "approval-answered",
                                                                            "grant-revoked",
                                                                            "approval-expired",
                                                                            "approval-review",
                                                                            "events-lost",
                                                                            "controller-start",
                                                                            "controller-stop",
                                                                            "controller-adopted"};

}  // namespace

std::optional<gh_access> access_of(unsigned number) {
  return value_of<gh_access>(find(kAccesses, number));
}
std::optional<gh_verdict> verdict_of(unsigned number) {
  return value_of<gh_verdict>(find(kVerdicts, number));
}
std::optional<gh_reason> reason_of(unsigned number) {
  return value_of<gh_reason>(find(kReasons, number));
}

std::optional<gh_access> access_of(std::string_view word) {
  return value_of<gh_access>(find(kAccesses, word));
}
std::optional<gh_verdict> verdict_of(std::string_view word) {
  return value_of<gh_verdict>(find(kVerdicts, word));
}
std::optional<gh_reason> reason_of(std::string_view sentence) {
  return value_of<gh_reason>(find(kReasons, sentence, &Word::sentence));
}

std::string_view access_word(gh_access access) { return word_in(kAccesses, access); }
std::string_view verdict_word(gh_verdict verdict) { return word_in(kVerdicts, verdict); }
std::string_view reason_word(gh_reason reason) { return word_in(kReasons, reason); }
std::string_view reason_sentence(gh_reason reason) {
  const Word* found = find(kReasons, reason);
  return found ? found->sentence : std::string_view{};
}

std::string_view privilege_word(gh_privilege privilege) { return word_in(kPrivileges, privilege); }
std::optional<gh_privilege> privilege_of(unsigned number) {
  return value_of<gh_privilege>(find(kPrivileges, number));
}
std::optional<gh_privilege> privilege_of(std::string_view word) {
  return value_of<gh_privilege>(find(kPrivileges, word));
}

std::string_view approver_word(Approver::Kind kind) {
  return word_in(kApprovers, static_cast<unsigned>(kind));
}
std::optional<Approver::Kind> approver_of(std::string_view word) {
  return value_of<Approver::Kind>(find(kApprovers, word));
}
std::string_view review_word(ApprovalReview::Result result) {
  return word_in(kReviews, static_cast<unsigned>(result));
}
std::optional<ApprovalReview::Result> review_of(std::string_view word) {
  return value_of<ApprovalReview::Result>(find(kReviews, word));
}

std::string_view phase_word(ToolCall::Phase phase) {
  return word_in(kPhases, static_cast<unsigned>(phase));
}
std::optional<ToolCall::Phase> phase_of(std::string_view word) {
  return value_of<ToolCall::Phase>(find(kPhases, word));
}

std::string_view scope_word(int scope) { return word_in(kScopes, static_cast<unsigned>(scope)); }
std::optional<int> scope_of(std::string_view word) { return value_of<int>(find(kScopes, word)); }

std::string_view type_word(const Event& event) { return kTypes[event.body.index()]; }

}  // namespace gatehouse::events
