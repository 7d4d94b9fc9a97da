// SPDX-License-Identifier: Apache-2.0
// The audit log of a real daemon, through its death and with things done to the log. A test must never spoil the
// daemon's own: it spoils a copy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>

#include <filesystem>

#include "host.h"

namespace gatehouse::e2e {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string state() { return Host::instance().folder() + "/state"; }
std::string log_directory() { return state() + "/audit"; }

// What `audit verify --json` says, and its exit status as `status`.
Json verified(const std::string& directory, const std::string& state) {
  const auto said = run(bare(
      {"--json", "audit", "verify", directory, "--state", state, "--key", directory + "/key.pub"}));
  auto json = Json::parse(said.out, nullptr, false);
  if (!json.is_object()) return {{"status", said.status}, {"err", said.err}};
  json["status"] = said.status;
  return json;
}

void copy(const std::string& from, const std::string& to) {
  fs::copy(from, to, fs::copy_options::recursive);
}

std::string newest_segment(const std::string& directory) {
  std::string newest;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == ".jsonl") newest = std::max(newest, entry.path().string());
  return newest;
}

TEST(Audit, TheLogOfADaemonThatWasKilledIsProvenAndTellsForHowLongThereWasNone) {
  const Folder folder("audited"), outside("audited-outside");
  const auto policy = policy_in(folder);
  const OwnCgroup cgroup("audited");
  Settings inside;
  inside.cgroup = cgroup.path();
  Host::instance().start();
  Running flood(
      {"sh", "-c", "while :; do (: > " + outside.at("no") + ") 2>/dev/null || echo no; done"},
      inside);
  ASSERT_EQ(
      ask_daemon({"attach", "--cgroup", cgroup.path(), "-p", policy, "--name", "audited"}).status,
      0);
  const auto goes_on = [&] {
    const auto before = flood.out().size();
    return eventually([&] { return flood.out().size() > before + 60; }, 60);
  };
  ASSERT_TRUE(goes_on());
  Host::instance().stop(SIGKILL);
  ASSERT_TRUE(goes_on()) << "without a controller";
  Host::instance().start();
  ASSERT_TRUE(goes_on());
  EXPECT_EQ(ask_daemon({"detach", "audited"}).status, 0);
  flood.signal(SIGKILL);

  Json found;
  EXPECT_TRUE(eventually(
      [&] {
        found = verified(log_directory(), state());
        return found.value("in_doubt", 1ull) == 0 &&
               found.value("last", 0ull) == found.value("signed_to", 1ull);
      },
      30))
      << found.dump(1);
  EXPECT_EQ(found["status"], 0) << found.dump(1);
  EXPECT_EQ(found["proven"], true);
  EXPECT_GE(found["away"].size(), 1u) << found.dump(1);
  EXPECT_GT(found["records"].value("decision", 0ull), 100u);
  EXPECT_EQ(found["untold"], 0);

  // People read the same.
  const auto said = run(bare({"audit", "verify", log_directory(), "--state", state()}));
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("Proven: nothing was changed"));
  EXPECT_THAT(said.out, HasSubstr("no controller from"));
  EXPECT_THAT(said.err, HasSubstr("--key"));
}

TEST(Audit, WhatWasDoneToALogShows) {
  const Folder folder("spoiled");
  const auto policy = policy_in(folder);
  ASSERT_EQ(run(run_words(policy, {"sh", "-c", "(: > /etc/no) 2>/dev/null; true"})).status, 0);
  ASSERT_TRUE(eventually(
      [&] {
        const auto found = verified(log_directory(), state());
        return found.value("last", 0ull) == found.value("signed_to", 1ull);
      },
      30));
  const auto copied = folder.at("copy");
  copy(log_directory(), copied);
  ASSERT_EQ(verified(copied, state())["status"], 0) << verified(copied, state()).dump(1);

  const auto segment = newest_segment(copied);
  auto text = read_file(segment);
  const auto at = text.rfind("/etc/no");
  ASSERT_NE(at, std::string::npos);
  text[at + 1] = 'E';
  write_file(segment, text);
  const auto found = verified(copied, state());
  EXPECT_EQ(found["status"], 1);
  EXPECT_EQ(found["findings_count"], 1) << found.dump(1);
  EXPECT_THAT(found["findings"][0].value("what", ""), HasSubstr("was changed"));

  // Nobody's directory, and a key that is none: neither is proven, neither is a crash.
  EXPECT_EQ(run(bare({"audit", "verify", "/nowhere"})).status, 125);
  write_file(folder.at("bad.pub"), "not a key\n");
  const auto bad = run(bare({"audit", "verify", copied, "--key", folder.at("bad.pub")}));
  EXPECT_EQ(bad.status, 125);
  EXPECT_THAT(bad.err, HasSubstr("no public key"));
  EXPECT_EQ(run(bare({"audit", "verify", copied, "--since", "yesterday"})).status, 2);
}

// A tmpfs that is nearly full stands for the disk; `run` keeps the log itself.
TEST(Audit, AFullDiskCostsRecordsThatAreCountedAndNothingElse) {
  const Folder folder("full"), outside("full-outside");
  const auto policy = policy_in(folder);
  const auto disk = folder.at("disk");
  fs::create_directory(disk);
  ASSERT_EQ(::mount("none", disk.c_str(), "tmpfs", 0, "size=64k"), 0);
  Running session(
      bare({"run", "--no-daemon", "-p", policy, "--log", "audit:" + disk + "/log", "--", "sh", "-c",
            "i=0; while [ $i -lt 160 ]; do (: > " + outside.at("no") +
                ") 2>/dev/null || i=$((i+1)); done; echo full; until [ -e " + folder.at("go") +
                " ]; do sleep 0.2; done; (: > " + outside.at("no") +
                ") 2>/dev/null; sleep 3; echo over"}));
  ASSERT_TRUE(eventually([&] { return session.out().find("full") != std::string::npos; }, 120))
      << session.err();
  EXPECT_FALSE(exists(outside.at("no"))) << "a full disk opens nothing";
  ASSERT_EQ(::mount("none", disk.c_str(), "tmpfs", MS_REMOUNT, "size=16m"), 0);
  write_file(folder.at("go"), "");
  const auto ended = session.end(60);
  EXPECT_EQ(ended.status, 0) << ended.err;
  const auto found = verified(disk + "/log", "/var/lib/gatehouse");
  EXPECT_EQ(found["status"], 0) << found.dump(1);
  EXPECT_GT(found["lost"].value("store", 0ull), 50u) << found.dump(1);
  EXPECT_EQ(found["untold"], 0) << found.dump(1);
  EXPECT_EQ(::umount2(disk.c_str(), MNT_DETACH), 0);
}

// On 7.3 the kernel skips a tracing program now and then: then it says so, and the sum is right.
TEST(Audit, EachProgramThatStartedIsARecordOrAToldLossAndBelongsToTheTraceThatItNamed) {
  const Folder folder("traced");
  const auto policy = policy_in(folder);
  const std::string log = folder.at("log"),
                    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const int tasks = 4, each = 60;
  const auto said =
      run(bare({"run", "--no-daemon", "-p", policy, "--log", "audit:" + log, "--", "sh", "-c",
                "TRACEPARENT=" + trace +
                    " exec sh -c 'sleep 1; for j in 1 2 3 4; do (i=0; while [ $i -lt 60 ]; do "
                    "/bin/true; i=$((i+1)); done) & done; wait; sleep 3'"}),
          {}, 240);
  ASSERT_EQ(said.status, 0) << said.err;
  const auto found = verified(log, "/var/lib/gatehouse");
  ASSERT_EQ(found["status"], 0) << found.dump(1);
  int programs = 0, joined = 0;
  for (const auto& event : json_lines(read_file(newest_segment(log)))) {
    if (event.value("type", "") != "exec" || !event.value("object", "").ends_with("/true"))
      continue;
    programs++;
    if (event.contains("claimed") && event["claimed"].value("traceparent", "") == trace) joined++;
  }
  std::uint64_t lost = 0;
  for (const auto& [ring, count] : found["lost"].items())
    lost += count.get<std::uint64_t>();
  std::printf("%d of %d programs are records, %d joined; %lu events lost and told\n", programs,
              tasks * each, joined, lost);
  EXPECT_LE(programs, tasks * each);
  EXPECT_GE(programs + lost, static_cast<std::uint64_t>(tasks * each));
  EXPECT_EQ(joined, programs) << "they are children of a shell that names its trace";
}

}  // namespace
}  // namespace gatehouse::e2e
