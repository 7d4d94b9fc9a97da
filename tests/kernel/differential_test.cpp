// SPDX-License-Identifier: Apache-2.0
// Random policies and real file operations: the kernel's verdict and rule against the independent matcher
// of tests/differential. It must never count a triple whose operation did not reach the kernel's hooks.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "differential/generate.h"
#include "support/gate.h"
#include "tables/compile.h"

namespace gatehouse::testing {
namespace {

// Asks for the access and for nothing else. The policy audits, so it goes through whatever is said.
void attempt(const std::string& path, gh_access access) {
  switch (access) {
    case GH_READ:
      ::close(::open(path.c_str(), O_RDONLY | O_NONBLOCK));
      break;
    case GH_WRITE:
      ::close(::open(path.c_str(), O_WRONLY));
      break;
    case GH_CREATE:
      ::mknod(path.c_str(), S_IFREG | 0755, 0);
      break;
    case GH_DELETE:
      ::unlink(path.c_str());
      break;
    case GH_METADATA:
      ::chmod(path.c_str(), 0755);
      break;
    default: {  // a file without a known format: judged, then ENOEXEC
      char* const argv[] = {const_cast<char*>(path.c_str()), nullptr};
      ::execv(path.c_str(), argv);
    }
  }
}

// The path as the access needs it to be; false if another path of the case is in the way.
bool prepare(const std::string& path, gh_access access) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error || std::filesystem::is_directory(path, error)) return false;
  ::unlink(path.c_str());
  if (access == GH_CREATE) return true;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT, 0755);
  if (fd < 0) return false;
  const bool written = ::write(fd, "no program\n", 11) == 11;
  ::close(fd);
  return written;
}

TEST(DifferentialTest, the_kernel_judges_five_thousand_random_operations_like_the_plain_matcher) {
  const char* wanted = std::getenv("GH_TEST_TRIPLES");
  const std::size_t goal = wanted == nullptr ? 5000 : std::stoul(wanted);
  differential::Generator generator(20261124);
  Directory root("/tmp");
  std::size_t judged = 0, unreachable = 0;
  std::map<int, std::size_t> verdicts;
  while (judged < goal && !HasFailure()) {
    auto one = generator.make(200, 0, root.path());
    one.policy.audit = true;
    one.policy.log_allowed = true;
    Diagnostics diagnostics;
    auto tables = tables::compile(one.policy, one.context, [](const std::string&) { return std::nullopt; }, diagnostics);
    ASSERT_TRUE(tables.has_value()) << render(diagnostics);
    tables->flags |= GH_POLICY_AUDIT | GH_POLICY_LOG_ALLOW;
    Session session(std::move(*tables));
    for (const auto& triple : one.triples) {
      if (!prepare(triple.object, triple.access)) {
        unreachable++;
        continue;
      }
      (void)session.run([&] {
        attempt(triple.object, triple.access);
        return 0;
      });
      const events::Decision* decision = nullptr;
      const auto told = session.decisions();
      for (const auto& event : told) {
        const auto& body = std::get<events::Decision>(event.body);
        if (body.access == triple.access && body.object.text == triple.object) decision = &body;
      }
      ASSERT_NE(decision, nullptr) << "no hook saw access " << triple.access << " to " << triple.object;
      EXPECT_EQ(decision->verdict, triple.expected.verdict) << triple.object << " access " << triple.access;
      const std::string rule = triple.expected.rule == GH_RULE_DEFAULT ? "" : std::to_string(triple.expected.rule);
      EXPECT_EQ(decision->rule.id, rule) << triple.object << " access " << triple.access;
      judged++;
      verdicts[decision->verdict]++;
      session.forget();
    }
  }
  RecordProperty("judged", static_cast<int>(judged));
  RecordProperty("unreachable", static_cast<int>(unreachable));
  EXPECT_GE(judged, goal);
  for (const int verdict : {GH_ALLOW, GH_ASK, GH_DENY, GH_KILL})
    EXPECT_GT(verdicts[verdict], judged / 50) << "verdict " << verdict << " hardly occurs";
}

}  // namespace
}  // namespace gatehouse::testing
