// SPDX-License-Identifier: Apache-2.0
// The kernel's walk, step for step. It must never take a short cut that the kernel does not take,
// nor fail to take one: the flags are part of what is tested.
#include "tables/evaluate.h"

#include "shared/steps.h"

namespace gatehouse::tables {
namespace {

std::uint32_t step(const Tables& tables, std::uint32_t state, unsigned char byte) {
  const std::uint64_t word = tables.states[state];
  return gh_next(state, word, tables.transitions[gh_state_base(word) + byte]);
}

// The state that a path leads to.
std::uint32_t walk(const Tables& tables, std::uint32_t state, std::string_view path) {
  for (const char c : path) {
    const std::uint32_t flags = gh_state_flags(tables.states[state]);
    if ((flags & GH_STATE_FINAL) != 0) break;
    if ((flags & GH_STATE_SKIP) != 0 && c != '/') continue;
    state = step(tables, state, static_cast<unsigned char>(c));
  }
  return state;
}

Decision answer(const Tables& tables, std::uint32_t outcome, gh_access access) {
  const gh_cell& cell =
      tables.outcomes[outcome].cell[GH_ACCESS_COLUMN(static_cast<unsigned>(access))];
  return {static_cast<gh_verdict>(cell.verdict), cell.rule, (cell.flags & GH_CELL_LOG) != 0};
}

}  // namespace

std::uint32_t path_outcome(const Tables& tables, std::string_view path) {
  return gh_state_outcome(tables.states[walk(tables, tables.paths, path)]);
}

Decision evaluate_command(const Tables& tables, std::string_view path,
                          const std::vector<std::string>& argv) {
  const Decision opened = evaluate_path(tables, path, GH_EXEC);
  if (tables.commands == GH_NO_STATE) return opened;
  std::uint32_t state = step(tables, walk(tables, tables.commands, path), 0);
  for (std::size_t i = 1; i < argv.size(); ++i) {
    state = step(tables, state, '/');
    for (const char c : argv[i])
      state = step(tables, state, gh_argv_byte(static_cast<unsigned char>(c)));
  }
  const Decision whole = answer(tables, gh_state_outcome(tables.states[state]), GH_EXEC);
  return whole.verdict >= opened.verdict ? whole : opened;
}

Decision evaluate_path(const Tables& tables, std::string_view path, gh_access access) {
  return answer(tables, path_outcome(tables, path), access);
}

Decision evaluate_endpoint(const Tables& tables, std::string_view key, gh_access access) {
  std::uint32_t state = tables.endpoints;
  for (const char c : key) {
    if ((gh_state_flags(tables.states[state]) & GH_STATE_FINAL) != 0) break;
    state = step(tables, state, static_cast<unsigned char>(c));
  }
  return answer(tables, gh_state_outcome(tables.states[state]), access);
}

Decision evaluate_privilege(const Tables& tables, gh_privilege privilege) {
  return {tables.privileges[privilege] ? GH_ALLOW : GH_DENY, GH_RULE_DEFAULT, false};
}

}  // namespace gatehouse::tables
