// SPDX-License-Identifier: Apache-2.0
// Full disks, slow readers, renamed files. It must never write outside its own temporary folder.
#include "sinks/output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "sample_events.h"
#include "sinks/jsonl.h"
#include "sinks/lines.h"
#include "sinks/sinks.h"

namespace gatehouse::sinks {
namespace {

class OutputTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/gh-output-XXXXXX";
    ASSERT_TRUE(::mkdtemp(name));
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path() const { return folder_ + "/events.jsonl"; }
  [[nodiscard]] std::string content() const {
    std::ifstream file(path());
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::string folder_;
};

// No file grows past `bytes` while this lives: the disk is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    old_ = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, old_);
  }

 private:
  rlimit before_{};
  sighandler_t old_ = SIG_DFL;
};

TEST_F(OutputTest, AppendsWholeLines) {
  auto first = Output::to_file(path());
  auto second = Output::to_file(path());
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(first->put("a\n"));
  EXPECT_TRUE(second->put("b\n"));
  EXPECT_TRUE(first->put("c\n"));
  EXPECT_EQ(content(), "a\nb\nc\n");
}

TEST_F(OutputTest, TakesBackTheBeginningOfALineThatDidNotFit) {
  auto output = Output::to_file(path());
  ASSERT_TRUE(output);
  EXPECT_TRUE(output->put("first\n"));
  {
    const FullDisk disk(10);
    EXPECT_FALSE(output->put("second line\n"));
    EXPECT_FALSE(output->put("third line\n"));
  }
  EXPECT_EQ(content(), "first\n");
  EXPECT_TRUE(output->put("fourth\n"));
  EXPECT_EQ(content(), "first\nfourth\n");
}

TEST_F(OutputTest, ReportsHowManyEventsDidNotFitOnceThereIsRoomAgain) {
  auto output = Output::to_file(path());
  ASSERT_TRUE(output);
  LineSink sink(std::move(*output), jsonl);
  sink.write(denied_read("/one"));
  {
    const FullDisk disk(content().size() + 20);
    sink.write(denied_read("/two"));
    sink.write(denied_read("/three"));
  }
  sink.write(denied_read("/four"));
  EXPECT_EQ(sink.lost(), 2u);
  std::istringstream lines(content());
  std::string line;
  std::getline(lines, line);
  EXPECT_NE(line.find("/one"), std::string::npos);
  std::getline(lines, line);
  EXPECT_NE(line.find(R"("type":"events-lost","ring":"sink","count":2)"), std::string::npos)
      << line;
  std::getline(lines, line);
  EXPECT_NE(line.find("/four"), std::string::npos);
}

TEST_F(OutputTest, ReportsALossEvenIfNoFurtherEventComes) {
  auto output = Output::to_file(path());
  ASSERT_TRUE(output);
  LineSink sink(std::move(*output), jsonl);
  {
    const FullDisk disk(1);
    sink.write(denied_read("/one"));
  }
  sink.flush();
  EXPECT_NE(content().find("\"count\":1"), std::string::npos);
}

TEST_F(OutputTest, NeverWaitsForASlowReaderAndTearsNoLine) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  UniqueFd reader(ends[0]);
  {
    UniqueFd writer(ends[1]);
    auto output = Output::to_fd(writer.get());
    ASSERT_TRUE(output);
    EXPECT_EQ(::fcntl(writer.get(), F_GETFL) & O_NONBLOCK, 0)
        << "the caller's descriptor is untouched";
    writer.reset();
    const std::string line(999, 'x');
    int taken = 0;
    while (taken < 100'000 && output->put(line + "\n")) {
      ++taken;
    }
    EXPECT_LT(taken, 100'000);
    EXPECT_GT(output->pending(), Output::kMostPending - 2000);

    std::string got(1 << 16, '\0');
    std::string all;
    while (output->pending() != 0) {
      all.append(got.data(),
                 static_cast<std::size_t>(::read(reader.get(), got.data(), got.size())));
      output->flush();
    }
    ::fcntl(reader.get(), F_SETFL, O_NONBLOCK);
    for (ssize_t size; (size = ::read(reader.get(), got.data(), got.size())) > 0;) {
      all.append(got.data(), static_cast<std::size_t>(size));
    }
    EXPECT_EQ(all.size(), static_cast<std::size_t>(taken) * 1000);
  }
}

TEST_F(OutputTest, OpensItsFileAgainAfterItWasRenamed) {
  auto output = Output::to_file(path());
  ASSERT_TRUE(output);
  EXPECT_TRUE(output->put("old\n"));
  std::filesystem::rename(path(), folder_ + "/rotated");
  EXPECT_TRUE(output->put("new\n"));
  EXPECT_EQ(content(), "new\n");
}

TEST(Sinks, AreOpenedByName) {
  EXPECT_TRUE(open_sink("jsonl:/dev/null"));
  EXPECT_TRUE(open_sink("human:/dev/null"));
  const auto wrong = open_sink("kafka:x");
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(wrong.error().what.starts_with(
      "there is no sink \"kafka:x\": use one of jsonl:FILE, human:FILE, otlp:[URL]"))
      << wrong.error().what;
  EXPECT_FALSE(open_sink("jsonl:"));
  EXPECT_EQ(sink_name("otlp:http://127.0.0.1:1"), "otlp");
  EXPECT_FALSE(open_sink("jsonl:/nowhere/at/all"));
}

}  // namespace
}  // namespace gatehouse::sinks
