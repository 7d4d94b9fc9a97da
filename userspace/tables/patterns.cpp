// SPDX-License-Identifier: Apache-2.0
// Globs and endpoints of all rules → labels; links of this host add theirs. It must never stop at the
// first error: the author fixes all at once.
#include "tables/patterns.h"

#include <set>
#include <utility>

#include "tables/commands.h"
#include "tables/endpoints.h"
#include "tables/glob.h"
#include "tables/symlinks.h"

namespace gatehouse::tables {
namespace {

constexpr std::size_t kMaxLabels = std::size_t{2} << 20;

// A path as a glob that matches it alone.
std::string literally(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (std::string_view("*?[]{},\\~$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

class Gatherer {
 public:
  Gatherer(const RuleBook& book, const policy::Context& context, const SymlinkResolver& resolve,
           Diagnostics& diagnostics, Patterns& out)
      : book_(book), context_(context), links_(resolve), diagnostics_(diagnostics), out_(out) {
    for (const auto& rule : book.rules)
      commands_ = commands_ || rule.command != nullptr;
  }

  bool add(const FlatRule& rule, std::uint32_t number) {
    const Mark mark = make_mark(number, false), except = make_mark(number, true);
    bool fits = add_objects(rule, mark);
    if (rule.source->implied) add_own_places(rule, mark);
    const bool at_root = std::exchange(root_, false);
    fits = fits && add_exceptions(rule, except);
    // An answer does not speak where its rule does not, and that rule leaves to it what it allows. Each says
    // by itself what is wrong with it.
    quiet_ = true;
    if (rule.asked < book_.rules.size())
      fits = fits && add_exceptions(book_.rules[rule.asked], except);
    for (const std::uint32_t answer : rule.spares)
      fits = fits && add_objects(book_.rules[answer], except);
    quiet_ = false;
    const bool root_excepted = std::exchange(root_, false);
    if (at_root && !root_excepted) out_.root_rules.push_back(number);
    return fits || too_much(rule);
  }

 private:
  // False: there are too many by now.
  [[nodiscard]] bool few() const {
    return out_.paths.label_count() + out_.commands.label_count() <= kMaxLabels;
  }

  bool add_objects(const FlatRule& rule, Mark mark) {
    if (rule.net != nullptr)
      return add_endpoints(*rule.net, mark, out_.sets, out_.endpoints, kMaxLabels);
    if (rule.command != nullptr) {
      add_command(rule, rule.command->command, rule.source->pointer + "/command", mark);
      return few();
    }
    const auto& names = rule.path->abstract;
    if (!add_texts(rule, rule.path->paths, "/paths/", mark)) return false;
    for (std::size_t i = 0; i < names.size() && few(); ++i)
      add_names(rule, names[i], rule.source->pointer + "/abstract/" + std::to_string(i), mark);
    return few();
  }

  bool add_exceptions(const FlatRule& rule, Mark mark) {
    if (rule.net != nullptr) return true;  // these have none
    if (rule.path != nullptr) return add_texts(rule, rule.path->except, "/except/", mark);
    for (std::size_t i = 0; i < rule.command->except.size() && few(); ++i)
      add_command(rule, rule.command->except[i], rule.source->pointer + "/not/" + std::to_string(i),
                  mark);
    return few();
  }

  bool add_texts(const FlatRule& rule, const std::vector<std::string>& texts, const char* member,
                 Mark mark) {
    for (std::size_t i = 0; i < texts.size() && few(); ++i)
      add_text(rule, texts[i], rule.source->pointer + member + std::to_string(i), mark);
    return few();
  }

  // A program that such a rule may let through passes by its path alone, if nothing stricter names that: only its
  // arguments tell whether the rule applies.
  void add_command(const FlatRule& rule, const policy::CommandRule::Command& words,
                   const std::string& pointer, Mark mark) {
    const ParsedCommand parsed = parse_command(
        words, context_, rule.source->answer ? no_links_ : links_, out_.sets, rule.command->exact);
    if (parsed.error) {
      (void)usable(rule, words[parsed.word], pointer + "/" + std::to_string(parsed.word),
                   parsed.error);
      return;
    }
    for (const std::string& note : parsed.notes)
      if (!quiet_) diagnostics_.note(rule.layer->file, pointer + "/0", note);
    for (const auto& labels : parsed.patterns)
      out_.commands.add(labels, mark);
    if (is_except(mark) || rule.verdict > GH_ASK) return;
    for (const Glob& program : parsed.programs)
      out_.paths.add(tree_labels(program), mark);
  }

  // Of a daemon that was told to listen or to keep its state elsewhere.
  void add_own_places(const FlatRule& rule, Mark mark) {
    if (rule.access == kUnixColumns) {
      if (!context_.socket.empty()) add_text(rule, literally(context_.socket), "", mark);
    } else if ((rule.access & policy::access_bit(GH_READ)) != 0 && !context_.state.empty()) {
      for (const char* below : {"", "/**"})
        add_text(rule, literally(context_.state) + below, "", mark);
    }
  }

  bool too_much(const FlatRule& rule) {
    const char* const what = rule.net != nullptr           ? "addresses and ports"
                             : rule.command != nullptr     ? "commands"
                             : rule.path->abstract.empty() ? "paths"
                                                           : "names of sockets";
    diagnostics_.error(rule.layer->file, rule.source->pointer,
                       std::string("the policy's ") + what + " come to more than " +
                           std::to_string(kMaxLabels) + " bytes of patterns at this rule",
                       "use fewer, or broader ones");
    return false;
  }

  // False: it is not a usable glob.
  bool usable(const FlatRule& rule, const std::string& text, const std::string& pointer,
              const std::optional<GlobError>& error) {
    if (error && !quiet_)
      diagnostics_.error(rule.layer->file, pointer,
                         "'" + text + "' is not a usable glob: " + error->message, error->hint);
    return !error;
  }

  void add_names(const FlatRule& rule, const std::string& text, const std::string& pointer,
                 Mark mark) {
    const auto parsed = parse_names(text, context_, out_.sets);
    if (!usable(rule, text, pointer, parsed.error)) return;
    for (const auto& labels : parsed.alternatives)
      out_.paths.add(labels, mark);
  }

  void add_text(const FlatRule& rule, const std::string& text, const std::string& pointer,
                Mark mark) {
    if (policy::is_abstract(text)) return add_names(rule, text.substr(1), pointer, mark);
    const auto parsed = parse_glob(text, context_, out_.sets);
    if (!usable(rule, text, pointer, parsed.error)) return;
    if (is_each_ones_own(text) && !quiet_)
      diagnostics_.warning(
          rule.layer->file, pointer,
          "'" + text + "' matches nothing: /proc/self is a link, and rules see where it leads",
          "name /proc/*/… , which is every process that can be reached");
    for (const Glob& glob : parsed.alternatives) {
      add_glob(rule, glob, mark);
      // Who answered saw what the kernel had resolved: a link that is put there later leads nowhere.
      const auto moved = rule.source->answer ? std::nullopt : links_.follow(glob);
      if (!moved) continue;
      add_glob(rule, moved->glob, mark);
      if (noted_.insert(moved->prefix).second)
        diagnostics_.note(rule.layer->file, pointer,
                          "'" + moved->prefix +
                              "' is a symlink on this host: rules on it also cover '" +
                              moved->target + "'");
    }
  }

  void add_glob(const FlatRule& rule, const Glob& glob, Mark mark) {
    if (glob.components.empty()) {
      root_ = true;
      return;
    }
    out_.paths.add(tree_labels(glob), mark);
    if (commands_ && (rule.access & kExecColumns) != 0)
      out_.commands.add(with_any_arguments(glob), mark);
    if (rule.verdict == GH_ALLOW || is_except(mark)) return;
    const auto count = literal_components(glob);
    if (count == glob.components.size()) out_.literal.push_back(literal_text(glob, count));
  }

  const RuleBook& book_;
  const policy::Context& context_;
  Symlinks links_;
  const SymlinkResolver nowhere_;
  Symlinks no_links_{nowhere_};
  Diagnostics& diagnostics_;
  Patterns& out_;
  std::set<std::string> noted_;  // links already told of
  bool commands_ = false;        // some rule looks at arguments
  bool quiet_ = false;           // what is wrong with these has been said, or will be
  bool root_ = false;            // what was added matches "/" itself
};

}  // namespace

Patterns gather_patterns(const RuleBook& book, const policy::Context& context,
                         const SymlinkResolver& resolve, Diagnostics& diagnostics) {
  Patterns out;
  Gatherer gatherer(book, context, resolve, diagnostics, out);
  for (std::uint32_t i = 0; i < book.rules.size(); ++i)
    if (!gatherer.add(book.rules[i], i)) break;
  return out;
}

}  // namespace gatehouse::tables
