// SPDX-License-Identifier: Apache-2.0
// Starts cases and listens to the daemon's events while they run, as a person who allows what is asked
// once for the session. It must never answer what another session asks.
#include "run.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

#include "e2e/command.h"
#include "ground.h"
#include "world.h"

namespace gatehouse::compat {
namespace {

constexpr double kLimit = 600;  // seconds, many times what any takes: hosts are busy

constexpr const char* kFrame = R"(cat /proc/self/mountinfo
echo '=== environment'
env | sort
echo '=== case'
bash "$1" 2>&1
status=$?
echo '=== afterwards'
cat /proc/self/mountinfo
exit $status
)";

e2e::Settings settings() {
  e2e::Settings settings;
  settings.uid = kUser;
  settings.gid = kUserGroup;
  settings.groups = {kUserGroup, kGatehouseGroup};
  settings.directory = kWorkspace;
  settings.umask = 022;
  settings.environment = {{"HOME", kHome},       {"USER", "compatuser"}, {"LOGNAME", "compatuser"},
                          {"PWD", kWorkspace},   {"OLDPWD", kWorkspace}, {"TERM", "xterm"},
                          {"LC_ALL", "C.UTF-8"}, {"TZ", "UTC0"}};
  return settings;
}

// The lines of the daemon's events that are new.
class Listener {
 public:
  Listener() : file_(kEvents) { file_.seekg(0, std::ios::end); }

  std::vector<e2e::Json> more() {
    std::vector<e2e::Json> all;
    file_.clear();
    for (char byte = 0; file_.get(byte);) {
      if (byte != '\n') {
        line_ += byte;
        continue;
      }
      all.push_back(e2e::Json::parse(line_, nullptr, false));
      line_.clear();
    }
    return all;
  }

 private:
  std::ifstream file_;
  std::string line_;
};

// What has no path is told by why it has none. Processes go by the name PID.
std::string what_of(const e2e::Json& event) {
  static const std::regex process("^/proc/[0-9]+/(task/[0-9]+/)?");
  auto object = event.value("object", "");
  if (object.empty()) object = event.value("detail", "");
  return event.value("access", "") + " " + std::regex_replace(object, process, "/proc/PID/");
}

// What the events tell of one session.
class Watcher {
 public:
  explicit Watcher(std::string session) : session_(std::move(session)) {}

  void look() {
    for (const auto& event : listener_.more()) {
      if (!event.is_object() || !event.contains("session")) continue;
      if (event["session"].value("name", "") != session_) continue;
      const auto type = event.value("type", "");
      const auto what = what_of(event);
      const auto verdict = event.value("verdict", "");
      if (type == "ask") answer(event.value("approval", 0ull), what);
      if (type == "decision" && verdict != "allow") denied_.insert(what);
      ended_ = ended_ || type == "session-end";
    }
  }

  [[nodiscard]] bool ended() const { return ended_; }

  void tell(Run& run) const {
    run.asked.assign(asked_.begin(), asked_.end());
    run.denied.assign(denied_.begin(), denied_.end());
  }

 private:
  void answer(unsigned long long id, const std::string& what) {
    if (!answered_.insert(id).second) return;
    asked_.insert(what);
    e2e::run({GH_TEST_BINARY, "--socket", kSocket, "approvals", "allow", std::to_string(id),
              "--scope", "session"});
  }

  std::string session_;
  Listener listener_;
  std::set<unsigned long long> answered_;
  std::multiset<std::string> asked_;
  std::set<std::string> denied_;
  bool ended_ = false;
};

Run make(const Case& one, bool in_session) {
  lay_ground();
  Run run;
  e2e::Words words;
  if (in_session)
    words = {GH_TEST_BINARY,  "--socket",    kSocket,    "run",      "-p",
             policy_for(one), "--workspace", kWorkspace, "--on-ask", "wait",
             "--name",        one.name,      "--"};
  words.insert(words.end(), {"/bin/bash", "-c", kFrame, "case", one.script});
  std::optional<Watcher> watcher;  // bare, the case would inherit its file
  if (in_session) watcher.emplace(one.name);
  const auto start = std::chrono::steady_clock::now();
  e2e::Running running(words, settings());
  e2e::eventually(
      [&] {
        if (watcher) watcher->look();
        return running.ended();
      },
      kLimit);
  const auto ended = running.end(0);
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  run.status = ended.status;
  run.output = ended.out;
  run.errors = ended.err;
  if (watcher) {
    e2e::eventually([&] { return watcher->look(), watcher->ended(); });
    if (!watcher->ended()) run.left.emplace_back("the session did not end");
    watcher->tell(run);
  }
  e2e::eventually([] { return users_processes().empty(); }, 2);
  for (const pid_t pid : users_processes()) {
    run.left.push_back(e2e::read_file("/proc/" + std::to_string(pid) + "/comm"));
    ::kill(pid, SIGKILL);
  }
  run.files = picture(one);
  return run;
}

std::string lines_of(const std::vector<std::string>& all) {
  std::string text;
  for (const auto& one : all)
    text += one + "\n";
  return text;
}

std::string compared(const std::string& what, const std::string& bare,
                     const std::string& confined) {
  if (bare == confined) return "";
  e2e::write_file("/run/compat/bare", bare);
  e2e::write_file("/run/compat/confined", confined);
  const auto ran = e2e::run({"diff", "-U2", "/run/compat/bare", "/run/compat/confined"});
  return what + ":\n" + ran.out + ran.err;
}

}  // namespace

Run bare(const Case& one) { return make(one, false); }
Run confined(const Case& one) { return make(one, true); }

std::string difference(const Run& bare, const Run& confined) {
  return compared("status", std::to_string(bare.status) + "\n",
                  std::to_string(confined.status) + "\n") +
         compared("output", bare.output, confined.output) +
         compared("files", lines_of(bare.files), lines_of(confined.files)) +
         compared("processes that are left", lines_of(bare.left), lines_of(confined.left));
}

}  // namespace gatehouse::compat
