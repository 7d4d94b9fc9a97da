// SPDX-License-Identifier: Apache-2.0
// The operations and directories that most tests need. It must never hide an errno: what the system call
// said is what the operation returns.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/gate.h"

namespace gatehouse::testing {

Directory::Directory(const std::string& below) {
  std::string path = below + "/gh-test-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) std::abort();
  path_ = std::filesystem::canonical(path);
  ::chmod(path_.c_str(), 0755);
}

Directory::~Directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Directory::write(const std::string& name, const std::string& text) const {
  std::filesystem::create_directories(std::filesystem::path(*this / name).parent_path());
  std::ofstream(*this / name) << text;
}

std::string Directory::read(const std::string& name) const {
  std::ostringstream text;
  text << std::ifstream(*this / name).rdbuf();
  return text.str();
}

bool Directory::has(const std::string& name) const {
  struct stat info = {};
  return ::lstat((*this / name).c_str(), &info) == 0;
}

Operation opens(const std::string& path, int flags, int mode) {
  return [=] {
    const int fd = ::open(path.c_str(), flags, mode);
    if (fd < 0) return errno;
    ::close(fd);
    return 0;
  };
}

Operation reads(const std::string& path) { return opens(path, O_RDONLY); }

Operation writes(const std::string& path) {
  return [=] {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0) return errno;
    const int code = ::write(fd, "x", 1) == 1 ? 0 : errno;
    ::close(fd);
    return code;
  };
}

Operation executes(const std::vector<std::string>& argv) {
  return [=] {
    std::vector<char*> words;
    for (const auto& word : argv)
      words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    int report[2];
    if (::pipe2(report, O_CLOEXEC) != 0) return errno;
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::execv(words[0], words.data());
      const int code = errno;
      if (::write(report[1], &code, sizeof(code)) < 0) ::_exit(1);
      ::_exit(127);
    }
    ::close(report[1]);
    int code = 0, status = 0;
    const bool failed = ::read(report[0], &code, sizeof(code)) == sizeof(code);
    ::waitpid(pid, &status, 0);
    if (failed) return code;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  };
}

int moves(pid_t pid, const std::string& cgroup) {
  const int fd = ::open((cgroup + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
  const std::string text = std::to_string(pid);
  const int code = fd < 0 ? errno : said(::write(fd, text.data(), text.size()));
  ::close(fd);
  return code;
}

}  // namespace gatehouse::testing
