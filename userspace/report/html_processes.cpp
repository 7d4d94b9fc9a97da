// SPDX-License-Identifier: Apache-2.0
// Who ran what: the tree, and the commands by how often they ran. It must never nest deeper than the tree was
// bounded to.
#include <sys/wait.h>

#include "report/escape.h"
#include "report/html_parts.h"
#include "report/tree.h"

namespace gatehouse::report {
namespace {

std::string process_text(const Branch& branch) {
  const auto& process = *branch.process;
  const std::string words = process.argv.empty()
                                ? html(process.program.empty() ? "?" : process.program, 300)
                                : html_words(process.argv, 300);
  std::string out = "<code>" + words + "</code>";
  if (branch.times > 1)
    out += tag("×" + grouped(branch.times), "");
  else
    out +=
        "<span class=\"pid\">" + std::to_string(process.pid) +
        (process.ended != 0 && process.began != 0 ? " · " + how_long(process.ended - process.began)
                                                  : "") +
        "</span>";
  if (process.status && *process.status != 0)
    out += tag(ending(*process.status), WIFSIGNALED(*process.status) ? "bad" : "warn");
  if (process.denials != 0) out += tag(plural(process.denials, "denial", "denials"), "bad");
  if (process.hook)
    out += tag("hook", "");
  else if (!process.call.empty())
    out += tag(html(process.call, 80), "");
  return out;
}

}  // namespace

std::string processes_section(const Story& story, const Limits& limits) {
  if (story.processes.empty()) return "";
  const auto tree = tree_of(story, limits.processes, limits.depth);
  std::string out = "<ul class=\"tree\">\n";
  std::size_t depth = 0;
  for (std::size_t i = 0; i < tree.branches.size(); i++) {
    const auto& branch = tree.branches[i];
    for (; depth > branch.depth; depth--)
      out += "</li></ul>\n";
    if (i != 0 && tree.branches[i - 1].depth >= branch.depth) out += "</li>\n";
    if (branch.depth > depth) {
      out += "<ul>\n";
      depth = branch.depth;
    }
    out += "<li>" + process_text(branch);
  }
  for (; depth > 0; depth--)
    out += "</li></ul>\n";
  out += tree.branches.empty() ? "</ul>\n" : "</li></ul>\n";
  return section(
      "Processes", "what each ran, its pid and time, and how it ended if not with 0",
      "<div class=\"card\">" + out + more(tree.left_out, "process", "processes") + "</div>\n");
}

std::string calls_section(const Story& story, const Limits& limits) {
  if (story.calls.empty()) return "";
  std::string out =
      "<div class=\"card\"><table><thead><tr><th>call</th><th>began</th><th class=\"n\">took</th>"
      "<th>ran</th><th class=\"n\">denied</th></tr></thead><tbody>\n";
  std::size_t shown = 0;
  for (const auto& call : story.calls) {
    if (shown == limits.calls) break;
    ++shown;
    const auto ran = ran_by(story, call, limits.of_a_call);
    out += "<tr><td>" + html(call.tool) + " <code>" + html(call.id) + "</code></td><td>" +
           time_of_day(call.began) + "</td><td class=\"n\">" +
           (call.ended == 0 || call.lapsed ? tag("no end told", "warn")
                                           : how_long(call.ended - call.began)) +
           "</td><td>";
    for (const auto* process : ran.shown)
      out += "<div><code>" + html_words(process->argv, 120) + "</code></div>";
    out += more(ran.more, "command", "commands") + "</td><td class=\"n\">" +
           (call.denials != 0 ? tag(grouped(call.denials), "bad") : "0") + "</td></tr>\n";
  }
  return section("Tool calls", "as the agent itself tells of them; what it started during each",
                 out + "</tbody></table></div>\n" +
                     more(story.calls.size() - shown + story.more_calls, "call", "calls"));
}

std::string commands_section(const Story& story, const Limits& limits) {
  if (story.commands.empty()) return "";
  std::string out =
      "<div class=\"card\"><table><thead><tr><th>command</th><th class=\"n\">ran</th><th "
      "class=\"n\">denied</th></tr></thead><tbody>\n";
  std::size_t shown = 0;
  for (const auto& [words, command] : most_run(story)) {
    if (shown == limits.commands) break;
    ++shown;
    out += "<tr><td><code>" + html(words, 300) + "</code></td><td class=\"n\">" +
           grouped(command.times) + "</td><td class=\"n\">" +
           (command.denied != 0 ? tag(grouped(command.denied), "bad") : "0") + "</td></tr>\n";
  }
  return section(
      "Commands", "by how often they ran",
      out + "</tbody></table></div>\n" +
          more(story.commands.size() - shown + story.more_commands, "command", "commands"));
}

}  // namespace gatehouse::report
