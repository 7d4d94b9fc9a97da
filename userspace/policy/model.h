// SPDX-License-Identifier: Apache-2.0
// The policy as plain values, as its author meant it: what parse makes and compile takes, so that another
// front end needs only a parser. It must never hold anything that only a kernel or only JSON knows.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/abi.h"

namespace gatehouse::policy {

// In order of strictness; the numbers are those of gh_verdict.
enum class Action : std::uint8_t { allow = GH_ALLOW, ask = GH_ASK, deny = GH_DENY, kill = GH_KILL };

// One bit per column of an outcome: 1 << GH_ACCESS_COLUMN(access). Path and network accesses are
// separate sets (a rule belongs to one class).
using AccessSet = std::uint8_t;
constexpr AccessSet access_bit(int access) {
  return static_cast<AccessSet>(1u << GH_ACCESS_COLUMN(access));
}
// What the word `write` stands for in a filesystem rule (DESIGN 6).
constexpr AccessSet kWriteSet =
    access_bit(GH_WRITE) | access_bit(GH_CREATE) | access_bit(GH_DELETE) | access_bit(GH_METADATA);

struct Rule {
  std::string id;  // unique in the policy; given or made from the pointer
  Action action = Action::deny;
  bool log = false;      // report every decision of this rule, allowed ones too
  std::string reason;    // for people; may be empty
  std::string pointer;   // JSON pointer in its layer's file
  bool implied = false;  // Gatehouse's own: it stands in no file
  bool answer =
      false;  // given to an ask: it speaks of what the kernel resolved, and links add nothing
};

struct PathRule : Rule {
  AccessSet access = 0;               // exec-section rules: access_bit(GH_EXEC)
  std::vector<std::string> paths;     // globs with ~ and ${…} not yet expanded
  std::vector<std::string> except;    // likewise; of unix sockets "@name" too
  std::vector<std::string> abstract;  // unix sockets: globs of abstract names, without the '@'
  std::vector<PathRule> answers;      // to this rule, which asks: allow or deny where they match
};
// On a program's arguments, of which those that follow the named ones do not matter.
struct CommandRule : Rule {
  using Command =
      std::vector<std::string>;  // a glob each: the program's name or path, its arguments
  Command command;               // "**": any number of arguments
  std::vector<Command> except;   // "not"
  bool exact = false;            // an answer: these arguments and no further ones
  std::vector<CommandRule> answers;
};

// How abstract names of unix sockets are written among paths.
inline bool is_abstract(std::string_view text) { return text.starts_with('@'); }

struct Cidr {
  bool v6 = false;                // v4-mapped prefixes (>= 96) are normalised to v4
  std::uint8_t address[16] = {};  // network order; v4 in the first four bytes; host bits zero
  std::uint8_t prefix = 0;        // bits
};
struct PortRange {
  std::uint16_t first = 0, last = 65535;  // inclusive
};
struct NetRule : Rule {
  AccessSet access = 0;           // of GH_NET_ACCESSES
  std::uint8_t protocols = 0x0f;  // bit GH_PROTO_*; default any
  std::vector<Cidr> cidrs;        // empty: any address
  std::vector<PortRange> ports;   // empty: any port
  std::vector<NetRule> answers;
};

// Verdict per access column when no rule of the section applies.
struct Defaults {
  Action column[8] = {Action::deny, Action::deny, Action::deny, Action::deny,
                      Action::deny, Action::deny, Action::deny, Action::deny};
};

struct Filesystem {
  Defaults defaults;
  std::vector<PathRule> rules;
};
struct Exec {
  Action fallback = Action::deny;  // "default"
  Action unnamed = Action::deny;   // programs without a path: memfd, deleted images
  std::vector<PathRule> rules;
  std::vector<CommandRule> commands;
};
struct Network {
  Defaults defaults;
  std::vector<NetRule> rules;
};

// "unix_sockets" of the network section. Its rules have access_bit(GH_UNIX).
struct UnixSockets {
  Action fallback = Action::deny;  // "default"
  std::vector<PathRule> rules;
};

// What no path or endpoint says: a bit per gh_privilege.
using PrivilegeSet = std::bitset<8 * sizeof(gh_privileges)>;
#define GH_PRIVILEGE_BIT(name, value, ...) .set(value)
inline const PrivilegeSet kAllPrivileges = PrivilegeSet() GH_PRIVILEGES(GH_PRIVILEGE_BIT);
#undef GH_PRIVILEGE_BIT
struct Privilege {
  PrivilegeSet allowed;
  PrivilegeSet named;  // those that a list decides; the default decides the rest
};

// One policy file. A section that is absent says nothing; what no layer speaks of is denied.
struct Layer {
  std::string name;  // "name" of the file
  std::string file;  // as the user named it
  bool locked = false;
  std::optional<Filesystem> filesystem;
  std::optional<Exec> exec;
  std::optional<Network> network;
  std::optional<UnixSockets> unix_sockets;
  std::optional<Privilege> privilege;
};

// One link of the chain that an ask goes through.
struct Reviewer {
  enum class Kind : std::uint8_t { prompt, socket, command, webhook };
  enum class Failing : std::uint8_t { next, deny, allow };
  Kind kind = Kind::socket;
  std::string name;                  // of a command or webhook, in events
  std::vector<std::string> command;  // [0] is an absolute path
  std::string url;                   // https, or http to this host's own loopback
  std::string secret_file;           // absolute
  std::uint64_t timeout_ms = 0;      // 0: none, of people only
  Failing on_failure = Failing::next;
  // People answer by themselves; the others are programs that somebody runs for them.
  [[nodiscard]] bool automatic() const { return kind == Kind::command || kind == Kind::webhook; }
};

struct Approvals {
  std::uint64_t timeout_ms = 0;      // 0: none
  Action on_timeout = Action::deny;  // allow or deny
  enum class Unattended { deny, wait, allow } on_unattended = Unattended::deny;
  int remember = GH_SCOPE_SESSION;  // widest scope an answer may have
  std::vector<Reviewer> reviewers;  // in turn; empty: whoever may answer
  std::string reviewers_file;       // where they stand
  bool reviewers_of_host = false;   // that file is a mandatory layer
  unsigned approvers = 1;           // how many must allow
  bool self_approval = true;        // the session's owner may allow what it asks
  // How who waits is held: stopped, or frozen so that nobody notices. `choose`: frozen with a terminal or threads.
  enum class Hold { choose, stop, freeze } hold = Hold::choose;
  std::optional<std::uint32_t> max_open;  // questions shown at a time
};

struct PolicyTest {
  Action expect = Action::deny;
  int access = GH_READ;  // gh_access
  std::string object;    // path (may use ~ and ${…}) or endpoint "1.2.3.4:443", "[::1]:80"
  std::vector<std::string> argv;  // exec: not empty if arguments are judged too
  int protocol = GH_PROTO_TCP;    // endpoints
  std::string file, pointer;
};

struct Policy {
  std::string name;
  std::string description;
  bool audit = false;         // "mode": "audit" in the policy itself (layers do not loosen this)
  bool log_allowed = false;   // "log": "all"
  std::vector<Layer> layers;  // extends first, in order, the file itself last
  Approvals approvals;        // of the file itself, else of the nearest layer
  std::vector<PolicyTest> tests;
};

// What a session gives to the variables.
struct Context {
  std::string workspace;                                       // absolute, symlinks resolved
  std::string home;                                            // of the session's owner
  std::vector<std::pair<std::string, std::string>> variables;  // further ${name}s
  // Where Gatehouse itself listens and keeps its state, if not where it is expected.
  std::string socket = {}, state = {};
};

}  // namespace gatehouse::policy
