// SPDX-License-Identifier: Apache-2.0
// The daemon's start and stop, users, and the words of the command line behind host.h. It must never talk
// to a daemon that it did not start.
#include "host.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <fstream>

#include "outlets.h"

namespace gatehouse::e2e {
namespace {

constexpr double kLoading = 120;  // seconds, in the emulated VM with other VMs beside it
constexpr uid_t kMember = 61001, kStranger = 61002;
constexpr gid_t kGroup = 61000, kOther = 61010, kApprovers = 61020, kReaders = 61021;

void append(const std::string& file, const std::string& line) {
  if (read_file(file).find(line) != std::string::npos) return;
  std::ofstream(file, std::ios::app) << line << "\n";
}

}  // namespace

Host::Host() {
  ::chmod(folder_.path().c_str(), 0755);
  make_users();
  write_file(
      folder_.at("daemon.json"),
      "{ // the daemon of the end-to-end tests\n"
      "  \"gate\": \"e2e\", \"socket\": \"" +
          socket() +
          "\", \"group\": \"gatehouse\", "
          "\"approvers_group\": \"ghapprove\", \"readers_group\": \"ghread\", \"state\": \"" +
          folder_.at("state") + "\", \"sinks\": [\"jsonl:" + events_file() +
          "\", \"otlp:http://127.0.0.1:" + std::to_string(kOtlpPort) +
          "\"], \"metrics\": \"unix:" + metrics_socket(socket()) + "\" }\n");
}

Host& Host::instance() {
  static auto* const host = new Host;
  return *host;
}

// In the overlay of the VM: the host's files are not touched.
void Host::make_users() {
  append("/etc/group", "gatehouse:x:61000:ghmember");
  append("/etc/group", "ghextra:x:61010:");
  append("/etc/group", "ghapprove:x:61020:");
  append("/etc/group", "ghread:x:61021:");
  append("/etc/passwd", "ghmember:x:61001:61010::/tmp:/bin/sh");
  append("/etc/passwd", "ghstranger:x:61002:61010::/tmp:/bin/sh");
}

User Host::member() { return {kMember, kOther, {kOther, kGroup}}; }
User Host::approver() { return {kStranger, kOther, {kOther, kGroup, kApprovers}}; }
User Host::reader() { return {kStranger, kOther, {kOther, kGroup, kReaders}}; }
User Host::stranger() { return {kStranger, kOther, {kOther}}; }

bool Host::running() { return daemon_ && !daemon_->ended(); }

void Host::start() {
  if (running()) return;
  Settings settings;
  settings.environment["OTEL_EXPORTER_OTLP_COMPRESSION"] = "none";
  daemon_ =
      std::make_unique<Running>(bare({"daemon", "--config", folder_.at("daemon.json")}), settings);
  if (!serves(*daemon_, kLoading)) ADD_FAILURE() << "the daemon did not start: " << daemon_->err();
}

void Host::stop(int signal) {
  if (!running()) return;
  daemon_->signal(signal);
  const auto ended = daemon_->end(60);
  if (signal == SIGTERM) {
    EXPECT_EQ(ended.status, 0) << ended.err;
  }
}

void Host::close() {
  if (!daemon_) return;
  start();
  EXPECT_TRUE(sessions().empty()) << sessions().dump(1);
  stop(SIGTERM);
  EXPECT_FALSE(exists("/sys/fs/bpf/gatehouse/e2e")) << "the daemon left its gate";
  EXPECT_FALSE(exists("/sys/fs/cgroup/gatehouse/e2e")) << "the daemon left its cgroup";
  EXPECT_FALSE(exists(socket())) << "the daemon left its socket";
  // Only now: whoever reads a failure wants to know what the daemon had to say.
  if (::testing::UnitTest::GetInstance()->Failed()) std::fputs(said().c_str(), stderr);
  daemon_.reset();
}

Words bare(const Words& words) {
  Words all = {GH_TEST_BINARY};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

Words gatehouse(const Words& words) {
  Host::instance().start();
  Words all = {GH_TEST_BINARY, "--socket", Host::instance().socket()};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

Output ask_daemon(const Words& words, const Settings& settings, double seconds) {
  return run(gatehouse(words), settings, seconds);
}

std::string policy_in(const Folder& folder, const std::string& rules, const std::string& members,
                      const std::string& name) {
  const std::string file = folder.at(name);
  write_file(file, R"({ "version": 1, "name": "e2e",
  "filesystem": { "default": { "read": "allow", "write": "deny", "exec": "allow" },
    "rules": [ { "id": "own", "action": "allow", "access": ["write"], "paths": [")" +
                       folder.path() + R"(/**", "/dev/**"] })" +
                       (rules.empty() ? "" : ",\n      " + rules) +
                       R"( ] },
  "exec": { "default": "allow" }, "network": { "default": "deny" })" +
                       (members.empty() ? "" : ",\n  " + members) + " }\n");
  return file;
}

Words run_words(const std::string& policy, const Words& command, const Words& options) {
  Words words = {"run", "-p", policy};
  words.insert(words.end(), options.begin(), options.end());
  words.push_back("--");
  words.insert(words.end(), command.begin(), command.end());
  return gatehouse(words);
}

Json sessions() {
  const auto listed = ask_daemon({"sessions", "--json"});
  EXPECT_EQ(listed.status, 0) << listed.err;
  return listed.json();
}

Json session_named(const std::string& name) {
  for (const auto& one : sessions())
    if (one.value("name", "") == name) return one;
  return nullptr;
}

bool no_session_named(const std::string& name, double seconds) {
  return eventually([&] { return session_named(name).is_null(); }, seconds);
}

Json approvals() {
  const auto listed = ask_daemon({"approvals", "list", "--json"});
  EXPECT_EQ(listed.status, 0) << listed.err;
  return listed.json();
}

Json approval_of(const std::string& object_end, double seconds) {
  Json found = nullptr;
  eventually(
      [&] {
        for (const auto& one : approvals())
          if (one.value("object", "").ends_with(object_end)) found = one;
        return !found.is_null();
      },
      seconds);
  return found;
}

}  // namespace gatehouse::e2e
