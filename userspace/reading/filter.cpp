// SPDX-License-Identifier: Apache-2.0
// Conditions from words. It must never match a glob by itself: the policy's own compiler and tables do, so
// that a path is found by the pattern that a rule would have.
#include "reading/filter.h"

#include <algorithm>

#include "base/quote.h"
#include "events/calls.h"
#include "events/words.h"
#include "policy/parse.h"
#include "reading/event_json.h"
#include "reading/instant.h"
#include "tables/compile.h"
#include "tables/evaluate.h"

namespace gatehouse::reading {
namespace {

template <typename T>
bool among(const std::vector<T>& wanted, const T& one) {
  return std::find(wanted.begin(), wanted.end(), one) != wanted.end();
}

std::string all_words(unsigned first, unsigned last, std::string (*word)(unsigned)) {
  std::string all;
  for (unsigned i = first; i <= last; i++)
    if (const auto text = word(i); !text.empty()) all += (all.empty() ? "" : ", ") + text;
  return all;
}

std::string verdict_at(unsigned number) {
  const auto verdict = events::verdict_of(number);
  return verdict ? std::string(events::verdict_word(*verdict)) : "";
}

std::string access_at(unsigned number) {
  const auto access = events::access_of(number);
  return access ? std::string(events::access_word(*access)) : "";
}

template <std::size_t... I>
std::vector<std::string> types_of(std::index_sequence<I...>) {
  std::vector<std::string> all;
  (
      [&] {
        events::Event event;
        event.body.emplace<I>();
        all.emplace_back(events::type_word(event));
      }(),
      ...);
  return all;
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words)
    all += (all.empty() ? "" : ", ") + word;
  return all;
}

std::optional<std::int64_t> instant(const std::string& text, std::int64_t now, const char* option,
                                    Diagnostics& diagnostics) {
  if (text.empty()) return std::nullopt;
  const auto found = parse_instant(text, now);
  if (!found)
    diagnostics.error("", option, quote(text) + " is no time",
                      "write 2026-01-31T12:00:00Z, or how long ago: 90s, 10m, 2h, 3d");
  return found;
}

}  // namespace

bool Wanted::everything() const {
  return session.empty() && verdicts.empty() && accesses.empty() && paths.empty() &&
         rules.empty() && types.empty() && since.empty() && until.empty() && call.empty() &&
         pid == 0;
}

bool is_of(const events::Event& event, const std::string& session) {
  if (event.session.serial == 0) return false;
  return event.session.name == session || std::to_string(event.session.serial) == session;
}

const events::Judged* judged_of(const events::Event& event) {
  if (const auto* decision = std::get_if<events::Decision>(&event.body)) return decision;
  return std::get_if<events::Ask>(&event.body);
}

const events::Object* object_of(const events::Event& event) {
  return std::visit(
      [](const auto& body) -> const events::Object* {
        if constexpr (requires { body.object.text; })
          return &body.object;
        else if constexpr (requires { body.program.text; })
          return &body.program;
        else
          return nullptr;
      },
      event.body);
}

std::optional<gh_access> access_of(const events::Event& event) {
  return std::visit(
      [](const auto& body) -> std::optional<gh_access> {
        if constexpr (requires { body.access; })
          return body.access;
        else
          return std::nullopt;
      },
      event.body);
}

std::optional<gh_verdict> verdict_of(const events::Event& event) {
  return std::visit(
      [](const auto& body) -> std::optional<gh_verdict> {
        if constexpr (requires { body.verdict; })
          return body.verdict;
        else
          return std::nullopt;
      },
      event.body);
}

const events::Rule* rule_of(const events::Event& event) {
  const auto* judged = judged_of(event);
  return judged == nullptr ? nullptr : &judged->rule;
}

std::optional<tables::Tables> tables_of_globs(const std::vector<std::string>& globs,
                                              const policy::Context& context, const char* option,
                                              Diagnostics& diagnostics) {
  const Json text = {
      {"version", 1},
      {"filesystem",
       {{"default", "allow"},
        {"rules",
         Json::array(
             {{{"action", "deny"}, {"access", Json::array({"read"})}, {"paths", globs}}})}}}};
  Diagnostics found;
  const auto no_other = [](const std::string&, const std::string&) -> Result<policy::Source> {
    return Error{0, "nothing is extended here"};
  };
  const auto parsed = policy::parse(
      {option, text.dump(-1, ' ', false, Json::error_handler_t::replace)}, no_other, found);
  std::optional<tables::Tables> made;
  if (parsed)
    made = tables::compile(
        *parsed, context, [](const std::string&) { return std::nullopt; }, found);
  for (const auto& one : found.all())
    if (one.severity == Diagnostic::Severity::error)
      diagnostics.error("", option, one.message, one.hint);
  if (found.failed()) return std::nullopt;
  return made;
}

bool matches(const tables::Tables& globs, const std::string& path) {
  if (path.empty() || path[0] != '/') return false;
  return tables::evaluate_path(globs, path, GH_READ).verdict == GH_DENY;
}

std::optional<Filter> Filter::make(const Wanted& wanted, const policy::Context& context,
                                   std::int64_t now, Diagnostics& diagnostics) {
  Filter filter;
  filter.session_ = wanted.session;
  filter.call_ = wanted.call;
  for (const auto& word : wanted.verdicts) {
    if (const auto verdict = events::verdict_of(std::string_view(word)))
      filter.verdicts_.push_back(*verdict);
    else
      diagnostics.error("", "--verdict", "there is no verdict " + quote(word),
                        "it is one of: " + all_words(0, 3, verdict_at));
  }
  for (const auto& word : wanted.accesses) {
    if (const auto access = events::access_of(std::string_view(word)))
      filter.accesses_.push_back(*access);
    else
      diagnostics.error("", "--access", "there is no access " + quote(word),
                        "it is one of: " + all_words(0, 16, access_at));
  }
  static const auto kTypes =
      types_of(std::make_index_sequence<std::variant_size_v<events::Body>>{});
  for (const auto& word : wanted.types) {
    if (!among(kTypes, word))
      diagnostics.error("", "--type", "there is no type of events " + quote(word),
                        "it is one of: " + joined(kTypes));
    filter.types_.push_back(word);
  }
  filter.rules_ = wanted.rules;
  if (!wanted.paths.empty())
    filter.paths_ = tables_of_globs(wanted.paths, context, "--path", diagnostics);
  filter.since_ = instant(wanted.since, now, "--since", diagnostics);
  filter.until_ = instant(wanted.until, now, "--until", diagnostics);
  if (filter.since_ && filter.until_ && *filter.since_ > *filter.until_)
    diagnostics.error("", "--since", "it is later than --until", "nothing lies in between");
  if (wanted.pid != 0)
    filter.family_.emplace(wanted.pid, wanted.tree);
  else if (wanted.tree)
    diagnostics.error("", "--tree", "it needs to know of which process", "add --pid PID");
  if (diagnostics.failed()) return std::nullopt;
  return filter;
}

bool Filter::passes(const events::Event& event) {
  // First, since it has to see every event.
  if (family_ && !family_->takes(event)) return false;
  if (!session_.empty() && !is_of(event, session_)) return false;
  if (!call_.empty() && !events::names_call(event.process, call_)) return false;
  if (since_ && event.time < *since_) return false;
  if (until_ && event.time > *until_) return false;
  if (!types_.empty() && !among(types_, std::string(events::type_word(event)))) return false;
  if (!verdicts_.empty()) {
    const auto verdict = verdict_of(event);
    if (!verdict || !among(verdicts_, *verdict)) return false;
  }
  if (!accesses_.empty()) {
    const auto access = access_of(event);
    if (!access || !among(accesses_, *access)) return false;
  }
  if (!rules_.empty()) {
    const auto* rule = rule_of(event);
    if (rule == nullptr || !among(rules_, rule->id)) return false;
  }
  if (paths_) {
    const auto* object = object_of(event);
    if (object == nullptr || object->endpoint || !matches(*paths_, object->text)) return false;
  }
  return true;
}

}  // namespace gatehouse::reading
