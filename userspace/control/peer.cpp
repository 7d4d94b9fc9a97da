// SPDX-License-Identifier: Apache-2.0
// Credentials, pidfd and /proc behind peer.h. What is read from /proc must never be believed unless the
// pidfd says afterwards that the process still lives.
#include "control/peer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77  // Linux 6.5
#endif

namespace gatehouse::control {
namespace {

std::string read_proc(pid_t pid, const char* name) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return {};
  std::string text(16384, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(fd.get(), text.data() + size, text.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

bool lives(int pidfd) {
  pollfd waiting{pidfd, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 0;
}

UniqueFd pidfd_of(int socket, pid_t pid) {
  int fd = -1;
  socklen_t size = sizeof fd;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &fd, &size) == 0) return UniqueFd(fd);
  if (errno != ENOPROTOOPT) return UniqueFd();
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

std::vector<gid_t> groups_of(int socket) {
  std::vector<gid_t> groups(64);
  for (;;) {
    auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    const bool fits = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0;
    if (!fits && errno != ERANGE) return {};  // none that we know: fewer rights
    groups.resize(size / sizeof(gid_t));
    if (fits) return groups;
  }
}

}  // namespace

std::string cgroup_in(const std::string& proc_cgroup) {
  std::size_t line = 0;
  while (line < proc_cgroup.size()) {
    const std::size_t end = std::min(proc_cgroup.find('\n', line), proc_cgroup.size());
    if (proc_cgroup.compare(line, 3, "0::") == 0) {
      return proc_cgroup.substr(line + 3, end - line - 3);
    }
    line = end + 1;
  }
  return {};
}

Result<PeerIdentity> PeerIdentity::of_socket(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return sys_error("cannot tell who connected");
  }
  PeerIdentity identity;
  identity.peer_.pid = credentials.pid;
  identity.peer_.uid = credentials.uid;
  identity.peer_.gid = credentials.gid;
  identity.peer_.groups = groups_of(socket);
  if (credentials.pid <= 0) return Error{ESRCH, "whoever connected is in another pid namespace"};
  identity.process_ = pidfd_of(socket, credentials.pid);
  if (!identity.process_.valid() || !identity.refresh()) {
    return Error{ESRCH, "whoever connected has ended already"};
  }
  return identity;
}

bool PeerIdentity::refresh() {
  std::string cgroup = cgroup_in(read_proc(peer_.pid, "cgroup"));
  std::string comm = read_proc(peer_.pid, "comm");
  if (cgroup.empty() || !lives(process_.get())) return false;
  if (!comm.empty() && comm.back() == '\n') comm.pop_back();
  peer_.cgroup = std::move(cgroup);
  peer_.comm = std::move(comm);
  return true;
}

}  // namespace gatehouse::control
