// SPDX-License-Identifier: Apache-2.0
// The chain of those who answer: people, programs, web services. It must never take a place that its
// author cannot have meant: no relative program, no secret sent in the clear, no user in an address.
#include "base/quote.h"
#include "policy/endpoint.h"
#include "policy/sections.h"

namespace gatehouse::policy {
namespace {

using Kind = Reviewer::Kind;
using Failing = Reviewer::Failing;

constexpr std::size_t kMostReviewers = 8;
constexpr std::size_t kMostWords = 64;
constexpr std::size_t kMostText = 4096;
constexpr std::uint64_t kCommandMs = 10'000, kWebhookMs = 30'000;

const Words kKinds = {"prompt", "socket", "command", "webhook"};

const std::string* text_at(const Value& value, const std::string& at, Report& report) {
  const auto* text = string_at(value, at, report);
  if (!text || (!text->empty() && text->size() <= kMostText)) return text;
  report.error(at, text->empty() ? "an empty text" : "more than 4096 bytes");
  return nullptr;
}

void read_command(const Fields& fields, Reviewer& out) {
  fields.each("command", false, [&](const Value& word, const std::string& at) {
    if (const auto* text = text_at(word, at, fields.report())) out.command.push_back(*text);
  });
  if (out.command.size() > kMostWords)
    fields.report().error(fields.at("command"), "more than 64 words");
  if (out.command.empty() || out.command[0].starts_with('/')) return;
  fields.report().error(child(fields.at("command"), 0), "a program must be named by its whole path",
                        "such as /usr/local/bin/triage; no PATH is searched");
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  const auto* test = "0123456789.";
  return host.starts_with("127.") && host.find_first_not_of(test) == std::string_view::npos;
}

void read_url(const Fields& fields, Reviewer& out) {
  const Value* value = fields.find("url");
  const auto* url = value ? text_at(*value, fields.at("url"), fields.report()) : nullptr;
  if (!url) return;
  const bool secure = url->starts_with("https://");
  const std::size_t begin = secure ? 8 : 7;
  const auto authority = url->size() > begin
                             ? url->substr(begin, url->find_first_of("/?#", begin) - begin)
                             : std::string();
  const auto colon = authority.rfind(':');
  const bool port = colon >= authority.rfind(']') + 1;  // not one within [::1]
  const auto host = authority.substr(0, port ? colon : std::string::npos);
  const bool plain = url->find_first_not_of(
                         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                         "-._~:/?[]@!$&'()*+,;=%") == std::string::npos;
  if (!plain || host.empty() || authority.find('@') != std::string::npos) {
    fields.report().error(fields.at("url"), quote(*url) + " is no address of a web service",
                          "such as https://hooks.example.com/gatehouse");
  } else if (!secure && !(url->starts_with("http://") && is_loopback(host))) {
    fields.report().error(fields.at("url"), "only https, or http to this host's own loopback",
                          "such as https://hooks.example.com/gatehouse");
  } else {
    out.url = *url;
    out.name = host;
  }
}

void read_secret(const Fields& fields, Reviewer& out) {
  const Value* value = fields.find("secret_file");
  const auto* file = value ? text_at(*value, fields.at("secret_file"), fields.report()) : nullptr;
  if (!file) return;
  if (!file->starts_with('/')) {
    fields.report().error(fields.at("secret_file"), "a file must be named by its whole path",
                          "such as /etc/gatehouse/hook.key");
  }
  out.secret_file = *file;
}

// The members that each kind has, beside those of all.
bool belongs(Kind kind, std::string_view key) {
  if (key == "command") return kind == Kind::command;
  if (key == "url" || key == "secret_file") return kind == Kind::webhook;
  return kind == Kind::command || kind == Kind::webhook;  // name
}

void check_members(const Fields& fields, std::string_view word, Kind kind) {
  for (const std::string_view key : {"command", "url", "secret_file", "name"}) {
    const bool there = fields.find(key) != nullptr;
    if (there && !belongs(kind, key))
      fields.report().error(fields.at(key), quote(word) + " has no " + quote(key));
    if (!there && key != "name" && belongs(kind, key))
      fields.report().error(fields.at(), "a " + std::string(word) + " without " + quote(key));
  }
}

std::uint64_t read_timeout(const Fields& fields) {
  const auto* text = fields.string("timeout");
  if (!text) return 0;
  const auto parsed = parse_duration(*text);
  if (const auto* ms = std::get_if<std::uint64_t>(&parsed)) return *ms;
  const auto& problem = std::get<Problem>(parsed);
  fields.report().error(fields.at("timeout"), problem.message, problem.hint);
  return 0;
}

std::optional<Reviewer> read_reviewer(const Fields& fields, unsigned approvers) {
  if (!fields.readable()) return std::nullopt;
  if (!fields.find("type"))
    fields.report().error(fields.at(), R"(a reviewer without "type")", "one of " + one_of(kKinds));
  const auto word = fields.word("type", kKinds);
  if (!word) return std::nullopt;
  Reviewer out;
  out.kind = *word == "prompt"    ? Kind::prompt
             : *word == "socket"  ? Kind::socket
             : *word == "command" ? Kind::command
                                  : Kind::webhook;
  check_members(fields, *word, out.kind);
  if (out.kind == Kind::command) {
    read_command(fields, out);
    if (!out.command.empty()) out.name = out.command[0].substr(out.command[0].rfind('/') + 1);
  }
  if (out.kind == Kind::webhook) {
    read_url(fields, out);
    read_secret(fields, out);
  }
  if (const auto name = fields.text("name", 128); !name.empty()) out.name = name;
  out.timeout_ms = read_timeout(fields);
  if (out.timeout_ms == 0 && out.automatic())
    out.timeout_ms = out.kind == Kind::command ? kCommandMs : kWebhookMs;
  if (const auto failing = fields.word("on_failure", {"next", "deny", "allow"}))
    out.on_failure = *failing == "allow"  ? Failing::allow
                     : *failing == "deny" ? Failing::deny
                                          : Failing::next;
  if (out.on_failure == Failing::allow && approvers > 1)
    fields.report().error(fields.at("on_failure"), "who failed to answer cannot be an approver",
                          "with \"approvers\" above 1 say next or deny");
  return out;
}

}  // namespace

std::vector<Reviewer> read_reviewers(const Fields& approvals, unsigned approvers) {
  static const std::vector<Key> keys = {{"type"},        {"name"},    {"command"},   {"url"},
                                        {"secret_file"}, {"timeout"}, {"on_failure"}};
  std::vector<Reviewer> out;
  Report& report = approvals.report();
  approvals.each("reviewers", false, [&](const Value& value, const std::string& at) {
    if (!out.empty() && !out.back().automatic() && out.back().timeout_ms == 0)
      report.error(at, "never reached: the people before it have no \"timeout\"",
                   "give them one, or put this first");
    const auto link = read_reviewer(Fields(value, at, keys, report), approvers);
    if (link) out.push_back(*link);
  });
  if (out.size() > kMostReviewers) report.error(approvals.at("reviewers"), "more than 8 reviewers");
  return out;
}

}  // namespace gatehouse::policy
