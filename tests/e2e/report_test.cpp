// SPDX-License-Identifier: Apache-2.0
// The page of a real session with an ask, denials and the network, and the board while it runs. It must never
// compare a layout: what happened must stand there.
#include <gtest/gtest.h>

#include "host.h"
#include "pty.h"

namespace gatehouse::e2e {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Report, ShowsWhatASessionAskedWasDeniedAndReached) {
  const Folder folder("report");
  const auto policy =
      policy_in(folder, R"({ "id": "asked", "action": "ask", "access": ["write"], "paths": [")" +
                            folder.at("asked") + R"("], "reason": "publishes" })");
  Running ran(run_words(policy,
                        {"bash", "-c",
                         "(: > '/opt/<script>x'); (: > " + folder.at("asked") +
                             "); (: > /dev/tcp/127.0.0.1/9); exit 3"},
                        {"--name", "reported", "--on-ask", "wait", "--workspace", folder.path()}));
  const auto asked = approval_of(folder.at("asked"));
  ASSERT_FALSE(asked.is_null()) << ran.err();

  // While it waits, the board has it.
  const auto top = ask_daemon({"sessions", "top", "--json"});
  ASSERT_EQ(top.status, 0) << top.err;
  Json line;
  for (const auto& one : top.json())
    if (one.value("name", "") == "reported") line = one;
  ASSERT_FALSE(line.is_null()) << top.out;
  EXPECT_EQ(line.value("asks", 0), 1) << line.dump();
  EXPECT_GE(line.value("denied", 0), 1) << line.dump();
  EXPECT_GE(line.value("processes", 0), 1) << line.dump();
  EXPECT_TRUE(has(ask_daemon({"sessions", "top"}).out, "reported"));
  EXPECT_FALSE(has(ask_daemon({"sessions"}).out, "FILE/s")) << "the list is still the list";

  ASSERT_EQ(ask_daemon({"approvals", "allow", std::to_string(asked.value("id", 0ull)), "--message",
                        "go <on>"})
                .status,
            0);
  EXPECT_EQ(ran.end().status, 3);
  const auto& events = Host::instance().events_file();
  ASSERT_TRUE(eventually([&] {
    return !json_lines(run(bare({"events", events, "--json", "--session", "reported", "--type",
                                 "session-end"}))
                           .out)
                .empty();
  }));

  const auto made =
      run(bare({"report", events, "--session", "reported", "-o", folder.at("page.html")}));
  ASSERT_EQ(made.status, 0) << made.err;
  const std::string page = read_file(folder.at("page.html"));
  for (const char* part : {"reported", "status 3", "publishes", "go &lt;on&gt;", "tcp 127.0.0.1:9",
                           "/opt/&lt;script&gt;x", "bash", "default-src 'none'"})
    EXPECT_TRUE(has(page, part)) << part;
  EXPECT_FALSE(has(page, "<script"));
  const auto live = ask_daemon({"report", "reported", "--markdown"});
  EXPECT_EQ(live.status, 0) << live.err;
  EXPECT_TRUE(has(live.out, "tcp 127.0.0.1:9")) << live.out;
  EXPECT_EQ(run(bare({"report", events})).status, 2) << "it holds several sessions";
  EXPECT_EQ(run(bare({"report", events, "--session", "there-is-none"})).status, 1);
}

TEST(Report, TheBoardLeavesTheTerminalAsItWas) {
  const Folder folder("board");
  Host::instance().start();
  Pty pty;
  Settings settings = pty.settings();
  settings.environment["TERM"] = "xterm";
  settings.environment["NO_COLOR"] = "1";
  Running top(gatehouse({"sessions", "top"}), settings);
  ASSERT_TRUE(pty.shows("sessions ")) << pty.screen();
  top.signal(SIGINT);
  EXPECT_EQ(top.end().status, 0);
  EXPECT_TRUE(pty.shows("\x1b[?1049l")) << "back from the other screen";
  EXPECT_TRUE(has(pty.screen(), "\x1b[?25h"));
}

}  // namespace
}  // namespace gatehouse::e2e
