// SPDX-License-Identifier: Apache-2.0
// The parser of mountinfo: "36 35 98:0 /root /point rw,noatime master:1 - type source rw,errors=x".
// It must never read beyond the line that it stands in.
#include "kernel/mountinfo.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>

#include "kernel/file.h"

namespace gatehouse::kernel {
namespace {

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto at = text.find(by);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// \040 and its like: the kernel writes space, tab, newline and backslash in octal.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); i++) {
    const auto digit = [&](std::size_t at) {
      return at < text.size() && text[at] >= '0' && text[at] <= '7';
    };
    if (text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// 0 where it is none.
std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool has_option(std::string_view options, std::string_view wanted) {
  for (const auto option : split(options, ','))
    if (option == wanted) return true;
  return false;
}

}  // namespace

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  for (const auto line : split(text, '\n')) {
    const auto fields = split(line, ' ');
    std::size_t dash = 6;  // optional fields end with a lone '-'
    while (dash < fields.size() && fields[dash] != "-")
      dash++;
    if (dash + 3 >= fields.size()) continue;
    Mount mount;
    mount.id = number(fields[0]);
    const auto colon = std::min(fields[2].find(':'), fields[2].size());
    mount.device =
        static_cast<std::uint32_t>(number(fields[2].substr(0, colon)) << 20 |
                                   number(fields[2].substr(std::min(colon + 1, fields[2].size()))));
    mount.root = unescape(fields[3]);
    mount.point = unescape(fields[4]);
    mount.type = std::string(fields[dash + 1]);
    mount.options = std::string(fields[dash + 3]);
    mount.read_only = has_option(fields[5], "ro") || has_option(mount.options, "ro");
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

Result<std::vector<Mount>> read_mountinfo() {
  auto text = read_file("/proc/self/mountinfo");
  if (!text) return text.take_error();
  return parse_mountinfo(*text);
}

std::optional<Mount> choose_cgroup2(const std::vector<Mount>& mounts) {
  const Mount* best = nullptr;
  for (const Mount& mount : mounts) {
    if (mount.type != "cgroup2" || mount.root != "/") continue;
    const auto rank = [](const Mount& m) {
      return (m.read_only ? 0 : 2) + (m.point == "/sys/fs/cgroup" ? 1 : 0);
    };
    if (best == nullptr || rank(mount) > rank(*best)) best = &mount;
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

}  // namespace gatehouse::kernel
