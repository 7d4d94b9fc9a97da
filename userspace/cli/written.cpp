// SPDX-License-Identifier: Apache-2.0
// A temporary file beside it, then a rename; a device or pipe is written to as it is. It must never follow a
// name of its own making that somebody else put there.
#include "cli/written.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "base/quote.h"
#include "base/unique_fd.h"

namespace gatehouse::cli {
namespace {

Result<void> put(int fd, const std::string& text, const std::string& path) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(fd, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return sys_error("cannot write " + quote(path, 200));
    done += static_cast<std::size_t>(wrote);
  }
  return {};
}

}  // namespace

Result<void> write_whole(const std::string& path, const std::string& text) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd.valid()) return sys_error("cannot open " + quote(path, 200));
    return put(fd.get(), text, path);
  }
  std::string made = path + ".XXXXXX";
  const UniqueFd fd(::mkostemp(made.data(), O_CLOEXEC));
  if (!fd.valid()) return sys_error("cannot make a file beside " + quote(path, 200));
  const mode_t mask = ::umask(0);
  ::umask(mask);
  auto done = put(fd.get(), text, path);
  if (done && ::fchmod(fd.get(), 0644 & ~mask) != 0)
    done = sys_error("cannot set the mode of " + quote(path, 200));
  if (done && ::rename(made.c_str(), path.c_str()) != 0)
    done = sys_error("cannot write " + quote(path, 200));
  if (!done) ::unlink(made.c_str());
  return done;
}

}  // namespace gatehouse::cli
