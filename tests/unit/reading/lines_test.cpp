// SPDX-License-Identifier: Apache-2.0
// Files and folders of segments, whole and broken. It must never look at a file outside of its own folder.
#include "reading/lines.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "audit/segments.h"
#include "sample.h"
#include "sinks/jsonl.h"

namespace gatehouse::reading {
namespace {

class LinesTest : public testing::Test {
 protected:
  LinesTest() {
    char name[] = "/tmp/gh-lines-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~LinesTest() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << text;
    return folder_ + "/" + name;
  }
  // Objects of the decisions, in order.
  std::vector<std::string> objects(const std::string& where) {
    std::vector<std::string> all;
    auto tally = each_event(where, [&](const auto& event, std::string_view) {
      if (event) all.push_back(std::get<events::Decision>(event->body).object.text);
      return all.size() < most_;
    });
    tally_ = tally ? *tally : Tally{};
    error_ = tally ? "" : tally.error().what;
    return all;
  }
  static std::string line(const std::string& object) {
    return sinks::jsonl(decided(GH_READ, object, GH_DENY)) + "\n";
  }

  std::string folder_, error_;
  Tally tally_;
  std::size_t most_ = 1000;
};

TEST_F(LinesTest, AFileIsReadInOrderWithItsLastLineCutOff) {
  const auto path = file("a.jsonl", line("/1") + line("/2") + "{\"type\":\"deci");
  EXPECT_EQ(objects(path), (std::vector<std::string>{"/1", "/2"}));
  EXPECT_EQ(tally_.unread, 1u);
  EXPECT_EQ(tally_.first_unread, path + ":3: not JSON");
  EXPECT_NE(tally_.complaint().find("1 of 3 lines"), std::string::npos);
}

TEST_F(LinesTest, WhatIsNoEventIsCountedAndTheRestIsRead) {
  const auto path = file("a.jsonl", "[]\n\n{\"type\":\"of-tomorrow\"}\n" + line("/1") +
                                        "{\"type\":\"checkpoint\",\"chain\":\"00\"}\nx\n" +
                                        std::string(kLongestLine + 1, 'x') + "\n" + line("/2"));
  EXPECT_EQ(objects(path), (std::vector<std::string>{"/1", "/2"}));
  EXPECT_EQ(tally_.unread, 3u);
  EXPECT_EQ(tally_.unknown, 1u);
  EXPECT_EQ(tally_.first_unread, path + ":1: no event");
}

TEST_F(LinesTest, SegmentsFollowEachOtherByNameAndOtherFilesAreNone) {
  file(audit::segment_name(10), line("/3"));
  file(audit::segment_name(2), line("/1") + line("/2"));
  file(audit::segment_name(11) + ".tmp", line("/no"));
  file("notes.jsonl", line("/no"));
  EXPECT_EQ(objects(folder_), (std::vector<std::string>{"/1", "/2", "/3"}));
  EXPECT_EQ(tally_.complaint(), "");
  most_ = 2;
  EXPECT_EQ(objects(folder_).size(), 2u) << "no more was wanted";
}

TEST_F(LinesTest, WhatCannotBeReadIsSaidWithItsName) {
  objects(folder_ + "/none");
  EXPECT_NE(error_.find("none"), std::string::npos);
  objects(folder_);
  EXPECT_NE(error_.find("no segments"), std::string::npos);
}

TEST_F(LinesTest, LinesThatLieAcrossChunksAreWhole) {
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 3000; i++) {
    expected.push_back("/" + std::string(static_cast<std::size_t>(i % 700), 'x'));
    text += line(expected.back());
  }
  most_ = 10000;
  EXPECT_EQ(objects(file("a.jsonl", text)), expected);
}

}  // namespace
}  // namespace gatehouse::reading
