// SPDX-License-Identifier: Apache-2.0
// The page as HTML, from its head down. It must never put a text of an event anywhere but through html(), and
// never into a tag's name, a style or an address.
#include <sys/wait.h>

#include "events/words.h"
#include "report/escape.h"
#include "report/html_parts.h"

namespace gatehouse::report {
namespace {

std::string title_of(const Story& story) {
  if (!story.argv.empty()) return html_words(story.argv, 160);
  if (!story.name.empty()) return html(story.name, 160);
  return "session " + std::to_string(story.serial);
}

std::string fact(const char* name, const std::string& value) {
  return value.empty() ? "" : "<dt>" + std::string(name) + "</dt><dd>" + value + "</dd>\n";
}

std::string labels_of(const Story& story) {
  std::string out;
  for (const auto& [key, value] : story.labels)
    out += (out.empty() ? "" : " ") + tag(html(key + "=" + value, 80), "");
  return out;
}

std::string head(const Story& story, const Reader& reader) {
  const auto end = ending_of(story);
  std::string out = "<p class=\"eyebrow\">Gatehouse session report</p>\n<h1>" + title_of(story) +
                    "</h1>\n<dl class=\"facts\">\n";
  out += fact("session", html(story.name, 120) + " <span class=\"soft\">number " +
                             std::to_string(story.serial) + "</span> " + labels_of(story));
  out += fact("ended", tag(end.text, end.running ? "warn"
                                     : end.well  ? "good"
                                                 : "bad") +
                           (story.why_ended.empty() || story.why_ended == "exited"
                                ? ""
                                : " <span class=\"soft\">" + html(story.why_ended) + "</span>"));
  out += fact("when", day_and_time(story.first) + " <span class=\"soft\">for " +
                          how_long(story.last - story.first) + "</span>");
  if (story.owner)
    out += fact("who", (reader.owner.empty() ? "" : html(reader.owner, 80) + " ") +
                           "<span class=\"soft\">uid " + std::to_string(*story.owner) + "</span>");
  if (!story.workspace.empty())
    out += fact("workspace", "<code>" + html(story.workspace) + "</code>");
  out += fact("policy",
              html(story.policy, 120) + " " +
                  (story.mode.empty() ? "" : tag(story.mode, story.mode == "audit" ? "warn" : "")) +
                  (story.policies > 1 ? " <span class=\"soft\">replaced " +
                                            plural(story.policies - 1, "time", "times") + "</span>"
                                      : ""));
  return out + "</dl>\n";
}

std::string number(std::uint64_t count, const char* what, const char* tone) {
  return "<div class=\"number" + (count == 0 || *tone == '\0' ? "" : " " + std::string(tone)) +
         "\"><b>" + grouped(count) + "</b><span>" + what + "</span></div>\n";
}

std::string numbers(const Story& story) {
  std::uint64_t lost = 0;
  for (const auto& loss : story.losses)
    lost += loss.count;
  return "<div class=\"numbers\">\n" + number(story.denied, "denied", "bad") +
         (story.would != 0 ? number(story.would, "would be stopped", "warn") : "") +
         number(story.asks.size() + story.more_asks, "asked", "warn") +
         number(story.files.size() + story.more_files, "names changed", "") +
         number(story.hosts.size(), "endpoints", "") +
         number(story.processes.size() + story.more_processes, "processes", "") +
         number(story.events, "events", "") + (lost != 0 ? number(lost, "lost", "bad") : "") +
         "</div>\n";
}

std::string remarks_list(const Story& story) {
  std::string out = "<ul class=\"remarks\">\n";
  const auto all = remarks(story);
  for (const auto& remark : all)
    out += "<li" + std::string(remark.bad ? " class=\"bad\"" : "") + ">" + remark.text + "</li>\n";
  if (all.empty()) out += "<li class=\"good\">Nothing was denied, asked or lost.</li>\n";
  return out + "</ul>\n";
}

}  // namespace

std::string tag(const std::string& escaped, const char* tone) {
  return "<span class=\"tag" + (*tone == '\0' ? "" : " " + std::string(tone)) + "\">" + escaped +
         "</span>";
}

std::string section(const char* title, const std::string& small, const std::string& body) {
  return "<section>\n<h2>" + std::string(title) + " <small>" + small + "</small></h2>\n" + body +
         "</section>\n";
}

std::string more(std::uint64_t count, const char* one, const char* many) {
  return count == 0
             ? ""
             : "<p class=\"more\">… and " + plural(count, one, many) + " not listed here.</p>\n";
}

std::string html_page(const Story& story, const Reader& reader, const Limits& limits) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>" +
      title_of(story) + " · Gatehouse</title>\n<style>" + style() +
      "</style>\n</head>\n<body>\n<main>\n";
  out += head(story, reader);
  out += numbers(story);
  out += remarks_list(story);
  out += section("Timeline", "events told, denials in red, questions below; heights by their root",
                 "<div class=\"card\">" + timeline(story) + "</div>\n");
  out += denials_section(story, limits);
  out += asks_section(story, limits);
  out += files_section(story, limits);
  out += hosts_section(story, limits);
  out += calls_section(story, limits);
  out += processes_section(story, limits);
  out += commands_section(story, limits);
  out += losses_section(story);
  out +=
      "<footer>Made " + html(reader.made) + " from " + html(reader.source, 200) +
      ". What an agent wrote is shown with control and direction characters spelled out "
      "(<code>\\x1b</code>, <code>\\u202e</code>); a backslash of its own is doubled.</footer>\n";
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace gatehouse::report
