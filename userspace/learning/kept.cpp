// SPDX-License-Identifier: Apache-2.0
// Layers flattened. An allowance of one layer holds only where every other layer has no opinion; it must never
// be taken over where two have one, since one list cannot say "both".
#include "learning/kept.h"

#include <algorithm>
#include <functional>

#include "events/words.h"
#include "learning/generalise.h"

namespace gatehouse::learning {
namespace {

using policy::Action;

// A section as far as one access goes: its default in each layer that has it.
template <typename DefaultOf>
std::vector<Action> defaults_of(const policy::Policy& base, DefaultOf default_of) {
  std::vector<Action> all;
  for (const auto& layer : base.layers)
    if (const auto one = default_of(layer)) all.push_back(*one);
  return all;
}

Action strictest(const std::vector<Action>& all) {
  return all.empty() ? Action::deny : *std::max_element(all.begin(), all.end());
}

// More than one layer that does not let everything through.
bool is_and(const std::vector<Action>& all) {
  return std::count_if(all.begin(), all.end(), [](auto one) { return one != Action::allow; }) > 1;
}

Action after_learning(Action base, bool recorded) {
  return recorded && base == Action::allow ? Action::deny : base;
}

std::optional<Action> file_default(const policy::Layer& layer, int access) {
  if (!layer.filesystem) return std::nullopt;
  return layer.filesystem->defaults.column[GH_ACCESS_COLUMN(access)];
}
std::optional<Action> net_default(const policy::Layer& layer, int access) {
  if (!layer.network) return std::nullopt;
  return layer.network->defaults.column[GH_ACCESS_COLUMN(access)];
}
std::optional<Action> exec_default(const policy::Layer& layer) {
  if (!layer.exec) return std::nullopt;
  return layer.exec->fallback;
}
std::optional<Action> unix_default(const policy::Layer& layer) {
  if (!layer.unix_sockets) return std::nullopt;
  return layer.unix_sockets->fallback;
}

class Keeping {
 public:
  Keeping(const policy::Policy& base, std::uint32_t recorded) : base_(base), recorded_(recorded) {}

  Kept keep() {
    defaults();
    for (const auto& layer : base_.layers) {
      if (layer.filesystem)
        for (const auto& rule : layer.filesystem->rules) {
          if (rule.implied) continue;
          keep_apart(rule);
          if (const auto access = left(rule, GH_READ, GH_EXEC, file_default); access != 0)
            out_.filesystem.push_back(rule_json(rule, access));
          for (const auto& answer : rule.answers)
            if (denies(answer)) out_.filesystem.push_back(rule_json(answer, answer.access));
        }
      if (layer.exec) exec(*layer.exec);
      if (layer.network)
        for (const auto& rule : layer.network->rules) {
          if (const auto access = left(rule, GH_CONNECT, GH_ACCEPT, net_default); access != 0)
            out_.network.push_back(rule_json(rule, access));
          for (const auto& answer : rule.answers)
            if (denies(answer)) out_.network.push_back(rule_json(answer, answer.access));
        }
      if (layer.unix_sockets)
        for (const auto& rule : layer.unix_sockets->rules) {
          if (rule.implied) continue;
          keep_apart(rule);
          if (stays(rule, GH_UNIX, unix_default)) out_.unix_sockets.push_back(unix_rule_json(rule));
          for (const auto& answer : rule.answers)
            if (denies(answer)) out_.unix_sockets.push_back(unix_rule_json(answer));
        }
    }
    return std::move(out_);
  }

 private:
  // Answers for good: what was denied stays so, as a rule of its own; what was allowed is asked again.
  static bool denies(const policy::Rule& answer) { return answer.action >= Action::deny; }
  [[nodiscard]] bool recorded(int access) const { return (recorded_ >> access & 1) != 0; }

  void defaults() {
    for (int access = GH_READ; access <= GH_EXEC; access++)
      out_.file_defaults[static_cast<std::size_t>(access)] = after_learning(
          strictest(defaults_of(base_, [&](const auto& l) { return file_default(l, access); })),
          // The exec section is where programs are learned.
          recorded(access) && access != GH_EXEC);
    for (int access = GH_CONNECT; access <= GH_ACCEPT; access++)
      out_.net_defaults[static_cast<std::size_t>(GH_ACCESS_COLUMN(access))] = after_learning(
          strictest(defaults_of(base_, [&](const auto& l) { return net_default(l, access); })),
          recorded(access));
    out_.exec_default =
        after_learning(strictest(defaults_of(base_, exec_default)), recorded(GH_EXEC));
    out_.unix_default =
        after_learning(strictest(defaults_of(base_, unix_default)), recorded(GH_UNIX));
    out_.unnamed = strictest(defaults_of(base_, [](const auto& layer) -> std::optional<Action> {
      if (!layer.exec) return std::nullopt;
      return layer.exec->unnamed;
    }));
    bool any = false;
    out_.privileges = policy::kAllPrivileges;
    for (const auto& layer : base_.layers)
      if (layer.privilege) {
        any = true;
        out_.privileges &= layer.privilege->allowed;
      }
    if (!any || recorded(GH_PRIVILEGE)) out_.privileges.reset();
  }

  // Of one access: a rule that stops stays; one that allows, where nothing is known and one layer decides.
  template <typename Rule, typename DefaultOf>
  bool stays(const Rule& rule, int access, DefaultOf default_of) {
    if (rule.action != Action::allow) return true;
    if (recorded(access)) return false;
    const auto all = defaults_of(base_, default_of);
    if (strictest(all) == Action::allow) return false;  // it says nothing
    if (is_and(all)) {
      const std::string note = "several layers of the base restrict " +
                               std::string(events::access_word(static_cast<gh_access>(access))) +
                               ", of which nothing was recorded: what they allow is left out; "
                               "record with \"log\": \"all\"";
      if (std::find(out_.notes.begin(), out_.notes.end(), note) == out_.notes.end())
        out_.notes.push_back(note);
      return false;
    }
    return true;
  }

  template <typename Rule, typename DefaultOf>
  policy::AccessSet left(const Rule& rule, int first, int last, DefaultOf default_of) {
    policy::AccessSet access = 0;
    for (int one = first; one <= last; one++)
      if ((rule.access & policy::access_bit(one)) != 0 &&
          stays(rule, one, [&](const auto& layer) { return default_of(layer, one); }))
        access |= policy::access_bit(one);
    return access;
  }

  void exec(const policy::Exec& section) {
    for (const auto& rule : section.rules) {
      keep_apart(rule);
      if (stays(rule, GH_EXEC, exec_default)) out_.exec.push_back(exec_rule_json(rule));
      for (const auto& answer : rule.answers)
        if (denies(answer)) out_.exec.push_back(exec_rule_json(answer));
    }
    for (const auto& rule : section.commands) {
      if (stays(rule, GH_EXEC, exec_default)) out_.exec.push_back(rule_json(rule));
      for (const auto& answer : rule.answers)
        if (denies(answer)) out_.exec.push_back(rule_json(answer));
    }
  }

  void keep_apart(const policy::PathRule& rule) {
    if (rule.action < Action::deny) return;
    for (const auto& path : rule.paths)
      if (auto place = beginning_of(path); place.find('/') != std::string::npos)
        out_.apart.push_back(std::move(place));
  }

  const policy::Policy& base_;
  std::uint32_t recorded_;
  Kept out_;
};

}  // namespace

Kept kept_of(const policy::Policy& base, std::uint32_t recorded) {
  return Keeping(base, recorded).keep();
}

}  // namespace gatehouse::learning
