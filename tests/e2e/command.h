// SPDX-License-Identifier: Apache-2.0
// Processes that a test starts: with a cgroup, user, folder or input of their own, and their output kept.
// None of them may ever outlive its test: what has not ended when its object goes is killed.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::e2e {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

struct Settings {
  std::string cgroup;     // absolute; entered before exec
  std::string directory;  // "": ours
  std::string
      input;  // standard input, from a pipe; /dev/null when `terminal` is not set and it is ""
  std::string terminal;  // path of a terminal: stdin, stdout, stderr and controlling
  std::map<std::string, std::string> environment;  // added to ours
  std::optional<uid_t> uid;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  int umask = -1;
  bool own_group = false;  // a process group of its own
};

struct Output {
  int status =
      -1;  // as a shell has it: 128 + n for signal n; -1: did not end in time, and was killed
  std::string out, err;
  [[nodiscard]] Json json() const;  // of `out`; discarded when it is none
};

class Running {
 public:
  Running(const Words& argv, const Settings& settings = {});
  Running(Running&& other) noexcept;
  Running(const Running&) = delete;
  ~Running();

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string out() const;
  [[nodiscard]] std::string err() const;
  void signal(int number) const;
  // Waits for its end, kills it when it takes longer.
  Output end(double seconds = 60);
  [[nodiscard]] bool ended();  // without waiting

 private:
  pid_t pid_ = -1;
  std::string stem_;  // of the files that its output goes to
  std::optional<int> status_;
};

Output run(const Words& argv, const Settings& settings = {}, double seconds = 60);
// `sh -c`
Output shell(const std::string& script, const Settings& settings = {}, double seconds = 60);

// Looks again and again until it is so. False: it was not within the time.
bool eventually(const std::function<bool()>& so, double seconds = 20);

// Ends the program, with errno, unless it is so: a ground that is not as laid proves nothing.
void require(bool so, const std::string& what);

// Waits until a daemon says that it serves. False: it has ended, or the time has.
bool serves(Running& daemon, double seconds);

std::string read_file(const std::string& path);  // "": there is none
void write_file(const std::string& path, const std::string& text);
bool exists(const std::string& path);
// State letter of /proc/PID/stat; '-': there is no such process.
char state_of(pid_t pid);
// The lines of a text, each parsed; lines that are no JSON are discarded values.
std::vector<Json> json_lines(const std::string& text);

// A folder on the guest's tmpfs, removed with all that is in it.
class Folder {
 public:
  explicit Folder(const std::string& name);
  Folder(const Folder&) = delete;
  ~Folder();
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string at(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// A cgroup of the test's own, removed with those below it; whoever is inside is killed.
class OwnCgroup {
 public:
  explicit OwnCgroup(const std::string& name);
  OwnCgroup(const OwnCgroup&) = delete;
  ~OwnCgroup();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace gatehouse::e2e
