// SPDX-License-Identifier: Apache-2.0
// Connections and messages to endpoints that no rule allows, and ports taken that are not the session's.
// It must never name an address outside of the ground's own network namespace.
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "endpoint.h"
#include "judge.h"

namespace gatehouse::escape {
namespace {

bool lacking(int error) {
  return error == EPROTONOSUPPORT || error == EAFNOSUPPORT || error == ESOCKTNOSUPPORT;
}

int connect_and_send(int fd, const Endpoint& to) {
  if (fd < 0) return errno;
  if (::connect(fd, to.get(), to.size()) != 0) return errno;
  return said(::send(fd, "x", 1, 0));
}

using ToEndpoint = std::function<int(const Endpoint&)>;

// The socket's kind may be one that the kernel lacks.
void add_reach(Attempts& all, const std::string& name, Ear ear, const Endpoint& to,
               const ToEndpoint& act) {
  all.push_back({name, anyone, [=](const Ground& g) {
                   int error = 0;
                   auto outcome = heard(g, ear, [&] { return error = act(to); });
                   if (outcome.kind == Outcome::contained && lacking(error))
                     return skipped(std::string("the kernel has none: ") + std::strerror(error));
                   return outcome;
                 }});
}

ToEndpoint connecting(int type, int protocol = 0, int family = 0) {
  return [=](const Endpoint& to) {
    return connect_and_send(::socket(family != 0 ? family : to.family(), type, protocol), to);
  };
}

void add_tcp(Attempts& all) {
  const auto tcp = connecting(SOCK_STREAM);
  const Endpoint loopback("127.0.0.1", 81), elsewhere("192.0.2.1", 8080);
  add_reach(all, "connect-to-denied-port", kEarLoopbackTcp, loopback, tcp);
  add_reach(all, "connect-to-denied-port-of-ipv6", kEarLoopbackTcp6, {"::1", 81}, tcp);
  add_reach(all, "connect-elsewhere", kEarElsewhereTcp, elsewhere, tcp);
  add_reach(all, "connect-elsewhere-by-ipv6", kEarElsewhereTcp6, {"2001:db8::1", 8080}, tcp);
  add_reach(all, "connect-to-metadata", kEarMetadata, {"169.254.169.254", 80}, tcp);
  add_reach(all, "connect-to-docker", kEarDocker, {"127.0.0.1", 2375}, tcp);
  add_reach(all, "connect-by-mapped-address", kEarLoopbackTcp, {"::ffff:127.0.0.1", 81}, tcp);
  add_reach(all, "connect-elsewhere-by-mapped-address", kEarElsewhereTcp,
            {"::ffff:192.0.2.1", 8080}, tcp);
  add_reach(all, "connect-to-metadata-by-mapped-address", kEarMetadata,
            {"::ffff:169.254.169.254", 80}, tcp);
  add_reach(all, "connect-to-any-address", kEarLoopbackTcp, {"0.0.0.0", 81}, tcp);
  add_reach(all, "connect-to-any-address-of-ipv6", kEarLoopbackTcp6, {"::", 81}, tcp);
  add_reach(all, "connect-without-waiting", kEarLoopbackTcp, loopback, [](const Endpoint& to) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int error = said(::connect(fd, to.get(), to.size()));
    sleep_ms(200);
    return error;
  });
  add_reach(all, "connect-again-after-disconnect", kEarLoopbackTcp, loopback,
            [](const Endpoint& to) {
              const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
              const Endpoint allowed("127.0.0.1", 8090);
              ::connect(fd, allowed.get(), allowed.size());
              const Endpoint none = Endpoint(allowed).as(AF_UNSPEC);
              ::connect(fd, none.get(), none.size());
              return connect_and_send(fd, to);
            });
  add_reach(all, "connect-in-a-thread", kEarLoopbackTcp, loopback, [](const Endpoint& to) {
    int error = 0;
    std::thread([&] { error = connect_and_send(::socket(AF_INET, SOCK_STREAM, 0), to); }).join();
    return error;
  });
  add_reach(all, "connect-from-a-bound-address", kEarElsewhereTcp, elsewhere,
            [](const Endpoint& to) {
              const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
              const Endpoint from("127.0.0.1", 0);
              ::bind(fd, from.get(), from.size());
              const int error = connect_and_send(fd, to);
              return error != 0 ? connect_and_send(::socket(AF_INET, SOCK_STREAM, 0), to) : 0;
            });
  add_reach(all, "connect-by-mptcp", kEarMptcp, {"127.0.0.1", 85}, connecting(SOCK_STREAM, 262));
  add_reach(all, "connect-by-smc", kEarLoopbackTcp, loopback, connecting(SOCK_STREAM, 0, AF_SMC));
  add_reach(all, "connect-by-dccp", kEarDccp, {"127.0.0.1", 86}, connecting(6, 33));
  add_reach(all, "fast-open-by-message", kEarLoopbackTcp, loopback, [](const Endpoint& to) {
    return said(
        ::sendto(::socket(AF_INET, SOCK_STREAM, 0), "x", 1, MSG_FASTOPEN, to.get(), to.size()));
  });
  add_reach(all, "fast-open-by-message-of-ipv6", kEarLoopbackTcp6, {"::1", 81},
            [](const Endpoint& to) {
              return said(::sendto(::socket(AF_INET6, SOCK_STREAM, 0), "x", 1, MSG_FASTOPEN,
                                   to.get(), to.size()));
            });
  add_reach(all, "fast-open-by-mptcp", kEarMptcp, {"127.0.0.1", 85}, [](const Endpoint& to) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 262);
    if (fd < 0) return errno;
    return said(::sendto(fd, "x", 1, MSG_FASTOPEN, to.get(), to.size()));
  });
  add_reach(all, "fast-open-by-connect", kEarLoopbackTcp, loopback, [](const Endpoint& to) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0), on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on);
    return connect_and_send(fd, to);
  });
  add_reach(all, "connect-by-sctp", kEarSctp, {"127.0.0.1", 84}, connecting(SOCK_STREAM, 132));
  add_reach(all, "send-by-sctp", kEarSctp, {"127.0.0.1", 84}, [](const Endpoint& to) {
    const int fd = ::socket(AF_INET, SOCK_SEQPACKET, 132);
    if (fd < 0) return errno;
    return said(::sendto(fd, "x", 1, 0, to.get(), to.size()));
  });
  add_reach(all, "connect-by-sctp-option", kEarSctp, {"127.0.0.1", 84}, [](const Endpoint& to) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 132);
    if (fd < 0) return errno;
    return said(::setsockopt(fd, 132, 110 /* SCTP_SOCKOPT_CONNECTX */, to.get(), to.size()));
  });
}

mmsghdr message_to(Endpoint& to, iovec& bytes) {
  mmsghdr message = {};
  message.msg_hdr.msg_name = to.get();
  message.msg_hdr.msg_namelen = to.size();
  message.msg_hdr.msg_iov = &bytes;
  message.msg_hdr.msg_iovlen = 1;
  return message;
}

int send_to(int fd, const Endpoint& to) {
  if (fd < 0) return errno;
  return said(::sendto(fd, "x", 1, 0, to.get(), to.size()));
}

void add_udp(Attempts& all) {
  const Endpoint loopback("127.0.0.1", 81), elsewhere("192.0.2.1", 8080);
  const auto unconnected = [](const Endpoint& to) {
    return send_to(::socket(to.family(), SOCK_DGRAM, 0), to);
  };
  add_reach(all, "udp-connect", kEarLoopbackUdp, loopback, connecting(SOCK_DGRAM));
  add_reach(all, "udp-send", kEarLoopbackUdp, loopback, unconnected);
  add_reach(all, "udp-send-elsewhere", kEarElsewhereUdp, elsewhere, unconnected);
  add_reach(all, "udp-send-elsewhere-by-ipv6", kEarUdp6, {"2001:db8::1", 8080}, unconnected);
  add_reach(all, "udp-send-by-mapped-address", kEarLoopbackUdp, {"::ffff:127.0.0.1", 81},
            unconnected);
  add_reach(all, "udp-send-to-any-address", kEarLoopbackUdp, {"0.0.0.0", 81}, unconnected);
  add_reach(all, "udp-send-without-a-family", kEarLoopbackUdp, loopback, [](const Endpoint& to) {
    return send_to(::socket(AF_INET, SOCK_DGRAM, 0), Endpoint(to).as(AF_UNSPEC));
  });
  add_reach(all, "udp-send-ipv4-by-an-ipv6-socket", kEarLoopbackUdp, loopback,
            [](const Endpoint& to) { return send_to(::socket(AF_INET6, SOCK_DGRAM, 0), to); });
  add_reach(all, "udp-send-elsewhere-when-connected", kEarLoopbackUdp, loopback,
            [](const Endpoint& to) {
              const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
              const Endpoint allowed("127.0.0.1", 8090);
              ::connect(fd, allowed.get(), allowed.size());
              return send_to(fd, to);
            });
  add_reach(all, "udp-connect-twice", kEarLoopbackUdp, loopback, [](const Endpoint& to) {
    const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    const Endpoint allowed("127.0.0.1", 8090);
    ::connect(fd, allowed.get(), allowed.size());
    return connect_and_send(fd, to);
  });
  add_reach(all, "udp-send-one-message", kEarLoopbackUdp, loopback, [](const Endpoint& to) {
    Endpoint there = to;
    iovec bytes = {const_cast<char*>("x"), 1};
    const auto message = message_to(there, bytes);
    return said(::sendmsg(::socket(AF_INET, SOCK_DGRAM, 0), &message.msg_hdr, 0));
  });
  add_reach(all, "udp-send-second-of-many", kEarLoopbackUdp, loopback, [](const Endpoint& to) {
    Endpoint allowed("127.0.0.1", 8090), there = to;
    iovec bytes = {const_cast<char*>("x"), 1};
    mmsghdr messages[2] = {message_to(allowed, bytes), message_to(there, bytes)};
    const int sent = ::sendmmsg(::socket(AF_INET, SOCK_DGRAM, 0), messages, 2, 0);
    return sent == 2 ? 0 : sent < 0 ? errno : EPERM;
  });
  add_reach(all, "udp-lite-connect", kEarUdpLite, {"127.0.0.1", 83}, connecting(SOCK_DGRAM, 136));
  add_reach(all, "udp-lite-send", kEarUdpLite, {"127.0.0.1", 83},
            [](const Endpoint& to) { return send_to(::socket(AF_INET, SOCK_DGRAM, 136), to); });
}

// Escaped when the socket has that port afterwards.
void add_bind(Attempts& all, const std::string& name, const Endpoint& at, int type,
              const std::function<void(int)>& before = {}, Who who = anyone) {
  all.push_back({name, who, [=](const Ground&) {
                   const int fd = ::socket(at.family(), type, 0);
                   if (before) before(fd);
                   if (::bind(fd, at.get(), at.size()) != 0) return contained(errno);
                   if (type == SOCK_STREAM && ::listen(fd, 1) != 0) return contained(errno);
                   return escaped("it has the port");
                 }});
}

// A client outside of the session connects to port 9191 of every address again and again.
Outcome accepts(const Endpoint& at) {
  const int fd = ::socket(at.family(), SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, at.get(), at.size()) != 0 || ::listen(fd, 8) != 0) return contained(errno);
  for (int i = 0; i < 100; i++) {
    socklen_t size = sizeof(sockaddr_storage);
    sockaddr_storage storage = {};
    if (::accept(fd, reinterpret_cast<sockaddr*>(&storage), &size) >= 0)
      return escaped("a connection from elsewhere came in");
    sleep_ms(20);
  }
  return contained(EAGAIN);
}

}  // namespace

void add_network(Attempts& all) {
  add_tcp(all);
  add_udp(all);
  add_bind(all, "bind-denied-port", {"127.0.0.1", 82}, SOCK_STREAM);
  add_bind(all, "bind-denied-port-of-ipv6", {"::1", 82}, SOCK_STREAM);
  add_bind(all, "bind-denied-port-of-any-address", {"0.0.0.0", 82}, SOCK_STREAM);
  add_bind(all, "bind-another-address", {"192.0.2.1", 8081}, SOCK_STREAM);
  add_bind(all, "bind-another-address-by-mapped-address", {"::ffff:192.0.2.1", 8081}, SOCK_STREAM);
  add_bind(all, "bind-udp-of-any-address", {"0.0.0.0", 8081}, SOCK_DGRAM);
  add_bind(all, "bind-udp-of-any-address-of-ipv6", {"::", 8081}, SOCK_DGRAM);
  all.push_back({"bind-without-a-family", anyone, [](const Ground&) {
                   const auto at = Endpoint("0.0.0.0", 82).as(AF_UNSPEC);
                   return returned(::bind(::socket(AF_INET, SOCK_DGRAM, 0), at.get(), at.size()),
                                   "it has the port");
                 }});
  add_bind(all, "take-a-share-of-a-listening-port", {"192.0.2.1", 8082}, SOCK_STREAM, [](int fd) {
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  });
  add_bind(
      all, "bind-a-foreign-address", {"203.0.113.9", 9000}, SOCK_STREAM,
      [](int fd) {
        const int on = 1;
        ::setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &on, sizeof on);
      },
      root);
  all.push_back({"accept-from-elsewhere", anyone, [](const Ground&) {
                   return accepts({"0.0.0.0", 9191});
                 }});
  all.push_back({"accept-from-elsewhere-by-ipv6", anyone, [](const Ground&) {
                   return accepts({"::", 9191});
                 }});
  all.push_back({"ping-elsewhere", anyone, [](const Ground&) {
                   // An echo of the kernel's comes back when the request went out.
                   const int fd = ::socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
                   const unsigned char echo[8] = {8};
                   const Endpoint to("192.0.2.1", 0);
                   if (fd < 0 || ::sendto(fd, echo, sizeof echo, 0, to.get(), to.size()) < 0)
                     return contained(errno);
                   pollfd ready = {fd, POLLIN, 0};
                   return ::poll(&ready, 1, 2000) == 1 ? escaped("an echo came back")
                                                       : contained(ETIMEDOUT);
                 }});
}

}  // namespace gatehouse::escape
