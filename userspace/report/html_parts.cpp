// SPDX-License-Identifier: Apache-2.0
// Denials, questions, files, hosts: what was done and what was not let. It must never show a list as whole that
// is not.
#include "report/html_parts.h"

#include "events/words.h"
#include "report/escape.h"

namespace gatehouse::report {
namespace {

const char* kTableEnd = "</tbody></table></div>\n";

std::string table(const std::string& heads) {
  return "<div class=\"card\"><table><thead><tr>" + heads + "</tr></thead><tbody>\n";
}

std::string rule_text(const DenialKey& key) {
  if (key.rule.empty()) return "<b>default</b>";
  return "<b>" + html(key.rule, 120) + "</b>" +
         (key.layer.empty() ? "" : " <span class=\"soft\">of " + html(key.layer, 120) + "</span>");
}

std::string verdict_tag(const AskSeen& ask) {
  if (!ask.verdict) return tag(ask.gone ? "gone" : "no answer", "warn");
  const bool allowed = *ask.verdict == GH_ALLOW;
  return tag(std::string(ask.expired ? "expired: " : "") + (allowed ? "allowed" : "denied"),
             allowed ? "good" : "bad");
}

std::string host_rows(const std::map<std::string, HostSeen>& hosts, std::size_t most) {
  std::string out;
  std::size_t shown = 0;
  for (const auto& [endpoint, host] : hosts) {
    if (shown++ == most) break;
    out += "<tr><td><code>" + html(endpoint) + "</code></td><td class=\"w\">" +
           accesses(host.accesses) + "</td><td class=\"n\">" + grouped(host.allowed) +
           "</td><td class=\"n\">" + grouped(host.asked) + "</td><td class=\"n\">" +
           (host.denied != 0 ? tag(grouped(host.denied), "bad") : "0") + "</td></tr>\n";
  }
  return out;
}

}  // namespace

std::string denials_section(const Story& story, const Limits& limits) {
  if (story.denials.empty()) return "";
  std::string out;
  std::size_t shown = 0;
  const auto all = most_denied(story);
  for (const auto& [key, denial] : all) {
    if (shown == limits.denials) break;
    ++shown;
    out += "<div class=\"card\"><div>" +
           tag(key.audit      ? "would be denied"
               : denial->kill ? "killed"
                              : "denied",
               key.audit ? "warn" : "bad") +
           " " + rule_text(key) + " <span class=\"soft\">" +
           plural(denial->times, "time", "times") + "</span></div>\n";
    if (!key.why.empty()) out += "<p class=\"quote\">" + html(key.why) + "</p>\n";
    out += "<ul class=\"objects\">";
    std::size_t examples = 0;
    const auto objects = most_often(denial->objects);
    for (const auto& [object, times] : objects) {
      if (examples++ == limits.examples) break;
      out += "<li><code>" + html(object) + "</code>" +
             (times > 1 ? " <span class=\"soft\">×" + grouped(times) + "</span>" : "") + "</li>\n";
    }
    out += "</ul>" +
           more(objects.size() - std::min(objects.size(), limits.examples) + denial->other_objects,
                "object", "objects") +
           "</div>\n";
  }
  return section("Denials", "by the rule that decided",
                 out + more(all.size() - shown + story.more_denials, "rule", "rules"));
}

std::string asks_section(const Story& story, const Limits& limits) {
  if (story.asks.empty()) return "";
  std::string out =
      table("<th>question</th><th>rule</th><th>answer</th><th>by</th><th class=\"n\">took</th>");
  std::size_t shown = 0;
  for (const auto& ask : story.asks) {
    if (shown == limits.asks) break;
    ++shown;
    const std::string object = ask.argv.size() > 1 ? html_words(ask.argv) : html(ask.object);
    out += "<tr><td><span class=\"soft\">" + time_of_day(ask.asked) + "</span> " +
           std::string(events::access_word(ask.access)) + " <code>" + object + "</code>" +
           (ask.message.empty() ? "" : "<p class=\"quote\">“" + html(ask.message) + "”</p>") +
           "</td><td>" + html(ask.rule.id, 120) +
           (ask.rule.reason.empty()
                ? ""
                : "<br><span class=\"soft\">" + html(ask.rule.reason, 200) + "</span>") +
           "</td><td class=\"w\">" + verdict_tag(ask) +
           (ask.scope.empty() || ask.scope == "once" ? "" : "<br>" + tag(ask.scope, "")) +
           "</td><td>" + html(ask.by, 120) + "</td><td class=\"n\">" +
           (ask.closed == 0 ? "—" : how_long(ask.closed - ask.asked)) + "</td></tr>\n";
  }
  return section(
      "Questions", "who was asked what, and what they said",
      out + kTableEnd + more(story.asks.size() - shown + story.more_asks, "question", "questions"));
}

std::string files_section(const Story& story, const Limits& limits) {
  if (story.files.empty())
    return section(
        "Changes", "",
        "<p class=\"soft\">No change of a file is in this record. Allowed requests are "
        "told where a rule or the policy says <code>log</code>, and in audit mode.</p>\n");
  std::string out;
  std::size_t shown = 0, number = 0;
  for (const auto& directory : directories(story)) {
    if (shown >= limits.files) break;
    std::string inner;
    std::size_t here = 0;
    for (const auto& [name, file] : directory.files) {
      if (shown == limits.files) break;
      ++shown;
      ++here;
      inner += "<li><code>" + html(name) + "</code> <span class=\"soft\">" +
               accesses(file->accesses) + "</span></li>\n";
    }
    out +=
        "<details" +
        std::string(number++ < 24 && directory.files.size() <= 48 && !directory.temporary ? " open"
                                                                                          : "") +
        "><summary><code>" + html(directory.path) + "</code> <span class=\"soft\">" +
        plural(directory.files.size(), "name", "names") + "</span>" +
        (directory.outside     ? " " + tag("outside of the workspace", "warn")
         : directory.temporary ? " " + tag("temporary", "")
                               : "") +
        "</summary><ul class=\"names\">" + inner + "</ul>" +
        more(directory.files.size() - here, "name", "names") + "</details>\n";
  }
  return section("Changes", "names that were written, made, removed or had their metadata changed",
                 "<div class=\"card\">" + out +
                     more(story.files.size() - shown + story.more_files, "name", "names") +
                     "</div>\n");
}

std::string hosts_section(const Story& story, const Limits& limits) {
  if (story.hosts.empty() && story.sockets.empty()) return "";
  const auto shown =
      std::min(story.hosts.size(), limits.hosts) + std::min(story.sockets.size(), limits.hosts);
  return section("Network", "endpoints and unix sockets, as far as they were told",
                 table("<th>endpoint</th><th>how</th><th class=\"n\">through</th><th "
                       "class=\"n\">asked</th><th class=\"n\">denied</th>") +
                     host_rows(story.hosts, limits.hosts) + host_rows(story.sockets, limits.hosts) +
                     kTableEnd +
                     more(story.hosts.size() + story.sockets.size() - shown + story.more_hosts,
                          "endpoint", "endpoints"));
}

std::string losses_section(const Story& story) {
  if (story.losses.empty()) return "";
  std::string out = table("<th>where</th><th>why</th><th class=\"n\">events</th>");
  for (const auto& loss : story.losses)
    out += "<tr><td>" + html(loss.ring, 40) + "</td><td>" + html(loss.why) +
           "</td><td class=\"n\">" + tag(grouped(loss.count), "bad") + "</td></tr>\n";
  return section("Losses", "told by Gatehouse itself; enforcement went on", out + kTableEnd);
}

}  // namespace gatehouse::report
