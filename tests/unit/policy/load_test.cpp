// SPDX-License-Identifier: Apache-2.0
// Policies in files: what is read, what is refused without being waited for. It must never leave a file
// behind.
#include "policy/load.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "reading.h"

namespace gatehouse::policy {
namespace {

namespace fs = std::filesystem;

class Load : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "gatehouse-policy.XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) {
    const fs::path file = directory_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
  }
  std::string at(const std::string& name) { return (directory_ / name).string(); }
  Reading load_file(const std::string& file, const std::vector<std::string>& mandatory = {}) {
    Reading r;
    r.policy = load_with_mandatory(file, mandatory, r.diagnostics, {at("none"), at("shipped")});
    return r;
  }

  fs::path directory_;
};

TEST_F(Load, a_file_and_what_it_extends_is_read) {
  write("shipped/base.json", R"({"version": 1})");
  write("lib/a.json", R"({"version": 1, "extends": [":base"]})");
  const auto r = load_file(write("p.json", R"({"version": 1, "extends": ["lib/a.json"]})"));
  ASSERT_TRUE(r.policy) << r.text();
  ASSERT_EQ(r.policy->layers.size(), 3u);
  EXPECT_EQ(r.policy->layers[0].file, at("shipped/base.json"));
}

TEST_F(Load, a_shipped_name_is_looked_for_in_the_directories) {
  write("shipped/base.json", R"({"version": 1})");
  EXPECT_TRUE(load_file(":base").policy);
  EXPECT_TRUE(load_file(":base.json").policy);
  const auto r = load_file(":other");
  EXPECT_NE(r.text().find("there is no \"other\" in"), std::string::npos) << r.text();
  EXPECT_FALSE(load_file(":../p").policy);
}

TEST_F(Load, what_is_no_file_is_named_and_not_waited_for) {
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_NE(load_file(at("pipe")).text().find("is a pipe"), std::string::npos);
  EXPECT_NE(load_file(directory_.string()).text().find("is a directory"), std::string::npos);
  EXPECT_NE(load_file("/dev/zero").text().find("is a device"), std::string::npos);
  EXPECT_NE(load_file(at("missing")).text().find("No such file"), std::string::npos);
  EXPECT_FALSE(load_file("").policy);
  EXPECT_FALSE(load_file(std::string("a\0b", 3)).policy);
}

TEST_F(Load, a_pipe_that_is_extended_is_not_waited_for_either) {
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_REFUSED(load_file(write("p.json", R"({"version": 1, "extends": ["pipe"]})")), "/extends/0",
                 "is a pipe");
}

TEST_F(Load, a_file_that_may_not_be_read_is_named) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const auto file = write("p.json", "{}");
  fs::permissions(file, fs::perms::none);
  EXPECT_NE(load_file(file).text().find("Permission denied"), std::string::npos);
}

TEST_F(Load, a_large_file_is_not_read) {
  const auto file = write("big.json", "{");
  fs::resize_file(file, 8ull << 30);
  EXPECT_NE(load_file(file).text().find("4 MiB"), std::string::npos);
}

TEST_F(Load, files_without_a_size_are_read_to_their_end) {
  EXPECT_NE(load_file("/proc/self/status").text().find("not valid JSON"), std::string::npos);
}

TEST_F(Load, a_missing_mandatory_layer_refuses_the_policy) {
  const auto own = write("p.json", R"({"version": 1})");
  EXPECT_FALSE(load_file(own, {at("host.json")}).policy);
  const auto host = write("host.json", R"({"version": 1, "locked": true})");
  const auto r = load_file(own, {host});
  ASSERT_TRUE(r.policy) << r.text();
  EXPECT_EQ(r.policy->layers.back().file, host);
}

TEST_F(Load, a_circle_over_files_is_found) {
  write("a.json", R"({"version": 1, "extends": ["./b.json"]})");
  write("b.json", R"({"version": 1, "extends": ["sub/../a.json"]})");
  EXPECT_REFUSED(load_file(at("a.json")), "/extends/0", "circle");
}

TEST(Candidates, are_pure_names) {
  const std::vector<std::string> dirs = {"/x", "/y"};
  EXPECT_EQ(candidates("a.json", "/p/q.json", dirs), std::vector<std::string>{"/p/a.json"});
  EXPECT_EQ(candidates("../a.json", "/p/q.json", dirs), std::vector<std::string>{"/a.json"});
  EXPECT_EQ(candidates("/a.json", "/p/q.json", dirs), std::vector<std::string>{"/a.json"});
  EXPECT_EQ(candidates("a.json", "", dirs), std::vector<std::string>{"a.json"});
  EXPECT_EQ(candidates(":a", "/p/q.json", dirs),
            (std::vector<std::string>{"/x/a.json", "/y/a.json"}));
  EXPECT_TRUE(candidates(":a/b", "", dirs).empty());
}

}  // namespace
}  // namespace gatehouse::policy
