// SPDX-License-Identifier: Apache-2.0
// A real run, audited, learned from, and run again under what was learned. It must never look at events of
// other sessions: the daemon's file holds those of all tests.
#include <gtest/gtest.h>

#include <filesystem>

#include "host.h"

namespace gatehouse::e2e {
namespace {

// A folder in which coding-agent lets nobody write.
class Outside {
 public:
  Outside() { std::filesystem::create_directories(path_); }
  ~Outside() { std::filesystem::remove_all(path_); }
  Outside(const Outside&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = "/opt/gh-learn";
};

bool is_written(const std::string& session) {
  return eventually([&] {
    const auto done = run(bare({"events", Host::instance().events_file(), "--json", "--session",
                                session, "--type", "session-end"}));
    return !json_lines(done.out).empty();
  });
}

std::vector<Json> events_of(const std::string& session, const Words& filters) {
  Words words = {"events", Host::instance().events_file(), "--json", "--session", session};
  words.insert(words.end(), filters.begin(), filters.end());
  return json_lines(run(bare(words)).out);
}

TEST(Learn, AnAuditedRunBecomesAPolicyUnderWhichItRunsAgain) {
  const Folder folder("learn");
  const Outside outside;
  write_file(folder.at(".env"), "KEY=1");
  const std::string work = "set -e; cd " + folder.path() +
                           "; echo x > made; mkdir -p out; "
                           "for i in 1 2 3 4 5; do echo $i > out/file$i; echo $i > " +
                           outside.path() +
                           "/$i; done; "
                           "mv made moved; rm moved; echo x > /dev/null; ls out > /dev/null; "
                           "bash -c '(echo > /dev/tcp/127.0.0.1/9) 2> /dev/null || true'; ";
  const Words options = {"--workspace", folder.path()};
  auto named = [&](const std::string& name) {
    Words all = options;
    all.insert(all.end(), {"--name", name});
    return all;
  };
  const auto audited =
      run(run_words(":audit", {"sh", "-c", work + "cat .env > /dev/null"}, named("learned-from")));
  ASSERT_EQ(audited.status, 0) << audited.err;
  ASSERT_TRUE(is_written("learned-from"));

  // The same session, looked at through filters.
  const auto would =
      events_of("learned-from", {"--verdict", "deny", "--path", outside.path() + "/**"});
  EXPECT_GE(would.size(), 5u);
  for (const auto& event : would)
    EXPECT_TRUE(event.value("audit", false)) << event.dump();
  const auto starts = events_of("learned-from", {"--type", "exec"});
  ASSERT_FALSE(starts.empty());
  const auto tree = events_of("learned-from", {"--pid", std::to_string(starts[0].value("pid", 0)),
                                               "--tree", "--type", "exec"});
  EXPECT_EQ(tree.size(), starts.size()) << "all are descendants of the first";

  const std::string policy = folder.at("learned.json");
  const auto learned = run(bare({"policy", "learn", Host::instance().events_file(), "--session",
                                 "learned-from", "-o", policy}));
  ASSERT_EQ(learned.status, 0) << learned.err;
  EXPECT_NE(learned.err.find(".env"), std::string::npos)
      << "what is held back is said: " << learned.err;
  const auto checked = run(bare({"policy", "check", policy, "--workspace", folder.path()}));
  EXPECT_EQ(checked.status, 0) << checked.err << read_file(policy);

  // Nothing of the run would be denied that coding-agent's own rules do not deny.
  const auto replayed =
      run(bare({"policy", "diff", ":audit", policy, "--replay", Host::instance().events_file(),
                "--session", "learned-from", "--json"}));
  EXPECT_EQ(replayed.status, 1) << replayed.err;
  for (const auto& change : replayed.json().value("changes", Json::array()))
    EXPECT_EQ(change.value("after", ""), "allow") << change.dump();

  write_file(folder.at("made"), "");
  const auto again = run(run_words(
      policy,
      {"sh", "-c",
       work + "if cat .env; then exit 9; fi; if echo > /opt/gh-learn-not; then exit 8; fi"},
      named("learned-to")));
  EXPECT_EQ(again.status, 0) << again.err << "\n" << read_file(policy);
  ASSERT_TRUE(is_written("learned-to"));
  for (const auto& event : events_of("learned-to", {"--verdict", "deny,kill"}))
    EXPECT_TRUE(event.value("object", "") == folder.at(".env") ||
                event.value("object", "") == "/opt/gh-learn-not")
        << event.dump();
}

TEST(Learn, FiltersHoldForWhatIsFollowed) {
  const Folder folder("filtered");
  const auto policy = policy_in(folder);
  Running follower(gatehouse({"events", "--follow", "--json", "--verdict", "deny", "--path",
                              "/opt/gh-filtered-*", "--access", "create"}));
  const auto ran = run(run_words(
      policy, {"sh", "-c", "(: > /opt/gh-other) || true; (: > /opt/gh-filtered-1) || true"}));
  EXPECT_EQ(ran.status, 0) << ran.err;
  ASSERT_TRUE(eventually([&] { return !json_lines(follower.out()).empty(); }));
  for (const auto& event : json_lines(follower.out()))
    EXPECT_EQ(event.value("object", ""), "/opt/gh-filtered-1");
  const auto bad = run(gatehouse({"events", "--verdict", "perhaps", "--since", "soon"}));
  EXPECT_EQ(bad.status, 2);
  EXPECT_NE(bad.err.find("--verdict"), std::string::npos);
  EXPECT_NE(bad.err.find("--since"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::e2e
