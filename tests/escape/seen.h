// SPDX-License-Identifier: Apache-2.0
// What processes outside of the session have seen, in one file that they map and attempts only read. It
// must never hold anything that an attempt could fill itself: both sides judge by it.
#pragma once

#include <atomic>
#include <cstdint>

namespace gatehouse::escape {

// Endpoints that no session may reach.
enum Ear : std::uint32_t {
  kEarLoopbackTcp,
  kEarLoopbackTcp6,
  kEarElsewhereTcp,
  kEarElsewhereTcp6,
  kEarMetadata,
  kEarDocker,
  kEarLoopbackUdp,
  kEarElsewhereUdp,
  kEarUdp6,
  kEarUdpLite,
  kEarSctp,
  kEarMptcp,
  kEarDccp,
  kEarShared,  // SO_REUSEPORT
  kEarUnixStream,
  kEarUnixPacket,
  kEarUnixDatagram,
  kEarAbstractStream,
  kEarAbstractDatagram,
  kEarInherited,  // connected from outside and handed over
  kEars
};

inline const char* name_of(Ear ear) {
  constexpr const char* kNames[kEars] = {"127.0.0.1:81 tcp",
                                         "[::1]:81 tcp",
                                         "192.0.2.1:8080 tcp",
                                         "[2001:db8::1]:8080 tcp",
                                         "169.254.169.254:80 tcp",
                                         "127.0.0.1:2375 tcp",
                                         "127.0.0.1:81 udp",
                                         "192.0.2.1:8080 udp",
                                         "[2001:db8::1]:8080 udp",
                                         "127.0.0.1:83 udp-lite",
                                         "127.0.0.1:84 sctp",
                                         "127.0.0.1:85 mptcp",
                                         "127.0.0.1:86 dccp",
                                         "192.0.2.1:8082 tcp",
                                         "unix stream",
                                         "unix seqpacket",
                                         "unix datagram",
                                         "abstract unix stream",
                                         "abstract unix datagram",
                                         "a socket that was handed over"};
  return kNames[ear];
}

struct Seen {
  std::atomic<std::uint32_t> signals[65];   // by the victim
  std::atomic<std::uint32_t> heard[kEars];  // connections and messages
};

}  // namespace gatehouse::escape
