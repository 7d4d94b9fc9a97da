// SPDX-License-Identifier: Apache-2.0
// What decode takes, keeps and refuses. It must never need a kernel.
#include "events/decode.h"

#include <gtest/gtest.h>

#include "raw_event.h"

namespace gatehouse::events {
namespace {

Result<Event> decode_with_names(const std::vector<unsigned char>& record) {
  return decode(record, SomeNames{}, 5'000'000'000);
}

TEST(Decode, NamesTheSessionTheRuleAndTheReasonOfADecision) {
  const auto event =
      decode_with_names(record_of(raw_event(GH_EVENT_DECISION), "/home/dev/.ssh/id"));
  ASSERT_TRUE(event) << event.error().what;
  const auto& decision = std::get<Decision>(event->body);
  EXPECT_EQ(event->time, 6'000'000'000);
  EXPECT_EQ(event->origin->seq, 7u);
  EXPECT_EQ(event->origin->cpu, 1u);
  EXPECT_EQ(event->session.name, "night-shift");
  EXPECT_EQ(event->policy.name, "coding-agent");
  EXPECT_EQ(event->process.comm, "cat");
  EXPECT_EQ(decision.object.text, "/home/dev/.ssh/id");
  EXPECT_EQ(decision.verdict, GH_DENY);
  EXPECT_EQ(decision.rule.id, "secrets");
  EXPECT_EQ(decision.rule.reason, "credentials");
}

TEST(Decode, KeepsEveryByteOfAPathThatIsNotUtf8) {
  const std::string path = "/tmp/\xff\xfe\n\x1b[31m";
  const auto event = decode_with_names(record_of(raw_event(GH_EVENT_DECISION), path));
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<Decision>(event->body).object.text, path);
}

TEST(Decode, ShowsAnEndpointKeyAsProtocolAddressAndPort) {
  gh_event raw = raw_event(GH_EVENT_DECISION);
  raw.access = GH_CONNECT;
  raw.flags = GH_EVENT_ENDPOINT;
  const auto event = decode_with_names(record_of(raw, std::string("\0\x7f\0\0\x01\x01\xbb", 7)));
  ASSERT_TRUE(event) << event.error().what;
  const auto& object = std::get<Decision>(event->body).object;
  EXPECT_EQ(object.text, "tcp 127.0.0.1:443");
  EXPECT_EQ(object.endpoint->port, 443);
}

TEST(Decode, NamesAPrivilegeByItsNumber) {
  gh_event raw = raw_event(GH_EVENT_DECISION);
  raw.access = GH_PRIVILEGE;
  raw.other = GH_PRIVILEGE_BPF;
  const auto event = decode_with_names(record_of(raw, ""));
  ASSERT_TRUE(event) << event.error().what;
  EXPECT_EQ(std::get<Decision>(event->body).object.text, "bpf");
  EXPECT_EQ(std::get<Decision>(event->body).access, GH_PRIVILEGE);
  raw.other = 127;
  EXPECT_FALSE(decode_with_names(record_of(raw, "")));
}

TEST(Decode, PutsAnIpv6AddressInBrackets) {
  gh_event raw = raw_event(GH_EVENT_DECISION);
  raw.access = GH_SEND;
  raw.flags = GH_EVENT_ENDPOINT;
  std::string key(19, '\0');
  key[0] = GH_PROTO_UDP | GH_PROTO_V6;
  key[16] = 1;
  key[18] = 53;
  const auto event = decode_with_names(record_of(raw, key));
  ASSERT_TRUE(event) << event.error().what;
  EXPECT_EQ(std::get<Decision>(event->body).object.text, "udp [::1]:53");
}

TEST(Decode, RefusesAnEndpointKeyWhoseLengthDoesNotFitItsFamily) {
  gh_event raw = raw_event(GH_EVENT_DECISION);
  raw.flags = GH_EVENT_ENDPOINT;
  EXPECT_FALSE(decode_with_names(record_of(raw, std::string("\x04\x7f\0\0\x01\x01\xbb", 7))));
  EXPECT_FALSE(decode_with_names(record_of(raw, "")));
  EXPECT_FALSE(decode_with_names(record_of(raw, std::string("\x08\x7f\0\0\x01\x01\xbb", 7))));
}

TEST(Decode, RefusesARecordShorterThanItsHeader) {
  auto record = record_of(raw_event(GH_EVENT_DECISION), "");
  record.resize(127);
  const auto event = decode_with_names(record);
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().what, "malformed kernel event: it has 127 bytes, fewer than its header");
}

TEST(Decode, RefusesLengthsThatReachPastTheRecord) {
  gh_event raw = raw_event(GH_EVENT_DECISION);
  auto record = record_of(raw, "/abc", "x");
  record.pop_back();
  EXPECT_FALSE(decode_with_names(record));
}

TEST(Decode, RefusesTextLongerThanTheLimitEvenIfItIsThere) {
  EXPECT_FALSE(decode_with_names(record_of(raw_event(GH_EVENT_DECISION), std::string(4097, 'a'))));
  EXPECT_TRUE(decode_with_names(record_of(raw_event(GH_EVENT_DECISION), std::string(4096, 'a'))));
  EXPECT_FALSE(
      decode_with_names(record_of(raw_event(GH_EVENT_EXEC), "/a", std::string(1025, 'a'))));
}

TEST(Decode, IgnoresBytesAfterTheText) {
  auto record = record_of(raw_event(GH_EVENT_DECISION), "/a");
  record.resize(record.size() + 100, 0xee);
  const auto event = decode_with_names(record);
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<Decision>(event->body).object.text, "/a");
}

TEST(Decode, RefusesNumbersThatTheVocabularyDoesNotHave) {
  gh_event raw = raw_event(GH_EVENT_DECISION);
  raw.access = 99;
  EXPECT_FALSE(decode_with_names(record_of(raw, "/a")));
  raw = raw_event(GH_EVENT_DECISION);
  raw.verdict = 4;
  EXPECT_FALSE(decode_with_names(record_of(raw, "/a")));
  raw = raw_event(GH_EVENT_DECISION);
  raw.reason = 200;
  EXPECT_FALSE(decode_with_names(record_of(raw, "/a")));
  raw = raw_event(GH_EVENT_DECISION);
  raw.flags = 0x80;
  EXPECT_FALSE(decode_with_names(record_of(raw, "/a")));
  raw = raw_event(99);
  const auto event = decode_with_names(record_of(raw, "/a"));
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().what, "malformed kernel event: type 99 does not exist");
}

TEST(Decode, LeavesTheRuleEmptyWhenTheDefaultDecidedOrTheRuleIsUnknown) {
  gh_event raw = raw_event(GH_EVENT_DECISION);
  raw.rule = GH_RULE_DEFAULT;
  EXPECT_EQ(std::get<Decision>(decode_with_names(record_of(raw, "/a"))->body).rule.id, "");
  raw.rule = 17;
  EXPECT_EQ(std::get<Decision>(decode_with_names(record_of(raw, "/a"))->body).rule.id, "");
}

TEST(Decode, TakesACommThatFillsItsFieldWithoutANul) {
  gh_event raw = raw_event(GH_EVENT_EXIT);
  std::memset(raw.comm, 'x', sizeof raw.comm);
  EXPECT_EQ(decode_with_names(record_of(raw, ""))->process.comm, std::string(16, 'x'));
}

TEST(Decode, SplitsArgvAtNulAndSaysWhenItWasCut) {
  const auto whole = decode_with_names(
      record_of(raw_event(GH_EVENT_EXEC), "/bin/git", std::string("git\0\0push\0", 10)));
  ASSERT_TRUE(whole);
  const auto& exec = std::get<Exec>(whole->body);
  EXPECT_EQ(exec.argv, (std::vector<std::string>{"git", "", "push"}));
  EXPECT_FALSE(exec.argv_cut);
  EXPECT_EQ(whole->process.exe, "/bin/git");

  const auto cut = decode_with_names(record_of(raw_event(GH_EVENT_EXEC), "/bin/git", "git\0pu"));
  EXPECT_EQ(std::get<Exec>(cut->body).argv.back(), "git");
  const auto unended =
      decode_with_names(record_of(raw_event(GH_EVENT_EXEC), "/bin/git", std::string("git\0pu", 6)));
  EXPECT_TRUE(std::get<Exec>(unended->body).argv_cut);
  EXPECT_EQ(std::get<Exec>(unended->body).argv.back(), "pu");
}

TEST(Decode, KeepsWhatBindsAnAnswerToItsAsk) {
  gh_event raw = raw_event(GH_EVENT_ASK);
  raw.verdict = GH_ASK;
  raw.object[0] = 11;
  raw.object[1] = 12;
  raw.thread_start = 13;
  raw.syscall = 14;
  raw.ask = 15;
  raw.flags = GH_EVENT_RESTART;
  const auto event = decode_with_names(record_of(raw, "/a"));
  ASSERT_TRUE(event);
  const auto& ask = std::get<Ask>(event->body);
  EXPECT_EQ(ask.key.object, (ObjectHash{11, 12}));
  EXPECT_EQ(ask.key.thread_start, 13u);
  EXPECT_EQ(ask.key.syscall, 14u);
  EXPECT_EQ(ask.key.pass, 15u);
  EXPECT_TRUE(ask.again);
}

TEST(Decode, TellsForkExitAndTheEndOfAnAsk) {
  gh_event raw = raw_event(GH_EVENT_FORK);
  raw.other = 222;
  raw.object[0] = 333;
  const auto fork = decode_with_names(record_of(raw, ""));
  EXPECT_EQ(std::get<Fork>(fork->body).child, 222u);
  EXPECT_EQ(std::get<Fork>(fork->body).child_start, 333u);
  raw = raw_event(GH_EVENT_EXIT);
  raw.object[0] = 0x100;
  EXPECT_EQ(std::get<Exit>(decode_with_names(record_of(raw, ""))->body).status, 0x100);
  raw = raw_event(GH_EVENT_ASK_GONE);
  raw.thread_start = 5;
  EXPECT_EQ(std::get<AskGone>(decode_with_names(record_of(raw, ""))->body).key.thread_start, 5u);
}

TEST(Decode, SurvivesTimesThatOverflow) {
  gh_event raw = raw_event(GH_EVENT_EXIT);
  raw.time = ~0ull;
  EXPECT_TRUE(decode(record_of(raw, ""), SomeNames{}, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace
}  // namespace gatehouse::events
