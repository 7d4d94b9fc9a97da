// SPDX-License-Identifier: Apache-2.0
// Descriptors that were opened outside of the session: inherited, or passed in over a socket that may be
// reached. It must never open by itself what it is to be given.
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "endpoint.h"
#include "judge.h"
#include "support/passing.h"

namespace gatehouse::escape {
namespace {

// What the runner gives for a letter; < 0 with errno when nothing came.
int passed(const Ground& g, char what) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const Endpoint to(g["passing"]);
  if (::connect(fd, to.get(), to.size()) != 0 || ::send(fd, &what, 1, 0) != 1) return -1;
  return testing::receive_fd(fd);
}

using Take = std::function<int(const Ground&)>;
Take inherit(const char* name) {
  return [name](const Ground& g) { return ::fcntl(g.fd(name), F_DUPFD_CLOEXEC, 100); };
}
Take pass(char what) {
  return [what](const Ground& g) { return passed(g, what); };
}

void add_taken(Attempts& all, const std::string& how, const std::function<Take(char)>& take) {
  const auto secret = take('s'), kept = take('k'), home = take('h'), path = take('p');
  const auto connected = take('t'), fresh = take('u'), message = take('d'), service = take('x');
  all.push_back(
      {how + "-secret", anyone, [=](const Ground& g) { return reads_canary(g, secret(g)); }});
  all.push_back({how + "-secret-reopened", anyone, [=](const Ground& g) {
                   const int fd = secret(g);
                   if (fd < 0) return contained(errno);
                   return reads_canary_at(g, "/proc/self/fd/" + std::to_string(fd));
                 }});
  all.push_back({how + "-path-of-secret", anyone, [=](const Ground& g) {
                   const int fd = path(g);
                   if (fd < 0) return contained(errno);
                   return reads_canary_at(g, "/proc/self/fd/" + std::to_string(fd));
                 }});
  all.push_back({how + "-directory-of-secrets", anyone, [=](const Ground& g) {
                   const int fd = home(g);
                   if (fd < 0) return contained(errno);
                   return reads_canary(g, ::openat(fd, ".netrc", O_RDONLY));
                 }});
  all.push_back({how + "-kept-for-writing", anyone, [=](const Ground& g) {
                   return changes_kept(g, [&] { return said(::pwrite(kept(g), "X", 1, 0)); });
                 }});
  const auto add_send = [&](const std::string& name, Ear ear, const Take& get) {
    all.push_back({how + name, anyone, [=](const Ground& g) {
                     return heard(g, ear, [&] {
                       const int fd = get(g);
                       return fd < 0 ? errno : said(::send(fd, "x", 1, 0));
                     });
                   }});
  };
  add_send("-connection", kEarInherited, connected);
  add_send("-connected-datagram-socket", kEarElsewhereUdp, message);
  add_send("-connection-to-a-service", kEarUnixStream, service);
  all.push_back({how + "-socket-to-connect", anyone, [=](const Ground& g) {
                   return heard(g, kEarElsewhereTcp, [&] {
                     const int fd = fresh(g);
                     const Endpoint to("192.0.2.1", 8080);
                     return fd < 0 ? errno : said(::connect(fd, to.get(), to.size()));
                   });
                 }});
}

}  // namespace

void add_descriptors(Attempts& all) {
  add_taken(all, "inherited", [](char what) {
    switch (what) {
      case 's':
        return inherit("secret");
      case 'k':
        return inherit("kept");
      case 'h':
        return inherit("home");
      case 'p':
        return inherit("path");
      case 't':
        return inherit("connected");
      case 'u':
        return inherit("fresh");
      case 'd':
        return inherit("message");
      default:
        return inherit("service");
    }
  });
  add_taken(all, "passed", pass);
  all.push_back({"passed-cgroup-file", root, [](const Ground& g) {
                   const int fd = passed(g, 'c');
                   if (fd < 0 || ::write(fd, "0", 1) != 1) return contained(errno);
                   return reads_canary_at(g, g.secret());
                 }});
  all.push_back({"passed-root-of-another-mount-namespace", root, [](const Ground& g) {
                   const int fd = passed(g, 'm');
                   if (fd < 0) return contained(errno);
                   return reads_canary(g, ::openat(fd, g.secret().c_str() + 1, O_RDONLY));
                 }});
}

}  // namespace gatehouse::escape
