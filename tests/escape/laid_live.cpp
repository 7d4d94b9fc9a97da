// SPDX-License-Identifier: Apache-2.0
// The living part of the ground: listeners, processes, IPC objects and descriptors to hand over. It must
// never give a process of the ground more than its actor has.
#include <fcntl.h>
#include <grp.h>
#include <mqueue.h>
#include <pty.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "attempts/endpoint.h"
#include "laid.h"

namespace gatehouse::escape {
namespace {

constexpr const char* kCgroups[] = {"/sys/fs/cgroup/escape-other", "/sys/fs/cgroup/escape-spare",
                                    "/sys/fs/cgroup/escape-empty"};

void require(bool so, const std::string& what) {
  if (so) return;
  std::perror(("escape_tests cannot lay the ground: " + what).c_str());
  std::exit(2);
}

int connected(const Endpoint& to, int type) {
  const int fd = ::socket(to.family(), type | SOCK_CLOEXEC, 0);
  require(::connect(fd, to.get(), to.size()) == 0, "connect");
  return fd;
}

// From an address that no session may take connections of.
void knock(const std::string& address) {
  const Endpoint from(address, 0), to(address, 9191);
  const int fd = ::socket(from.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (::bind(fd, from.get(), from.size()) == 0 && ::connect(fd, to.get(), to.size()) != 0)
    errno = 0;
  ::close(fd);
}

}  // namespace

void Laid::lay_listeners() {
  const auto tcp = [this](Ear ear, const char* address, int port, int protocol = 0) {
    const int fd = bound(address, port, SOCK_STREAM, protocol);
    if (fd >= 0) ears_->add(ear, fd, true);
  };
  const auto udp = [this](Ear ear, const char* address, int port, int protocol = 0) {
    const int fd = bound(address, port, SOCK_DGRAM, protocol);
    if (fd >= 0) ears_->add(ear, fd, false);
  };
  tcp(kEarLoopbackTcp, "127.0.0.1", 81);
  tcp(kEarLoopbackTcp6, "::1", 81);
  tcp(kEarElsewhereTcp, "192.0.2.1", 8080);
  tcp(kEarElsewhereTcp6, "2001:db8::1", 8080);
  tcp(kEarMetadata, "169.254.169.254", 80);
  tcp(kEarDocker, "127.0.0.1", 2375);
  tcp(kEarSctp, "127.0.0.1", 84, 132);
  tcp(kEarMptcp, "127.0.0.1", 85);
  tcp(kEarInherited, "192.0.2.1", 8084);
  const int dccp = bound("127.0.0.1", 86, 6 /* SOCK_DCCP */, 33);
  if (dccp >= 0) ears_->add(kEarDccp, dccp, true);
  const int shared = bound("192.0.2.1", 8082, SOCK_STREAM, 0, true);
  require(::fchown(shared, actor_.uid, actor_.gid) == 0, "owner of a socket");
  ears_->add(kEarShared, shared, true);
  udp(kEarLoopbackUdp, "127.0.0.1", 81);
  udp(kEarElsewhereUdp, "192.0.2.1", 8080);
  udp(kEarUdp6, "2001:db8::1", 8080);
  udp(kEarUdpLite, "127.0.0.1", 83, 136);
  ears_->add(kEarUnixStream, bound_unix(at("/run/docker.sock"), SOCK_STREAM), true);
  ears_->add(kEarUnixPacket, bound_unix(at("/run/packet.sock"), SOCK_SEQPACKET), true);
  ears_->add(kEarUnixDatagram, bound_unix(at("/run/datagram.sock"), SOCK_DGRAM), false);
  // Whoever owns a socket may make hard links to it.
  for (const char* name : {"/run/docker.sock", "/run/packet.sock", "/run/datagram.sock"})
    own(at(name));
  fact("abstract-stream", "@escape-stream");
  fact("abstract-datagram", "@escape-datagram");
  ears_->add(kEarAbstractStream, bound_unix("@escape-stream", SOCK_STREAM), true);
  ears_->add(kEarAbstractDatagram, bound_unix("@escape-datagram", SOCK_DGRAM), false);
  const std::string passing = "/tmp/escape-passing";
  fact("passing", passing);
  ears_->add_giver(bound_unix(passing, SOCK_STREAM), [this](char what) { return pass(what); });
  undo_.emplace_back([passing] { ::unlink(passing.c_str()); });
  const std::string secret = at("/home/.netrc");
  ears_->now_and_then([secret] {
    knock("192.0.2.1");
    knock("2001:db8::1");
    ::close(::open(secret.c_str(), O_RDONLY | O_CLOEXEC));
  });
}

int Laid::give(char what) const {
  switch (what) {
    case 's':
      return ::open(at("/home/.netrc").c_str(), O_RDONLY | O_CLOEXEC);
    case 'k':
      return ::open(at("/outside/kept").c_str(), O_RDWR | O_CLOEXEC);
    case 'h':
      return ::open(at("/home").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    case 'p':
      return ::open(at("/home/.netrc").c_str(), O_PATH | O_CLOEXEC);
    case 't':
      return connected({"192.0.2.1", 8084}, SOCK_STREAM);
    case 'u':
      return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    case 'd':
      return connected({"192.0.2.1", 8080}, SOCK_DGRAM);
    case 'x':
      return connected(Endpoint(at("/run/docker.sock")), SOCK_STREAM);
    case 'c':
      return ::open("/sys/fs/cgroup/cgroup.procs", O_WRONLY | O_CLOEXEC);
    case 'm':
      return ::open(("/proc/" + std::to_string(container_->pid()) + "/root").c_str(),
                    O_PATH | O_CLOEXEC);
    default:
      return -1;
  }
}

// Connections are made before anybody listens for what comes of an attempt.
int Laid::pass(char what) const {
  const auto made = connections_.find(what);
  return made == connections_.end() ? give(what) : ::fcntl(made->second, F_DUPFD_CLOEXEC, 3);
}

void Laid::lay_offers() {
  int number = kFirstPassed;
  for (const auto& [name, letter] : std::map<std::string, char>{{"secret", 's'},
                                                                {"kept", 'k'},
                                                                {"home", 'h'},
                                                                {"path", 'p'},
                                                                {"connected", 't'},
                                                                {"fresh", 'u'},
                                                                {"message", 'd'},
                                                                {"service", 'x'}}) {
    const int fd = give(letter);
    require(fd >= 0, name);
    offers_.push_back(::fcntl(fd, F_DUPFD_CLOEXEC, 200));
    if (letter == 't' || letter == 'x') connections_[letter] = offers_.back();
    ::close(fd);
    fact("fd-" + name, std::to_string(number++));
  }
}

void Laid::offer(bool so) const {
  for (std::size_t i = 0; i < offers_.size(); i++) {
    const int place = kFirstPassed + static_cast<int>(i);
    if (so)
      ::dup2(offers_[i], place);
    else
      ::close(place);
  }
}

void Laid::lay_processes() {
  for (const char* cgroup : kCgroups)
    require(::mkdir(cgroup, 0755) == 0, cgroup);
  undo_.emplace_back([] {
    for (const char* cgroup : kCgroups)
      e2e::eventually([&] { return ::rmdir(cgroup) == 0; }, 5);
  });
  fact("other-cgroup", kCgroups[0]);
  fact("spare-cgroup", kCgroups[1]);
  fact("empty-cgroup", kCgroups[2]);
  const std::string program = GH_TEST_PROGRAMS "/escape";
  victim_ = std::make_unique<Outsider>(actor_, e2e::Words{program, "--victim", directory_},
                                       kCgroups[0], 0, "", canary_);
  const e2e::Words sleeping = {"/bin/sleep", "100000"};
  container_ = std::make_unique<Outsider>(actor_, sleeping, "",
                                          CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWIPC,
                                          "escape-container");
  spare_ = std::make_unique<Outsider>(actor_, sleeping, kCgroups[1]);
  require(e2e::eventually([&] { return e2e::exists(at("/victim")); }), "the victim");
  const std::string container = "/proc/" + std::to_string(container_->pid());
  require(e2e::eventually([&] { return e2e::read_file(container + "/comm") == "sleep\n"; }),
          "the container");
  fact("victim", std::to_string(victim_->pid()));
  fact("container", std::to_string(container_->pid()));
  fact("container-host", "escape-container");
  char name[128] = {};
  int slave = -1;
  require(::openpty(&terminal_, &slave, name, nullptr, nullptr) == 0, "terminal");
  ::fcntl(terminal_, F_SETFD, FD_CLOEXEC);
  ::close(slave);
  own(name);
  fact("terminal", name);
}

void Laid::lay_ipc() {
  const auto shm = [this](key_t key) {
    const int id = ::shmget(key, 4096, IPC_CREAT | 0600);
    require(id >= 0, "shmget");
    auto* bytes = static_cast<char*>(::shmat(id, nullptr, 0));
    std::strcpy(bytes, canary_.c_str());
    ::shmdt(bytes);
    shmid_ds state = {};
    ::shmctl(id, IPC_STAT, &state);
    state.shm_perm.uid = actor_.uid;
    state.shm_perm.gid = actor_.gid;
    require(::shmctl(id, IPC_SET, &state) == 0, "shmctl");
    undo_.emplace_back([id] { ::shmctl(id, IPC_RMID, nullptr); });
    return std::to_string(id);
  };
  const auto msg = [this](key_t key) {
    const int id = ::msgget(key, IPC_CREAT | 0600);
    struct {
      long type;
      char text[128];
    } message = {1, {}};
    std::strcpy(message.text, canary_.c_str());
    require(id >= 0 && ::msgsnd(id, &message, sizeof message.text, 0) == 0, "msgsnd");
    msqid_ds state = {};
    ::msgctl(id, IPC_STAT, &state);
    state.msg_perm.uid = actor_.uid;
    state.msg_perm.gid = actor_.gid;
    require(::msgctl(id, IPC_SET, &state) == 0, "msgctl");
    undo_.emplace_back([id] { ::msgctl(id, IPC_RMID, nullptr); });
    return std::to_string(id);
  };
  const auto sem = [this](key_t key) {
    const int id = ::semget(key, 1, IPC_CREAT | 0600);
    semid_ds state = {};
    require(id >= 0 && ::semctl(id, 0, IPC_STAT, &state) == 0, "semget");
    state.sem_perm.uid = actor_.uid;
    state.sem_perm.gid = actor_.gid;
    require(::semctl(id, 0, IPC_SET, &state) == 0, "semctl");
    undo_.emplace_back([id] { ::semctl(id, 0, IPC_RMID); });
    return std::to_string(id);
  };
  fact("shm-key", "0x65736301");
  fact("msg-key", "0x65736302");
  fact("sem-key", "0x65736303");
  fact("shm", shm(0x65736301));
  fact("msg", msg(0x65736302));
  fact("sem", sem(0x65736303));
  fact("shm-spare", shm(IPC_PRIVATE));
  fact("msg-spare", msg(IPC_PRIVATE));
  fact("sem-spare", sem(IPC_PRIVATE));
  for (const char* name : {"/escape-queue", "/escape-spare"}) {
    mq_attr attributes = {};
    attributes.mq_maxmsg = 4;
    attributes.mq_msgsize = 256;
    const mqd_t queue = ::mq_open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600, &attributes);
    require(queue >= 0 && ::mq_send(queue, canary_.data(), canary_.size(), 1) == 0, name);
    require(::fchown(queue, actor_.uid, actor_.gid) == 0, name);
    ::mq_close(queue);
    undo_.emplace_back([name] { ::mq_unlink(name); });
  }
  fact("queue", "/escape-queue");
  fact("queue-spare", "/escape-spare");
}

}  // namespace gatehouse::escape
