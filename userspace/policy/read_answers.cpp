// SPDX-License-Identifier: Apache-2.0
// "answers": what somebody said to an ask for good, each beside the rule that asked. It must never let an answer
// speak for a rule that does not ask, for an access that its rule does not have, or after its time.
#include <algorithm>
#include <ctime>

#include "base/quote.h"
#include "policy/instant.h"
#include "policy/sections.h"

namespace gatehouse::policy {
namespace {

constexpr std::size_t kMostAnswers = 1000;
constexpr std::size_t kMostByBytes = 128;

using Keys = std::vector<Key>;

Keys with_common(std::initializer_list<Key> more) {
  Keys keys = {{"rule"}, {"verdict"}, {"by"}, {"at"}, {"expires"}};
  keys.insert(keys.end(), more.begin(), more.end());
  return keys;
}

// The instant at `key`; nothing if there is none, or no such text.
std::optional<std::int64_t> read_instant(const Fields& fields, std::string_view key) {
  const auto* text = fields.string(key);
  if (text == nullptr) return std::nullopt;
  const auto instant = instant_of(*text);
  if (!instant)
    fields.report().error(fields.at(key), quote(*text) + " is no instant",
                          "write UTC: 2027-01-31T12:00:00Z");
  return instant;
}

class Answers {
 public:
  Answers(const Variables& variables, Layer& layer, Report& report)
      : variables_(variables), layer_(layer), report_(report) {}

  void add(const Value& value, const std::string& at) {
    const std::string* const id = rule_of(value, at);
    if (id == nullptr) return;
    found_ = false;
    if (layer_.filesystem)
      for (PathRule& rule : layer_.filesystem->rules)
        if (named(rule, *id)) files(value, at, rule);
    if (layer_.exec) {
      for (PathRule& rule : layer_.exec->rules)
        if (named(rule, *id)) programs(value, at, rule);
      for (CommandRule& rule : layer_.exec->commands)
        if (named(rule, *id)) commands(value, at, rule);
    }
    if (layer_.network)
      for (NetRule& rule : layer_.network->rules)
        if (named(rule, *id)) network(value, at, rule);
    if (layer_.unix_sockets)
      for (PathRule& rule : layer_.unix_sockets->rules)
        if (named(rule, *id)) sockets(value, at, rule);
    if (found_) return;
    report_.error(child(at, "rule"), "no rule of this file has the id " + quote(*id),
                  "an answer stands in the file of the rule that asked, which must have an id");
  }

  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  const std::string* rule_of(const Value& value, const std::string& at) {
    const auto* members = value.object();
    if (members == nullptr) {
      wrong_type(value, at, "an object", report_);
      return nullptr;
    }
    for (const Member& member : *members)
      if (member.key == "rule") return string_at(member.value, child(at, "rule"), report_);
    report_.error(at, R"(an answer without "rule")", "name the id of the rule that asked");
    return nullptr;
  }

  // Made ids are places, which change with every rule before them: they cannot be named.
  bool named(const Rule& rule, const std::string& id) {
    const bool same = !found_ && rule.id == id && id.find('/') == std::string::npos;
    found_ = found_ || same;
    return same;
  }

  // Whether it holds; then `answer` has what all answers have.
  bool read_common(const Fields& fields, const Rule& rule, Rule& answer) {
    answer.answer = true;
    answer.pointer = fields.at();
    answer.id = answer.pointer.substr(1);
    answer.log = rule.log;
    if (rule.action != Action::ask)
      report_.error(fields.at("rule"),
                    "the rule " + quote(rule.id) + " does not ask: it is " + name_of(rule.action),
                    "only a rule whose action is ask can be answered");
    const auto verdict = fields.word("verdict", {"allow", "deny"});
    if (!fields.find("verdict"))
      report_.error(fields.at(), R"(an answer without "verdict")", "allow or deny");
    answer.action = verdict == "allow" ? Action::allow : Action::deny;
    const std::string by = fields.text("by", kMostByBytes);
    const auto* at = fields.string("at");
    (void)read_instant(fields, "at");
    answer.reason = "answered" + (by.empty() ? "" : " by " + by) +
                    (at == nullptr ? "" : " at " + visible(*at)) + " to " + rule.id;
    const auto expires = read_instant(fields, "expires");
    if (!expires || *expires > static_cast<std::int64_t>(std::time(nullptr))) return true;
    report_.warning(fields.at("expires"),
                    "this answer has expired and is ignored: " + quote(rule.id) + " asks again",
                    "remove it");
    return false;
  }

  // Those of the rule itself, if none is named.
  template <typename Any>
  void settle_access(const Fields& fields, const Any& rule, Any& answer) {
    if (!fields.find("access")) {
      answer.access = rule.access;
    } else if ((answer.access & ~rule.access) != 0) {
      report_.error(fields.at("access"),
                    "names an access of which " + quote(rule.id) + " does not speak",
                    "an answer can only speak of what its rule asks about");
    }
  }

  template <typename Any>
  void keep(bool holds, Any& rule, Any answer) {
    if (!holds) return;
    rule.answers.push_back(std::move(answer));
    ++count_;
  }

  void files(const Value& value, const std::string& at, PathRule& rule) {
    static const Keys keys = with_common({{"access"}, {"paths"}});
    const Fields fields(value, at, keys, report_);
    PathRule answer;
    const bool holds = read_common(fields, rule, answer);
    read_path_objects(fields, variables_, answer);
    answer.access = answer_access(fields);
    settle_access(fields, rule, answer);
    keep(holds, rule, std::move(answer));
  }

  // `write` is a change of content alone here, as in "tests": an answer says no more than it was asked.
  AccessSet answer_access(const Fields& fields) {
    unsigned out = 0;
    fields.each("access", true, [&](const Value& one, const std::string& place) {
      const auto word = word_at(one, place, path_access_words(), report_);
      if (!word) return;
      if (const auto access = path_access_of(*word)) out |= access_bit(*access);
    });
    return static_cast<AccessSet>(out);
  }

  void programs(const Value& value, const std::string& at, PathRule& rule) {
    static const Keys keys = with_common({{"paths"}});
    const Fields fields(value, at, keys, report_);
    PathRule answer;
    const bool holds = read_common(fields, rule, answer);
    read_path_objects(fields, variables_, answer);
    answer.access = rule.access;
    keep(holds, rule, std::move(answer));
  }

  void sockets(const Value& value, const std::string& at, PathRule& rule) {
    static const Keys keys = with_common({{"paths"}, {"abstract"}});
    const Fields fields(value, at, keys, report_);
    PathRule answer;
    const bool holds = read_common(fields, rule, answer);
    read_socket_objects(fields, variables_, answer);
    keep(holds, rule, std::move(answer));
  }

  void commands(const Value& value, const std::string& at, CommandRule& rule) {
    static const Keys keys = with_common({{"command"}, {"exact"}});
    const Fields fields(value, at, keys, report_);
    CommandRule answer;
    const bool holds = read_common(fields, rule, answer);
    if (fields.find("command")) {
      read_command_objects(fields, variables_, answer);
      answer.exact = fields.boolean("exact").value_or(false);
    } else {
      report_.error(at, R"(an answer to a rule on commands, without "command")",
                    R"(such as ["git", "push"])");
    }
    keep(holds, rule, std::move(answer));
  }

  void network(const Value& value, const std::string& at, NetRule& rule) {
    static const Keys keys = with_common({{"access"}, {"protocol"}, {"cidrs"}, {"ports"}});
    const Fields fields(value, at, keys, report_);
    NetRule answer;
    const bool holds = read_common(fields, rule, answer);
    read_net_objects(fields, answer);
    settle_access(fields, rule, answer);
    keep(holds, rule, std::move(answer));
  }

  const Variables& variables_;
  Layer& layer_;
  Report& report_;
  bool found_ = false;
  std::size_t count_ = 0;
};

}  // namespace

std::size_t read_answers(const Fields& top, const Variables& variables, Layer& layer) {
  const auto* list = top.array("answers");
  if (list == nullptr || list->empty()) return 0;
  if (layer.locked) {
    top.report().error(
        top.at("answers"), "a locked policy takes no answers",
        "change its rules, or put the rule that asks into a policy that is not locked");
    return 0;
  }
  if (list->size() > kMostAnswers) {
    top.report().error(
        top.at("answers"),
        std::to_string(list->size()) + " answers are more than " + std::to_string(kMostAnswers),
        "join them by wildcards, or change the rule that asks");
    return 0;
  }
  Answers answers(variables, layer, top.report());
  for (std::size_t i = 0; i < list->size(); ++i)
    answers.add((*list)[i], child(top.at("answers"), i));
  return answers.count();
}

}  // namespace gatehouse::policy
