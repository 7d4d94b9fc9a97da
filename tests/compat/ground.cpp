// SPDX-License-Identifier: Apache-2.0
// Files and processes behind ground.h. It must never touch what does not belong to the user of the cases.
#include "ground.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "e2e/command.h"

namespace gatehouse::compat {
namespace fs = std::filesystem;
namespace {

constexpr const char* kTemporary[] = {"/tmp", "/var/tmp", "/dev/shm"};

void make(const std::string& path, const std::string& text, mode_t mode) {
  if (text.empty())
    fs::create_directories(path);
  else
    e2e::write_file(path, text);
  if (::chmod(path.c_str(), mode) == 0 && ::lchown(path.c_str(), kUser, kUserGroup) == 0) return;
  std::perror(path.c_str());
  std::exit(2);
}

// FNV-1a.
std::string hash(const std::string& content) {
  unsigned long long value = 0xcbf29ce484222325ull;
  for (const char byte : content)
    value = (value ^ static_cast<unsigned char>(byte)) * 0x100000001b3ull;
  char text[24];
  std::snprintf(text, sizeof text, "%016llx", value);
  return text;
}

std::string line_of(const std::string& path, const Case& one) {
  struct stat info = {};
  if (::lstat(path.c_str(), &info) != 0) return path + " gone";
  char mode[16];
  std::snprintf(mode, sizeof mode, " %06o ", info.st_mode);
  std::string line = path + mode + std::to_string(info.st_uid) + ":" + std::to_string(info.st_gid);
  std::error_code error;
  if (S_ISLNK(info.st_mode)) line += " -> " + fs::read_symlink(path, error).string();
  if (S_ISREG(info.st_mode) && !is_any_of(one.varies, path))
    line += " " + std::to_string(info.st_nlink) + " " + std::to_string(info.st_size) + " " +
            hash(e2e::read_file(path));
  return line;
}

void add(std::vector<std::string>& lines, const std::string& folder, const Case& one) {
  for (fs::recursive_directory_iterator at(folder), end; at != end; ++at) {
    const std::string path = at->path();
    if (is_any_of(one.unlisted, path))
      at.disable_recursion_pending();
    else
      lines.push_back(line_of(path, one));
  }
}

bool is_users(const std::string& path) {
  struct stat info = {};
  return ::lstat(path.c_str(), &info) == 0 && info.st_uid == kUser;
}

}  // namespace

void lay_ground() {
  fs::remove_all(kHome);
  fs::remove_all(kWorkspace);
  for (const char* folder : kTemporary)
    for (const auto& entry : fs::directory_iterator(folder))
      if (is_users(entry.path())) fs::remove_all(entry.path());
  const std::string home = kHome;
  make(home, "", 0755);
  make(kWorkspace, "", 0755);
  make(home + "/.gitconfig",
       "[user]\n\tname = A Person\n\temail = person@example.net\n[init]\n\tdefaultBranch = main\n"
       "[protocol \"file\"]\n\tallow = always\n",
       0644);
  make(home + "/.ssh", "", 0700);
  make(home + "/.ssh/id_ed25519", "a secret\n", 0600);
}

std::vector<std::string> picture(const Case& one) {
  std::vector<std::string> lines;
  for (const char* folder : {kHome, kWorkspace}) {
    lines.push_back(line_of(folder, one));
    add(lines, folder, one);
  }
  for (const char* folder : kTemporary)
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string path = entry.path();
      if (!is_users(path) || is_any_of(one.unlisted, path)) continue;
      lines.push_back(line_of(path, one));
      if (entry.is_directory() && !entry.is_symlink()) add(lines, path, one);
    }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<pid_t> users_processes() {
  std::vector<pid_t> all;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const auto pid = static_cast<pid_t>(std::strtol(entry.path().filename().c_str(), nullptr, 10));
    if (pid > 0 && is_users(entry.path())) all.push_back(pid);
  }
  return all;
}

}  // namespace gatehouse::compat
