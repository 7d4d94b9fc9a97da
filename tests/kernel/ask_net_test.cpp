// SPDX-License-Identifier: Apache-2.0
// Asks of the network: connect, send and many messages at once. It must never let a packet out before the
// answer.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "support/sockets.h"

namespace gatehouse::testing {
namespace {

constexpr const char* kPolicy = R"("filesystem": {"default": {"read": "allow", "exec": "allow"}},
  "network": {"default": {"bind": "allow"}, "rules": [
    {"id": "asked", "action": "ask", "access": ["connect", "send"], "cidrs": ["127.0.0.0/8", "::1"], "ports": ["9000-9009"]},
    {"id": "free", "action": "allow", "access": ["connect", "send"], "ports": [9010]}]})";

class AskNetTest : public ::testing::Test {
 protected:
  static std::vector<std::string> said(const Answered& answered) {
    std::vector<std::string> out;
    for (const auto& ask : answered.asks)
      out.push_back(std::get<events::Ask>(ask.body).object.text);
    return out;
  }
  Session session{kPolicy};
};

TEST_F(AskNetTest, a_connection_waits_for_its_answer) {
  Listener server("127.0.0.1", 9000);
  EXPECT_EQ(unconfined(connects("127.0.0.1", 9000)), 0);
  EXPECT_EQ(server.accepted(), 1);
  Running running = session.start(connects("127.0.0.1", 9000));
  const auto ask = session.next_ask();
  ASSERT_TRUE(ask.has_value());
  EXPECT_EQ(std::get<events::Ask>(ask->body).object.text, "tcp 127.0.0.1:9000");
  EXPECT_EQ(server.accepted(), 0);
  session.answer(*ask, GH_SCOPE_ONCE, GH_ALLOW);
  EXPECT_EQ(running.wait(), 0) << session.last_words();
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(AskNetTest, a_refused_connection_is_eperm) {
  Listener server("::1", 9000);
  EXPECT_EQ(run_answering(session, connects("::1", 9000), {GH_SCOPE_ONCE, GH_DENY}).result, EPERM);
  EXPECT_EQ(server.accepted(), 0);
  EXPECT_EQ(run_answering(session, connects("::1", 9000)).result, 0) << session.last_words();
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(AskNetTest, a_non_blocking_connection_waits_as_well) {
  Listener server("127.0.0.1", 9000);
  const Operation operation = [] {
    const Address to("127.0.0.1", 9000);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int code = gatehouse::testing::said(::connect(fd, to.get(), to.size()));
    if (code != EINPROGRESS) return code;
    pollfd ready = {fd, POLLOUT, 0};
    if (::poll(&ready, 1, 10000) != 1) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof(error);
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
  };
  EXPECT_EQ(unconfined(operation), 0);
  const Answered answered = run_answering(session, operation);
  EXPECT_EQ(answered.result, 0) << session.last_words();
  EXPECT_EQ(answered.asks.size(), 1u);
}

TEST_F(AskNetTest, a_datagram_waits_for_its_answer) {
  Listener receiver("127.0.0.1", 9001, SOCK_DGRAM);
  EXPECT_EQ(unconfined(sends_to("127.0.0.1", 9001)), 0);
  EXPECT_EQ(receiver.received(), 1);
  EXPECT_EQ(run_answering(session, sends_to("127.0.0.1", 9001), {GH_SCOPE_ONCE, GH_DENY}).result,
            EPERM);
  EXPECT_EQ(receiver.received(), 0);
  const Answered answered = run_answering(session, sends_to("127.0.0.1", 9001));
  EXPECT_EQ(answered.result, 0) << session.last_words();
  EXPECT_EQ(said(answered), std::vector<std::string>{"udp 127.0.0.1:9001"});
  EXPECT_EQ(receiver.received(), 1);
}

TEST_F(AskNetTest, many_messages_of_one_call_each_go_out_once) {
  Listener first("127.0.0.1", 9001, SOCK_DGRAM), second("127.0.0.1", 9002, SOCK_DGRAM),
      free("127.0.0.1", 9010, SOCK_DGRAM);
  const Operation operation = [] {
    Address to[] = {Address("127.0.0.1", 9010), Address("127.0.0.1", 9001),
                    Address("127.0.0.1", 9002)};
    char byte = 'x';
    iovec text = {&byte, 1};
    mmsghdr messages[3] = {};
    for (int i = 0; i < 3; i++) {
      messages[i].msg_hdr.msg_name = to[i].get();
      messages[i].msg_hdr.msg_namelen = to[i].size();
      messages[i].msg_hdr.msg_iov = &text;
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    unsigned sent = 0;  // the kernel may stop between two messages: the caller goes on, as always
    while (sent < 3) {
      const int now = ::sendmmsg(fd, messages + sent, 3 - sent, 0);
      if (now <= 0) return errno;
      sent += static_cast<unsigned>(now);
    }
    return 0;
  };
  EXPECT_EQ(unconfined(operation), 0);
  EXPECT_EQ(first.received() + second.received() + free.received(), 3);
  const Answered answered = run_answering(session, operation);
  EXPECT_EQ(answered.result, 0) << session.last_words();
  EXPECT_EQ(said(answered), (std::vector<std::string>{"udp 127.0.0.1:9001", "udp 127.0.0.1:9002"}));
  EXPECT_EQ(free.received(), 1);
  EXPECT_EQ(first.received(), 1);
  EXPECT_EQ(second.received(), 1);
}

TEST_F(AskNetTest, an_answer_for_one_port_is_none_for_another) {
  Listener one("127.0.0.1", 9003), two("127.0.0.1", 9004);
  const Operation operation = [] {
    const int code = connects("127.0.0.1", 9003)();
    return code != 0 ? code : connects("127.0.0.1", 9004)();
  };
  const Answered answered = run_answering(session, operation, {GH_SCOPE_SESSION, GH_ALLOW});
  EXPECT_EQ(answered.result, 0) << session.last_words();
  EXPECT_EQ(answered.asks.size(), 2u);
  EXPECT_EQ(run_answering(session, operation).asks.size(), 0u);
}

}  // namespace
}  // namespace gatehouse::testing
