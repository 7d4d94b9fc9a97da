// SPDX-License-Identifier: Apache-2.0
// The file system's part of reading policies. It must never follow a name out of the policy directories
// when the name says that it is shipped.
#include "policy/load.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "base/quote.h"
#include "base/unique_fd.h"
#include "policy/document.h"

namespace gatehouse::policy {
namespace {

constexpr const char* kInstalled = "/usr/share/gatehouse/policies";

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "not a regular file";
}

Error not_a_file(const std::string& file, mode_t mode) {
  return {S_ISDIR(mode) ? EISDIR : EINVAL,
          "cannot read " + visible(file) + ": it is " + kind_of(mode) + ", not a file"};
}

Error too_large(const std::string& file) {
  return {EFBIG,
          visible(file) + " is larger than " + std::to_string(kMaxFileBytes) + " bytes (4 MiB)"};
}

bool is_shipped_name(const std::string& name) {
  return !name.empty() && name.size() <= 128 && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return c < 0x80 && (std::isalnum(c) || c == '.' || c == '_' || c == '-');
         });
}

}  // namespace

std::vector<std::string> policy_directories() {
  std::vector<std::string> out;
  std::error_code error;
  const auto binary = std::filesystem::read_symlink("/proc/self/exe", error);
  // build/gatehouse, or build/<preset>/gatehouse.
  if (!error) {
    auto up = binary.parent_path();
    for (int levels = 0; levels < 2; ++levels) {
      up = up.parent_path();
      const auto beside = up / "policies";
      if (std::filesystem::exists(beside / "policy.v1.schema.json", error)) {
        out.push_back(beside.string());
        break;
      }
    }
  }
  out.emplace_back(kInstalled);
  return out;
}

std::vector<std::string> candidates(const std::string& name, const std::string& from_file,
                                    const std::vector<std::string>& directories) {
  std::vector<std::string> out;
  if (name.empty() || name.find('\0') != std::string::npos) return out;
  if (name[0] != ':') {
    const auto base = std::filesystem::path(from_file).parent_path();
    out.push_back(from_file.empty() ? name : (base / name).lexically_normal().string());
    return out;
  }
  std::string shipped = name.substr(1);
  if (!is_shipped_name(shipped)) return out;
  if (!shipped.ends_with(".json")) shipped += ".json";
  for (const auto& directory : directories)
    out.push_back((std::filesystem::path(directory) / shipped).string());
  return out;
}

Result<Source> read_source(const std::string& file) {
  struct stat status {};
  // Asked before opening: some devices act on open.
  if (::stat(file.c_str(), &status) != 0) return sys_error("cannot read " + visible(file));
  if (!S_ISREG(status.st_mode)) return not_a_file(file, status.st_mode);
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) return sys_error("cannot read " + visible(file));
  if (::fstat(fd.get(), &status) != 0) return sys_error("cannot read " + visible(file));
  if (!S_ISREG(status.st_mode)) return not_a_file(file, status.st_mode);
  if (status.st_size > static_cast<off_t>(kMaxFileBytes)) return too_large(file);

  Source out{file, {}};
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return sys_error("cannot read " + visible(file));
    if (got == 0) return out;
    out.text.append(buffer, static_cast<std::size_t>(got));
    if (out.text.size() > kMaxFileBytes) return too_large(file);
  }
}

Loader host_loader(std::vector<std::string> directories) {
  return [directories = std::move(directories)](const std::string& name,
                                                const std::string& from_file) -> Result<Source> {
    const auto files = candidates(name, from_file, directories);
    if (files.empty()) return Error{EINVAL, quote(name) + " cannot be the name of a policy"};
    for (const auto& file : files) {
      auto source = read_source(file);
      if (source || source.error().code != ENOENT || files.size() == 1) return source;
    }
    std::string where;
    for (const auto& directory : directories)
      where += " " + visible(directory);
    return Error{ENOENT, "there is no " + quote(name.substr(1)) + " in" + where};
  };
}

Loader memory_loader(std::vector<Source> sources, std::vector<std::string> directories) {
  return [sources = std::move(sources), directories = std::move(directories)](
             const std::string& name, const std::string& from_file) -> Result<Source> {
    for (const auto& file : candidates(name, from_file, directories)) {
      const auto found = std::find_if(sources.begin(), sources.end(),
                                      [&](const Source& source) { return source.file == file; });
      if (found != sources.end()) return *found;
    }
    return Error{ENOENT, "there is no such policy"};
  };
}

std::optional<Policy> load(const std::string& name, Diagnostics& diagnostics,
                           const std::vector<std::string>& directories) {
  return load_with_mandatory(name, {}, diagnostics, directories);
}

std::optional<Policy> load_with_mandatory(const std::string& name,
                                          const std::vector<std::string>& mandatory,
                                          Diagnostics& diagnostics,
                                          const std::vector<std::string>& directories) {
  const Loader loader = host_loader(directories);
  std::vector<Source> layers;
  bool complete = true;
  const auto read = [&](const std::string& wanted) -> std::optional<Source> {
    auto source = loader(wanted, "");
    if (source) return std::move(*source);
    diagnostics.error(visible(wanted), "", source.error().what);
    complete = false;
    return std::nullopt;
  };
  auto own = read(name);
  for (const auto& file : mandatory)
    if (auto layer = read(file)) layers.push_back(std::move(*layer));
  // Without a layer of the host the policy would be looser than the host allows.
  if (!complete) return std::nullopt;
  return parse_with_mandatory(*own, layers, loader, diagnostics);
}

}  // namespace gatehouse::policy
