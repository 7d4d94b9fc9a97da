// SPDX-License-Identifier: Apache-2.0
// The whole way from a policy to tables, in reading order. It must never return tables that differ
// from what the policy says: what does not fit is refused.
#include "tables/compile.h"

#include <algorithm>
#include <bit>
#include <type_traits>

#include "shared/steps.h"
#include "tables/comb.h"
#include "tables/determinise.h"
#include "tables/digest.h"
#include "tables/evaluate.h"
#include "tables/idle_rules.h"
#include "tables/judge.h"
#include "tables/minimise.h"
#include "tables/patterns.h"
#include "tables/rules.h"
#include "tables/tree.h"

namespace gatehouse::tables {
namespace {

class Compilation {
 public:
  Compilation(const policy::Policy& policy, Diagnostics& diagnostics,
              const Answering& answering = {})
      : policy_(policy), diagnostics_(diagnostics), book_(flatten(policy, answering)) {}

  std::optional<Tables> run(const policy::Context& context, const SymlinkResolver& resolve) {
    if (!few_enough("rules", book_.rules.size(), GH_MAX_RULES, "use fewer, broader rules") ||
        !few_enough("sections of one kind in its layers",
                    std::max(book_.path_sections.size(), book_.net_sections.size()), kMaxSections,
                    "join some of the files that it extends"))
      return std::nullopt;
    const Patterns patterns = gather_patterns(book_, context, resolve, diagnostics_);
    if (diagnostics_.failed()) return std::nullopt;

    const auto paths = automaton(patterns, Dfa::Kind::paths);
    const auto endpoints = automaton(patterns, Dfa::Kind::endpoints);
    std::optional<Dfa> commands;
    if (patterns.commands.size() != 0) commands = automaton(patterns, Dfa::Kind::commands);
    if (!paths || !endpoints || diagnostics_.failed()) return std::nullopt;
    std::vector<const Dfa*> all{&*paths, &*endpoints};
    if (commands) all.push_back(&*commands);
    std::size_t states = 0;
    for (const Dfa* dfa : all)
      states += dfa->size();
    if (!few_enough("automaton states", states, GH_MAX_STATES, kSimplify) ||
        !few_enough("distinct outcomes", count_outcomes(all), GH_MAX_OUTCOMES, kSimplify))
      return std::nullopt;

    Comb comb(tables_);
    tables_.paths = comb.add(*paths);
    tables_.endpoints = comb.add(*endpoints);
    if (commands) tables_.commands = comb.add(*commands);
    comb.pack();
    if (!few_enough("transitions", tables_.transitions.size(), GH_MAX_TRANSITIONS, kSimplify))
      return std::nullopt;
    keep_used_outcomes();
    describe();
    hold(patterns.literal);
    warn_of_idle_rules(book_, context, tables_, diagnostics_);
    return std::move(tables_);
  }

  // The rule that a cell of the tables names.
  [[nodiscard]] const policy::Rule* source_of(std::uint16_t rule) const {
    return rule < book_.rules.size() ? book_.rules[rule].source : nullptr;
  }

 private:
  static constexpr const char* kSimplify =
      "join rules that say the same, and name directories instead of single files";

  bool few_enough(const char* what, std::size_t count, std::size_t limit, const char* hint) {
    if (count <= limit) return true;
    const std::string file = policy_.layers.empty() ? "" : policy_.layers.back().file;
    diagnostics_.error(file, "",
                       "the policy needs " + std::to_string(count) + " " + what + ", and " +
                           std::to_string(limit) + " is the limit" + ids_of(blamed_),
                       hint);
    return false;
  }

  // The rules as the end of a sentence.
  [[nodiscard]] std::string ids_of(const std::vector<std::uint32_t>& rules) const {
    std::string out;
    for (const std::uint32_t r : rules)
      out += (out.empty() ? "; the rules that contribute most are '" : ", '") +
             book_.rules[r].source->id + "'";
    return out;
  }

  std::optional<Dfa> automaton(const Patterns& patterns, Dfa::Kind kind) {
    const RuleBook book = seen_by(kind);
    Judge judge(book.rules, kind == Dfa::Kind::endpoints ? book.net_sections : book.path_sections,
                pool_);
    const Tree tree = build_tree(kind == Dfa::Kind::paths       ? patterns.paths
                                 : kind == Dfa::Kind::endpoints ? patterns.endpoints
                                                                : patterns.commands,
                                 judge, book.rules.size());
    Refusal refusal;
    const auto dfa =
        determinise(tree, patterns.sets, judge, kind, patterns.root_rules, Budget{}, refusal);
    if (!dfa) {
      const bool known = !refusal.rules.empty();
      const FlatRule* worst = known ? &book_.rules[refusal.rules[0]] : nullptr;
      diagnostics_.error(
          worst ? worst->layer->file : "", worst ? worst->source->pointer : "",
          "the policy's patterns multiply: given up at " + std::to_string(refusal.states) +
              " states, where it takes more than " + std::to_string(refusal.limit) + " " +
              refusal.what + ids_of(refusal.rules),
          "anchor patterns that start with '**' to a directory, use fewer '*' and '**' in one "
          "pattern, or put their patterns into one rule");
      return std::nullopt;
    }
    blamed_.insert(blamed_.end(), refusal.rules.begin(), refusal.rules.end());
    return minimise(*dfa);
  }

  // What a rule on arguments says of the program alone: it may pass. Commands are started and nothing else.
  [[nodiscard]] RuleBook seen_by(Dfa::Kind kind) const {
    RuleBook book = book_;
    for (FlatRule& rule : book.rules) {
      if (kind == Dfa::Kind::paths && rule.command != nullptr) rule.verdict = GH_ALLOW;
      if (kind == Dfa::Kind::commands) rule.access &= kExecColumns;
    }
    for (Section& section : book.path_sections)
      if (kind == Dfa::Kind::commands) section.columns &= kExecColumns;
    return book;
  }

  // Numbers the outcomes that some state has, in the order of the states.
  std::size_t count_outcomes(const std::vector<const Dfa*>& all) {
    used_.assign(pool_.size(), GH_NO_STATE);
    std::uint32_t count = 0;
    for (const Dfa* dfa : all)
      for (const std::uint32_t o : dfa->outcome)
        if (used_[o] == GH_NO_STATE) used_[o] = count++;
    return count;
  }

  void keep_used_outcomes() {
    for (auto& state : tables_.states) {
      const std::uint32_t old = gh_state_outcome(state), fresh = used_[old];
      if (tables_.outcomes.size() <= fresh) tables_.outcomes.resize(fresh + std::size_t{1});
      tables_.outcomes[fresh] = pool_.all()[old];
      state = gh_state_make(gh_state_base(state), gh_state_default(state), fresh,
                            gh_state_flags(state));
    }
  }

  void describe() {
    for (const FlatRule& rule : book_.rules)
      tables_.rules.push_back({rule.source->id, rule.layer->name, rule.source->reason,
                               rule.source->pointer, rule.layer->file});
    using Unattended = policy::Approvals::Unattended;
    if (policy_.audit) tables_.flags |= GH_POLICY_AUDIT;
    if (policy_.log_allowed) tables_.flags |= GH_POLICY_LOG_ALLOW;
    if (policy_.approvals.on_unattended == Unattended::wait)
      tables_.flags |= GH_POLICY_UNATTENDED_WAIT;
    if (policy_.approvals.on_unattended == Unattended::allow)
      tables_.flags |= GH_POLICY_UNATTENDED_ALLOW;
    using Hold = policy::Approvals::Hold;
    if (policy_.approvals.hold == Hold::choose) tables_.flags |= GH_POLICY_HOLD_AUTO;
    if (policy_.approvals.hold == Hold::freeze) tables_.flags |= GH_POLICY_HOLD_FREEZE;
    if (policy_.log_allowed || !allows_all_traffic()) tables_.flags |= GH_POLICY_NETWORK;
    tables_.unnamed = unnamed();
    describe_privileges();
    tables_.digest = digest_of(tables_);
  }

  // A rule may be said by a broader one, or allowed elsewhere: what counts is how the name is judged.
  void hold(const std::vector<std::string>& paths) {
    const auto stops = [](const gh_cell& cell) {
      return cell.rule != GH_RULE_DEFAULT && cell.verdict != GH_ALLOW;
    };
    for (const std::string& path : paths) {
      const std::uint32_t outcome = path_outcome(tables_, path);
      const auto& cells = tables_.outcomes[outcome].cell;
      if (std::any_of(std::begin(cells), std::end(cells), stops))
        tables_.held.push_back({path, outcome});
    }
  }

  // Allowed by every layer that has the section. Named by one that says what came out.
  void describe_privileges() {
    std::optional<policy::PrivilegeSet> allowed;
    for (const auto& layer : policy_.layers)
      if (layer.privilege)
        allowed = allowed.value_or(policy::kAllPrivileges) & layer.privilege->allowed;
    tables_.privileges = allowed.value_or(policy::PrivilegeSet());
    for (const auto& layer : policy_.layers)
      if (layer.privilege)
        tables_.privileges_named |=
            layer.privilege->named & ~(layer.privilege->allowed ^ tables_.privileges);
  }

  // Whether nothing could be stopped or need a report. No network section at all means deny.
  [[nodiscard]] bool allows_all_traffic() const {
    const std::uint64_t start = tables_.states[tables_.endpoints];
    if ((gh_state_flags(start) & GH_STATE_FINAL) == 0) return false;
    const gh_outcome& outcome = tables_.outcomes[gh_state_outcome(start)];
    for (std::size_t c = 0; c < kColumns; ++c)
      if ((kNetColumns >> c & 1) != 0 &&
          (outcome.cell[c].verdict != GH_ALLOW || outcome.cell[c].flags != 0))
        return false;
    return true;
  }

  [[nodiscard]] std::uint32_t unnamed() const {
    std::optional<policy::Action> strictest;
    for (const auto& layer : policy_.layers)
      if (layer.exec)
        strictest = std::max(strictest.value_or(policy::Action::allow), layer.exec->unnamed);
    return static_cast<std::uint32_t>(strictest.value_or(policy::Action::deny));
  }

  const policy::Policy& policy_;
  Diagnostics& diagnostics_;
  RuleBook book_;
  std::vector<std::uint32_t> blamed_;  // when the tables may turn out too large
  OutcomePool pool_;
  std::vector<std::uint32_t> used_;  // per outcome of the pool: its number in the tables
  Tables tables_;
};

// The rule alone, as a policy.
template <typename Any>
policy::Policy alone(const Any& rule, const policy::Layer& layer) {
  policy::Policy out;
  policy::Layer& only = out.layers.emplace_back();
  only.name = layer.name;
  only.file = layer.file;
  if constexpr (std::is_same_v<Any, policy::NetRule>) {
    only.network.emplace().rules = {rule};
  } else if constexpr (std::is_same_v<Any, policy::CommandRule>) {
    only.exec.emplace().commands = {rule};
  } else if (rule.access == kUnixColumns) {
    only.unix_sockets.emplace().rules = {rule};
  } else {
    only.filesystem.emplace().rules = {rule};
  }
  return out;
}

// Finds the answers that reach beyond the rule that they answer: there they would allow what nobody asked.
class Reaches {
 public:
  Reaches(const policy::Context& context, const SymlinkResolver& resolve, Diagnostics& diagnostics,
          Answering& answering)
      : context_(context), resolve_(resolve), diagnostics_(diagnostics), answering_(answering) {}

  void look(const policy::Policy& policy) {
    for (const auto& layer : policy.layers) {
      if (layer.filesystem) look(layer.filesystem->rules, layer);
      if (layer.exec) look(layer.exec->rules, layer);
      if (layer.exec) look(layer.exec->commands, layer);
      if (layer.network) look(layer.network->rules, layer);
      if (layer.unix_sockets) look(layer.unix_sockets->rules, layer);
    }
  }

 private:
  template <typename Any>
  void look(const std::vector<Any>& rules, const policy::Layer& layer) {
    for (const Any& rule : rules)
      if (!rule.answers.empty()) look(rule, layer);
  }

  // One is found at a time: of two that reach to the same place only the first is reported there.
  template <typename Any>
  void look(const Any& rule, const policy::Layer& layer) {
    const policy::Policy policy = alone(rule, layer);
    Answering beside{{}, /*carve=*/false};
    while (const policy::Rule* found = one_beyond(policy, beside)) {
      beside.without.insert(found);
      for (const Any& answer : rule.answers) {
        if (answer.pointer != found->pointer) continue;
        answering_.without.insert(&answer);
        diagnostics_.warning(layer.file, answer.pointer,
                             "this answer is ignored: it reaches beyond what rule '" + rule.id +
                                 "' asks about, here at least",
                             "an answer can only speak of what its rule asks: narrow it");
      }
    }
  }

  // An answer that is reported somewhere, though its rule would go before it wherever that asks.
  const policy::Rule* one_beyond(const policy::Policy& policy, const Answering& beside) {
    Diagnostics said;  // what is wrong with the patterns is said when the policy itself is compiled
    Compilation compilation(policy, said, beside);
    const auto tables = compilation.run(context_, resolve_);
    if (!tables) return nullptr;
    for (const gh_outcome& outcome : tables->outcomes)
      for (const gh_cell& cell : outcome.cell) {
        const policy::Rule* const rule = compilation.source_of(cell.rule);
        if (rule != nullptr && rule->answer) return rule;
      }
    return nullptr;
  }

  const policy::Context& context_;
  const SymlinkResolver& resolve_;
  Diagnostics& diagnostics_;
  Answering& answering_;
};

}  // namespace

std::optional<Tables> compile(const policy::Policy& policy, const policy::Context& context,
                              const SymlinkResolver& resolve, Diagnostics& diagnostics) {
  Answering answering;
  Reaches(context, resolve, diagnostics, answering).look(policy);
  return Compilation(policy, diagnostics, answering).run(context, resolve);
}

}  // namespace gatehouse::tables
