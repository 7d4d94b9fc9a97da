// SPDX-License-Identifier: Apache-2.0
// Entries for systemd's journal, at a socket of the test's own that is as slow, small or absent as journald may be.
// It must never write to the machine's journal; the end-to-end tests have a journald read them.
#include "sinks/journal.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "sample_events.h"
#include "sinks/sinks.h"

namespace gatehouse::sinks {
namespace {

using Entry = std::multimap<std::string, std::string>;

// As journald reads it.
Entry parsed(std::string_view text) {
  Entry entry;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto equals = text.substr(0, end).find('=');
    if (equals != std::string_view::npos) {
      entry.emplace(text.substr(0, equals), text.substr(equals + 1, end - equals - 1));
      text.remove_prefix(end + 1);
      continue;
    }
    std::uint64_t size = 0;
    for (unsigned i = 0; i < 8; i++)
      size |= std::uint64_t{static_cast<unsigned char>(text[end + 1 + i])} << (8 * i);
    entry.emplace(text.substr(0, end), text.substr(end + 9, size));
    text.remove_prefix(end + 9 + size + 1);
  }
  return entry;
}

std::string one(const Entry& entry, const std::string& name) {
  return entry.count(name) == 1 ? entry.find(name)->second : "";
}

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() {
    folder_ = ::mkdtemp(name_);
    listen();
  }
  ~JournalTest() override { std::filesystem::remove_all(folder_); }
  void listen() {
    journald_ = UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof(address.sun_path) - 1);
    ::unlink(path().c_str());
    ASSERT_EQ(::bind(journald_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  [[nodiscard]] std::string path() const { return folder_ + "/socket"; }
  [[nodiscard]] std::unique_ptr<Sink> sink() const {
    auto made = open_sink("journald:" + path());
    EXPECT_TRUE(made) << made.error().what;
    return std::move(*made);
  }
  // The next datagram, or the file that it brings.
  std::string received() {
    std::string text(1 << 20, '\0');
    iovec part = {text.data(), text.size()};
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    const ssize_t got = ::recvmsg(journald_.get(), &message, MSG_CMSG_CLOEXEC);
    if (got < 0) return "";
    text.resize(static_cast<std::size_t>(got));
    if (const cmsghdr* const header = CMSG_FIRSTHDR(&message); header != nullptr) {
      int fd = -1;
      __builtin_memcpy(&fd, CMSG_DATA(header), sizeof fd);
      const UniqueFd file(fd);
      struct stat info {};
      ::fstat(fd, &info);
      text.resize(static_cast<std::size_t>(info.st_size));
      EXPECT_EQ(::pread(fd, text.data(), text.size(), 0), info.st_size);
    }
    return text;
  }

  char name_[32] = "/tmp/gh-journal-XXXXXX";
  std::string folder_;
  UniqueFd journald_;
};

TEST_F(JournalTest, GetsAFieldForEachMember) {
  sink()->write(denied_read("/home/dev/.ssh/id"));
  const Entry entry = parsed(received());
  EXPECT_EQ(one(entry, "MESSAGE"), "deny read /home/dev/.ssh/id cat[100] (secrets: credentials)");
  EXPECT_EQ(one(entry, "PRIORITY"), "4");
  EXPECT_EQ(one(entry, "SYSLOG_IDENTIFIER"), "gatehouse");
  EXPECT_EQ(one(entry, "GATEHOUSE_TYPE"), "decision");
  EXPECT_EQ(one(entry, "GATEHOUSE_TIME"), "2023-11-14T22:13:20.123456789Z");
  EXPECT_EQ(one(entry, "GATEHOUSE_OBJECT"), "/home/dev/.ssh/id");
  EXPECT_EQ(one(entry, "GATEHOUSE_VERDICT"), "deny");
  EXPECT_EQ(one(entry, "GATEHOUSE_RULE"), "secrets");
  EXPECT_EQ(one(entry, "GATEHOUSE_PID"), "100");
  EXPECT_EQ(one(entry, "GATEHOUSE_SESSION_NAME"), "night-shift");
  EXPECT_EQ(one(entry, "GATEHOUSE_SESSION_LABELS_TEAM"), "a");
  EXPECT_EQ(one(entry, "GATEHOUSE_POLICY_NAME"), "coding-agent");
}

TEST_F(JournalTest, KeepsBytesAndLineBreaksInsideTheirField) {
  auto event = denied_read("/tmp/a\nPRIORITY=0\n\xff");
  event.session.labels = {{"a b=\n", "x\ny"}};
  std::get<events::Decision>(event.body).argv = {"git", "pu\nsh"};
  sink()->write(event);
  const Entry entry = parsed(received());
  EXPECT_EQ(one(entry, "PRIORITY"), "4");
  EXPECT_EQ(one(entry, "GATEHOUSE_OBJECT"), "/tmp/a\nPRIORITY=0\n\xff");
  EXPECT_EQ(one(entry, "GATEHOUSE_SESSION_LABELS_A_B__"), "x\ny");
  EXPECT_EQ(entry.count("GATEHOUSE_ARGV"), 2u);
  for (const auto& [name, value] : entry)
    for (const char c : name)
      EXPECT_TRUE((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_') << name;
}

TEST_F(JournalTest, GetsWhatIsTooLargeForADatagramAsAFile) {
  const std::string large(600'000, 'x');
  auto event = denied_read("/x");
  event.session.labels = {{"large", large}};
  const auto journal = sink();
  journal->write(event);
  EXPECT_EQ(one(parsed(received()), "GATEHOUSE_SESSION_LABELS_LARGE"), large);
  EXPECT_EQ(journal->state().lost, 0u);
}

TEST_F(JournalTest, IsWaitedForWhileItIsAwayAndLosesNothingWithinBounds) {
  const auto journal = sink();
  journald_.reset();
  for (int i = 0; i < 10; i++)
    journal->write(denied_read("/" + std::to_string(i)));
  EXPECT_NE(journal->state().backlog, 0u);
  listen();
  journal->flush();
  for (int i = 0; i < 10; i++)
    EXPECT_EQ(one(parsed(received()), "GATEHOUSE_OBJECT"), "/" + std::to_string(i));
  EXPECT_EQ(journal->state().sent, 10u);
  EXPECT_EQ(journal->state().lost, 0u);
  EXPECT_EQ(journal->state().backlog, 0u);
}

TEST_F(JournalTest, CountsWhatItHasNoRoomFor) {
  const auto journal = sink();
  journald_.reset();
  for (int i = 0; i < 3000; i++)
    journal->write(denied_read("/" + std::string(1000, 'x')));
  const auto state = journal->state();
  EXPECT_NE(state.lost, 0u);
  EXPECT_LE(state.backlog, JournalSink::kMostPending);
  const auto loss = journal->take_loss();
  ASSERT_TRUE(loss);
  EXPECT_EQ(loss->count, state.lost);
  EXPECT_FALSE(journal->take_loss());
  listen();
  std::size_t arrived = 0;
  do {
    journal->flush();
    while (!received().empty())
      arrived++;
  } while (journal->state().backlog != 0);
  EXPECT_EQ(arrived + state.lost, 3000u);
}

TEST(Journal, ThatIsNotThereIsSaid) {
  const auto made = open_sink("journald:/nowhere/socket");
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().what.find("journald"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::sinks
