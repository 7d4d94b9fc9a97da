// SPDX-License-Identifier: Apache-2.0
// One daemon that most tests share, since loading its gate takes ten seconds in the emulated VM, and the
// binary's verbs spoken to it. A test must never leave a session of its own in it.
#pragma once

#include <memory>
#include <string>

#include "command.h"

namespace gatehouse::e2e {

// An unprivileged user that the VM's overlay gets.
struct User {
  uid_t uid;
  gid_t gid;
  std::vector<gid_t> groups;
};

class Host {
 public:
  static Host& instance();

  // Running when it returns; a test that stopped or killed it starts it again.
  void start();
  void stop(int signal);  // and waits for its end
  [[nodiscard]] bool running();
  [[nodiscard]] pid_t pid() const { return daemon_->pid(); }
  [[nodiscard]] std::string said() const { return daemon_ ? daemon_->err() : ""; }

  [[nodiscard]] std::string folder() const { return folder_.path(); }
  [[nodiscard]] std::string socket() const { return folder_.at("socket"); }
  [[nodiscard]] std::string events_file() const { return folder_.at("events.jsonl"); }

  User member();    // of the group gatehouse
  User stranger();  // not
  // In it, and with a role.
  User approver();
  User reader();

  // At the end of the program: nothing of the daemon may be left.
  void close();

 private:
  Host();
  void make_users();

  Folder folder_{"host"};
  std::unique_ptr<Running> daemon_;
};

// `gatehouse --socket … WORDS…`: spoken to the shared daemon, which is started first.
Words gatehouse(const Words& words);
Output ask_daemon(const Words& words, const Settings& settings = {}, double seconds = 60);
// The binary without a socket: for verbs that need no controller.
Words bare(const Words& words);

// A policy file in the folder: reading and executing allowed, writing denied but below the folder; with
// these rules added to the filesystem's, and these members to the file's.
std::string policy_in(const Folder& folder, const std::string& rules = "",
                      const std::string& members = "", const std::string& name = "policy.json");

// `run` through the daemon.
Words run_words(const std::string& policy, const Words& command, const Words& options = {});

Json sessions();                              // `sessions --json`
Json session_named(const std::string& name);  // null: there is none
bool no_session_named(const std::string& name, double seconds = 20);
Json approvals();  // `approvals list --json`
// Waits for one whose object ends so; null: there was none in time.
Json approval_of(const std::string& object_end, double seconds = 20);

}  // namespace gatehouse::e2e
