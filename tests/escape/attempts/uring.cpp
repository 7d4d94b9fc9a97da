// SPDX-License-Identifier: Apache-2.0
// What is denied by system call, asked for through a ring instead. It must never take a ring that was
// refused for an escape that was refused: both are told apart by errno.
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "endpoint.h"
#include "judge.h"

namespace gatehouse::escape {
namespace {

// A ring for one operation at a time.
class Ring {
 public:
  explicit Ring(unsigned flags = 0) {
    io_uring_params params = {};
    params.flags = flags;
    params.sq_thread_idle = 100;
    fd_ = static_cast<int>(::syscall(SYS_io_uring_setup, 4, &params));
    error_ = fd_ < 0 ? errno : 0;
    if (fd_ < 0) return;
    sq_ = map(IORING_OFF_SQ_RING, params.sq_off.array + 4 * params.sq_entries);
    cq_ = map(IORING_OFF_CQ_RING, params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe));
    sqes_ = reinterpret_cast<io_uring_sqe*>(
        map(IORING_OFF_SQES, params.sq_entries * sizeof(io_uring_sqe)));
    params_ = params;
  }
  [[nodiscard]] int error() const { return error_; }

  // The operation's result: >= 0, or -errno.
  int run(const io_uring_sqe& operation) {
    auto* tail = reinterpret_cast<std::atomic<unsigned>*>(sq_ + params_.sq_off.tail);
    auto* array = reinterpret_cast<unsigned*>(sq_ + params_.sq_off.array);
    const unsigned at = tail->load() & (params_.sq_entries - 1);
    sqes_[at] = operation;
    array[at] = at;
    tail->fetch_add(1);
    unsigned flags = IORING_ENTER_GETEVENTS;
    if (params_.flags & IORING_SETUP_SQPOLL) flags |= IORING_ENTER_SQ_WAKEUP;
    if (::syscall(SYS_io_uring_enter, fd_, 1, 1, flags, nullptr, 0) < 0) return -errno;
    auto* head = reinterpret_cast<std::atomic<unsigned>*>(cq_ + params_.cq_off.head);
    const auto* end = reinterpret_cast<std::atomic<unsigned>*>(cq_ + params_.cq_off.tail);
    if (!wait_until([&] { return head->load() != end->load(); }, 5)) return -ETIMEDOUT;
    const auto* cqes = reinterpret_cast<io_uring_cqe*>(cq_ + params_.cq_off.cqes);
    const int result = cqes[head->load() & (params_.cq_entries - 1)].res;
    head->fetch_add(1);
    return result;
  }

 private:
  char* map(off_t what, std::size_t size) const {
    return static_cast<char*>(
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_, what));
  }
  int fd_ = -1, error_ = 0;
  char *sq_ = nullptr, *cq_ = nullptr;
  io_uring_sqe* sqes_ = nullptr;
  io_uring_params params_ = {};
};

io_uring_sqe opening(const char* path, unsigned flags) {
  io_uring_sqe one = {};
  one.opcode = IORING_OP_OPENAT;
  one.fd = AT_FDCWD;
  one.addr = reinterpret_cast<std::uint64_t>(path);
  one.open_flags = flags;
  one.len = 0600;
  return one;
}

io_uring_sqe connecting(int fd, const Endpoint& to) {
  io_uring_sqe one = {};
  one.opcode = IORING_OP_CONNECT;
  one.fd = fd;
  one.addr = reinterpret_cast<std::uint64_t>(to.get());
  one.off = to.size();
  return one;
}

int failed(int result) { return result < 0 ? -result : 0; }

// An act that needs a ring.
void add_ring(Attempts& all, const std::string& name, unsigned flags,
              const std::function<Outcome(const Ground&, Ring&)>& act) {
  all.push_back({name, anyone, [=](const Ground& g) {
                   Ring ring(flags);
                   if (ring.error() == ENOSYS) return skipped("the kernel has no io_uring");
                   return ring.error() != 0 ? contained(ring.error()) : act(g, ring);
                 }});
}

Outcome opens_secret(const Ground& g, Ring& ring) {
  const std::string path = g.secret();
  const int fd = ring.run(opening(path.c_str(), O_RDONLY));
  errno = failed(fd);
  return reads_canary(g, fd);
}

}  // namespace

void add_uring(Attempts& all) {
  add_ring(all, "ring-make", 0, [](const Ground&, Ring&) { return escaped("it has a ring"); });
  add_ring(all, "ring-open-secret", 0, opens_secret);
  add_ring(all, "ring-open-secret-in-a-kernel-thread", IORING_SETUP_SQPOLL, opens_secret);
  add_ring(all, "ring-open-secret-by-a-worker", 0, [](const Ground& g, Ring& ring) {
    const std::string path = g.secret();
    auto one = opening(path.c_str(), O_RDONLY);
    one.flags = IOSQE_ASYNC;
    const int fd = ring.run(one);
    errno = failed(fd);
    return reads_canary(g, fd);
  });
  add_ring(all, "ring-write-kept", 0, [](const Ground& g, Ring& ring) {
    return changes_kept(g, [&] {
      const std::string path = g.kept();
      const int fd = ring.run(opening(path.c_str(), O_WRONLY));
      return fd < 0 ? -fd : said(::pwrite(fd, "X", 1, 0));
    });
  });
  add_ring(all, "ring-create-outside", 0, [](const Ground& g, Ring& ring) {
    const std::string path = g.outside("/new");
    return makes(
        path, [&] { return failed(ring.run(opening(path.c_str(), O_WRONLY | O_CREAT | O_EXCL))); });
  });
  add_ring(all, "ring-make-a-directory-outside", 0, [](const Ground& g, Ring& ring) {
    const std::string path = g.outside("/new");
    return makes(path, [&] {
      io_uring_sqe one = {};
      one.opcode = IORING_OP_MKDIRAT;
      one.fd = AT_FDCWD;
      one.addr = reinterpret_cast<std::uint64_t>(path.c_str());
      one.len = 0755;
      return failed(ring.run(one));
    });
  });
  add_ring(all, "ring-link-secret", 0, [](const Ground& g, Ring& ring) {
    const std::string from = g.secret(), to = g.workspace("/linked");
    io_uring_sqe one = {};
    one.opcode = IORING_OP_LINKAT;
    one.fd = AT_FDCWD;
    one.len = static_cast<std::uint32_t>(AT_FDCWD);
    one.addr = reinterpret_cast<std::uint64_t>(from.c_str());
    one.addr2 = reinterpret_cast<std::uint64_t>(to.c_str());
    const int error = failed(ring.run(one));
    if (error != 0) return contained(error);
    auto outcome = reads_canary_at(g, to);
    ::unlink(to.c_str());
    return outcome;
  });
  add_ring(all, "ring-connect", 0, [](const Ground& g, Ring& ring) {
    return heard(g, kEarLoopbackTcp, [&] {
      const Endpoint to("127.0.0.1", 81);
      return failed(ring.run(connecting(::socket(AF_INET, SOCK_STREAM, 0), to)));
    });
  });
  add_ring(all, "ring-connect-by-a-worker", 0, [](const Ground& g, Ring& ring) {
    return heard(g, kEarLoopbackTcp, [&] {
      const Endpoint to("127.0.0.1", 81);
      auto one = connecting(::socket(AF_INET, SOCK_STREAM, 0), to);
      one.flags = IOSQE_ASYNC;
      return failed(ring.run(one));
    });
  });
  add_ring(all, "ring-connect-to-a-service", 0, [](const Ground& g, Ring& ring) {
    return heard(g, kEarUnixStream, [&] {
      const Endpoint to(g.unix_at("docker.sock"));
      return failed(ring.run(connecting(::socket(AF_UNIX, SOCK_STREAM, 0), to)));
    });
  });
  add_ring(all, "ring-send", 0, [](const Ground& g, Ring& ring) {
    return heard(g, kEarLoopbackUdp, [&] {
      Endpoint to("127.0.0.1", 81);
      iovec bytes = {const_cast<char*>("x"), 1};
      msghdr message = {};
      message.msg_name = to.get();
      message.msg_namelen = to.size();
      message.msg_iov = &bytes;
      message.msg_iovlen = 1;
      io_uring_sqe one = {};
      one.opcode = IORING_OP_SENDMSG;
      one.fd = ::socket(AF_INET, SOCK_DGRAM, 0);
      one.addr = reinterpret_cast<std::uint64_t>(&message);
      one.len = 1;
      return failed(ring.run(one));
    });
  });
}

}  // namespace gatehouse::escape
