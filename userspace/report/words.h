// SPDX-License-Identifier: Apache-2.0
// Numbers, times and endings as a reader has them, for both forms of the page. It must never put a text of an
// agent into a sentence: those go through escape.h.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "report/story.h"

namespace gatehouse::report {

std::string plural(std::uint64_t count, const char* one, const char* many);
std::string grouped(std::uint64_t number);  // 12 345 678 with thin spaces
std::string day_and_time(std::int64_t ns);  // 2026-11-27 02:41:59 UTC
std::string time_of_day(std::int64_t ns);   // 02:41:59
std::string how_long(std::int64_t ns);      // 850 ms, 12.3 s, 4 min 05 s, 3 h 20 min
std::string ending(int status);             // exit 0, signal 9
std::string accesses(const std::set<gh_access>& all);

// How the session ended, in a word or two, and whether that was well.
struct Ending {
  std::string text;
  bool well = true, running = false;
};
Ending ending_of(const Story& story);

// What a reviewer should look at first: sentences, the worst first. `bad`: red, not just yellow.
struct Remark {
  std::string text;
  bool bad = false;
};
std::vector<Remark> remarks(const Story& story);

// Files by their directory: what lies outside of the workspace first, temporary files last, and within each
// those with most names; names in order.
struct Directory {
  std::string path;
  bool outside = false;  // of the workspace, and not temporary
  bool temporary = false;
  std::vector<std::pair<std::string, const FileSeen*>> files;
};
std::vector<Directory> directories(const Story& story);

// By count, most first.
std::vector<std::pair<std::string, CommandSeen>> most_run(const Story& story);
// The programs that a call's processes ran last, hooks left out, in the order in which they were started; at most
// `most`, and how many more there were.
struct Ran {
  std::vector<const ProcessSeen*> shown;
  std::uint64_t more = 0;
};
Ran ran_by(const Story& story, const CallSeen& call, std::size_t most);
std::vector<std::pair<DenialKey, const DenialSeen*>> most_denied(const Story& story);
std::vector<std::pair<std::string, std::uint64_t>> most_often(
    const std::map<std::string, std::uint64_t>& counts);

}  // namespace gatehouse::report
