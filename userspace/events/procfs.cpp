// SPDX-License-Identifier: Apache-2.0
// One process as /proc shows it now. It must never fail for a part that cannot be read: that part
// stays empty, and only a process that is not there is nothing.
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

#include "base/unique_fd.h"
#include "events/claims.h"
#include "events/processes.h"

namespace gatehouse::events {
namespace {

constexpr std::size_t kMostArgv = 4096;
constexpr std::size_t kMostEnvironment = 128 << 10;

std::string read_some(const std::string& path, std::size_t most) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text(most, '\0');
  std::size_t size = 0;
  while (fd.valid() && size < most) {
    const ssize_t got = ::read(fd.get(), text.data() + size, most - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

std::string read_link(const std::string& path) {
  std::string target(4096, '\0');
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  target.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return target;
}

// Field `index` of stat, counted from the state, which follows the name in parentheses.
std::uint64_t field(std::string_view stat, int index) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= stat.size()) return 0;
  stat.remove_prefix(name_end + 2);
  for (; index > 0; --index) {
    const std::size_t space = stat.find(' ');
    if (space == std::string_view::npos) return 0;
    stat.remove_prefix(space + 1);
  }
  std::uint64_t value = 0;
  std::from_chars(stat.data(), stat.data() + stat.size(), value);
  return value;
}

}  // namespace

std::optional<Program> ProcFs::read(std::uint32_t pid) const {
  const std::string root = "/proc/" + std::to_string(pid);
  const std::string stat = read_some(root + "/stat", 4096);
  if (stat.empty()) return std::nullopt;
  Program program;
  program.pid = pid;
  program.ppid = static_cast<std::uint32_t>(field(stat, 1));
  const long hertz = ::sysconf(_SC_CLK_TCK);
  program.start = field(stat, 19) * (1'000'000'000ull / static_cast<std::uint64_t>(hertz));
  program.exe = read_link(root + "/exe");
  program.cwd = read_link(root + "/cwd");
  const std::string argv = read_some(root + "/cmdline", kMostArgv);
  for (std::string_view rest = argv; !rest.empty();) {
    const std::size_t end = rest.find('\0');
    program.argv.emplace_back(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return program;
}

std::optional<Labels> ProcFs::claims(std::uint32_t pid) const {
  const auto environment = read_some("/proc/" + std::to_string(pid) + "/environ", kMostEnvironment);
  if (environment.empty()) return std::nullopt;
  return claims_in(environment);
}

}  // namespace gatehouse::events
