// SPDX-License-Identifier: Apache-2.0
// The text of the learned policy, and its proof. It must never put text of an agent into a comment other than
// through visible(): a line break there would end the comment.
#include "learning/learn.h"

#include "base/quote.h"
#include "events/time.h"
#include "events/words.h"
#include "learning/kept.h"
#include "learning/rules.h"
#include "policy/parse.h"
#include "policy/words.h"
#include "tables/compile.h"
#include "tables/run_tests.h"

namespace gatehouse::learning {
namespace {

constexpr std::size_t kMostShown = 20;

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string cut(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80)
    --most;
  return text.substr(0, most) + "…";
}

class Text {
 public:
  void line(const std::string& text) { out_ += std::string(depth_ * 2, ' ') + text + "\n"; }
  void comment(const std::string& text) { line("// " + cut(visible(text), 400)); }
  void open(const std::string& text) {
    line(text);
    ++depth_;
  }
  void close(const std::string& text) {
    --depth_;
    line(text);
  }
  // Rules of the base, then those that were learned.
  void rules(const std::vector<Json>& kept, const std::vector<Ruled>& learned,
             const std::string& base, const char* end = "]") {
    const std::size_t all = kept.size() + learned.size();
    if (all == 0) return;
    std::size_t done = 0;
    open("\"rules\": [");
    for (const auto& rule : learned) {
      comment(rule.comment);
      line(dumped(rule.body) + (++done < all ? "," : ""));
    }
    if (!kept.empty()) comment("As " + base + " has them:");
    for (const auto& rule : kept)
      line(dumped(rule) + (++done < all ? "," : ""));
    close(end);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::size_t depth_ = 0;
};

std::string word(policy::Action action) { return policy::name_of(action); }

Json file_defaults(const Kept& kept) {
  const auto at = [&](gh_access access) { return kept.file_defaults[access]; };
  Json out = {{"read", word(at(GH_READ))}, {"write", word(at(GH_WRITE))}};
  for (const auto access : {GH_CREATE, GH_DELETE, GH_METADATA})
    if (at(access) != at(GH_WRITE))
      out[std::string(events::access_word(access))] = word(at(access));
  out["exec"] = word(at(GH_EXEC));
  return out;
}

Json net_defaults(const Kept& kept) {
  Json out = Json::object();
  for (const auto access : {GH_CONNECT, GH_SEND, GH_BIND, GH_LISTEN, GH_ACCEPT})
    out[std::string(events::access_word(access))] =
        word(kept.net_defaults[GH_ACCESS_COLUMN(static_cast<unsigned>(access))]);
  return out;
}

// Those that were learned and those of the base, each once.
Json privileges_of(const Kept& kept, const Rules& rules) {
  auto all = kept.privileges;
  for (const auto& name : rules.privileges)
    all |= policy::privileges_of(name);
  Json out = Json::array();
  for (const auto one : policy::privilege_words())
    if ((all & policy::privileges_of(one)).any()) out.push_back(one);
  return out;
}

std::string listed(std::uint32_t accesses, bool wanted) {
  std::string all;
  for (int access = GH_READ; access <= GH_PRIVILEGE; access++) {
    const auto known = events::access_of(static_cast<unsigned>(access));
    if (known && ((accesses >> access & 1) != 0) == wanted)
      all += (all.empty() ? "" : ", ") + std::string(events::access_word(*known));
  }
  return all;
}

// A base that was learned itself may have rules of the same names.
void make_unique(const Kept& kept, Rules& rules) {
  std::set<std::string> taken;
  for (const auto* all : {&kept.filesystem, &kept.exec, &kept.network, &kept.unix_sockets})
    for (const auto& rule : *all)
      if (rule.contains("id")) taken.insert(rule["id"].get<std::string>());
  for (auto* all : {&rules.filesystem, &rules.exec, &rules.network, &rules.unix_sockets})
    for (auto& rule : *all) {
      std::string id = rule.body["id"].get<std::string>();
      while (!taken.insert(id).second)
        id += "-again";
      rule.body["id"] = id;
    }
}

void head(Text& text, const Observed& observed, const Wish& wish, const Learned& learned,
          std::uint32_t recorded) {
  text.comment("Learned by `gatehouse policy learn` from " + wish.of + ", base " + wish.base + ".");
  text.comment(plural(observed.events, "event", "events") + " from " +
               events::rfc3339(observed.first) + " to " + events::rfc3339(observed.last) + ", " +
               plural(learned.requests, "different request", "different requests") +
               " that went through, " + std::to_string(observed.refused) + " refused.");
  if (observed.lost != 0)
    text.comment(plural(observed.lost, "event was", "events were") +
                 " lost: what they told of is not learned.");
  if (observed.dropped != 0)
    text.comment(plural(observed.dropped, "request", "requests") +
                 " did not fit into memory and is not learned.");
  if (const auto known = listed(recorded, true); !known.empty())
    text.comment("Recorded whole, so only what was used is allowed: " + known + ".");
  if (const auto unknown = listed(recorded, false); !unknown.empty())
    text.comment(
        "Not recorded where the run's policy allowed it, so that this stays as in the base: " +
        unknown + ".");
  for (const auto& note : learned.notes)
    text.comment("Note: " + note);
  if (learned.withheld.empty()) return;
  text.comment("Used, and not allowed here:");
  for (std::size_t i = 0; i < learned.withheld.size() && i < kMostShown; i++) {
    const auto& one = learned.withheld[i];
    text.comment("  " + std::string(events::access_word(one.request.access)) + " " +
                 one.request.object + " (" + std::to_string(one.times) + "; " + one.why + ")");
  }
  if (learned.withheld.size() > kMostShown)
    text.comment("  … and " + std::to_string(learned.withheld.size() - kMostShown) + " more");
}

}  // namespace

std::optional<Learned> learn(const Observed& observed, const policy::Policy& base, const Wish& wish,
                             Diagnostics& diagnostics) {
  std::vector<tables::Tables> base_tables;
  for (const auto& context : observed.contexts()) {
    Diagnostics found;
    auto tables = tables::compile(base, context, tables::resolve_on_host, found);
    if (!tables) {
      for (const auto& one : found.all())
        diagnostics.add(one);
      return std::nullopt;
    }
    base_tables.push_back(std::move(*tables));
  }
  const auto recorded = recorded_accesses(observed, base, base_tables);
  auto kept = kept_of(base, recorded);
  auto sorted = sort_out(observed, base_tables, recorded);
  auto rules = rules_of(sorted, observed, kept.apart);
  Learned out;
  out.requests = observed.used().size();
  out.rules = rules.size();
  out.withheld = std::move(sorted.withheld);
  out.notes = std::move(kept.notes);
  out.notes.insert(out.notes.end(), rules.notes.begin(), rules.notes.end());
  // Where files mapped as code are refused by the filesystem's default, what was learned has to stand there too.
  if (kept.file_defaults[GH_EXEC] != policy::Action::allow)
    for (const auto& rule : rules.exec) {
      const bool command = rule.body.contains("command");
      Json body = {
          {"id", "files-" + rule.body["id"].get<std::string>()},
          {"action", rule.body["action"]},
          {"access", Json::array({"exec"})},
          {"paths", command ? Json::array({rule.body["command"][0]}) : rule.body["paths"]}};
      rules.filesystem.push_back({std::move(body), "as in exec; " + rule.comment});
    }

  if (observed.unjudged != 0)
    out.notes.push_back(
        plural(observed.unjudged, "request rests", "requests rest") +
        " on more than a name (links, moved folders, files without a path): no rule "
        "can be learned from such");
  make_unique(kept, rules);
  Text text;
  head(text, observed, wish, out, recorded);
  text.open("{");
  text.line("\"version\": 1,");
  text.line("\"name\": " + dumped(wish.name) + ",");
  text.line(
      "\"description\": " +
      dumped(cut("Learned from " + visible(wish.of) + ", base " + visible(wish.base) + ".", 1000)) +
      ",");
  text.open("\"filesystem\": {");
  text.line("\"default\": " + dumped(file_defaults(kept)) +
            (kept.filesystem.empty() && rules.filesystem.empty() ? "" : ","));
  text.rules(kept.filesystem, rules.filesystem, wish.base);
  text.close("},");
  text.open("\"exec\": {");
  text.line("\"default\": " + dumped(word(kept.exec_default)) + ", \"unnamed\": " +
            dumped(word(kept.unnamed)) + (kept.exec.empty() && rules.exec.empty() ? "" : ","));
  text.rules(kept.exec, rules.exec, wish.base);
  text.close("},");
  text.open("\"network\": {");
  text.line("\"default\": " + dumped(net_defaults(kept)) + ",");
  text.rules(kept.network, rules.network, wish.base, "],");
  text.open("\"unix_sockets\": {");
  text.line("\"default\": " + dumped(word(kept.unix_default)) +
            (kept.unix_sockets.empty() && rules.unix_sockets.empty() ? "" : ","));
  text.rules(kept.unix_sockets, rules.unix_sockets, wish.base);
  text.close("}");
  text.close("},");
  for (const auto& comment : rules.privilege_comments)
    text.comment(comment);
  const Json privileges = privileges_of(kept, rules);
  text.line("\"privilege\": { \"default\": \"deny\"" +
            (privileges.empty() ? "" : ", \"allow\": " + dumped(privileges)) + " },");
  text.line("\"approvals\": " + dumped(approvals_json(base.approvals)) +
            (rules.tests.empty() ? "" : ","));
  if (!rules.tests.empty()) {
    text.open("\"tests\": [");
    for (std::size_t i = 0; i < rules.tests.size(); i++)
      text.line(dumped(rules.tests[i]) + (i + 1 < rules.tests.size() ? "," : ""));
    text.close("]");
  }
  text.close("}");
  out.text = text.take();
  return out;
}

bool proven(const Learned& learned, const Observed& observed, const std::string& file,
            Diagnostics& diagnostics) {
  const auto no_other = [](const std::string&, const std::string&) -> Result<policy::Source> {
    return Error{0, "a learned policy extends nothing"};
  };
  const auto policy = policy::parse({file, learned.text}, no_other, diagnostics);
  if (!policy) return false;
  std::set<Request> withheld;
  for (const auto& one : learned.withheld)
    withheld.insert(one.request);
  std::vector<tables::Tables> all;
  for (const auto& context : observed.contexts()) {
    auto tables = tables::compile(*policy, context, tables::resolve_on_host, diagnostics);
    if (!tables) return false;
    tables::run_tests(*policy, *tables, context, diagnostics);
    all.push_back(std::move(*tables));
  }
  for (const auto& [key, used] : observed.used()) {
    if (withheld.contains(key.request)) continue;
    if (judge(all[key.context], key.request).verdict >= GH_DENY)
      diagnostics.error(
          file, "",
          "it denies what was used: " + std::string(events::access_word(key.request.access)) + " " +
              quote(key.request.object, 200),
          "please report this; add a rule for it by hand");
  }
  return !diagnostics.failed();
}

}  // namespace gatehouse::learning
