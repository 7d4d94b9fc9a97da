// SPDX-License-Identifier: Apache-2.0
// Endpoints: every way to reach one, and every way to write its address. It must never use another network
// than loopback.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "support/sockets.h"

namespace gatehouse::testing {
namespace {

// Ports 9000-9009 may be reached, and 9005 not; bind and listen in 9100-9109.
constexpr const char* kPolicy =
    R"("filesystem": {"default": {"read": "allow", "write": "allow", "exec": "allow"}},
  "network": {"default": "deny", "rules": [
    {"id": "tcp", "action": "allow", "access": "connect", "protocol": "tcp", "cidrs": ["127.0.0.0/16", "::1/128"], "ports": ["9000-9009"]},
    {"id": "udp", "action": "allow", "access": ["connect", "send"], "protocol": "udp", "cidrs": ["127.0.0.0/16", "::1/128"], "ports": ["9020-9029"]},
    {"id": "hole", "action": "deny", "ports": [9005, 9025]},
    {"id": "serve", "action": "allow", "access": ["bind", "listen"], "ports": ["9100-9109"]},
    {"id": "quiet", "action": "deny", "access": ["listen"], "ports": [9105]}],
    "unix_sockets": {"default": "allow"}})";

class NetTest : public ::testing::Test {
 protected:
  // Allowed inside; refused inside and possible outside.
  void expect_allowed(const Operation& operation) {
    EXPECT_EQ(session.run(operation), 0) << session.last_words();
  }
  void expect_denied(const Operation& operation) {
    EXPECT_EQ(unconfined(operation), 0);
    EXPECT_EQ(session.run(operation), EPERM) << session.last_words();
  }
  std::string last_text() {
    const auto told = session.decisions();
    return told.empty() ? "" : std::get<events::Decision>(told.back().body).object.text;
  }
  std::string last_rule() {
    const auto told = session.decisions();
    return told.empty() ? "" : session.rule(told.back());
  }
  Session session{kPolicy};
};

TEST_F(NetTest, tcp_connections_are_judged_by_address_and_port) {
  Listener four("0.0.0.0", 9000), hole("0.0.0.0", 9005), out("0.0.0.0", 9010),
      last("0.0.0.0", 9009);
  expect_allowed(connects("127.0.0.1", 9000));
  expect_allowed(connects("127.0.0.1", 9009));
  expect_allowed(connects("127.0.255.255", 9000));
  expect_denied(connects("127.0.0.1", 9010));
  EXPECT_EQ(last_text(), "tcp 127.0.0.1:9010");
  expect_denied(connects("127.1.0.0", 9000));
  expect_denied(connects("127.0.0.1", 9005));
  EXPECT_EQ(last_rule(), "hole");
}

TEST_F(NetTest, tcp_connections_over_ipv6_are_judged) {
  Listener six("::", 9001), out("::", 9011);
  expect_allowed(connects("::1", 9001));
  expect_denied(connects("::1", 9011));
  EXPECT_EQ(last_text(), "tcp [::1]:9011");
}

TEST_F(NetTest, a_mapped_address_is_judged_as_the_address_that_it_means) {
  Listener four("0.0.0.0", 9000), hole("0.0.0.0", 9005);
  expect_allowed(connects("::ffff:127.0.0.1", 9000));
  expect_denied(connects("::ffff:127.0.0.1", 9005));
  EXPECT_EQ(last_text(), "tcp 127.0.0.1:9005");
  expect_denied(connects("::ffff:127.1.0.1", 9000));
}

TEST_F(NetTest, any_as_a_destination_is_this_host) {
  Listener four("0.0.0.0", 9000), hole("0.0.0.0", 9005);
  expect_allowed(connects("0.0.0.0", 9000));
  expect_denied(connects("0.0.0.0", 9005));
  EXPECT_EQ(last_text(), "tcp 127.0.0.1:9005");
  Listener six("::", 9001), out("::", 9011);
  expect_allowed(connects("::", 9001));
  expect_denied(connects("::", 9011));
  EXPECT_EQ(last_text(), "tcp [::1]:9011");
  expect_denied(connects("::ffff:0.0.0.0", 9005));
}

TEST_F(NetTest, protocols_are_told_apart) {
  Listener tcp("127.0.0.1", 9020), udp("127.0.0.1", 9000, SOCK_DGRAM);
  expect_denied(connects("127.0.0.1", 9020));
  expect_denied(connects("127.0.0.1", 9000, SOCK_DGRAM));
  expect_denied(sends_to("127.0.0.1", 9000));
}

TEST_F(NetTest, a_non_blocking_connection_is_judged) {
  Listener four("127.0.0.1", 9000), hole("127.0.0.1", 9005);
  const auto connect = [](std::uint16_t port) -> Operation {
    return [=] {
      const Address to("127.0.0.1", port);
      const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      const int code = said(::connect(fd, to.get(), to.size()));
      return code == EINPROGRESS ? 0 : code;
    };
  };
  expect_allowed(connect(9000));
  expect_denied(connect(9005));
}

// Each way to send one datagram.
Operation sends(int way, const std::string& address, std::uint16_t port) {
  return [=] {
    Address to(address, port);
    const int fd = ::socket(to.family(), SOCK_DGRAM, 0);
    char byte = 'x';
    iovec text = {&byte, 1};
    msghdr message = {};
    message.msg_iov = &text;
    message.msg_iovlen = 1;
    if (way == 0) return said(::sendto(fd, &byte, 1, 0, to.get(), to.size()));
    if (way == 1) {
      message.msg_name = to.get();
      message.msg_namelen = to.size();
      return said(::sendmsg(fd, &message, 0));
    }
    if (const int code = said(::connect(fd, to.get(), to.size())); code != 0) return code;
    return said(way == 2 ? ::send(fd, &byte, 1, 0) : ::write(fd, &byte, 1));
  };
}

TEST_F(NetTest, datagrams_are_judged_however_they_are_sent) {
  Listener four("0.0.0.0", 9020, SOCK_DGRAM), hole("0.0.0.0", 9025, SOCK_DGRAM),
      six("::1", 9021, SOCK_DGRAM), out("::1", 9031, SOCK_DGRAM);
  for (int way = 0; way < 4; way++) {
    expect_allowed(sends(way, "127.0.0.1", 9020));
    EXPECT_EQ(four.received(), 1);
    EXPECT_EQ(session.run(sends(way, "127.0.0.1", 9025)), EPERM);
    EXPECT_EQ(hole.received(), 0);
    EXPECT_EQ(unconfined(sends(way, "127.0.0.1", 9025)), 0);
    EXPECT_EQ(hole.received(), 1);
    expect_allowed(sends(way, "::1", 9021));
    expect_denied(sends(way, "::1", 9031));
    expect_allowed(sends(way, "::ffff:127.0.0.1", 9020));
    expect_denied(sends(way, "::ffff:127.0.0.1", 9025));
    expect_denied(sends(way, "0.0.0.0", 9025));
    (void)four.received();
    (void)hole.received();
  }
}

TEST_F(NetTest, a_connected_datagram_socket_cannot_send_elsewhere) {
  Listener good("127.0.0.1", 9020, SOCK_DGRAM), hole("127.0.0.1", 9025, SOCK_DGRAM);
  expect_denied([] {
    const Address first("127.0.0.1", 9020), then("127.0.0.1", 9025);
    const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    if (::connect(fd, first.get(), first.size()) != 0) return ENOTCONN;
    return said(::sendto(fd, "x", 1, 0, then.get(), then.size()));
  });
}

TEST_F(NetTest, an_unspecified_family_is_no_way_around) {
  Listener good("127.0.0.1", 9020, SOCK_DGRAM), hole("127.0.0.1", 9025, SOCK_DGRAM);
  const auto send_as_unspecified = [](std::uint16_t port) -> Operation {
    return [=] {
      Address to("127.0.0.1", port);
      to.get()->sa_family = AF_UNSPEC;
      const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
      return said(::sendto(fd, "x", 1, 0, to.get(), to.size()));
    };
  };
  expect_allowed(send_as_unspecified(9020));
  expect_denied(send_as_unspecified(9025));
  EXPECT_EQ(last_text(), "udp 127.0.0.1:9025");
  // To disconnect is nobody's business.
  expect_allowed([] {
    const Address first("127.0.0.1", 9020);
    sockaddr none = {};
    const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    if (::connect(fd, first.get(), first.size()) != 0) return ENOTCONN;
    return said(::connect(fd, &none, sizeof(none)));
  });
}

// TCP data with the SYN. 0 as well if the kernel fell back to a plain connection.
Operation opens_fast(std::uint16_t port, bool by_connect) {
  return [=] {
    const Address to("127.0.0.1", port);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const int one = 1;
    if (!by_connect) return said(::sendto(fd, "x", 1, MSG_FASTOPEN, to.get(), to.size()));
    if (::setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)) != 0) return errno;
    if (const int code = said(::connect(fd, to.get(), to.size())); code != 0) return code;
    return said(::send(fd, "x", 1, 0));
  };
}

TEST_F(NetTest, fast_open_is_judged_as_a_connection) {
  const char* knob = "/proc/sys/net/ipv4/tcp_fastopen";
  int before = 0;
  std::ifstream(knob) >> before;
  std::ofstream(knob) << 0x203 << std::flush;  // client, server, and without a cookie
  Listener good("127.0.0.1", 9000), hole("127.0.0.1", 9005);
  for (const bool by_connect : {false, true}) {
    expect_allowed(opens_fast(9000, by_connect));
    EXPECT_EQ(session.run(opens_fast(9005, by_connect)), EPERM);
    EXPECT_EQ(hole.accepted(), 0);
    EXPECT_EQ(unconfined(opens_fast(9005, by_connect)), 0);
    EXPECT_EQ(hole.accepted(), 1);
  }
  std::ofstream(knob) << before << std::flush;
}

TEST_F(NetTest, mptcp_is_judged_as_tcp) {
  constexpr int kMptcp = 262;
  const int fd = ::socket(AF_INET, SOCK_STREAM, kMptcp);
  if (fd < 0) GTEST_SKIP() << "no MPTCP in this kernel: " << std::strerror(errno);
  ::close(fd);
  Listener good("127.0.0.1", 9000, SOCK_STREAM, kMptcp),
      hole("127.0.0.1", 9005, SOCK_STREAM, kMptcp);
  expect_allowed(connects("127.0.0.1", 9000, SOCK_STREAM, kMptcp));
  EXPECT_EQ(session.run(connects("127.0.0.1", 9005, SOCK_STREAM, kMptcp)), EPERM);
  EXPECT_EQ(hole.accepted(), 0);
  EXPECT_EQ(unconfined(connects("127.0.0.1", 9005, SOCK_STREAM, kMptcp)), 0);
  // With its data in the first packet, which passes no hook of connect(2).
  const auto fast = [](std::uint16_t port) -> Operation {
    return [=] {
      const Address to("127.0.0.1", port);
      const int sock = ::socket(AF_INET, SOCK_STREAM, kMptcp);
      return said(::sendto(sock, "x", 1, MSG_FASTOPEN, to.get(), to.size()));
    };
  };
  (void)hole.accepted();
  EXPECT_NE(session.run(fast(9005)), 0);
  EXPECT_EQ(hole.accepted(), 0);
}

TEST_F(NetTest, binding_and_listening_are_judged_by_port) {
  expect_allowed(binds("127.0.0.1", 9100));
  expect_allowed(binds("127.0.0.1", 9109, SOCK_DGRAM));
  expect_allowed(binds("::1", 9104));
  expect_denied(binds("127.0.0.1", 9110));
  EXPECT_EQ(last_text(), "tcp 127.0.0.1:9110");
  expect_denied(binds("127.0.0.1", 9099, SOCK_DGRAM));
  expect_denied(binds("0.0.0.0", 9110));
  EXPECT_EQ(last_text(), "tcp 0.0.0.0:9110");
  expect_allowed(listens("127.0.0.1", 9101));
  expect_allowed(listens("::1", 9102));
  expect_denied(listens("127.0.0.1", 9105));
  EXPECT_EQ(last_rule(), "quiet");
}

TEST_F(NetTest, a_port_that_the_kernel_would_choose_is_port_0) {
  expect_denied(binds("127.0.0.1", 0));
  const Operation listen_unbound = [] {
    return said(::listen(::socket(AF_INET, SOCK_STREAM, 0), 1));
  };
  expect_denied(listen_unbound);
  Session open(R"("network": {"default": "deny", "rules": [
      {"id": "auto", "action": "allow", "access": ["bind", "listen"], "ports": [0]}]})");
  EXPECT_EQ(open.run(binds("127.0.0.1", 0)), 0);
  EXPECT_EQ(open.run(listen_unbound), 0) << open.last_words();
}

// An echo request to this host.
Operation pings(int type) {
  return [=] {
    const Address to("127.0.0.1", 0);
    const int fd = ::socket(AF_INET, type, IPPROTO_ICMP);
    if (fd < 0) return ENOTSUP;
    icmphdr echo = {};
    echo.type = ICMP_ECHO;
    echo.checksum = static_cast<std::uint16_t>(~ICMP_ECHO);
    return said(::sendto(fd, &echo, sizeof(echo), 0, to.get(), to.size()));
  };
}

TEST_F(NetTest, icmp_has_no_port) {
  const char* knob = "/proc/sys/net/ipv4/ping_group_range";
  std::ofstream(knob) << "0 2147483647" << std::flush;
  Session open(R"("network": {"default": "deny", "rules": [
      {"id": "ping", "action": "allow", "access": "send", "protocol": "icmp", "cidrs": ["127.0.0.1"]}]})");
  for (const int type : {SOCK_RAW, SOCK_DGRAM}) {
    expect_denied(pings(type));
    EXPECT_EQ(open.run(pings(type)), 0) << open.last_words();
  }
  std::ofstream(knob) << "1 0" << std::flush;
}

TEST_F(NetTest, rules_on_endpoints_leave_unix_sockets_alone) {
  Directory directory;
  expect_allowed([&] {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || ::send(pair[0], "x", 1, 0) != 1)
      return errno;
    sockaddr_un at = {};
    at.sun_family = AF_UNIX;
    std::strcpy(at.sun_path, (directory / "s").c_str());
    const auto* address = reinterpret_cast<const sockaddr*>(&at);
    const int server = ::socket(AF_UNIX, SOCK_STREAM, 0),
              client = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (::bind(server, address, sizeof(at)) != 0 || ::listen(server, 1) != 0) return errno;
    return said(::connect(client, address, sizeof(at)));
  });
}

TEST_F(NetTest, a_socket_made_outside_is_judged_by_who_uses_it) {
  Listener hole("127.0.0.1", 9005), datagrams("127.0.0.1", 9025, SOCK_DGRAM);
  const int stream = ::socket(AF_INET, SOCK_STREAM, 0), datagram = ::socket(AF_INET, SOCK_DGRAM, 0);
  const Address to("127.0.0.1", 9005), there("127.0.0.1", 9025);
  expect_denied([&] { return said(::sendto(datagram, "x", 1, 0, there.get(), there.size())); });
  EXPECT_EQ(session.run([&] { return said(::connect(stream, to.get(), to.size())); }), EPERM);
  EXPECT_EQ(unconfined([&] { return said(::connect(stream, to.get(), to.size())); }), 0);
  ::close(stream);
  ::close(datagram);
}

}  // namespace
}  // namespace gatehouse::testing
