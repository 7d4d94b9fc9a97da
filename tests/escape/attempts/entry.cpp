// SPDX-License-Identifier: Apache-2.0
// The same system calls through the other doors of the kernel: 32-bit ones and x32 numbers. It must never
// pass a pointer that does not fit, which would fail for a reason of its own.
#include <errno.h>
#include <fcntl.h>
#include <linux/net.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "endpoint.h"
#include "judge.h"

namespace gatehouse::escape {
namespace {

// Numbers of the 32-bit table.
constexpr int kOpen = 5, kLink = 9, kUnlink = 10, kKill = 37, kTruncate = 92, kSocketcall = 102;
constexpr int kTkill = 238, kMkdir = 39;

long narrow(int number, std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0) {
  long result = number;
  asm volatile("int $0x80"
               : "+a"(result)
               : "b"(static_cast<long>(a)), "c"(static_cast<long>(b)), "d"(static_cast<long>(c))
               : "memory", "r8", "r9", "r10", "r11");
  const int value = static_cast<int>(result);
  if (value >= 0 || value < -4095) return value;
  errno = -value;
  return -1;
}

// Memory that a 32-bit pointer reaches.
class Low {
 public:
  Low()
      : at_(static_cast<char*>(::mmap(nullptr, 65536, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0))) {}
  std::uint32_t put(const void* bytes, std::size_t size) {
    std::memcpy(at_ + used_, bytes, size);
    const auto address = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(at_) + used_);
    used_ += (size + 15) / 16 * 16;
    return address;
  }
  std::uint32_t put(const std::string& text) { return put(text.c_str(), text.size() + 1); }

 private:
  char* at_;
  std::size_t used_ = 0;
};

int connect_narrow(const Endpoint& to) {
  Low low;
  const std::uint32_t ask[3] = {static_cast<std::uint32_t>(to.family()), SOCK_STREAM, 0};
  const long fd = narrow(kSocketcall, SYS_SOCKET, low.put(ask, sizeof ask));
  if (fd < 0) return errno;
  const std::uint32_t join[3] = {static_cast<std::uint32_t>(fd), low.put(to.get(), to.size()),
                                 to.size()};
  return said(narrow(kSocketcall, SYS_CONNECT, low.put(join, sizeof join)));
}

// x32 numbers have bit 30 set.
long wide(long number, long a, long b = 0, long c = 0) {
  return ::syscall(number | 0x40000000, a, b, c);
}

}  // namespace

void add_entry(Attempts& all) {
  all.push_back({"narrow-open-secret", anyone, [](const Ground& g) {
                   Low low;
                   return reads_canary(
                       g, static_cast<int>(narrow(kOpen, low.put(g.secret()), O_RDONLY)));
                 }});
  all.push_back({"narrow-open-kept-for-writing", anyone, [](const Ground& g) {
                   return changes_kept(g, [&] {
                     Low low;
                     const long fd = narrow(kOpen, low.put(g.kept()), O_WRONLY);
                     return fd < 0 ? errno : said(::write(static_cast<int>(fd), "X", 1));
                   });
                 }});
  all.push_back({"narrow-truncate-kept", anyone, [](const Ground& g) {
                   return changes_kept(g, [&] {
                     Low low;
                     return said(narrow(kTruncate, low.put(g.kept()), 3));
                   });
                 }});
  all.push_back({"narrow-link-secret", anyone, [](const Ground& g) {
                   Low low;
                   const std::string to = g.workspace("/linked");
                   if (narrow(kLink, low.put(g.secret()), low.put(to)) != 0)
                     return contained(errno);
                   auto outcome = reads_canary_at(g, to);
                   ::unlink(to.c_str());
                   return outcome;
                 }});
  all.push_back({"narrow-unlink", anyone, [](const Ground& g) {
                   const std::string path = g.outside("/spare"), text = text_of(path);
                   return removes(
                       path,
                       [&] {
                         Low low;
                         return said(narrow(kUnlink, low.put(path)));
                       },
                       [&] { return write_to(path, text, O_CREAT); });
                 }});
  all.push_back({"narrow-mkdir-outside", anyone, [](const Ground& g) {
                   return makes(g.outside("/new"), [&] {
                     Low low;
                     return said(narrow(kMkdir, low.put(g.outside("/new")), 0755));
                   });
                 }});
  all.push_back({"narrow-kill", anyone, [](const Ground& g) {
                   return signalled(g, SIGUSR1, [&] {
                     return said(narrow(kKill, static_cast<std::uint32_t>(g.victim()), SIGUSR1));
                   });
                 }});
  all.push_back({"narrow-kill-a-thread", anyone, [](const Ground& g) {
                   return signalled(g, SIGUSR2, [&] {
                     return said(narrow(kTkill, static_cast<std::uint32_t>(g.victim()), SIGUSR2));
                   });
                 }});
  all.push_back(
      {"narrow-connect", anyone, [](const Ground& g) {
         return heard(g, kEarLoopbackTcp, [] { return connect_narrow({"127.0.0.1", 81}); });
       }});
  all.push_back({"narrow-connect-to-a-service", anyone, [](const Ground& g) {
                   return heard(g, kEarUnixStream,
                                [&] { return connect_narrow(Endpoint(g.unix_at("docker.sock"))); });
                 }});
  all.push_back({"x32-open-secret", anyone, [](const Ground& g) {
                   const std::string path = g.secret();
                   const long fd = wide(SYS_open, reinterpret_cast<long>(path.c_str()), O_RDONLY);
                   if (fd < 0 && errno == ENOSYS) return skipped("the kernel has no x32");
                   return reads_canary(g, static_cast<int>(fd));
                 }});
  all.push_back({"x32-kill", anyone, [](const Ground& g) {
                   int error = 0;
                   auto outcome = signalled(g, SIGUSR1, [&] {
                     return error = said(wide(SYS_kill, g.victim(), SIGUSR1));
                   });
                   return error == ENOSYS ? skipped("the kernel has no x32") : outcome;
                 }});
}

}  // namespace gatehouse::escape
