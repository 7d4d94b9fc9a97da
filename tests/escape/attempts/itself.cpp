// SPDX-License-Identifier: Apache-2.0
// Gatehouse itself: its pins, its socket, its files and its controller. It must never take the gate away
// where it can: whoever could is found out by what can be undone.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "endpoint.h"
#include "judge.h"

namespace gatehouse::escape {
namespace {

long bpf(int command, bpf_attr& attr) { return ::syscall(SYS_bpf, command, &attr, sizeof attr); }

long take_pin(const std::string& path) {
  bpf_attr attr = {};
  attr.pathname = reinterpret_cast<std::uint64_t>(path.c_str());
  return bpf(BPF_OBJ_GET, attr);
}

long put_pin(long fd, const std::string& path) {
  bpf_attr attr = {};
  attr.pathname = reinterpret_cast<std::uint64_t>(path.c_str());
  attr.bpf_fd = static_cast<std::uint32_t>(fd);
  return bpf(BPF_OBJ_PIN, attr);
}

void add_pins(Attempts& all) {
  for (const char* kind : {"map", "link"}) {
    const std::string fact = std::string("pin-of-a-") + kind;
    all.push_back({"take-the-pin-of-a-" + std::string(kind), root,
                   [fact](const Ground& g) { return returned(take_pin(g[fact]), "it has it"); }});
    all.push_back({"rename-the-pin-of-a-" + std::string(kind), root, [fact](const Ground& g) {
                     const std::string pin = g[fact], aside = pin + "_aside";
                     return removes(
                         pin, [&] { return said(::rename(pin.c_str(), aside.c_str())); },
                         [&] { return said(::rename(aside.c_str(), pin.c_str())); });
                   }});
    all.push_back({"remove-the-pin-of-a-" + std::string(kind), root, [fact](const Ground& g) {
                     const std::string pin = g[fact];
                     const long fd = take_pin(pin);  // holds it while it has no name
                     return removes(
                         pin, [&] { return said(::unlink(pin.c_str())); },
                         [&] { return said(put_pin(fd, pin)); });
                   }});
  }
  all.push_back({"make-a-directory-among-the-pins", root, [](const Ground& g) {
                   const std::string path = g["pins"] + "/escape";
                   return makes(path, [&] { return said(::mkdir(path.c_str(), 0700)); });
                 }});
  all.push_back({"give-the-pins-away", root, [](const Ground& g) {
                   struct stat before = {}, after = {};
                   const std::string path = g["pins"];
                   if (::stat(path.c_str(), &before) != 0) return broken("no pins");
                   const int error = said(::chmod(path.c_str(), 0777));
                   ::stat(path.c_str(), &after);
                   if (before.st_mode == after.st_mode) return contained(error);
                   ::chmod(path.c_str(), before.st_mode & 07777);
                   return escaped("it has another mode");
                 }});
  all.push_back({"look-into-a-map-of-the-gate", root, [](const Ground&) {
                   bpf_attr attr = {};
                   for (std::uint32_t id = 0;; id = attr.next_id) {
                     attr = {};
                     attr.start_id = id;
                     if (bpf(BPF_MAP_GET_NEXT_ID, attr) != 0) return contained(errno);
                     bpf_attr get = {};
                     get.map_id = attr.next_id;
                     const long fd = bpf(BPF_MAP_GET_FD_BY_ID, get);
                     if (fd < 0) return contained(errno);
                     bpf_map_info info = {};
                     bpf_attr ask = {};
                     ask.info.bpf_fd = static_cast<std::uint32_t>(fd);
                     ask.info.info_len = sizeof info;
                     ask.info.info = reinterpret_cast<std::uint64_t>(&info);
                     if (bpf(BPF_OBJ_GET_INFO_BY_FD, ask) != 0) return contained(errno);
                     ::close(static_cast<int>(fd));
                     if (std::strncmp(info.name, "gh_", 3) == 0)
                       return escaped(std::string("it has ") + info.name);
                   }
                 }});
}

// Contained when it is refused as a request of an agent, whatever else it would be answered.
void add_request(Attempts& all, const std::string& name, const std::string& request,
                 Who who = anyone) {
  all.push_back({name, who, [request](const Ground& g) {
                   const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
                   const Endpoint to(g["control"]);
                   const std::string line = "{\"v\":1,\"op\":" + request + "}\n";
                   if (::connect(fd, to.get(), to.size()) != 0 ||
                       ::send(fd, line.data(), line.size(), 0) < 0)
                     return contained(errno);
                   const timeval limit = {10, 0};
                   ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
                   std::string reply;
                   char bytes[4096];
                   while (reply.find('\n') == std::string::npos) {
                     const auto size = ::recv(fd, bytes, sizeof bytes, 0);
                     if (size <= 0) return contained(size < 0 ? errno : ECONNRESET);
                     reply.append(bytes, static_cast<std::size_t>(size));
                   }
                   if (reply.find("inside a session may not") != std::string::npos)
                     return contained(EPERM);
                   return escaped("answered: " +
                                  reply.substr(0, std::min<std::size_t>(reply.find('\n'), 100)));
                 }});
}

void add_requests(Attempts& all) {
  add_request(all, "ask-for-sessions", "\"sessions\"");
  add_request(all, "ask-for-approvals", "\"approvals.list\"");
  add_request(all, "answer-an-approval", R"("approvals.answer","id":999999,"verdict":"allow")");
  add_request(all, "follow-events", R"("events.follow","follow":false,"backlog":1)");
  add_request(all, "pause-a-session", R"("pause","session":"none-such")");
  add_request(all, "resume-a-session", R"("resume","session":"none-such")");
  add_request(all, "kill-a-session", R"("kill","session":"none-such")");
  add_request(all, "detach-a-session", R"("detach","session":"none-such")");
  add_request(all, "replace-a-policy",
              R"("replace-policy","session":"none-such","policy":{"name":"coding-agent"})");
  add_request(all, "begin-a-session",
              R"("run.prepare","policy":{"name":"coding-agent"},"workspace":"/tmp")");
  add_request(all, "attach-a-cgroup",
              R"("attach","policy":{"name":"coding-agent"},"cgroup":"/sys/fs/cgroup/none-such")");
}

void add_own_files(Attempts& all) {
  const auto creates = [&all](const std::string& name, const std::string& fact,
                              const std::string& below) {
    all.push_back({name, root, [=](const Ground& g) {
                     const std::string path = g[fact] + below;
                     return makes(path, [&] { return write_to(path, "x", O_CREAT | O_EXCL); });
                   }});
  };
  creates("write-among-the-state", "state", "/escape");
  creates("write-among-the-configuration", "configuration", "/escape.json");
  creates("write-beside-the-socket", "run-directory", "/escape");
  const auto moves = [&all](const std::string& name, const std::string& fact) {
    all.push_back({name, root, [=](const Ground& g) {
                     const std::string path = g[fact], aside = path + ".aside";
                     return removes(
                         path, [&] { return said(::rename(path.c_str(), aside.c_str())); },
                         [&] { return said(::rename(aside.c_str(), path.c_str())); });
                   }});
  };
  moves("take-the-place-of-the-socket", "control");
  moves("take-the-place-of-the-program", "binary");
  all.push_back({"change-the-configuration", root, [](const Ground& g) {
                   return changes(g["configuration"] + "/daemon.json", [&] {
                     return write_to(g["configuration"] + "/daemon.json", " ", O_APPEND);
                   });
                 }});
}

void add_controller(Attempts& all) {
  const auto pid = [](const Ground& g) { return static_cast<pid_t>(g.number("controller")); };
  const auto file = [=](const Ground& g, const char* name) {
    return "/proc/" + std::to_string(pid(g)) + "/" + name;
  };
  all.push_back({"signal-the-controller", root, [=](const Ground& g) {
                   return returned(::kill(pid(g), SIGCONT), "it was sent");
                 }});
  all.push_back({"signal-the-controller-by-pidfd", root, [=](const Ground& g) {
                   const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid(g), 0));
                   return fd < 0
                              ? contained(errno)
                              : returned(::syscall(SYS_pidfd_send_signal, fd, SIGCONT, nullptr, 0),
                                         "it was sent");
                 }});
  all.push_back({"trace-the-controller", root, [=](const Ground& g) {
                   if (::ptrace(PTRACE_SEIZE, pid(g), nullptr, nullptr) != 0)
                     return contained(errno);
                   ::ptrace(PTRACE_INTERRUPT, pid(g), nullptr, nullptr);
                   ::waitpid(pid(g), nullptr, __WALL);
                   ::ptrace(PTRACE_DETACH, pid(g), nullptr, nullptr);
                   return escaped("it was traced");
                 }});
  const auto opens = [&](const std::string& name, const char* what, int flags) {
    all.push_back({name, root, [=](const Ground& g) {
                     const int fd = ::open(file(g, what).c_str(), flags);
                     char byte = 0;
                     if (fd < 0) return contained(errno);
                     if (flags != O_RDONLY) return escaped("opened for writing");
                     return returned(::read(fd, &byte, 1), "read it");
                   }});
  };
  opens("environment-of-the-controller", "environ", O_RDONLY);
  opens("maps-of-the-controller", "maps", O_RDONLY);
  opens("memory-of-the-controller", "mem", O_RDWR);
  all.push_back({"descriptors-of-the-controller", root, [=](const Ground& g) {
                   DIR* directory = ::opendir(file(g, "fd").c_str());
                   return directory == nullptr   ? contained(errno)
                          : ::readdir(directory) ? escaped("listed them")
                                                 : contained(errno);
                 }});
  all.push_back({"take-a-descriptor-of-the-controller", root, [=](const Ground& g) {
                   const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid(g), 0));
                   if (fd < 0) return contained(errno);
                   return returned(::syscall(SYS_pidfd_getfd, fd, 0, 0), "it has one");
                 }});
  all.push_back({"oom-score-of-the-controller", root, [=](const Ground& g) {
                   const std::string path = file(g, "oom_score_adj"), before = text_of(path);
                   const int error = write_to(path, "777");
                   const bool so = text_of(path) == "777\n";
                   if (so) write_to(path, before);
                   return so ? escaped("it would die first") : contained(error);
                 }});
  all.push_back({"renice-the-controller", root, [=](const Ground& g) {
                   const auto who = static_cast<id_t>(pid(g));
                   const int before = ::getpriority(PRIO_PROCESS, who);
                   const int error = said(::setpriority(PRIO_PROCESS, who, before + 1));
                   const bool so = ::getpriority(PRIO_PROCESS, who) != before;
                   if (so) ::setpriority(PRIO_PROCESS, who, before);
                   return so ? escaped("it was slower") : contained(error);
                 }});
  all.push_back({"bind-the-controller-to-a-cpu", root, [=](const Ground& g) {
                   cpu_set_t set;
                   ::sched_getaffinity(pid(g), sizeof set, &set);
                   return returned(::sched_setaffinity(pid(g), sizeof set, &set), "it may");
                 }});
  all.push_back({"limit-the-controller", root, [=](const Ground& g) {
                   rlimit limit = {};
                   if (::prlimit(pid(g), RLIMIT_NOFILE, nullptr, &limit) != 0)
                     return contained(errno);
                   return returned(::prlimit(pid(g), RLIMIT_NOFILE, &limit, nullptr), "it may");
                 }});
  all.push_back({"thaw-the-cgroup-of-all-sessions", root, [](const Ground& g) {
                   const int error = write_to(g["gate-cgroup"] + "/cgroup.freeze", "0");
                   return error == 0 ? escaped("it may") : contained(error);
                 }});
}

}  // namespace

void add_itself(Attempts& all) {
  add_pins(all);
  add_requests(all);
  add_own_files(all);
  add_controller(all);
}

}  // namespace gatehouse::escape
