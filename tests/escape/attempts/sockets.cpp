// SPDX-License-Identifier: Apache-2.0
// Kinds of sockets that no rule judges by endpoint, and what only an administrator of the network may do.
// It must never set anything to another value than it has.
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstring>

#include "endpoint.h"
#include "judge.h"

namespace gatehouse::escape {
namespace {

void add_kind(Attempts& all, const std::string& name, int family, int type, int protocol,
              Who who = anyone) {
  all.push_back({name, who, [=](const Ground&) {
                   const int fd = ::socket(family, type, protocol);
                   if (fd < 0 && (errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT ||
                                  errno == ESOCKTNOSUPPORT))
                     return skipped(std::string("the kernel has none: ") + std::strerror(errno));
                   return returned(fd, "it has the socket");
                 }});
}

Outcome option(int level, int name, int value, int type = SOCK_STREAM) {
  const int fd = ::socket(AF_INET, type, 0);
  return returned(::setsockopt(fd, level, name, &value, sizeof value), "it was set");
}

Outcome interface(unsigned long get, unsigned long set) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  ifreq request = {};
  std::strcpy(request.ifr_name, "lo");
  if (::ioctl(fd, get, &request) != 0) return broken("cannot read it");
  return returned(::ioctl(fd, set, &request), "it may change interfaces");
}

}  // namespace

void add_sockets(Attempts& all) {
  add_kind(all, "raw-socket-of-tcp", AF_INET, SOCK_RAW, IPPROTO_TCP, root);
  add_kind(all, "raw-socket-of-ipv6", AF_INET6, SOCK_RAW, IPPROTO_UDP, root);
  add_kind(all, "packet-socket-of-datagrams", AF_PACKET, SOCK_DGRAM, 0, root);
  add_kind(all, "key-management-socket", 15 /* AF_KEY */, SOCK_RAW, 2, root);
  add_kind(all, "xdp-socket", 44 /* AF_XDP */, SOCK_RAW, 0, root);
  add_kind(all, "vsock-stream", AF_VSOCK, SOCK_STREAM, 0);
  add_kind(all, "vsock-datagram", AF_VSOCK, SOCK_DGRAM, 0);
  add_kind(all, "crypto-socket", AF_ALG, SOCK_SEQPACKET, 0);
  add_kind(all, "netlink-of-sockets", AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
  add_kind(all, "netlink-of-netfilter", AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
  add_kind(all, "netlink-of-uevents", AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
  add_kind(all, "netlink-generic", AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
  add_kind(all, "netlink-of-audit", AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
  add_kind(all, "netlink-of-xfrm", AF_NETLINK, SOCK_RAW, NETLINK_XFRM);
  all.push_back({"raw-ping-elsewhere", root, [](const Ground&) {
                   const int fd = ::socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
                   const unsigned char echo[8] = {8, 0, 0xf7, 0xff};
                   const Endpoint to("192.0.2.1", 0);
                   if (fd < 0 || ::sendto(fd, echo, sizeof echo, 0, to.get(), to.size()) < 0)
                     return contained(errno);
                   pollfd ready = {fd, POLLIN, 0};
                   return ::poll(&ready, 1, 2000) == 1 ? escaped("an echo came back")
                                                       : contained(ETIMEDOUT);
                 }});
  all.push_back({"listen-to-all-packets", root, [](const Ground&) {
                   const int fd = ::socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
                   pollfd ready = {fd, POLLIN, 0};
                   if (fd < 0) return contained(errno);
                   return ::poll(&ready, 1, 3000) == 1 ? escaped("it hears what others send")
                                                       : contained(ETIMEDOUT);
                 }});
  all.push_back(
      {"mark-packets", root, [](const Ground&) { return option(SOL_SOCKET, SO_MARK, 7); }});
  all.push_back({"force-a-receive-buffer", root,
                 [](const Ground&) { return option(SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20); }});
  all.push_back({"set-flags-of-an-interface", root,
                 [](const Ground&) { return interface(SIOCGIFFLAGS, SIOCSIFFLAGS); }});
  all.push_back({"set-mtu-of-an-interface", root,
                 [](const Ground&) { return interface(SIOCGIFMTU, SIOCSIFMTU); }});
}

}  // namespace gatehouse::escape
