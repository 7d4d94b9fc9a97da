// SPDX-License-Identifier: Apache-2.0
// One line in one file behind head.h. It must never sync: that would hold up asks each second.
#include "audit/head.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/unique_fd.h"

namespace gatehouse::audit {

std::string head_path(const std::string& state, const std::string& directory) {
  std::error_code error;
  auto whole = std::filesystem::weakly_canonical(directory, error).string();
  if (error) whole = directory;
  while (whole.size() > 1 && whole.back() == '/')
    whole.pop_back();
  return state + "/audit-" + digits_of(whole) + ".head";
}

Result<void> write_head(const std::string& path, const std::string& line) {
  const std::string fresh = path + ".new", text = line + "\n";
  const UniqueFd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd.valid()) return sys_error("cannot make " + fresh);
  if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::rename(fresh.c_str(), path.c_str()) != 0)
    return sys_error("cannot write " + path);
  return {};
}

Result<Head> read_head(const std::string& path, const PublicKey& key) {
  std::ifstream file(path);
  std::string line;
  if (!file) return sys_error("cannot open " + path);
  std::getline(file, line);
  const auto sealed = unseal(line);
  const auto checkpoint = checkpoint_of(line);
  const auto link = sealed ? link_of(sealed->chain) : std::nullopt;
  if (!checkpoint || !link || !key.signed_by_us(*link, sealed->signature))
    return Error{EBADMSG, path + " is not signed by the key of this log"};
  return Head{number_of(sealed->text), *link, *checkpoint};
}

}  // namespace gatehouse::audit
