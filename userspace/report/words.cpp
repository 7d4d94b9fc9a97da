// SPDX-License-Identifier: Apache-2.0
// Sentences and orders behind words.h. It must never call a session finished of which no end was told.
#include "report/words.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstdio>

#include "events/time.h"
#include "events/words.h"

namespace gatehouse::report {
namespace {

bool is_below(const std::string& path, const std::string& directory) {
  return !directory.empty() && (path == directory || path.starts_with(directory + "/"));
}

bool is_temporary(const std::string& path) {
  return is_below(path, "/tmp") || is_below(path, "/var/tmp") || is_below(path, "/dev/shm");
}

bool is_outside(const Story& story, const std::string& path) {
  return !story.workspace.empty() && !is_below(path, story.workspace) && !is_temporary(path) &&
         !is_below(path, "/dev");
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3 && digits.size() > 4;) {
    at -= 3;
    digits.insert(at, "\u202f");
  }
  return digits;
}

std::string plural(std::uint64_t count, const char* one, const char* many) {
  return grouped(count) + " " + (count == 1 ? one : many);
}

std::string day_and_time(std::int64_t ns) {
  if (ns == 0) return "—";
  const std::string text = events::rfc3339(ns);
  return text.substr(0, 10) + " " + text.substr(11, 8) + " UTC";
}

std::string time_of_day(std::int64_t ns) {
  return ns == 0 ? "—" : events::rfc3339(ns).substr(11, 8);
}

std::string how_long(std::int64_t ns) {
  if (ns < 0) return "—";
  char text[48];
  const std::int64_t ms = ns / 1'000'000, seconds = ms / 1000;
  if (ms < 1000)
    std::snprintf(text, sizeof text, "%lld ms", static_cast<long long>(ms));
  else if (seconds < 60)
    std::snprintf(text, sizeof text, "%lld.%lld s", static_cast<long long>(seconds),
                  static_cast<long long>(ms % 1000 / 100));
  else if (seconds < 3600)
    std::snprintf(text, sizeof text, "%lld min %02lld s", static_cast<long long>(seconds / 60),
                  static_cast<long long>(seconds % 60));
  else
    std::snprintf(text, sizeof text, "%lld h %02lld min", static_cast<long long>(seconds / 3600),
                  static_cast<long long>(seconds % 3600 / 60));
  return text;
}

std::string ending(int status) {
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit " + std::to_string(WEXITSTATUS(status));
}

std::string accesses(const std::set<gh_access>& all) {
  std::string out;
  for (const auto one : all)
    out += (out.empty() ? "" : ", ") + std::string(events::access_word(one));
  return out;
}

Ending ending_of(const Story& story) {
  if (!story.ended) return {"no end was told: it may still run", true, true};
  if (!story.status) return {"ended", true, false};
  if (WIFSIGNALED(*story.status))
    return {"killed by signal " + std::to_string(WTERMSIG(*story.status)), false, false};
  const int code = WEXITSTATUS(*story.status);
  return {"ended with status " + std::to_string(code), code == 0, false};
}

std::vector<Remark> remarks(const Story& story) {
  std::vector<Remark> out;
  std::uint64_t lost = 0, open = 0, allowed = 0, refused = 0, outside = 0;
  for (const auto& loss : story.losses)
    lost += loss.count;
  for (const auto& ask : story.asks) {
    if (!ask.verdict)
      ++open;
    else
      ++(*ask.verdict == GH_ALLOW ? allowed : refused);
  }
  for (const auto& [path, file] : story.files)
    outside += is_outside(story, path) ? 1 : 0;
  if (lost != 0)
    out.push_back({plural(lost, "event was", "events were") +
                       " lost: this page does not show everything that happened.",
                   true});
  if (story.unread != 0)
    out.push_back({plural(story.unread, "line", "lines") +
                       " of the record could not be read: this page may miss something.",
                   true});
  if (story.denied != 0)
    out.push_back({plural(story.denied, "request was", "requests were") + " denied, by " +
                       plural(story.denials.size() + story.more_denials, "rule or default",
                              "rules or defaults") +
                       ".",
                   true});
  if (story.would != 0)
    out.push_back({plural(story.would, "request went", "requests went") +
                       " through that the policy would have stopped or asked for (audit).",
                   true});
  if (!story.asks.empty())
    out.push_back({plural(story.asks.size() + story.more_asks, "question was", "questions were") +
                       " asked: " + grouped(allowed) + " allowed, " + grouped(refused) +
                       " refused or expired, " + grouped(open) + " without an answer.",
                   false});
  if (outside != 0)
    out.push_back({plural(outside, "name was", "names were") +
                       " changed outside of the workspace and of /tmp.",
                   false});
  if (!story.started)
    out.push_back({"The session's start is not in this record: it is older.", false});
  if (story.earlier_runs != 0)
    out.push_back({plural(story.earlier_runs, "earlier session", "earlier sessions") +
                       " of the same name and number in this record " +
                       (story.earlier_runs == 1 ? "is" : "are") + " not shown.",
                   false});
  return out;
}

std::vector<Directory> directories(const Story& story) {
  std::map<std::string, Directory> all;
  for (const auto& [path, file] : story.files) {
    const auto slash = path.rfind('/');
    const std::string directory =
        slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
    auto& one = all[directory];
    one.path = directory;
    one.outside = is_outside(story, path);
    one.temporary = is_temporary(path) && !is_below(path, story.workspace);
    one.files.emplace_back(slash == std::string::npos ? path : path.substr(slash + 1), &file);
  }
  std::vector<Directory> out;
  for (auto& [path, one] : all)
    out.push_back(std::move(one));
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    if (a.outside != b.outside) return a.outside;
    if (a.temporary != b.temporary) return b.temporary;
    return a.files.size() > b.files.size();
  });
  return out;
}

std::vector<std::pair<std::string, CommandSeen>> most_run(const Story& story) {
  std::vector<std::pair<std::string, CommandSeen>> out(story.commands.begin(),
                                                       story.commands.end());
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.denied, a.second.times) > std::pair(b.second.denied, b.second.times);
  });
  return out;
}

Ran ran_by(const Story& story, const CallSeen& call, std::size_t most) {
  Ran ran;
  const std::string text = "call " + call.id;
  for (const auto& process : story.processes) {
    if (process.hook || process.argv.empty() || process.call != text) continue;
    if (ran.shown.size() < most)
      ran.shown.push_back(&process);
    else
      ++ran.more;
  }
  return ran;
}

std::vector<std::pair<DenialKey, const DenialSeen*>> most_denied(const Story& story) {
  std::vector<std::pair<DenialKey, const DenialSeen*>> out;
  for (const auto& [key, denial] : story.denials)
    out.emplace_back(key, &denial);
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.second->times > b.second->times; });
  return out;
}

std::vector<std::pair<std::string, std::uint64_t>> most_often(
    const std::map<std::string, std::uint64_t>& counts) {
  std::vector<std::pair<std::string, std::uint64_t>> out(counts.begin(), counts.end());
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return out;
}

}  // namespace gatehouse::report
