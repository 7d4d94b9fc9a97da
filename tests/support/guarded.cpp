// SPDX-License-Identifier: Apache-2.0
// The five sessions that each privilege is tried in. It must never share one between two privileges: what
// was told is looked at from the front.
#include "support/guarded.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gatehouse::testing {
namespace {

std::string quoted(const std::string& name, const std::string& more) {
  return "[\"" + name + "\"" + (more.empty() ? "" : ", \"" + more + "\"") + "]";
}

}  // namespace

std::string guarding(const std::string& more) {
  return std::string(R"("filesystem": {"default": "allow"}, "exec": {"default": "allow"},
            "network": {"default": "allow"})") +
         (more.find("privilege") == std::string::npos ? R"(, "privilege": {})" : "") + more;
}

Outsider::Outsider() : pid_(::fork()) {
  if (pid_ != 0) return;
  ::alarm(60);
  for (;;)
    ::pause();
}

Outsider::~Outsider() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

Guarded::Guarded() {
  ::mkdir((workspace / "at").c_str(), 0755);
  workspace.write("zeros", std::string(4096, '\0'));
}

void Guarded::expect_guarded(const std::string& name, const Operation& operation, int refused,
                             const std::string& more) {
  SCOPED_TRACE(name);
  const int control = unconfined(operation);
  EXPECT_NE(control, refused);
  EXPECT_NE(control, ENOSYS);
  Session allowing(guarding(R"(, "privilege": {"allow": )" + quoted(name, more) + "}"),
                   workspace.path());
  EXPECT_EQ(allowing.run(operation), control) << allowing.last_words();
  EXPECT_TRUE(allowing.decisions().empty()) << allowing.last_words();
  Session auditing(
      R"({"version": 1, "mode": "audit",)" +
          guarding(more.empty() ? "}" : R"(, "privilege": {"allow": [")" + more + "\"]}}"),
      workspace.path());
  EXPECT_EQ(auditing.run(operation), control);
  expect_told(auditing, name, GH_REASON_DEFAULT, true);
  Session naming(guarding(R"(, "privilege": {"default": "allow", "deny": [")" + name + "\"]}"),
                 workspace.path());
  EXPECT_EQ(naming.run(operation), refused);
  expect_told(naming, name, GH_REASON_RULE, false);
  if (more.empty()) {
    EXPECT_EQ(session.run(operation), refused);
    expect_told(session, name, GH_REASON_DEFAULT, false);
    session.forget();
  }
}

void Guarded::expect_told(Session& in, const std::string& name, gh_reason reason, bool audit) {
  const auto told = in.decisions();
  ASSERT_FALSE(told.empty());
  const auto& decision = std::get<events::Decision>(told.front().body);
  EXPECT_EQ(decision.access, GH_PRIVILEGE);
  EXPECT_EQ(decision.object.text, name);
  EXPECT_FALSE(decision.object.endpoint.has_value());
  EXPECT_EQ(decision.verdict, GH_DENY);
  EXPECT_EQ(decision.reason, reason);
  EXPECT_EQ(decision.audit, audit);
  EXPECT_EQ(told.front().process.comm, std::string(program_invocation_short_name).substr(0, 15));
}

void Guarded::expect_free(const Operation& operation) {
  EXPECT_EQ(unconfined(operation), 0);
  EXPECT_EQ(session.run(operation), 0) << session.last_words();
  EXPECT_TRUE(session.decisions().empty()) << session.last_words();
}

}  // namespace gatehouse::testing
