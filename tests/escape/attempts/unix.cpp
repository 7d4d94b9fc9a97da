// SPDX-License-Identifier: Apache-2.0
// Sockets of services outside of the session, by path and by abstract name. It must never reach a service
// that the ground did not make.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "endpoint.h"
#include "judge.h"

namespace gatehouse::escape {
namespace {

int stream_to(const std::string& path, int type = SOCK_STREAM) {
  const int fd = ::socket(AF_UNIX, type, 0);
  const Endpoint to(path);
  if (::connect(fd, to.get(), to.size()) != 0) return errno;
  return said(::send(fd, "x", 1, 0));
}

int message_to(const std::string& path) {
  const Endpoint to(path);
  return said(::sendto(::socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, 0, to.get(), to.size()));
}

using Reach = std::function<int(const Ground&)>;

void add_reach(Attempts& all, const std::string& name, Ear ear, const Reach& reach) {
  all.push_back({name, anyone, [=](const Ground& g) {
                   auto outcome = heard(g, ear, [&] { return reach(g); });
                   ::unlink(g.workspace("/socket").c_str());
                   return outcome;
                 }});
}

}  // namespace

void add_unix(Attempts& all) {
  add_reach(all, "unix-stream", kEarUnixStream,
            [](const Ground& g) { return stream_to(g.unix_at("docker.sock")); });
  add_reach(all, "unix-seqpacket", kEarUnixPacket,
            [](const Ground& g) { return stream_to(g.unix_at("packet.sock"), SOCK_SEQPACKET); });
  add_reach(all, "unix-datagram-connect", kEarUnixDatagram,
            [](const Ground& g) { return stream_to(g.unix_at("datagram.sock"), SOCK_DGRAM); });
  add_reach(all, "unix-datagram-send", kEarUnixDatagram,
            [](const Ground& g) { return message_to(g.unix_at("datagram.sock")); });
  add_reach(all, "unix-datagram-message", kEarUnixDatagram, [](const Ground& g) {
    Endpoint to(g.unix_at("datagram.sock"));
    iovec bytes = {const_cast<char*>("x"), 1};
    msghdr message = {};
    message.msg_name = to.get();
    message.msg_namelen = to.size();
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    return said(::sendmsg(::socket(AF_UNIX, SOCK_DGRAM, 0), &message, 0));
  });
  add_reach(all, "abstract-stream", kEarAbstractStream,
            [](const Ground& g) { return stream_to(g["abstract-stream"]); });
  add_reach(all, "abstract-datagram-connect", kEarAbstractDatagram,
            [](const Ground& g) { return stream_to(g["abstract-datagram"], SOCK_DGRAM); });
  add_reach(all, "abstract-datagram-send", kEarAbstractDatagram,
            [](const Ground& g) { return message_to(g["abstract-datagram"]); });
  add_reach(all, "unix-stream-by-symlink", kEarUnixStream, [](const Ground& g) {
    const std::string link = g.workspace("/socket");
    if (::symlink(g.unix_at("docker.sock").c_str(), link.c_str()) != 0) return EIO;
    return stream_to(link);
  });
  add_reach(all, "unix-datagram-by-symlink", kEarUnixDatagram, [](const Ground& g) {
    const std::string link = g.workspace("/socket");
    if (::symlink(g.unix_at("datagram.sock").c_str(), link.c_str()) != 0) return EIO;
    return message_to(link);
  });
  add_reach(all, "unix-stream-by-hard-link", kEarUnixStream, [](const Ground& g) {
    const std::string link = g.workspace("/socket");
    if (::link(g.unix_at("docker.sock").c_str(), link.c_str()) != 0) return errno;
    return stream_to(link);
  });
  add_reach(all, "unix-stream-below-proc-self-root", kEarUnixStream, [](const Ground& g) {
    return stream_to("/proc/self/root" + g.unix_at("docker.sock"));
  });
  add_reach(all, "unix-stream-from-its-directory", kEarUnixStream, [](const Ground& g) {
    if (::chdir(g.unix_at("").c_str()) != 0) return errno;
    return stream_to("docker.sock");
  });
  add_reach(all, "unix-stream-below-a-descriptor", kEarUnixStream, [](const Ground& g) {
    const int fd = ::open(g.unix_at("").c_str(), O_PATH | O_DIRECTORY);
    return stream_to("/proc/self/fd/" + std::to_string(fd) + "/docker.sock");
  });
  add_reach(all, "unix-stream-through-a-path-descriptor", kEarUnixStream, [](const Ground& g) {
    const int fd = ::open(g.unix_at("docker.sock").c_str(), O_PATH);
    return stream_to("/proc/self/fd/" + std::to_string(fd));
  });
  add_reach(all, "unix-stream-by-bind-mount-made-before", kEarUnixStream,
            [](const Ground& g) { return stream_to(g.outside("/bind-socket")); });
  add_reach(all, "unix-stream-without-waiting", kEarUnixStream, [](const Ground& g) {
    const Endpoint to(g.unix_at("docker.sock"));
    return said(::connect(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), to.get(), to.size()));
  });
  add_reach(all, "unix-stream-from-a-name-of-its-own", kEarUnixStream, [](const Ground& g) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const Endpoint from(g.workspace("/socket")), to(g.unix_at("docker.sock"));
    if (::bind(fd, from.get(), from.size()) != 0) return EIO;
    return said(::connect(fd, to.get(), to.size()));
  });
  add_reach(all, "unix-datagram-many", kEarUnixDatagram, [](const Ground& g) {
    Endpoint to(g.unix_at("datagram.sock"));
    iovec bytes = {const_cast<char*>("x"), 1};
    mmsghdr message = {};
    message.msg_hdr.msg_name = to.get();
    message.msg_hdr.msg_namelen = to.size();
    message.msg_hdr.msg_iov = &bytes;
    message.msg_hdr.msg_iovlen = 1;
    return said(::sendmmsg(::socket(AF_UNIX, SOCK_DGRAM, 0), &message, 1, 0));
  });
}

}  // namespace gatehouse::escape
