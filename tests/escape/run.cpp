// SPDX-License-Identifier: Apache-2.0
// Starts the program under the shipped policy or bare, watches its tasks, and compares the world before
// and after. It must never end a process that does not carry the run's own mark.
#include "run.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <set>
#include <sstream>

#include "laid.h"
#include "world.h"

namespace gatehouse::escape {
namespace {

constexpr double kLimit = 900;  // seconds

std::vector<pid_t> marked(const std::string& mark) {
  std::vector<pid_t> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const auto pid = static_cast<pid_t>(std::strtol(entry.path().filename().c_str(), nullptr, 10));
    if (pid > 0 &&
        e2e::read_file(entry.path().string() + "/environ").find(mark) != std::string::npos)
      all.push_back(pid);
  }
  return all;
}

// The client that waits for the command is ours, not the agent's.
bool is_client(pid_t pid) {
  std::error_code error;
  const auto program =
      std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", error);
  return error || program == GH_TEST_BINARY;
}

// On its way out a task has left its cgroup for the root's, and runs no program any more.
bool is_exiting(pid_t pid) {
  constexpr unsigned long kExiting = 4;  // PF_EXITING
  const auto stat = e2e::read_file("/proc/" + std::to_string(pid) + "/stat");
  std::istringstream words(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
  std::string word;
  for (int i = 0; i < 6; i++)  // state, ppid, pgrp, session, tty, tpgid
    words >> word;
  unsigned long flags = 0;
  return !(words >> flags) || (flags & kExiting) != 0;
}

void watch(const std::string& mark, Run& run, std::set<pid_t>& told) {
  for (const pid_t pid : marked(mark)) {
    const auto cgroup = e2e::read_file("/proc/" + std::to_string(pid) + "/cgroup");
    if (cgroup.empty() || cgroup.find(kGateCgroup) != std::string::npos || is_client(pid) ||
        is_exiting(pid))
      continue;
    if (told.insert(pid).second)
      run.strays.push_back(e2e::read_file("/proc/" + std::to_string(pid) + "/comm") + cgroup);
  }
}

std::set<std::string> lines_of(const std::string& path, std::size_t field) {
  std::set<std::string> all;
  std::istringstream lines(e2e::read_file(path));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    for (std::size_t i = 0; i <= field; i++)
      words >> word;
    all.insert(word);
  }
  return all;
}

std::set<std::string> mounts() { return lines_of("/proc/self/mountinfo", 4); }

void read_lines(const std::string& out, Run& run) {
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word, name;
    words >> word >> name;
    if (line == "DONE") {
      run.complete = true;
    } else {
      run.said[name] = line;
      run.by[word].push_back(line);
    }
  }
}

// Contained, and not by a refusal: a person should look whether it was for the right reason.
bool is_odd(const std::string& line) {
  if (!line.starts_with("CONTAINED")) return false;
  for (const char* refusal : {" EACCES", " EPERM", " EXDEV", " SIGKILL"})
    if (line.ends_with(refusal)) return false;
  return true;
}

void show(const std::string& title, const Run& run) {
  std::cout << "\n" << title << ":";
  for (const char* word : {"CONTAINED", "ESCAPED", "SKIP", "HUNG", "BROKEN"})
    std::cout << "  " << word << " " << (run.by.count(word) ? run.by.at(word).size() : 0);
  std::cout << "\n";
  const bool is_bare = title.find("bare") != std::string::npos;
  for (const auto& [name, line] : run.said)
    if (line.starts_with(is_bare ? "CONTAINED" : "ESCAPED") || line.starts_with("HUNG") ||
        line.starts_with("BROKEN") || (!is_bare && is_odd(line)))
      std::cout << "  " << line << "\n";
  if (is_bare)
    for (const auto& line : run.by.count("SKIP") ? run.by.at("SKIP") : std::vector<std::string>())
      if (!line.ends_with("needs root")) std::cout << "  " << line << "\n";
  std::cout << std::flush;
}

Run make(const Actor& actor, bool in_session) {
  const std::string title = actor.name + (in_session ? " confined" : " bare");
  const std::string mark = "ESCAPE_MARK=" + actor.name + (in_session ? "-in-" : "-out-") +
                           std::to_string(::getpid()) + "-";
  Run run;
  const auto before = mounts();
  {
    Laid laid(actor);
    add_facts(laid);
    laid.write_facts();
    e2e::Words words;
    if (in_session)
      words = {GH_TEST_BINARY,
               "--socket",
               kSocket,
               "run",
               "-p",
               GH_TEST_SOURCE_DIR "/policies/coding-agent.json",
               "--workspace",
               laid.at("/workspace"),
               "--on-ask",
               "deny",
               "--name",
               "escape-" + actor.name,
               "--"};
    words.insert(words.end(),
                 {GH_TEST_PROGRAMS "/escape", "--ground", laid.directory(), "--leave-one"});
    e2e::Settings settings;
    settings.uid = actor.uid;
    settings.gid = actor.gid;
    settings.groups = actor.groups;
    settings.own_group = true;
    settings.directory = laid.at("/workspace");
    settings.environment = {{"ESCAPE_MARK", mark.substr(std::strlen("ESCAPE_MARK="))},
                            {"HOME", laid.at("/home")}};
    if (const char* only = ::getenv("GH_ESCAPE_ONLY"); only != nullptr)
      words.insert(words.end(), {"--only", only});
    laid.offer(true);
    e2e::Running running(words, settings);
    laid.offer(false);
    std::set<pid_t> told;
    e2e::eventually(
        [&] {
          if (in_session) watch(mark, run, told);
          return running.ended();
        },
        kLimit);
    const auto ended = running.end(1);
    run.status = ended.status;
    run.errors = ended.err;
    read_lines(ended.out, run);
    if (in_session) {
      run.touched = laid.touched();
      e2e::eventually([&] { return marked(mark).empty(); }, 10);
      for (const pid_t pid : marked(mark))
        run.left.push_back("process " + std::to_string(pid));
    }
    for (const pid_t pid : marked(mark))
      ::kill(pid, SIGKILL);
  }
  for (const auto& mount : mounts())
    if (!before.contains(mount)) run.left.push_back("mount " + mount);
  show(title, run);
  return run;
}

}  // namespace

const Run& confined(const Actor& actor) {
  static std::map<std::string, Run> runs;
  if (!runs.contains(actor.name)) runs[actor.name] = make(actor, true);
  return runs[actor.name];
}

const Run& bare(const Actor& actor) {
  static std::map<std::string, Run> runs;
  confined(root_actor());
  confined(user_actor());
  if (!runs.contains(actor.name)) runs[actor.name] = make(actor, false);
  return runs[actor.name];
}

}  // namespace gatehouse::escape
