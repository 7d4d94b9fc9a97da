// SPDX-License-Identifier: Apache-2.0
// The same as Markdown, for pull requests and tickets. It must never put a text of an event outside of a code
// span: there nothing of it is markup.
#include "events/words.h"
#include "report/escape.h"
#include "report/page.h"
#include "report/tree.h"
#include "report/words.h"

namespace gatehouse::report {
namespace {

std::string left(std::uint64_t count, const char* one, const char* many) {
  return count == 0 ? "" : "\n*… and " + plural(count, one, many) + " not listed here.*\n";
}

std::string denials(const Story& story, const Limits& limits) {
  if (story.denials.empty()) return "";
  std::string out = "\n## Denials\n\n";
  std::size_t shown = 0;
  const auto all = most_denied(story);
  for (const auto& [key, denial] : all) {
    if (shown++ == limits.denials) break;
    out += "* **" + std::string(key.audit ? "would be denied" : "denied") + "** " +
           plural(denial->times, "time", "times") + " by " +
           (key.rule.empty() ? "the default" : markdown(key.rule)) +
           (key.why.empty() ? "" : ": " + markdown(key.why)) + "\n";
    std::size_t examples = 0;
    for (const auto& [object, times] : most_often(denial->objects)) {
      if (examples++ == limits.examples) break;
      out += "  * " + markdown(object) + (times > 1 ? " ×" + grouped(times) : "") + "\n";
    }
    if (denial->objects.size() > limits.examples || denial->other_objects != 0)
      out += "  * … and " +
             grouped(denial->objects.size() - std::min(denial->objects.size(), limits.examples) +
                     denial->other_objects) +
             " more\n";
  }
  return out + left(all.size() - std::min(all.size(), limits.denials) + story.more_denials, "rule",
                    "rules");
}

std::string asks(const Story& story, const Limits& limits) {
  if (story.asks.empty()) return "";
  std::string out =
      "\n## Questions\n\n| when | question | rule | answer | by | took "
      "|\n|---|---|---|---|---|---|\n";
  std::size_t shown = 0;
  for (const auto& ask : story.asks) {
    if (shown++ == limits.asks) break;
    out += "| " + time_of_day(ask.asked) + " | " + std::string(events::access_word(ask.access)) +
           " " + (ask.argv.size() > 1 ? markdown_words(ask.argv) : markdown(ask.object)) + " | " +
           markdown(ask.rule.id) + " | " +
           (!ask.verdict               ? "no answer"
            : *ask.verdict == GH_ALLOW ? "**allowed**"
                                       : "**denied**") +
           (ask.message.empty() ? "" : ": " + markdown(ask.message)) + " | " + markdown(ask.by) +
           " | " + (ask.closed == 0 ? "—" : how_long(ask.closed - ask.asked)) + " |\n";
  }
  return out + left(story.asks.size() - std::min(story.asks.size(), limits.asks) + story.more_asks,
                    "question", "questions");
}

std::string files(const Story& story, const Limits& limits) {
  if (story.files.empty())
    return "\n## Changes\n\nNo change of a file is in this record: allowed requests are told where "
           "a rule or the policy says `log`, and in audit mode.\n";
  std::string out = "\n## Changes\n\n";
  std::size_t shown = 0;
  for (const auto& directory : directories(story)) {
    if (shown >= limits.files) break;
    out += "* " + markdown(directory.path) +
           (directory.outside ? " **outside of the workspace**" : "") + "\n";
    for (const auto& [name, file] : directory.files) {
      if (shown++ >= limits.files) break;
      out += "  * " + markdown(name) + " " + accesses(file->accesses) + "\n";
    }
  }
  return out +
         left(story.files.size() - std::min(story.files.size(), limits.files) + story.more_files,
              "name", "names");
}

std::string hosts(const Story& story, const Limits& limits) {
  if (story.hosts.empty() && story.sockets.empty()) return "";
  std::string out =
      "\n## Network\n\n| endpoint | how | through | asked | denied |\n|---|---|--:|--:|--:|\n";
  std::size_t shown = 0;
  for (const auto* all : {&story.hosts, &story.sockets})
    for (const auto& [endpoint, host] : *all) {
      if (shown == limits.hosts) break;
      ++shown;
      out += "| " + markdown(endpoint) + " | " + accesses(host.accesses) + " | " +
             grouped(host.allowed) + " | " + grouped(host.asked) + " | " + grouped(host.denied) +
             " |\n";
    }
  return out + left(story.hosts.size() + story.sockets.size() - shown + story.more_hosts,
                    "endpoint", "endpoints");
}

std::string processes(const Story& story, const Limits& limits) {
  if (story.processes.empty()) return "";
  const auto tree = tree_of(story, limits.processes, limits.depth);
  std::string out = "\n## Processes\n\n";
  for (const auto& branch : tree.branches) {
    const auto& process = *branch.process;
    out +=
        std::string(branch.depth * 2, ' ') + "* " +
        (process.argv.empty() ? markdown(process.program.empty() ? "?" : process.program)
                              : markdown_words(process.argv)) +
        (branch.times > 1 ? " ×" + grouped(branch.times) : "") +
        (process.status && *process.status != 0 ? " **" + ending(*process.status) + "**" : "") +
        (process.denials != 0 ? " **" + plural(process.denials, "denial", "denials") + "**" : "") +
        (process.hook           ? " hook"
         : process.call.empty() ? ""
                                : " " + markdown(process.call)) +
        "\n";
  }
  return out + left(tree.left_out, "process", "processes");
}

std::string calls(const Story& story, const Limits& limits) {
  if (story.calls.empty()) return "";
  std::string out = "\n## Tool calls\n\nAs the agent itself tells of them.\n\n";
  std::size_t shown = 0;
  for (const auto& call : story.calls) {
    if (shown == limits.calls) break;
    ++shown;
    const auto ran = ran_by(story, call, limits.of_a_call);
    out += "* " + (call.tool.empty() ? "" : markdown(call.tool) + " ") + markdown(call.id) + " " +
           (call.ended == 0 || call.lapsed ? "no end told" : how_long(call.ended - call.began)) +
           (call.denials != 0 ? " **" + plural(call.denials, "denial", "denials") + "**" : "") +
           "\n";
    for (const auto* process : ran.shown)
      out += "  * " + markdown_words(process->argv) + "\n";
    out += left(ran.more, "command", "commands");
  }
  return out + left(story.calls.size() - shown + story.more_calls, "call", "calls");
}

std::string losses(const Story& story) {
  std::string out;
  for (const auto& loss : story.losses)
    out += "* **" + grouped(loss.count) + "** " + markdown(loss.ring) + ": " + markdown(loss.why) +
           "\n";
  return out.empty() ? "" : "\n## Losses\n\n" + out;
}

}  // namespace

std::string markdown_page(const Story& story, const Reader& reader, const Limits& limits) {
  std::string out = "# Gatehouse session report\n\n| | |\n|---|---|\n";
  const auto row = [&](const char* name, const std::string& value) {
    out += "| " + std::string(name) + " | " + value + " |\n";
  };
  row("session", markdown(story.name) + " number " + std::to_string(story.serial));
  if (!story.argv.empty()) row("command", markdown_words(story.argv));
  row("ended", ending_of(story).text);
  row("when", day_and_time(story.first) + " for " + how_long(story.last - story.first));
  if (story.owner)
    row("who", (reader.owner.empty() ? "" : markdown(reader.owner) + " ") + "uid " +
                   std::to_string(*story.owner));
  if (!story.workspace.empty()) row("workspace", markdown(story.workspace));
  row("policy", markdown(story.policy) + (story.mode.empty() ? "" : " " + story.mode));
  row("counts", plural(story.events, "event", "events") + ", " +
                    plural(story.processes.size() + story.more_processes, "process", "processes") +
                    ", " + plural(story.files.size() + story.more_files, "name", "names") +
                    " changed, " + plural(story.hosts.size(), "endpoint", "endpoints") + ", " +
                    grouped(story.denied) + " denied");
  out += "\n";
  const auto all = remarks(story);
  for (const auto& remark : all)
    out += "* " + std::string(remark.bad ? "**" : "") + remark.text +
           std::string(remark.bad ? "**" : "") + "\n";
  if (all.empty()) out += "* Nothing was denied, asked or lost.\n";
  out += denials(story, limits) + asks(story, limits) + files(story, limits) +
         hosts(story, limits) + calls(story, limits) + processes(story, limits) + losses(story);
  return out + "\n---\nMade " + reader.made + " from " + markdown(reader.source) + ".\n";
}

}  // namespace gatehouse::report
