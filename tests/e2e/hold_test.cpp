// SPDX-License-Identifier: Apache-2.0
// Holds that real programs do not notice: interactive shells, threads in five languages, a daemon that is killed
// meanwhile. It must never take a program that was not held for one that did not notice.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "host.h"
#include "pty.h"

namespace gatehouse::e2e {
namespace {

std::string allow(const Json& asked) {
  const auto said = ask_daemon({"approvals", "allow", std::to_string(asked.value("id", 0ull))});
  return said.status == 0 ? "" : said.err;
}

// Leaves below the session's cgroup: those who are frozen in them.
int leaves(const std::string& session) {
  const auto cgroup = session_named(session).value("cgroup", "");
  int count = 0;
  std::error_code none;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(cgroup, none))
    if (entry.path().filename().string().starts_with("gatehouse-hold-")) count++;
  return count;
}

class Hold : public ::testing::Test {
 protected:
  std::string policy(const std::string& approvals = R"({ "hold": "auto" })") {
    return policy_in(folder_,
                     R"({ "id": "asked", "action": "ask", "access": ["read"], "paths": [")" +
                         asked_.path() + R"(/**"], "reason": "mine" })",
                     R"("approvals": )" + approvals);
  }
  Hold() {
    for (const char* name : {"a", "b"})
      write_file(asked_.at(name), "text\n");
  }
  // What a person at the shell on `pty` sees of a program that is held, and then let go: nothing.
  void expect_unseen(Pty& pty, const std::string& session) {
    ASSERT_TRUE(pty.shows("prompt> ")) << pty.screen();
    pty.forget();
    pty.type("cat " + asked_.at("a") + "; echo st''atus-$?\n");
    const auto asked = approval_of(asked_.at("a"));
    ASSERT_FALSE(asked.is_null()) << pty.screen();
    EXPECT_TRUE(eventually([&] { return leaves(session) == 1; })) << "it was not frozen";
    EXPECT_FALSE(pty.shows("status-", 2)) << pty.screen();
    EXPECT_EQ(allow(asked), "");
    EXPECT_TRUE(pty.shows("status-0")) << pty.screen();
    EXPECT_EQ(pty.screen().find("Stopped"), std::string::npos) << pty.screen();
    EXPECT_TRUE(eventually([&] { return leaves(session) == 0; }));
  }
  Folder folder_{"hold"}, asked_{"hold-asked"};
};

TEST_F(Hold, IsNotSeenByAShellInATmuxPane) {
  const auto file = policy();
  Pty pty;
  Running tmux(run_words(file,
                         {"tmux", "-f", "/dev/null", "-S", folder_.at("tmux"), "new-session",
                          "bash", "--norc", "-i"},
                         {"--name", "pane", "--on-ask", "wait"}),
               pty.settings());
  ASSERT_NO_FATAL_FAILURE(expect_unseen(pty, "pane")) << tmux.err();
  pty.type("exit\n");
  EXPECT_TRUE(eventually([&] { return tmux.ended(); })) << pty.screen();
  EXPECT_TRUE(no_session_named("pane"));
}

TEST_F(Hold, OfAJobIsNotSeenByAnInteractiveShellAndJobControlStaysRight) {
  const auto file = policy();
  Pty pty;
  Running bash(run_words(file, {"bash", "--norc", "-i"}, {"--name", "shell", "--on-ask", "wait"}),
               pty.settings());
  ASSERT_NO_FATAL_FAILURE(expect_unseen(pty, "shell"));
  // In the background: a job that waits is none that is stopped.
  pty.forget();
  pty.type("cat " + asked_.at("b") + " &\n");
  auto asked = approval_of(asked_.at("b"));
  ASSERT_FALSE(asked.is_null()) << pty.screen();
  EXPECT_TRUE(eventually([&] { return leaves("shell") == 1; })) << "it was not frozen";
  pty.type("jobs; test -z \"$(jobs -s)\" && echo no''ne\n");
  EXPECT_TRUE(pty.shows("none")) << pty.screen();
  EXPECT_NE(pty.screen().find("Running"), std::string::npos) << pty.screen();
  EXPECT_EQ(allow(asked), "");
  EXPECT_TRUE(pty.shows("text")) << pty.screen();
  EXPECT_EQ(pty.screen().find("Stopped"), std::string::npos) << pty.screen();
  // And beside a job that is stopped by hand and goes on.
  pty.forget();
  pty.type("cat " + asked_.at("b") + " & sleep 100\n");
  asked = approval_of(asked_.at("b"));
  ASSERT_FALSE(asked.is_null()) << pty.screen();
  EXPECT_TRUE(eventually([&] { return leaves("shell") == 1; })) << "it was not frozen";
  pty.type("\x1a");
  EXPECT_TRUE(pty.shows("sleep 100")) << pty.screen();
  EXPECT_TRUE(pty.shows("Stopped")) << pty.screen();
  pty.forget();
  pty.type("jobs; echo li''sted\n");
  EXPECT_TRUE(pty.shows("listed")) << pty.screen();
  EXPECT_NE(pty.screen().find("Running"), std::string::npos) << pty.screen();
  EXPECT_EQ(allow(asked), "");
  EXPECT_TRUE(pty.shows("text")) << pty.screen();
  pty.type("kill %sleep; fg; exit\n");
  EXPECT_TRUE(eventually([&] { return bash.ended(); })) << pty.screen();
  EXPECT_TRUE(no_session_named("shell"));
}

TEST_F(Hold, EndsByCtrlC) {
  const auto file = policy();
  Pty pty;
  Running ran(
      run_words(file, {"cat", asked_.at("a")}, {"--name", "interrupted", "--on-ask", "wait"}),
      pty.settings());
  ASSERT_FALSE(approval_of(asked_.at("a")).is_null()) << pty.screen();
  EXPECT_TRUE(eventually([&] { return leaves("interrupted") == 1; })) << "it was not frozen";
  pty.type("\x03");
  EXPECT_EQ(ran.end(30).status, 130);
  EXPECT_TRUE(eventually([] { return approvals().empty(); })) << approvals().dump();
}

TEST_F(Hold, LeavesTheOtherThreadsOfAProgramRunning) {
  const auto file = policy();
  const std::string path = asked_.at("a"), count = folder_.at("count");
  const Words python = {"python3", "-c",
                        "import threading,time\n"
                        "def go():\n"
                        "  n = 0\n"
                        "  while True:\n"
                        "    n += 1; open('" +
                            count +
                            "','w').write(str(n)); time.sleep(0.01)\n"
                            "threading.Thread(target=go,daemon=True).start()\n"
                            "print(open('" +
                            path + "').read())"};
  const Words node = {"node", "-e",
                      "const fs=require('fs');let n=0;"
                      "setInterval(()=>fs.writeFileSync('" +
                          count +
                          "',String(++n)),10);"
                          "fs.readFile('" +
                          path + "','utf8',(e,t)=>{console.log(e?e.code:t);process.exit()});"};
  for (const Words& program : {python, node}) {
    ASSERT_TRUE(exists("/usr/bin/" + program[0])) << "scripts/setup installs it";
    Running ran(run_words(file, program, {"--name", "threads", "--on-ask", "wait"}));
    const auto asked = approval_of(path, 60);
    ASSERT_FALSE(asked.is_null()) << program[0] << ran.err();
    EXPECT_TRUE(eventually([&] { return leaves("threads") == 1; })) << "it was not frozen";
    const auto now = [&] { return std::strtol(read_file(count).c_str(), nullptr, 10); };
    const long before = now();
    EXPECT_TRUE(eventually([&] { return now() > before + 20; })) << program[0] << ": " << now();
    EXPECT_EQ(allow(asked), "");
    EXPECT_EQ(ran.end(60).out, "text\n\n") << program[0];
    EXPECT_TRUE(no_session_named("threads"));
  }
}

TEST_F(Hold, OfOneThreadLeavesAnotherThatAsksAndThoseThatDoNotInAnyLanguage) {
  const auto file = policy();
  const std::string count = folder_.at("count"), programs = GH_TEST_PROGRAMS;
  const auto now = [&] { return std::strtol(read_file(count).c_str(), nullptr, 10); };
  ASSERT_TRUE(exists(programs + "/go_threads") && exists(programs + "/JavaThreads.class"))
      << "scripts/setup installs their compilers";
  for (Words program :
       {Words{programs + "/e2e_threads"}, Words{programs + "/go_threads"},
        Words{"java", "-Xint", "-XX:+UseSerialGC", "-cp", programs, "JavaThreads"}}) {
    SCOPED_TRACE(program.back());
    program.insert(program.end(), {count, asked_.at("a"), asked_.at("b")});
    Running ran(run_words(file, program, {"--name", "threads", "--on-ask", "wait"}));
    const auto first = approval_of(asked_.at("a"), 120), second = approval_of(asked_.at("b"));
    ASSERT_FALSE(first.is_null() || second.is_null()) << approvals().dump() << ran.err();
    EXPECT_TRUE(eventually([&] { return leaves("threads") == 2; })) << leaves("threads");
    const long before = now();
    EXPECT_TRUE(eventually([&] { return now() > before + 20; })) << now();
    EXPECT_EQ(allow(second), "");
    EXPECT_TRUE(eventually([&] { return ran.out() == "second\n"; })) << ran.out();
    EXPECT_TRUE(eventually([&] { return leaves("threads") == 1; })) << leaves("threads");
    EXPECT_FALSE(ran.ended());
    EXPECT_EQ(allow(first), "");
    const auto ended = ran.end(60);
    EXPECT_EQ(ended.out, "second\nfirst\n") << ended.err;
    EXPECT_EQ(ended.status, 0);
    EXPECT_TRUE(no_session_named("threads"));
  }
}

TEST_F(Hold, EndsByASignalThatEndsTheProgram) {
  const auto file = policy();
  for (const int signal : {SIGTERM, SIGKILL, SIGSEGV}) {
    const std::string count = folder_.at("count");
    Running ran(run_words(file,
                          {GH_TEST_PROGRAMS "/e2e_threads", count, asked_.at("a"), asked_.at("b")},
                          {"--name", "ended", "--on-ask", "wait"}));
    ASSERT_FALSE(approval_of(asked_.at("a")).is_null()) << ran.err();
    const auto asked = approval_of(asked_.at("b"));
    ASSERT_FALSE(asked.is_null()) << ran.err();
    EXPECT_TRUE(eventually([&] { return leaves("ended") == 2; })) << leaves("ended");
    EXPECT_EQ(::kill(asked.value("pid", 0), signal), 0);
    EXPECT_EQ(ran.end(30).status, 128 + signal);
    EXPECT_TRUE(eventually([] { return approvals().empty(); })) << approvals().dump();
    EXPECT_TRUE(no_session_named("ended"));
  }
}

TEST_F(Hold, OutlivesADaemonThatIsKilledAndIsHeardOfAgain) {
  const auto file = policy(R"({ "hold": "freeze", "on_unattended": "wait" })");
  Running asker(run_words(file, {"cat", asked_.at("a")}, {"--name", "frozen", "--on-ask", "wait"}));
  ASSERT_FALSE(approval_of(asked_.at("a")).is_null()) << asker.err();
  ASSERT_TRUE(eventually([&] { return leaves("frozen") == 1; }));
  Host::instance().stop(SIGKILL);
  EXPECT_FALSE(asker.ended());
  Host::instance().start();
  const auto again = approval_of(asked_.at("a"));
  ASSERT_FALSE(again.is_null()) << "the ask was not announced again";
  EXPECT_TRUE(eventually([&] { return leaves("frozen") == 1; })) << leaves("frozen");
  EXPECT_EQ(allow(again), "");
  EXPECT_EQ(asker.end(30).out, "text\n");
  EXPECT_TRUE(no_session_named("frozen"));
}

TEST_F(Hold, EndsWithItsSession) {
  const auto file = policy(R"({ "hold": "freeze" })");
  Running asker(run_words(file, {"cat", asked_.at("a")}, {"--name", "ended", "--on-ask", "wait"}));
  ASSERT_FALSE(approval_of(asked_.at("a")).is_null()) << asker.err();
  ASSERT_TRUE(eventually([&] { return leaves("ended") == 1; }));
  const auto cgroup = session_named("ended").value("cgroup", "");
  EXPECT_EQ(ask_daemon({"kill", "ended"}).status, 0);
  EXPECT_NE(asker.end(30).status, 0);
  EXPECT_TRUE(no_session_named("ended"));
  EXPECT_FALSE(exists(cgroup));
}

}  // namespace
}  // namespace gatehouse::e2e
