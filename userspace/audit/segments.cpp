// SPDX-License-Identifier: Apache-2.0
// Directory and line reading behind segments.h. It must never follow what is no regular file.
#include "audit/segments.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace gatehouse::audit {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kEnding = ".jsonl";
constexpr std::size_t kDigits = 20;

std::uint64_t first_of(const std::string& name) {
  if (name.size() != kDigits + kEnding.size() || !name.ends_with(kEnding)) return 0;
  std::uint64_t first = 0;
  const auto* const end = name.data() + kDigits;
  const auto read = std::from_chars(name.data(), end, first);
  return read.ec == std::errc{} && read.ptr == end ? first : 0;
}

}  // namespace

std::string segment_name(std::uint64_t first) { return fmt::format("{:020}", first) + ".jsonl"; }

Result<std::vector<Segment>> segments_in(const std::string& directory) {
  std::error_code error;
  std::vector<Segment> all;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto first = first_of(entry->path().filename().string());
    std::error_code gone;
    if (first == 0 || entry->is_symlink(gone) || !entry->is_regular_file(gone)) continue;
    all.push_back({entry->path().string(), first, entry->file_size(gone)});
  }
  if (error) return sys_error("cannot read " + directory, error.value());
  std::sort(all.begin(), all.end(),
            [](const Segment& a, const Segment& b) { return a.first < b.first; });
  return all;
}

Result<void> for_each_line(const std::string& path,
                           const std::function<bool(const std::string&, bool)>& each) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return sys_error("cannot open " + path);
  for (std::string line; std::getline(file, line);)
    if (!each(line, !file.eof())) return {};
  if (file.bad()) return sys_error("cannot read " + path);
  return {};
}

}  // namespace gatehouse::audit
