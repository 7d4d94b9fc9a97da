// SPDX-License-Identifier: Apache-2.0
// The one vocabulary of events: numbers of abi.h as the words that outputs show and inputs take.
// It must never hold a word of its own for what abi.h already names.
#pragma once

#include <optional>
#include <string_view>

#include "events/event.h"

namespace gatehouse::events {

// Nothing for numbers that abi.h does not list.
std::optional<gh_access> access_of(unsigned number);
std::optional<gh_verdict> verdict_of(unsigned number);
std::optional<gh_reason> reason_of(unsigned number);

// Nothing for words (or, of reasons, sentences: several share a word) that are not theirs.
std::optional<gh_access> access_of(std::string_view word);
std::optional<gh_verdict> verdict_of(std::string_view word);
std::optional<gh_reason> reason_of(std::string_view sentence);

std::string_view access_word(gh_access access);
std::string_view verdict_word(gh_verdict verdict);
std::string_view reason_word(gh_reason reason);      // "rule", "unresolved", …
std::string_view reason_sentence(gh_reason reason);  // for people

std::string_view privilege_word(gh_privilege privilege);
std::optional<gh_privilege> privilege_of(unsigned number);
std::optional<gh_privilege> privilege_of(std::string_view word);

// Of an Approver::Kind: person, policy, command, webhook.
std::string_view approver_word(Approver::Kind kind);
std::optional<Approver::Kind> approver_of(std::string_view word);
// Of an ApprovalReview::Result: allowed, passed, failed.
std::string_view review_word(ApprovalReview::Result result);
std::optional<ApprovalReview::Result> review_of(std::string_view word);

// Of a ToolCall::Phase: begin, end, lapsed.
std::string_view phase_word(ToolCall::Phase phase);
std::optional<ToolCall::Phase> phase_of(std::string_view word);

std::string_view scope_word(int scope);  // GH_SCOPE_*: once, process, session
std::optional<int> scope_of(std::string_view word);

}  // namespace gatehouse::events
