// SPDX-License-Identifier: Apache-2.0
// Reads until the end, writes in one call.
// It must never take a short write for success.
#include "kernel/file.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace gatehouse::kernel {

Result<std::string> read_file(const std::string& path) { return read_file_at(AT_FDCWD, path); }

Result<std::string> read_file_at(int directory, const std::string& name) {
  const UniqueFd fd(::openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return sys_error("cannot open " + name);
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n == 0) return text;
    if (n > 0) text.append(buffer, static_cast<std::size_t>(n));
    if (n < 0 && errno != EINTR) return sys_error("cannot read " + name);
  }
}

Result<void> write_file_at(int directory, const std::string& name, std::string_view text) {
  const UniqueFd fd(::openat(directory, name.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return sys_error("cannot open " + name);
  ssize_t n = 0;
  do {
    n = ::write(fd.get(), text.data(), text.size());
  } while (n < 0 && errno == EINTR);
  if (n < 0) return sys_error("cannot write " + name);
  if (static_cast<std::size_t>(n) != text.size())
    return Error{EIO, "cannot write " + name + ": cut short"};
  return {};
}

}  // namespace gatehouse::kernel
