// SPDX-License-Identifier: Apache-2.0
// fork, exec and files behind command.h. It must never read a pipe that a grandchild could hold open for
// ever: output goes to files.
#include "command.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace gatehouse::e2e {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void give_up(const char* what) {
  ::dprintf(2, "e2e: cannot start: %s\n", what);
  ::_exit(99);
}

void enter(const std::string& cgroup) {
  const int fd = ::open((cgroup + "/cgroup.procs").c_str(), O_WRONLY);
  if (fd < 0 || ::write(fd, "0", 1) != 1) give_up("cgroup");
  ::close(fd);
}

void open_streams(const Settings& settings, const std::string& stem, int input) {
  if (!settings.terminal.empty()) {
    ::setsid();
    const int fd = ::open(settings.terminal.c_str(), O_RDWR);
    if (fd < 0 || ::ioctl(fd, TIOCSCTTY, 0) != 0) give_up("terminal");
    for (int to = 0; to < 3; to++)
      ::dup2(fd, to);
    if (fd > 2) ::close(fd);
    return;
  }
  ::dup2(input, 0);
  for (int to = 1; to < 3; to++) {
    const int fd = ::open((stem + (to == 1 ? ".out" : ".err")).c_str(), O_WRONLY | O_APPEND);
    if (fd < 0) give_up("output");
    ::dup2(fd, to);
    ::close(fd);
  }
}

void become(const Words& argv, const Settings& settings) {
  if (settings.own_group) ::setpgid(0, 0);
  if (!settings.cgroup.empty()) enter(settings.cgroup);
  if (settings.umask >= 0) ::umask(static_cast<mode_t>(settings.umask));
  for (const auto& [name, value] : settings.environment)
    ::setenv(name.c_str(), value.c_str(), 1);
  if (!settings.directory.empty() && ::chdir(settings.directory.c_str()) != 0) give_up("folder");
  if (settings.uid) {
    if (::setgroups(settings.groups.size(), settings.groups.data()) != 0 ||
        ::setresgid(settings.gid, settings.gid, settings.gid) != 0 ||
        ::setresuid(*settings.uid, *settings.uid, *settings.uid) != 0)
      give_up("user");
  }
  std::vector<char*> words;
  for (const auto& word : argv)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  give_up(words[0]);
}

int shell_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Json Output::json() const { return Json::parse(out, nullptr, false); }

Running::Running(const Words& argv, const Settings& settings) {
  static int number = 0;
  stem_ = "/tmp/e2e-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
  write_file(stem_ + ".out", "");
  write_file(stem_ + ".err", "");
  ::chmod((stem_ + ".out").c_str(), 0666);
  ::chmod((stem_ + ".err").c_str(), 0666);
  int ends[2] = {-1, -1};
  if (!settings.input.empty()) {
    if (::pipe2(ends, O_CLOEXEC) != 0) ADD_FAILURE() << "no pipe";
    if (::write(ends[1], settings.input.data(), settings.input.size()) < 0)
      ADD_FAILURE() << "no room in a pipe";
    ::close(ends[1]);
  } else {
    ends[0] = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
  pid_ = ::fork();
  if (pid_ == 0) {
    open_streams(settings, stem_, ends[0]);
    become(argv, settings);
  }
  ::close(ends[0]);
}

Running::Running(Running&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), stem_(std::move(other.stem_)), status_(other.status_) {
  other.stem_.clear();
}

Running::~Running() {
  if (stem_.empty()) return;
  if (pid_ > 0 && !ended()) {
    signal(SIGCONT);
    signal(SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
  }
  ::unlink((stem_ + ".out").c_str());
  ::unlink((stem_ + ".err").c_str());
}

std::string Running::out() const { return read_file(stem_ + ".out"); }
std::string Running::err() const { return read_file(stem_ + ".err"); }

void Running::signal(int number) const {
  if (pid_ > 0 && !status_) ::kill(pid_, number);
}

bool Running::ended() {
  if (status_) return true;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
  status_ = shell_status(status);
  return true;
}

Output Running::end(double seconds) {
  Output output;
  if (eventually([this] { return ended(); }, seconds)) {
    output.status = *status_;
  } else {
    signal(SIGCONT);
    signal(SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    status_ = 137;
  }
  output.out = out();
  output.err = err();
  return output;
}

Output run(const Words& argv, const Settings& settings, double seconds) {
  return Running(argv, settings).end(seconds);
}

Output shell(const std::string& script, const Settings& settings, double seconds) {
  return run({"sh", "-c", script}, settings, seconds);
}

bool eventually(const std::function<bool()>& so, double seconds) {
  const auto limit = Clock::now() + std::chrono::duration<double>(seconds);
  while (!so()) {
    if (Clock::now() > limit) return so();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

void require(bool so, const std::string& what) {
  if (so) return;
  std::perror(
      (std::string(program_invocation_short_name) + " cannot lay the ground: " + what).c_str());
  std::exit(2);
}

bool serves(Running& daemon, double seconds) {
  const bool said = eventually(
      [&] { return daemon.err().find("serving ") != std::string::npos || daemon.ended(); },
      seconds);
  return said && !daemon.ended();
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
}

bool exists(const std::string& path) {
  struct stat info = {};
  return ::lstat(path.c_str(), &info) == 0;
}

char state_of(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  const auto end = stat.rfind(')');
  return end == std::string::npos || end + 2 >= stat.size() ? '-' : stat[end + 2];
}

std::vector<Json> json_lines(const std::string& text) {
  std::vector<Json> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    all.push_back(Json::parse(line, nullptr, false));
  return all;
}

Folder::Folder(const std::string& name) : path_("/tmp/gh-e2e-" + name) {
  std::filesystem::remove_all(path_);
  std::filesystem::create_directories(path_);
}

Folder::~Folder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

OwnCgroup::OwnCgroup(const std::string& name) : path_("/sys/fs/cgroup/gh-e2e-" + name) {
  if (::mkdir(path_.c_str(), 0755) != 0) ADD_FAILURE() << "cannot make " << path_;
}

OwnCgroup::~OwnCgroup() {
  write_file(path_ + "/cgroup.kill", "1");
  std::vector<std::string> all = {path_};
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path_, error))
    if (entry.is_directory()) all.push_back(entry.path());
  std::sort(all.rbegin(), all.rend());  // what lies below first
  eventually([&] {
    for (const auto& one : all)
      ::rmdir(one.c_str());
    return !exists(path_);
  });
  EXPECT_FALSE(exists(path_)) << "a cgroup is left behind";
}

}  // namespace gatehouse::e2e
