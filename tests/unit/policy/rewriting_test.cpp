// SPDX-License-Identifier: Apache-2.0
// A policy file that gets another text: all or nothing, for the same people. A test must never leave a file behind.
#include "policy/rewriting.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace gatehouse::policy {
namespace {

class RewritingTest : public ::testing::Test {
 protected:
  RewritingTest() {
    char name[] = "/tmp/gatehouse-rewriting-XXXXXX";
    folder_ = ::mkdtemp(name);
    put(file(), "old");
  }
  ~RewritingTest() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string file() const { return folder_ + "/p.json"; }
  static void put(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string got(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }
  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator(folder_))
      ++count;
    return count;
  }
  std::string folder_;
};

TEST_F(RewritingTest, KeepsTheModeAndFollowsALink) {
  ::chmod(file().c_str(), 0640);
  std::filesystem::create_symlink(file(), folder_ + "/link.json");
  {
    auto rewriting = Rewriting::begin(folder_ + "/link.json");
    ASSERT_TRUE(rewriting) << rewriting.error().what;
    EXPECT_EQ(rewriting->text(), "old");
    ASSERT_TRUE(rewriting->prepare("new"));
    EXPECT_EQ(got(file()), "old");
    ASSERT_TRUE(rewriting->commit());
  }
  EXPECT_EQ(got(file()), "new");
  struct stat status {};
  ::stat(file().c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ + "/link.json"));
  EXPECT_EQ(files(), 2u);
}

TEST_F(RewritingTest, LeavesNothingWhenItIsNotCommitted) {
  {
    auto rewriting = Rewriting::begin(file());
    ASSERT_TRUE(rewriting && rewriting->prepare("new"));
    EXPECT_EQ(files(), 2u);
  }
  EXPECT_EQ(files(), 1u);
  EXPECT_EQ(got(file()), "old");
}

TEST_F(RewritingTest, RefusesAFileThatChangedMeanwhile) {
  auto rewriting = Rewriting::begin(file());
  ASSERT_TRUE(rewriting && rewriting->prepare("new"));
  put(file(), "theirs");
  EXPECT_FALSE(rewriting->commit());
  EXPECT_EQ(got(file()), "theirs");
  put(folder_ + "/other", "old");  // the same text, and another file
  std::filesystem::rename(folder_ + "/other", file());
  EXPECT_FALSE(rewriting->commit());
}

TEST_F(RewritingTest, RefusesAFileThatAnotherIsChangingOrThatHasOtherNames) {
  {
    const auto first = Rewriting::begin(file());
    ASSERT_TRUE(first);
    EXPECT_FALSE(Rewriting::begin(file()));
  }
  EXPECT_TRUE(Rewriting::begin(file()));
  std::filesystem::create_hard_link(file(), folder_ + "/again.json");
  EXPECT_FALSE(Rewriting::begin(file()));
  EXPECT_FALSE(Rewriting::begin(folder_));
  EXPECT_FALSE(Rewriting::begin(folder_ + "/none"));
}

}  // namespace
}  // namespace gatehouse::policy
