// SPDX-License-Identifier: Apache-2.0
// Real programs while all that they do is asked for and allowed at once: they end as without us. A test must
// never compare less than what the program printed and how it ended.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "control/client.h"
#include "host.h"

namespace gatehouse::e2e {
namespace {

// Somebody who allows each ask, once, as soon as it is there.
class Allowing {
 public:
  Allowing() : watching_([this] { watch(); }) {}
  ~Allowing() {
    stop_ = true;
    watching_.join();
  }
  Allowing(const Allowing&) = delete;
  [[nodiscard]] int answered() const { return answered_; }

 private:
  void watch() {
    auto asks = control::Client::connect(Host::instance().socket());
    auto answers = control::Client::connect(Host::instance().socket());
    require(asks && answers && asks->send(control::ApprovalsWatch{}), "watching approvals");
    while (!stop_) {
      auto item = asks->receive(100);
      require(bool(item), "the daemon went");
      if (!*item || !(*item)->value.contains("approval")) continue;
      control::ApprovalsAnswer answer;
      answer.id = (*item)->value["approval"].value("id", std::uint64_t{0});
      answer.allow = true;
      auto reply = answers->request(answer);
      require(bool(reply), "an answer");
      if (reply->kind == control::Reply::Kind::result) ++answered_;
    }
  }
  std::atomic<bool> stop_ = false;
  std::atomic<int> answered_ = 0;
  std::thread watching_;
};

std::string stopped_processes() {
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const int pid = std::atoi(entry.path().filename().c_str());
    if (pid > 0 && state_of(pid) == 'T') all += read_file(entry.path().string() + "/comm");
  }
  return all;
}

class ProgramsUnderAsks : public ::testing::Test {
 protected:
  // Runs the script bare, then confined by a policy that asks for each change below ./asked and for each
  // start of these programs.
  void same(const std::string& shell, const std::string& script, const std::string& programs,
            int at_least) {
    Settings settings;
    settings.directory = folder_.path();
    settings.environment = {{"HOME", folder_.path()},
                            {"TMPDIR", folder_.path()},
                            {"GIT_CONFIG_NOSYSTEM", "1"},
                            {"PYTHONDONTWRITEBYTECODE", "1"},
                            {"GIT_AUTHOR_NAME", "a"},
                            {"GIT_AUTHOR_EMAIL", "a@b"},
                            {"GIT_COMMITTER_NAME", "a"},
                            {"GIT_COMMITTER_EMAIL", "a@b"},
                            {"GIT_AUTHOR_DATE", "1700000000 +0000"},
                            {"GIT_COMMITTER_DATE", "1700000000 +0000"}};
    const auto policy =
        policy_in(keep_, R"({ "id": "work", "action": "allow", "access": ["write"], "paths": [")" +
                             folder_.path() + R"(/**"] },
      { "id": "changes", "action": "ask", "access": ["write"], "paths": [")" +
                             folder_.path() + R"(/asked/**"] },
      { "id": "starts", "action": "ask", "access": ["exec"], "paths": [")" +
                             programs + R"("] })");
    const std::string begin = "rm -rf asked; mkdir asked; ";
    const Words command = {shell, "-c", begin + script};
    const auto control = run(command, settings, 120);
    ASSERT_NE(control.status, -1) << control.out << control.err;
    ASSERT_FALSE(control.out.empty()) << control.err;
    run({"rm", "-rf", folder_.at("asked")});
    const Allowing allowing;
    Running confined(run_words(policy, command, {"--on-ask", "wait"}), settings);
    const auto ended = confined.end(400);
    EXPECT_EQ(ended.status, control.status) << ended.err;
    EXPECT_EQ(ended.out, control.out) << ended.err;
    EXPECT_GE(allowing.answered(), at_least);
    EXPECT_EQ(stopped_processes(), "");
    EXPECT_TRUE(approvals().empty());
  }
  void write_script(const std::string& name, const std::string& text) {
    write_file(folder_.at(name), text);
  }
  Folder folder_{"programs"}, keep_{"programs-policy"};
};

TEST_F(ProgramsUnderAsks, APipelineOfAShellIsWhole) {
  same(
      "sh",
      "seq 3000 | grep 7 | sort -rn | tee asked/kept | head -n 2000 | tail -n 2; wc -l "
      "<asked/kept; "
      "(echo a; echo b) | while read -r x; do echo $x >asked/$x; done; cat asked/a asked/b; exit 9",
      "/usr/bin/{grep,sort,tee,tail}", 7);
}

// A job that is held by a stop is "stopped" to a shell with job control, and even `wait -f` may return 147 for it
// (docs/security.md): such a script waits again.
TEST_F(ProgramsUnderAsks, BashWaitsForItsJobs) {
  same("bash",
       "ended() { local s=147; while [ $s = 147 ]; do wait -f $1; s=$?; done; echo $2 $s; }; set "
       "-m; "
       "(echo one >asked/one; exit 3) & first=$!; (cat asked/one >/dev/null 2>&1; "
       "echo two >asked/two; exit 4) & second=$!; ended $first first; ended $second second; "
       "cat asked/one asked/two; jobs | wc -l; "
       "(trap 'echo told >asked/told; exit 6' TERM; echo up >asked/up; while :; do sleep 0.1; "
       "done) & "
       "until test -s asked/up; do sleep 0.1; done; kill $!; ended $! third; cat asked/told",
       "/usr/bin/wc", 5);
}

TEST_F(ProgramsUnderAsks, MakeBuildsInParallel) {
  write_script("Makefile",
               "all: asked/1 asked/2 asked/3 asked/4\n"
               "\tcat $^ >asked/all && wc -l <asked/all\n"
               "asked/%:\n"
               "\t@seq $* >$@.new && mv $@.new $@\n"
               "bad:\n"
               "\texit 3\n");
  same("sh", "make -j2 all; make -j2 -s all; make bad 2>&1; echo $?; cat asked/all",
       "/usr/bin/{seq,mv,wc}", 16);
}

TEST_F(ProgramsUnderAsks, PythonHasItsThreadsChildrenAndTimeouts) {
  write_script("all.py", R"(
import subprocess, threading
def write(n):
    for i in range(3):
        with open(f"asked/{n}-{i}", "w") as file: file.write(f"{n} {i}\n")
threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sum(len(open(f"asked/{n}-{i}").read()) for n in range(4) for i in range(3)))
print(subprocess.run(["/usr/bin/sort"], input="b\na\n", text=True, capture_output=True, timeout=120))
try: subprocess.run(["sleep", "100"], timeout=1)
except subprocess.TimeoutExpired as late: print("late", late.cmd)
child = subprocess.Popen(["sh", "-c", "echo x >asked/child; exit 5"])
print(child.wait(timeout=120))
raise SystemExit(8)
)");
  same("sh", "/usr/bin/python3 all.py", "/usr/bin/sort", 14);
}

TEST_F(ProgramsUnderAsks, NodeHasItsWorkersAndPromises) {
  write_script("all.js", R"(
const fs = require('fs').promises, { Worker } = require('worker_threads');
const { execFile } = require('child_process');
const work = `require('fs').writeFileSync('asked/worker', 'by a worker'); process.exit(2)`;
(async () => {
  let ticks = 0; const timer = setInterval(() => ticks++, 5);
  await Promise.all([...Array(8).keys()].map(i => fs.writeFile('asked/' + i, 'file ' + i)));
  const read = await Promise.all([...Array(8).keys()].map(i => fs.readFile('asked/' + i, 'utf8')));
  console.log(read.join(', '));
  await new Promise(done => new Worker(work, { eval: true }).on('exit', code => { console.log('exit', code); done(); }));
  console.log(await fs.readFile('asked/worker', 'utf8'));
  await new Promise(done => execFile('/usr/bin/sort', ['asked/1'], (e, out) => { console.log(out); done(); }));
  clearInterval(timer); console.log(ticks > 0);
  process.exitCode = 4;
})();
)");
  same("sh", "node all.js", "/usr/bin/sort", 10);
}

TEST_F(ProgramsUnderAsks, GitCommitsWithItsHooks) {
  same(
      "sh",
      "set -e; mkdir asked/repo; cd asked/repo; git init -q -b main .; mkdir -p .git/hooks; "
      "printf '#!/bin/sh\\necho checked; echo x >../checked\\n' >.git/hooks/pre-commit; "
      "printf '#!/bin/sh\\necho signed >>\"$1\"\\n' >.git/hooks/commit-msg; chmod +x .git/hooks/*; "
      "echo one >a; git add a; git commit -q -m first 2>&1; git log --format='%H %B'; "
      "printf '#!/bin/sh\\nexit 1\\n' >.git/hooks/pre-commit; echo two >a; "
      "git commit -qam second || echo refused $?; git status --short; cat ../checked",
      folder_.path() + "/asked/repo/.git/hooks/*", 20);
}

}  // namespace
}  // namespace gatehouse::e2e
