// SPDX-License-Identifier: Apache-2.0
// Random policies and real file operations: the kernel's verdict and rule against the independent matcher
// of tests/differential. It must never count a triple whose operation did not reach the kernel's hooks.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "differential/generate.h"
#include "support/unix_sockets.h"
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
    case GH_UNIX: {
      // Connected only: it is judged, and no queue fills. Abstract ones are there already, made outside.
      const auto server = path[0] == '@' ? UniqueFd() : unix_server(path, SOCK_DGRAM);
      const UnixName to(path);
      const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
      (void)::connect(fd.get(), to.get(), to.size());
      break;
    }
    default: {  // a file without a known format: judged, then ENOEXEC
      char* const argv[] = {const_cast<char*>(path.c_str()), nullptr};
      if (const pid_t pid = ::vfork(); pid == 0) {
        ::execv(path.c_str(), argv);
        ::_exit(1);
      } else {
        ::waitpid(pid, nullptr, 0);
      }
    }
  }
}

// The path as the access needs it to be; false if another path of the case is in the way.
bool prepare(const std::string& path, gh_access access) {
  if (access == GH_UNIX && path[0] == '@') return true;
  if (access == GH_UNIX && path.size() > 107) return false;  // no address holds it
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error || std::filesystem::is_directory(path, error)) return false;
  ::unlink(path.c_str());
  if (access == GH_CREATE || access == GH_UNIX) return true;
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
    auto tables = tables::compile(
        one.policy, one.context, [](const std::string&) { return std::nullopt; }, diagnostics);
    ASSERT_TRUE(tables.has_value()) << render(diagnostics);
    tables->flags |= GH_POLICY_AUDIT | GH_POLICY_LOG_ALLOW;
    Session session(std::move(*tables));
    std::map<std::string, UniqueFd> named;
    for (const auto& triple : one.triples)
      if (triple.object[0] == '@' && !named.contains(triple.object)) {
        named[triple.object] = unix_server(triple.object, SOCK_DGRAM);
        ASSERT_TRUE(named[triple.object].valid());
      }
    // All in one process: what prepares an operation is let through and told too, which does no harm.
    auto* const reached = static_cast<bool*>(::mmap(
        nullptr, one.triples.size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    ASSERT_EQ(session.run([&] {
      for (std::size_t i = 0; i < one.triples.size(); i++) {
        reached[i] = prepare(one.triples[i].object, one.triples[i].access);
        if (reached[i]) attempt(one.triples[i].object, one.triples[i].access);
      }
      return 0;
    }),
              0);
    std::map<std::pair<std::string, int>, events::Decision> told;
    for (const auto& event : session.decisions()) {
      const auto& body = std::get<events::Decision>(event.body);
      told[{body.object.text, body.access}] = body;
    }
    for (std::size_t i = 0; i < one.triples.size(); i++) {
      const auto& triple = one.triples[i];
      if (!reached[i]) {
        unreachable++;
        continue;
      }
      const auto decision = told.find({triple.object, triple.access});
      ASSERT_NE(decision, told.end())
          << "no hook saw access " << triple.access << " to " << triple.object;
      EXPECT_EQ(decision->second.verdict, triple.expected.verdict)
          << triple.object << " access " << triple.access;
      const std::string rule =
          triple.expected.rule == GH_RULE_DEFAULT ? "" : std::to_string(triple.expected.rule);
      EXPECT_EQ(decision->second.rule.id, rule) << triple.object << " access " << triple.access;
      judged++;
      verdicts[decision->second.verdict]++;
    }
    ::munmap(reached, one.triples.size());
  }
  RecordProperty("judged", static_cast<int>(judged));
  RecordProperty("unreachable", static_cast<int>(unreachable));
  EXPECT_GE(judged, goal);
  for (const int verdict : {GH_ALLOW, GH_ASK, GH_DENY, GH_KILL})
    EXPECT_GT(verdicts[verdict], judged / 50) << "verdict " << verdict << " hardly occurs";
}

}  // namespace
}  // namespace gatehouse::testing
