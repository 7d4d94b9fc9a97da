// SPDX-License-Identifier: Apache-2.0
// fork, namespaces, another user, exec. It must never go on as root where it was to be somebody else.
#include "actor.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace gatehouse::escape {

Outsider::Outsider(const Actor& actor, const std::vector<std::string>& argv,
                   const std::string& cgroup, unsigned namespaces, const std::string& host,
                   const std::string& canary)
    : pid_(::fork()) {
  if (pid_ != 0) return;
  const auto require = [](bool so, const char* what) {
    if (so) return;
    std::perror(what);
    ::_exit(99);
  };
  ::setpgid(0, 0);
  if (!cgroup.empty()) {
    const int fd = ::open((cgroup + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
    require(fd >= 0 && ::write(fd, "0", 1) == 1, "cgroup");
  }
  if (namespaces != 0) {
    require(::unshare(static_cast<int>(namespaces)) == 0, "unshare");
    require(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "mount");
  }
  if (!host.empty()) require(::sethostname(host.data(), host.size()) == 0, "sethostname");
  if (!canary.empty()) ::setenv("ESCAPE_CANARY", canary.c_str(), 1);
  require(::setgroups(actor.groups.size(), actor.groups.data()) == 0, "setgroups");
  require(::setresgid(actor.gid, actor.gid, actor.gid) == 0, "setresgid");
  require(::setresuid(actor.uid, actor.uid, actor.uid) == 0, "setresuid");
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::vector<char*> words;
  for (const auto& word : argv)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  require(false, words[0]);
}

Outsider::~Outsider() {
  ::kill(pid_, SIGCONT);
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace gatehouse::escape
