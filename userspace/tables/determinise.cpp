// SPDX-License-Identifier: Apache-2.0
// Subset construction, breadth first, touching only bytes that some pattern names. It must never
// walk all 256 bytes of a state: thousands of literal prefixes would pay for it.
#include "tables/determinise.h"

#include <algorithm>
#include <array>
#include <bit>

#include "tables/blame.h"
#include "tables/hash.h"
#include "tables/states.h"
#include "tables/subset.h"

namespace gatehouse::tables {
namespace {

class Construction {
 public:
  Construction(const Tree& tree, const SetPool& sets, Judge& judge, Dfa::Kind kind,
               const Budget& budget)
      : tree_(tree),
        sets_(sets),
        judge_(judge),
        budget_(budget),
        reducer_(tree, judge),
        states_(tree.nodes.size()),
        memos_(std::bit_ceil(std::min(kMemos, tree.nodes.size()))) {
    dfa_.kind = kind;
  }

  bool run(std::span<const std::uint32_t> root_rules) {
    Subset root;
    reducer_.enter(root, 0);
    reducer_.reduce(root);
    if (paths()) {
      // State 0 has read nothing yet; state 1 is "/", whose outcome is its own.
      // '@' begins the name of an abstract socket, and no path.
      numbered(states_.add({}));
      numbered(states_.add(root));
      dfa_.otherwise[0] = 1;
      dfa_.first_edge.push_back(0);
      Subset abstract;
      if (tree_.abstract != kNoNode) reducer_.enter(abstract, tree_.abstract);
      reducer_.reduce(abstract);
      const std::uint32_t named = numbered(states_.intern(abstract));
      asked_[named] = 1;
      dfa_.edges.push_back({'@', named});
      expand(1);
    } else {
      numbered(states_.intern(root));
    }
    for (std::uint32_t s = paths() ? 2 : 0; s < dfa_.size(); ++s) {
      if (over_budget()) return false;
      expand(s);
    }
    dfa_.first_edge.push_back(static_cast<std::uint32_t>(dfa_.edges.size()));
    fill_outcomes(root_rules);
    if (dfa_.kind == Dfa::Kind::paths) fill_slashes();
    return true;
  }

  Dfa take() { return std::move(dfa_); }
  // Whether the tables may turn out to be larger than the kernel's pools.
  [[nodiscard]] bool may_not_fit() const {
    return dfa_.size() > GH_MAX_STATES || dfa_.edges.size() > GH_MAX_TRANSITIONS / 4 * 3;
  }
  Refusal refusal() {
    refusal_.rules = blame(states_, tree_, judge_);
    return refusal_;
  }

 private:
  static constexpr std::size_t kMemos = 4096;
  struct Move {
    std::uint8_t byte;
    std::uint32_t child;
  };

  [[nodiscard]] bool paths() const { return dfa_.kind != Dfa::Kind::endpoints; }
  // There a NUL ends the program's path, so no wildcard matches it; arguments may be empty.
  [[nodiscard]] bool commands() const { return dfa_.kind == Dfa::Kind::commands; }
  // Of an abstract name, where '/' is a byte as others are.
  [[nodiscard]] bool abstract(std::uint32_t state) const {
    const auto nodes = states_.nodes(state);
    return !nodes.empty() && nodes[0] >= tree_.abstract && nodes[0] < tree_.abstract_end;
  }
  bool over_budget() {
    const auto over = [&](std::size_t used, std::size_t limit, const char* what) {
      if (used > limit) refusal_ = {dfa_.size(), limit, what, {}};
      return used > limit;
    };
    return over(dfa_.size(), budget_.states, "states") ||
           over(judge_.count(), budget_.states / 2, "combinations of rules that apply for good") ||
           over(dfa_.edges.size(), budget_.edges, "transitions") ||
           over(states_.items(), budget_.items, "numbers to tell states apart") ||
           over(work_ + reducer_.work(), budget_.work, "steps");
  }

  std::uint32_t numbered(std::uint32_t state) {
    dfa_.otherwise.resize(states_.size());
    asked_.resize(states_.size());
    return state;
  }

  // Where one byte leads: what loops, plus the children entered by it.
  std::uint32_t target(const Subset& base, std::span<const Move> moves) {
    next_.nodes = base.nodes;
    next_.lasting = base.lasting;
    next_.settled = base.settled;
    for (const Move& move : moves)
      reducer_.enter(next_, move.child);
    work_ += next_.nodes.size() + next_.lasting.size() + 1;
    reducer_.reduce(next_);
    return numbered(states_.intern(next_));
  }

  // Where bytes that no pattern names lead, and a '/' and a NUL that none names: the same for the many
  // states that share what loops.
  struct Memo {
    Subset base;
    std::uint32_t otherwise = 0, slash = 0, nul = 0;
    bool used = false;
  };
  const Memo& unnamed() {
    std::uint64_t h = base_.settled;
    for (const std::uint32_t n : base_.nodes)
      h = mix(h, n);
    for (const Mark m : base_.lasting)
      h = mix(h, m);
    Memo& memo = memos_[mix(h, 1) & (memos_.size() - 1)];
    if (!memo.used || !(memo.base == base_)) {
      memo.used = true;
      memo.base = base_;
      memo.otherwise = target(base_, {});
      memo.slash = paths() ? target(slash_, {}) : 0;
      memo.nul = commands() ? target(nul_, {}) : 0;
    }
    return memo;
  }

  void gather(std::uint32_t state);
  void sort_moves();
  void prefer_commonest(std::uint32_t state, std::size_t first);
  void expand(std::uint32_t state);
  void fill_outcomes(std::span<const std::uint32_t> root_rules);
  void fill_slashes();

  const Tree& tree_;
  const SetPool& sets_;
  Judge& judge_;
  const Budget budget_;
  Reducer reducer_;
  StateTable states_;
  Dfa dfa_;
  Refusal refusal_;
  std::size_t work_ = 0;
  std::vector<std::uint8_t> asked_;  // the state's outcome can be asked for
  std::vector<Memo> memos_;
  Subset base_, slash_, nul_, next_;  // scratch
  std::vector<Move> moves_, sorted_;
};

// What leaves `state`: base_ for any byte, slash_ for '/', nul_ for a NUL, moves_ for particular bytes.
void Construction::gather(std::uint32_t state) {
  base_.clear(), slash_.clear(), nul_.clear(), moves_.clear();
  base_.settled = slash_.settled = nul_.settled = states_.settled(state);
  const auto lasting = states_.lasting(state);
  base_.lasting.assign(lasting.begin(), lasting.end());
  slash_.lasting = nul_.lasting = base_.lasting;
  for (const std::uint32_t n : states_.nodes(state)) {
    const TreeNode& node = tree_.nodes[n];
    if (node.loop != TreeNode::Loop::none) base_.nodes.push_back(n);
    if (node.loop == TreeNode::Loop::everything) {
      slash_.nodes.push_back(n);
      if (node.below != kNoNode) reducer_.enter(slash_, node.below);
    }
    for (std::uint32_t e = 0; e < node.edges; ++e) {
      const TreeEdge& edge = tree_.edges[node.first_edge + e];
      if (is_byte(edge.label)) {
        moves_.push_back({static_cast<std::uint8_t>(edge.label), edge.child});
      } else if (edge.label == kAnyByte) {
        reducer_.enter(base_, edge.child);
      } else {
        for (const std::uint8_t b : sets_.bytes(edge.label))
          moves_.push_back({b, edge.child});
      }
    }
    work_ += node.edges + 1;
  }
  if (abstract(state)) slash_ = base_;
  work_ += moves_.size();
  sort_moves();
}

void Construction::sort_moves() {
  if (moves_.size() < 64) {
    std::stable_sort(moves_.begin(), moves_.end(),
                     [](const Move& a, const Move& b) { return a.byte < b.byte; });
    return;
  }
  std::array<std::size_t, 257> first{};
  for (const Move& move : moves_)
    ++first[move.byte + 1u];
  for (std::size_t b = 0; b < 256; ++b)
    first[b + 1] += first[b];
  sorted_.resize(moves_.size());
  for (const Move& move : moves_)
    sorted_[first[move.byte]++] = move;
  moves_.swap(sorted_);
}

void Construction::expand(std::uint32_t state) {
  dfa_.first_edge.push_back(static_cast<std::uint32_t>(dfa_.edges.size()));
  const bool root = paths() && state == 1;  // its outcome is its own: nothing leads back to it
  if (states_.nodes(state).empty() && states_.lasting(state).empty() && !root) {
    dfa_.otherwise[state] = state;
    asked_[state] = 1;
    return;
  }
  gather(state);
  const Memo& memo = unnamed();
  const std::uint32_t otherwise = memo.otherwise;
  asked_[otherwise] = 1;
  dfa_.otherwise[state] = otherwise;
  const std::size_t first = dfa_.edges.size();
  const bool named = abstract(state);
  bool slash_done = !paths(), nul_done = !commands();
  const auto emit = [&](std::uint8_t byte, std::uint32_t next) {
    if (!paths() || byte != '/' || named) asked_[next] = 1;
    if (next != otherwise) dfa_.edges.push_back({byte, next});
  };
  std::span<const Move> before;  // bytes of one set follow each other and lead to the same place
  std::uint32_t before_next = 0;
  for (std::size_t i = 0; i < moves_.size();) {
    std::size_t end = i;
    while (end < moves_.size() && moves_[end].byte == moves_[i].byte)
      ++end;
    const std::span<const Move> moves(moves_.data() + i, end - i);
    const std::uint8_t byte = moves_[i].byte;
    if (!slash_done && byte >= '/') {
      emit('/', byte == '/' ? target(slash_, moves) : memo.slash);
      slash_done = true;
    }
    if (!nul_done) {
      emit(0, byte == 0 ? target(nul_, moves) : memo.nul);
      nul_done = true;
      if (byte == 0) {
        i = end;
        continue;
      }
    }
    if (!paths() || byte != '/') {
      const bool same = std::equal(moves.begin(), moves.end(), before.begin(), before.end(),
                                   [](const Move& a, const Move& b) { return a.child == b.child; });
      if (!same || before.empty()) before_next = target(base_, moves);
      before = moves;
      emit(byte, before_next);
    }
    i = end;
  }
  if (!nul_done) emit(0, memo.nul);
  if (!slash_done) emit('/', memo.slash);
  std::sort(dfa_.edges.begin() + static_cast<std::ptrdiff_t>(first), dfa_.edges.end(),
            [](const DfaEdge& a, const DfaEdge& b) { return a.byte < b.byte; });
  if (dfa_.edges.size() - first > 128) prefer_commonest(state, first);
}

// A negated set names most bytes: then its target becomes the default, and the edges stay few.
void Construction::prefer_commonest(std::uint32_t state, std::size_t first) {
  std::vector<std::uint32_t> next;
  for (std::size_t i = first; i < dfa_.edges.size(); ++i)
    next.push_back(dfa_.edges[i].next);
  std::sort(next.begin(), next.end());
  std::uint32_t best = 0;
  std::size_t most = 0;
  for (std::size_t i = 0, end = 0; i < next.size(); i = end) {
    while (end < next.size() && next[end] == next[i])
      ++end;
    if (end - i > most) best = next[i], most = end - i;
  }
  const std::uint32_t before = dfa_.otherwise[state];
  const auto start = dfa_.edges.begin() + static_cast<std::ptrdiff_t>(first);
  const auto rest = 256 - static_cast<std::size_t>(dfa_.edges.end() - start);
  if (most <= rest) return;
  const std::vector<DfaEdge> old(start, dfa_.edges.end());
  dfa_.edges.resize(first);
  auto edge = old.begin();
  for (unsigned b = 0; b < 256; ++b) {
    const bool named = edge != old.end() && edge->byte == b;
    const std::uint32_t to = named ? (edge++)->next : before;
    if (to != best) dfa_.edges.push_back({static_cast<std::uint8_t>(b), to});
  }
  dfa_.otherwise[state] = best;
}

// Outcomes of states where a path or key may end; the others take what helps them merge.
void Construction::fill_outcomes(std::span<const std::uint32_t> root_rules) {
  dfa_.outcome.assign(dfa_.size(), 0);
  std::vector<std::uint32_t> rules;
  for (std::uint32_t s = dfa_.size(); s-- > 0;) {
    const auto nodes = states_.nodes(s);
    const bool ends = commands() || (paths() ? asked_[s] != 0 : nodes.empty());
    if (ends) {
      reducer_.applicable(nodes, states_.lasting(s), rules);
      dfa_.outcome[s] = judge_.outcome(states_.settled(s), rules);
    } else if (!paths()) {
      dfa_.outcome[s] = dfa_.outcome[dfa_.otherwise[s]];  // keys of full length end later
    }
  }
  if (!paths()) return;
  for (std::uint32_t s = 2; s < dfa_.size(); ++s)
    if (asked_[s] == 0 && !commands()) dfa_.outcome[s] = dfa_.outcome[dfa_.otherwise[s]];
  rules.assign(root_rules.begin(), root_rules.end());
  dfa_.outcome[1] = dfa_.outcome[0] = judge_.outcome(Judge::kNothing, rules);
}

// Where only a '/' leads to a state, no further '/' can follow: such a state takes that edge from the
// state that most bytes lead to, so that the two are equal if nothing particular starts here.
void Construction::fill_slashes() {
  const auto slash = [&](std::uint32_t s) -> std::uint32_t {
    for (const DfaEdge& edge : dfa_.edges_of(s))
      if (edge.byte == '/') return edge.next;
    return dfa_.otherwise[s];
  };
  std::vector<DfaEdge> edges;
  std::vector<std::uint32_t> first_edge;
  edges.reserve(dfa_.edges.size());
  first_edge.reserve(dfa_.first_edge.size());
  for (std::uint32_t s = 0; s < dfa_.size(); ++s) {
    first_edge.push_back(static_cast<std::uint32_t>(edges.size()));
    const bool free = s == 1 || (s > 1 && asked_[s] == 0);
    const std::uint32_t otherwise = dfa_.otherwise[s];
    const std::uint32_t next = free ? slash(otherwise) : slash(s);
    bool done = next == otherwise;
    for (const DfaEdge& edge : dfa_.edges_of(s)) {
      if (!done && edge.byte >= '/') edges.push_back({'/', next}), done = true;
      if (edge.byte != '/') edges.push_back(edge);
    }
    if (!done) edges.push_back({'/', next});
  }
  first_edge.push_back(static_cast<std::uint32_t>(edges.size()));
  dfa_.edges = std::move(edges);
  dfa_.first_edge = std::move(first_edge);
}

}  // namespace

std::optional<Dfa> determinise(const Tree& tree, const SetPool& sets, Judge& judge, Dfa::Kind kind,
                               std::span<const std::uint32_t> root_rules, const Budget& budget,
                               Refusal& refusal) {
  Construction construction(tree, sets, judge, kind, budget);
  const bool done = construction.run(root_rules);
  if (!done || construction.may_not_fit()) refusal = construction.refusal();
  if (!done) return std::nullopt;
  return construction.take();
}

}  // namespace gatehouse::tables
