// SPDX-License-Identifier: Apache-2.0
// The order of an answer for good: seen, agreed to, checked, put beside the file; then the ask is answered, and only
// then the file takes its name. An answer that the controller refuses must never be in a policy.
#include "cli/always.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/quote.h"
#include "base/utf8.h"
#include "cli/controllers.h"
#include "cli/layer_text.h"
#include "daemon/show.h"
#include "policy/answer_text.h"
#include "policy/instant.h"
#include "policy/words.h"

namespace gatehouse::cli {
namespace {

using Ordered = nlohmann::ordered_json;  // as people read it

std::string own_name() {
  const passwd* const entry = ::getpwuid(::geteuid());
  return entry == nullptr ? "uid " + std::to_string(::geteuid()) : entry->pw_name;
}

std::nullopt_t refused(Shared& shared, const std::string& message, const std::string& hint = {}) {
  complain(message, hint);
  shared.status = 1;
  return std::nullopt;
}

// The rule that the preview shows, without the section around it.
std::optional<Ordered> rule_in(const control::Json& preview) {
  for (const auto& [section, members] : preview["rule"].items()) {
    const auto& holder = members.contains("unix_sockets") ? members["unix_sockets"] : members;
    if (holder.contains("rules") && holder["rules"].size() == 1)
      return Ordered::parse(holder["rules"][0].dump());
  }
  return std::nullopt;
}

// Of the file itself, the last layer.
const policy::Rule* rule_named(const policy::Layer& layer, const std::string& id) {
  const policy::Rule* out = nullptr;
  const auto look = [&](const auto& rules) {
    for (const auto& rule : rules)
      if (rule.id == id) out = &rule;
  };
  if (layer.filesystem) look(layer.filesystem->rules);
  if (layer.exec) look(layer.exec->rules);
  if (layer.exec) look(layer.exec->commands);
  if (layer.network) look(layer.network->rules);
  if (layer.unix_sockets) look(layer.unix_sockets->rules);
  return out;
}

bool same_file(const std::string& one, const std::string& other) {
  struct stat a {
  }, b{};
  return ::stat(one.c_str(), &a) == 0 && ::stat(other.c_str(), &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

// Whether this file is where the rule stands that asked.
bool is_layer(Shared& shared, const daemon::Prepared& prepared, const policy::Rewriting& file,
              const control::Json& preview) {
  const std::string id = preview.value("asked_by_rule", "");
  const std::string named = preview.value("file", "");
  const policy::Layer* own = nullptr;
  for (const auto& layer : prepared.policy.layers)
    if (layer.file == prepared.sources.back().file) own = &layer;
  const policy::Rule* const rule = own == nullptr ? nullptr : rule_named(*own, id);
  const std::string hint = "the rule stands in " + visible(named);
  // A relative name was that of another folder than ours.
  const bool elsewhere = named.starts_with('/') ? !same_file(named, file.path())
                                                : std::filesystem::path(named).filename() !=
                                                      std::filesystem::path(file.path()).filename();
  if (rule == nullptr || own->name != preview.value("layer", "") || elsewhere) {
    (void)refused(shared, visible(file.path()) + " is not the layer of the rule " + quote(id),
                  hint);
    return false;
  }
  if (rule->action != policy::Action::ask || id.find('/') != std::string::npos) {
    (void)refused(shared, "the rule " + quote(id) + " cannot be answered for good",
                  "it must be an ask, and have an \"id\" of its own");
    return false;
  }
  return true;
}

// What an allowed `create` lets be done in this session, it lets be done in the next.
void add_write(Ordered& rule, const policy::Policy& policy, const std::string& id, bool allow) {
  if (!allow || !rule.contains("access") || rule["access"] != Ordered::array({"create"})) return;
  for (const auto& layer : policy.layers)
    if (layer.filesystem)
      for (const auto& one : layer.filesystem->rules)
        if (one.id == id && (one.access & policy::access_bit(GH_WRITE)) != 0)
          rule["access"] = {"create", "write"};
}

bool is_plain(const std::string& text) {
  for (std::string_view rest = text; !rest.empty();) {
    const Utf8Char c = first_utf8(rest);
    if (!c.valid || is_unprintable(c.code)) return false;
    rest.remove_prefix(c.length);
  }
  return true;
}

// {"rule": …, "verdict": …, what it is about, by whom and when}, on one line.
std::optional<std::string> entry_of(Shared& shared, const Always& always,
                                    const control::Json& preview, const policy::Policy& policy) {
  auto rule = rule_in(preview);
  if (!rule) return refused(shared, "there is no rule for this that could be written");
  const std::string id = preview.value("asked_by_rule", "");
  add_write(*rule, policy, id, always.allow);
  const std::time_t now = std::time(nullptr);
  Ordered entry = {{"rule", id}, {"verdict", always.allow ? "allow" : "deny"}};
  for (const auto& [key, value] : rule->items())
    if (key != "id" && key != "action") entry[key] = value;
  if (entry.contains("command") && preview.value("alone", false)) entry["exact"] = true;
  entry["by"] = own_name();
  entry["at"] = policy::instant_text(now);
  if (always.for_ms != 0)
    entry["expires"] = policy::instant_text(now + static_cast<std::int64_t>(always.for_ms / 1000));
  const std::string text = entry.dump(-1, ' ', false, Ordered::error_handler_t::replace);
  return is_plain(text) ? text : entry.dump(-1, ' ', true, Ordered::error_handler_t::replace);
}

// Whether the new text says to what is asked what the answer does; what else asks for it is told.
bool decides(Shared& shared, const daemon::Prepared& prepared, const control::Json& preview,
             bool allow) {
  auto argv = preview.value("argv", std::vector<std::string>());
  if (!argv.empty()) argv.erase(argv.begin());
  const auto said = daemon::explain(prepared.tables, preview.value("access", ""),
                                    preview.value("object", ""), argv);
  const auto* const why = std::get_if<control::Json>(&said);
  if (why == nullptr) {
    (void)refused(shared, std::get<control::Refusal>(said).message);
    return false;
  }
  const std::string verdict = why->value("verdict", "");
  if (verdict == (allow ? "allow" : "deny")) return true;
  const auto& rule = (*why)["rule"];
  const bool same = rule.is_string() && rule == preview.value("asked_by_rule", "");
  if ((verdict == "ask" || verdict == "kill") && !same) {
    std::cerr << (rule.is_string() ? "Another rule, " + visible(rule.get<std::string>())
                                   : std::string("A default"))
              << ", goes on to say " << verdict << ".\n";
    return true;
  }
  complain(
      "the file would say " + verdict + " to this all the same: the answer has no effect in it",
      "see `gatehouse why`");
  shared.status = 1;
  return false;
}

std::optional<control::Json> previewed(Shared& shared, const Always& always) {
  auto preview =
      first_to_do(shared, control::ApprovalsPreview{always.id, always.allow, always.pattern});
  if (!preview) return preview;
  if (preview->value("remember", "session") != "session")
    return refused(shared,
                   "the session's policy remembers answers for no longer than: " +
                       preview->value("remember", ""),
                   "\"remember\" in its approvals");
  if (preview->value("approvers", 1u) > 1)
    return refused(shared, "here more than one person must allow: nobody answers alone for good",
                   "change the policy itself, as you change its rules");
  if (preview->value("asked_by_rule", "").empty())
    return refused(shared, "no rule asked for this, so that none can be answered for good");
  return preview;
}

bool give(Shared& shared, const Always& always) {
  control::ApprovalsAnswer answer;
  answer.id = always.id;
  answer.allow = always.allow;
  answer.scope = control::Scope::session;
  answer.pattern = always.pattern;
  answer.message = always.message;
  answer.for_ms = always.for_ms;
  return first_to_do(shared, answer).has_value();
}

}  // namespace

bool answer_always(Shared& shared, const Always& always) {
  const auto preview = previewed(shared, always);
  if (!preview) return false;
  auto file = open_layer(shared, always.layer);
  if (!file) return false;
  const policy::Context context = {
      preview->value("workspace", "/"), preview->value("home", "/root"), {}};
  const auto before = prepare_layer(shared, always.layer, file->text(), context);
  if (!before || !is_layer(shared, *before, *file, *preview)) return false;
  const auto entry = entry_of(shared, always, *preview, before->policy);
  if (!entry) return false;
  auto text = policy::with_answer(file->text(), *entry);
  if (!text) return refused(shared, text.error().what), false;
  LayerText change{std::move(*file), std::move(*text)};
  const auto after = prepare_layer(shared, always.layer, change.text, context);
  if (!after || !decides(shared, *after, *preview, always.allow)) return false;
  print_past((*preview)["past"]);
  if (!agreed(shared, change, always.yes)) return false;
  auto ready = change.file.prepare(change.text);
  if (ready) ready = change.file.unchanged();
  if (!ready) return refused(shared, ready.error().what), false;
  if (!give(shared, always)) return false;
  if (auto done = change.file.commit(); !done)
    return refused(shared, done.error().what, "the ask was answered, for this session alone"),
           false;
  if (shared.json)
    std::cout << Ordered({{"approval", always.id},
                          {"file", change.file.path()},
                          {"answer", Ordered::parse(*entry)}})
                     .dump()
              << "\n";
  std::cerr << "approval " << always.id << (always.allow ? " allowed" : " denied")
            << " for this session, and always by " << visible(change.file.path())
            << "\nSessions that run now go by it when their policy is loaded again: "
               "gatehouse policy replace\n";
  return true;
}

}  // namespace gatehouse::cli
