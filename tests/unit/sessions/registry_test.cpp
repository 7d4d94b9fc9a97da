// SPDX-License-Identifier: Apache-2.0
// Records on disk and the counter, in a folder of the test's own.
// It must never touch /var/lib/gatehouse.
#include "sessions/registry.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

namespace gatehouse::sessions {
namespace {

class ARegistry : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/gh-registry-XXXXXX";
    state_ = ::mkdtemp(name);
  }
  void TearDown() override { std::filesystem::remove_all(state_); }
  Session session(std::uint64_t serial) {
    Session s;
    s.serial = serial;
    s.boot = boot_id().value();
    return s;
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(state_ + "/" + name) << text;
  }
  std::string state_;
};

TEST_F(ARegistry, KeepsWhatItSaved) {
  auto registry = Registry::open(state_);
  ASSERT_TRUE(registry);
  ASSERT_TRUE(registry->save(session(2)));
  ASSERT_TRUE(registry->save(session(10)));
  auto loaded = registry->load();
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->sessions.size(), 2u);
  EXPECT_EQ(loaded->sessions[0].serial, 2u);
  EXPECT_EQ(loaded->sessions[1].serial, 10u);
  ASSERT_TRUE(registry->remove(2));
  ASSERT_TRUE(registry->remove(2));
  EXPECT_EQ(registry->load()->sessions.size(), 1u);
  struct stat inode = {};
  ASSERT_EQ(::stat((state_ + "/sessions/10.json").c_str(), &inode), 0);
  EXPECT_EQ(inode.st_mode & 0777, 0600u);
}

TEST_F(ARegistry, KeepsGrantsBesideTheirSessionAndRemovesThemWithIt) {
  auto registry = Registry::open(state_);
  ASSERT_TRUE(registry);
  EXPECT_EQ(registry->load_grants(7).value(), "");
  ASSERT_TRUE(registry->save(session(7)));
  ASSERT_TRUE(registry->save_grants(7, "one\ntwo\n"));
  EXPECT_EQ(registry->load_grants(7).value(), "one\ntwo\n");
  auto loaded = registry->load();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->sessions.size(), 1u);
  EXPECT_TRUE(loaded->unreadable.empty());
  ASSERT_TRUE(registry->remove(7));
  EXPECT_EQ(registry->load_grants(7).value(), "");
}

TEST_F(ARegistry, LeavesNoHalfFilesBehind) {
  auto registry = Registry::open(state_);
  for (int i = 0; i < 5; i++)
    ASSERT_TRUE(registry->save(session(1)));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(state_ + "/sessions"))
    files += entry.exists() ? 1 : 0;
  EXPECT_EQ(files, 1);
}

TEST_F(ARegistry, ForgetsAnotherBoot) {
  auto registry = Registry::open(state_);
  auto old = session(4);
  old.boot = "another";
  ASSERT_TRUE(registry->save(old));
  EXPECT_TRUE(registry->load()->sessions.empty());
  EXPECT_FALSE(std::filesystem::exists(state_ + "/sessions/4.json"));
}

TEST_F(ARegistry, KeepsWhatItCannotRead) {
  auto registry = Registry::open(state_);
  write("sessions/5.json", "{");
  write("sessions/6.json", to_json(session(7)));  // a copy under another number
  write("sessions/x.json", "{");
  auto loaded = registry->load();
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->sessions.empty());
  EXPECT_EQ(loaded->unreadable.size(), 2u);
  EXPECT_TRUE(std::filesystem::exists(state_ + "/sessions/5.json"));
}

TEST_F(ARegistry, SerialsRise) {
  auto registry = Registry::open(state_);
  EXPECT_EQ(registry->next_serial().value(), 1u);
  EXPECT_EQ(registry->next_serial().value(), 2u);
  EXPECT_EQ(Registry::open(state_)->next_serial().value(), 3u);
  for (int i = 0; i < 97; i++)
    ASSERT_TRUE(registry->next_serial());
  EXPECT_EQ(registry->next_serial().value(), 101u);
}

TEST_F(ARegistry, ALostCounterGoesOnAfterTheRecords) {
  auto registry = Registry::open(state_);
  ASSERT_TRUE(registry->save(session(41)));
  write("serial", "garbage");
  EXPECT_EQ(registry->next_serial().value(), 42u);
  write("serial", "");
  EXPECT_EQ(registry->next_serial().value(), 42u);
}

TEST_F(ARegistry, NoTwoGetTheSameSerial) {
  std::set<std::uint64_t> all;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++)
    threads.emplace_back([&] {
      auto registry = Registry::open(state_);
      for (int i = 0; i < 100; i++) {
        const auto serial = registry->next_serial().value();
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(all.insert(serial).second);
      }
    });
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(all.size(), 400u);
}

}  // namespace
}  // namespace gatehouse::sessions
