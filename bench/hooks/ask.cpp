// SPDX-License-Identifier: Apache-2.0
// An asker that times each of its opens, and a second process that answers.
// It must never mix the two ends: what is reported is what the asker waited.
#include "hooks/ask.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "hooks/gate.h"
#include "hooks/measure.h"
#include "hooks/operations.h"
#include "hooks/policies.h"

namespace gatehouse::bench {
namespace {

constexpr int kRounds = 2000;

void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  must(::sched_setaffinity(0, sizeof(set), &set) == 0, "pinning to a CPU");
}

std::string column_of(int cpu) { return cpu == 0 ? "same CPU" : "across CPUs"; }

bool has_two_cpus() { return ::sysconf(_SC_NPROCESSORS_ONLN) > 1; }

// p50 and p99 of `once`, printed as two figures.
void report(const std::string& column, const std::string& row, const Operation& operation) {
  std::vector<double> costs;
  for (int i = 0; i < kRounds + 100; i++) {
    const double start = now();
    operation.once();
    if (i >= 100) costs.push_back(now() - start);
  }
  std::sort(costs.begin(), costs.end());
  print(column, row + ", p50", costs[costs.size() / 2]);
  print(column, row + ", p99", costs[costs.size() * 99 / 100]);
}

void open_close(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY);
  must(fd >= 0, path);
  ::close(fd);
}

// Where the askers of peers run, and with whom they are compared: a gate's bystanders, or the host.
struct Place {
  std::string column;
  int cgroup = -1;
  int cpu = 0;
};

void pipe_trip(const Place& place) {
  int there[2], back[2];
  must(::pipe(there) == 0 && ::pipe(back) == 0, "pipe");
  const int pid = start_in(place.cgroup, [&] {
    pin(place.cpu);
    report(place.column, "pipe", {"", 1, [&] {
                                    char byte = 0;
                                    must(::write(there[1], &byte, 1) == 1, "write");
                                    must(::read(back[0], &byte, 1) == 1, "read");
                                  }});
  });
  ::close(there[1]);
  ::close(back[0]);
  for (char byte; ::read(there[0], &byte, 1) == 1;)
    if (::write(back[1], &byte, 1) != 1) break;
  wait_for(pid);
  ::close(there[0]);
  ::close(back[1]);
}

int install_filter() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {4, code};
  must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
  const long fd =
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  must(fd >= 0, "seccomp");
  return static_cast<int>(fd);
}

void send_fd(int socket, int fd) {
  char control[CMSG_SPACE(sizeof(int))] = {};
  char byte = 0;
  iovec part = {&byte, 1};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &fd, sizeof(fd));
  must(::sendmsg(socket, &message, 0) == 1, "sendmsg");
}

int receive_fd(int socket) {
  char control[CMSG_SPACE(sizeof(int))] = {};
  char byte = 0;
  iovec part = {&byte, 1};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  must(::recvmsg(socket, &message, 0) == 1, "recvmsg");
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
  return fd;
}

// As a supervisor that decides by path must: read it from the caller, then ask whether it still is it.
void answer_notification(int listener) {
  seccomp_notif request = {};
  if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) return;
  char path[256];
  iovec local = {path, sizeof(path)};
  iovec remote = {reinterpret_cast<void*>(request.data.args[1]), sizeof(path)};
  must(::process_vm_readv(static_cast<pid_t>(request.pid), &local, 1, &remote, 1, 0) > 0,
       "process_vm_readv");
  must(::ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &request.id) == 0, "ID_VALID");
  seccomp_notif_resp response = {};
  response.id = request.id;
  response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  (void)::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

void notify_trip(const Place& place, const std::string& path) {
  int sockets[2];
  must(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0, "socketpair");
  const int pid = start_in(place.cgroup, [&] {
    pin(place.cpu);
    const int listener = install_filter();
    send_fd(sockets[1], listener);
    ::close(listener);
    report(place.column, "seccomp notification", {"", 1, [&] { open_close(path); }});
  });
  const int listener = receive_fd(sockets[0]);
  for (pollfd ready = {listener, POLLIN, 0};
       ::poll(&ready, 1, -1) > 0 && !(ready.revents & POLLHUP);)
    answer_notification(listener);
  wait_for(pid);
  ::close(listener);
  ::close(sockets[0]);
  ::close(sockets[1]);
}

// Likewise: the path of what was opened, then the answer.
void answer_open(int group) {
  alignas(fanotify_event_metadata) char room[4096];
  const ssize_t size = ::read(group, room, sizeof(room));
  must(size > 0, "fanotify");
  auto left = static_cast<std::size_t>(size);
  const auto* event = reinterpret_cast<const fanotify_event_metadata*>(room);
  for (; FAN_EVENT_OK(event, left); event = FAN_EVENT_NEXT(event, left)) {
    char path[PATH_MAX];
    const std::string link = "/proc/self/fd/" + std::to_string(event->fd);
    must(::readlink(link.c_str(), path, sizeof(path)) > 0, "readlink");
    const fanotify_response response = {event->fd, FAN_ALLOW};
    must(::write(group, &response, sizeof(response)) == sizeof(response), "FAN_ALLOW");
    ::close(event->fd);
  }
}

void fanotify_trip(const Place& place, const std::string& path) {
  const int group = ::fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY);
  must(group >= 0, "fanotify_init");
  must(::fanotify_mark(group, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, path.c_str()) == 0,
       "fanotify_mark");
  int sockets[2];
  must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0, "socketpair");
  const int pid = start_in(place.cgroup, [&] {
    ::close(group);
    ::close(sockets[0]);
    pin(place.cpu);
    report(place.column, "fanotify permission event", {"", 1, [&] { open_close(path); }});
  });
  ::close(sockets[1]);
  for (pollfd ready[2] = {{group, POLLIN, 0}, {sockets[0], POLLIN, 0}};
       ::poll(ready, 2, -1) > 0 && ready[1].revents == 0;)
    if (ready[0].revents & POLLIN) answer_open(group);
  ::close(group);  // whoever waits still is let through
  wait_for(pid);
  ::close(sockets[0]);
}

bool has_ended(int pid) {
  siginfo_t info = {};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid != 0;
}

void ask_trip(Gate& gate, const Place& place, const std::string& path) {
  const Session session(gate, compile(asking()));
  const auto take = [&](std::span<const std::byte> record) {
    gh_event event;
    if (record.size() < sizeof(event)) return;
    std::memcpy(&event, record.data(), sizeof(event));
    if (event.type != GH_EVENT_ASK) return;
    auto sent = gate.answers->answer(kernel::asker_of(event), GH_SCOPE_ONCE, GH_ALLOW);
    if (!sent) give_up("answering", sent.error());
  };
  auto asked = need(kernel::Ring::open(gate.enforcement->memory().fd("gh_asked"), take), "asks");
  const int pid = start_in(session.cgroup(), [&] {
    pin(place.cpu);
    report(place.column, "ask", {"", 1, [&] { open_close(path); }});
  });
  for (pollfd ready = {asked.fd(), POLLIN, 0}; !has_ended(pid);)
    if (::poll(&ready, 1, 100) > 0) (void)asked.consume();
  wait_for(pid);
}

void bare_open(const Place& place, const std::string& path) {
  wait_for(start_in(place.cgroup, [&] {
    pin(place.cpu);
    report(place.column, "open", {"", 1, [&] { open_close(path); }});
  }));
}

// The asker stops itself; the other sees it and lets it go on.
void stop_trip(const Place& place) {
  const int pid = start_in(place.cgroup, [&] {
    pin(place.cpu);
    report(place.column, "stop and continue", {"", 1, [] { ::kill(::getpid(), SIGSTOP); }});
  });
  for (;;) {
    int status = 0;
    must(::waitpid(pid, &status, WUNTRACED) == pid, "waitpid");
    if (!WIFSTOPPED(status)) return must(status == 0, "the asker failed");
    ::kill(pid, SIGCONT);
  }
}

}  // namespace

void ask_round_trips() {
  make_tree(std::string(GH_BENCH_PROGRAMS) + "/true");
  const std::string path = std::string(kRoot) + "/ask/project/source/service/handler/main.c";
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << "x";
  pin(0);
  Gate gate;
  for (const int cpu : {0, 1}) {
    if (cpu == 1 && !has_two_cpus()) return;
    const Place place{column_of(cpu), bystander_cgroup(), cpu};
    bare_open(place, path);
    pipe_trip(place);
    notify_trip(place, path);
    fanotify_trip(place, path);
    ask_trip(gate, place, path);
  }
}

void signal_round_trips() {
  pin(0);
  const std::string path = "/etc/passwd";
  for (const int cpu : {0, 1}) {
    if (cpu == 1 && !has_two_cpus()) return;
    const Place place{column_of(cpu), -1, cpu};
    bare_open(place, path);
    pipe_trip(place);
    notify_trip(place, path);
    fanotify_trip(place, path);
    stop_trip(place);
  }
}

}  // namespace gatehouse::bench
