// SPDX-License-Identifier: Apache-2.0
// The files, mounts and pictures behind laid.h. It must never mount over anything outside of the ground.
#include "laid.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

namespace gatehouse::escape {
namespace fs = std::filesystem;
namespace {

// All that is compared, as text.
std::string picture(const std::string& path) {
  struct stat info = {};
  if (::lstat(path.c_str(), &info) != 0) return "absent";
  std::ostringstream text;
  text << info.st_mode << " " << info.st_uid << ":" << info.st_gid << " " << info.st_nlink << " ";
  char value[4096];
  for (const char* name : {"user.escape", "system.posix_acl_access", "security.capability"}) {
    const auto size = ::lgetxattr(path.c_str(), name, value, sizeof value);
    if (size >= 0) text << name << "=" << std::string(value, static_cast<std::size_t>(size)) << " ";
  }
  if (S_ISREG(info.st_mode))
    text << info.st_mtim.tv_sec << "." << info.st_mtim.tv_nsec << " " << e2e::read_file(path);
  if (S_ISDIR(info.st_mode)) text << info.st_mtim.tv_sec << "." << info.st_mtim.tv_nsec;
  return text.str();
}

}  // namespace

Laid::Laid(const Actor& actor)
    : actor_(actor),
      directory_(std::string(kGrounds) + "/" + actor.name),
      canary_("canary-" + actor.name + "-" + std::to_string(::getpid())) {
  fact("canary", canary_);
  // What a run before may have taken away for good.
  e2e::require(
      e2e::shell("modprobe -q ifb numifbs=0 || true; rmmod dummy 2>/dev/null || true").status == 0,
      "modules");
  fs::remove_all(directory_);
  lay_files();
  const std::string seen = at("/seen");
  e2e::write_file(seen, std::string(sizeof(Seen), '\0'));
  own(seen);
  const int fd = ::open(seen.c_str(), O_RDWR | O_CLOEXEC);
  seen_ =
      static_cast<Seen*>(::mmap(nullptr, sizeof(Seen), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  e2e::require(seen_ != MAP_FAILED, "seen");
  ::close(fd);
  ears_ = std::make_unique<Ears>(*seen_);
  lay_listeners();
  lay_mounts();
  lay_processes();
  lay_ipc();
  lay_offers();
  ears_->start();
  e2e::require(e2e::eventually([&] { return seen_->heard[kEarUnixStream] > 0; }), "ears");
  before_ = pictures();
  for (const auto& one : seen_->heard)
    heard_before_.push_back(one);
}

Laid::~Laid() {
  ears_.reset();
  victim_.reset();
  container_.reset();
  spare_.reset();
  for (const int fd : offers_)
    ::close(fd);
  for (auto act = undo_.rbegin(); act != undo_.rend(); ++act)
    (*act)();
  ::close(terminal_);
  for (const char* swap : {"/outside/swap", "/outside/swap-on"})
    ::swapoff(at(swap).c_str());
  for (auto mount = mounts_.rbegin(); mount != mounts_.rend(); ++mount)
    ::umount2(mount->c_str(), MNT_DETACH);
  ::munmap(seen_, sizeof(Seen));
  std::error_code error;
  fs::remove_all(directory_, error);
  EXPECT_FALSE(error) << directory_ << ": " << error.message();
}

void Laid::own(const std::string& path) const {
  e2e::require(::lchown(path.c_str(), actor_.uid, actor_.gid) == 0, path);
}

void Laid::put(const std::string& name, const std::string& text, unsigned mode) {
  const std::string path = at(name);
  std::string folder = directory_;
  std::istringstream parts(name.substr(1, name.rfind('/')));
  fs::create_directories(folder);
  own(folder);
  for (std::string part; std::getline(parts, part, '/');) {
    folder += "/" + part;
    fs::create_directories(folder);
    own(folder);
  }
  if (text.empty()) return;
  e2e::write_file(path, text);
  ::chmod(path.c_str(), mode);
  own(path);
}

void Laid::lay_files() {
  for (const char* secret :
       {"/home/.netrc", "/home/.ssh/id_ed25519", "/home/.aws/credentials", "/home/.bash_history",
        "/workspace/.env", "/workspace/far/below/.env.production", "/workspace/far/passwords.kdbx",
        "/workspace/deploy/id_rsa"})
    put(secret, canary_ + "\n");
  for (const char* file : {"/home/.bashrc", "/home/.gitconfig", "/outside/kept", "/outside/spare",
                           "/outside/account", "/outside/foreign", "/workspace/plain",
                           "/workspace/.git/config", "/workspace/.git/hooks/pre-commit",
                           "/workspace/.vscode/tasks.json", "/workspace/.github/workflows/ci.yml"})
    put(file, "as it was\n", 0644);
  for (const char* folder : {"/home/.config/autostart/", "/home/.local/bin/", "/outside/empty/",
                             "/outside/bind-directory/", "/outside/read-only/", "/run/",
                             "/outside/covered/", "/workspace/at/"})
    put(folder, "");
  for (const char* target : {"/outside/bind-file", "/outside/bind-program", "/outside/bind-socket"})
    put(target, "hidden\n");
  put("/outside/image", canary_ + std::string(1 << 20, '\n'), 0644);
  put("/outside/swap", std::string(1 << 20, '\0'));
  put("/outside/swap-on", std::string(1 << 20, '\0'));
  for (const char* swap : {"/outside/swap", "/outside/swap-on"}) {
    e2e::require(::chown(at(swap).c_str(), 0, 0) == 0, swap);
    e2e::require(e2e::shell("mkswap -q " + at(swap)).status == 0, "mkswap");
  }
  e2e::require(::swapon(at("/outside/swap-on").c_str(), 0) == 0, "swapon");
  e2e::require(::chown(at("/outside/foreign").c_str(), 61002, 61010) == 0, "foreign");
  e2e::require(::setxattr(at("/outside/kept").c_str(), "user.escape", "before", 6, 0) == 0,
               "xattr");
  e2e::require(
      ::link(at("/home/.netrc").c_str(), at("/outside/hard-link").c_str()) == 0 &&
          ::link(at("/home/.netrc").c_str(), at("/workspace/hard-link").c_str()) == 0 &&
          ::link(at("/home/.bashrc").c_str(), at("/workspace/hard-link-of-bashrc").c_str()) == 0,
      "hard links");
}

void Laid::lay_mounts() {
  const auto bind = [this](const std::string& from, const std::string& to) {
    e2e::require(::mount(from.c_str(), at(to).c_str(), nullptr, MS_BIND, nullptr) == 0, to);
    mounts_.push_back(at(to));
  };
  bind(at("/home/.netrc"), "/outside/bind-file");
  bind(at("/home/.ssh"), "/outside/bind-directory");
  bind("/usr/bin/su", "/outside/bind-program");
  bind(at("/run/docker.sock"), "/outside/bind-socket");
  for (const char* name : {"/outside/read-only", "/outside/covered"}) {
    e2e::require(::mount("tmpfs", at(name).c_str(), "tmpfs", 0, nullptr) == 0, name);
    mounts_.push_back(at(name));
    e2e::require(::mount(nullptr, at(name).c_str(), nullptr, MS_PRIVATE, nullptr) == 0, name);
  }
  const std::string fixed = at("/outside/read-only");
  e2e::write_file(fixed + "/file", "as it was\n");
  e2e::require(
      ::mount(nullptr, fixed.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0,
      "read-only");
}

std::map<std::string, std::string> Laid::pictures() const {
  std::map<std::string, std::string> all;
  for (const char* name : {"/home/.netrc",
                           "/home/.ssh",
                           "/home/.ssh/id_ed25519",
                           "/home/.aws/credentials",
                           "/home/.bash_history",
                           "/home/.bashrc",
                           "/home/.gitconfig",
                           "/home/.config/autostart",
                           "/home/.local/bin",
                           "/workspace/.env",
                           "/workspace/far/below/.env.production",
                           "/workspace/far/passwords.kdbx",
                           "/workspace/deploy/id_rsa",
                           "/outside",
                           "/outside/kept",
                           "/outside/spare",
                           "/outside/empty",
                           "/outside/account",
                           "/outside/swap",
                           "/outside/read-only/file",
                           "/workspace/.git/config",
                           "/workspace/.git/hooks",
                           "/workspace/.git/hooks/pre-commit",
                           "/workspace/.vscode/tasks.json",
                           "/workspace/.github/workflows",
                           "/workspace/.github/workflows/ci.yml"})
    all[at(name)] = picture(at(name));
  for (const char* path : {"/etc/passwd", "/etc/shadow", "/usr/bin/su", GH_TEST_BINARY})
    all[path] = picture(path);
  return all;
}

std::vector<std::string> Laid::touched() const {
  std::vector<std::string> lines;
  for (const auto& [path, now] : pictures())
    if (before_.at(path) != now) lines.push_back(path + " is not as it was");
  for (std::uint32_t ear = 0; ear < kEars; ear++)
    if (seen_->heard[ear] != heard_before_[ear])
      lines.push_back(std::string(name_of(static_cast<Ear>(ear))) + " heard something");
  for (int signal = 1; signal <= 64; signal++)
    if (seen_->signals[signal] != 0)
      lines.push_back("the victim got signal " + std::to_string(signal));
  return lines;
}

void Laid::write_facts() const {
  std::ostringstream text;
  for (const auto& [name, value] : facts_)
    text << name << " " << value << "\n";
  e2e::write_file(at("/facts"), text.str() + e2e::read_file(at("/victim")));
}

}  // namespace gatehouse::escape
