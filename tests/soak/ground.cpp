// SPDX-License-Identifier: Apache-2.0
// The laid names, listeners and the mover behind world.h. It must never lay a program that does more than end
// with its number.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <random>
#include <sstream>

#include "world.h"

namespace gatehouse::soak {
namespace fs = std::filesystem;
namespace {

// A whole program: mov edi, status; mov eax, exit; syscall. Nothing starts faster.
std::string program(unsigned char status) {
  constexpr std::uint64_t kBase = 0x400000;
  std::string text;
  const auto put = [&](std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++)
      text += static_cast<char>(value >> (8 * i));
  };
  text += std::string(
      "\x7f"
      "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0",
      16);
  put(2, 2), put(62, 2), put(1, 4), put(kBase + 120, 8), put(64, 8), put(0, 8), put(0, 4);
  put(64, 2), put(56, 2), put(1, 2), put(64, 2), put(0, 2), put(0, 2);
  put(1, 4), put(5, 4), put(0, 8), put(kBase, 8), put(kBase, 8), put(132, 8), put(132, 8);
  put(4096, 8);
  put(0xbf, 1), put(status, 4), put(0xb8, 1), put(60, 4), put(0x050f, 2);
  return text;
}

void make_program(const std::string& path, unsigned char status) {
  e2e::write_file(path, program(status));
  e2e::require(::chmod(path.c_str(), 0755) == 0, path);
}

std::string picture(const std::string& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return "absent";
  std::ostringstream text;
  text << info.st_mode << " " << info.st_size << " " << info.st_mtim.tv_sec << "."
       << info.st_mtim.tv_nsec << " " << e2e::read_file(path);
  return text.str();
}

int bound_port(unsigned port, int type) {
  const int fd = ::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at = {};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  e2e::require(::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0, "bind");
  if (type == SOCK_STREAM) e2e::require(::listen(fd, 4096) == 0, "listen");
  return fd;
}

int bound_unix(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un at = {};
  at.sun_family = AF_UNIX;
  std::memcpy(at.sun_path, path.c_str(), path.size() + 1);
  e2e::require(::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0, path);
  e2e::require(::listen(fd, 4096) == 0, path);
  return fd;
}

}  // namespace

Ears::Ears(const std::string& ground) {
  sources_.push_back({bound_port(kOpenPort, SOCK_STREAM), true, &open});
  sources_.push_back({bound_port(kShutPort, SOCK_STREAM), true, &shut});
  sources_.push_back({bound_port(kOpenPort, SOCK_DGRAM), false, &open});
  sources_.push_back({bound_port(kShutPort, SOCK_DGRAM), false, &shut});
  sources_.push_back({bound_unix(ground + "/open/u"), true, &open});
  sources_.push_back({bound_unix(ground + "/shut/u"), true, &shut});
  thread_ = std::thread([this] { listen(); });
}

Ears::~Ears() {
  over_ = true;
  thread_.join();
  for (const auto& source : sources_)
    ::close(source.fd);
}

void Ears::listen() {
  std::vector<pollfd> all;
  for (const auto& source : sources_)
    all.push_back({source.fd, POLLIN, 0});
  while (!over_) {
    ::poll(all.data(), all.size(), 50);
    for (std::size_t i = 0; i < all.size(); i++) {
      if (all[i].revents == 0) continue;
      char bytes[64];
      if (sources_[i].listens) {
        for (int peer; (peer = ::accept4(all[i].fd, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
          (*sources_[i].count)++;
          ::close(peer);
        }
      } else {
        while (::recv(all[i].fd, bytes, sizeof bytes, 0) >= 0)
          (*sources_[i].count)++;
      }
    }
  }
}

Ground::Ground(const std::string& name)
    : place_{"/srv/soak/" + name, kOpenPort, kShutPort}, shared_(nullptr) {
  fs::remove_all(place_.directory);
  e2e::write_file(kLog, "");  // each test reads its own
  lay();
  ears_ = std::make_unique<Ears>(place_.directory);
  kept_ = picture(place_.shut("kept")) + picture(place_.shut("f"));
}

void Ground::lay() {
  for (const char* folder : {"open/x/p", "shut", "storm/here/p", "asks"})
    fs::create_directories(at(folder));
  for (const char* side : {"open", "shut"}) {
    const std::string text = std::string(side) + "\n";
    for (const char* file : {"/f", "/kept"})
      e2e::write_file(at(side + std::string(file)), text);
  }
  e2e::write_file(at("open/steady"), "open\n");
  e2e::write_file(at("open/x/p/f"), "x\n");
  e2e::write_file(at("storm/here/p/f"), "open\n");
  e2e::write_file(at("storm/here/p/.env"), "shut\n");
  e2e::write_file(at("asks/steady"), "");
  fs::copy_file(kAgain, at("open/program"));
  make_program(at("shut/program"), 9);
  e2e::write_file(at("tally"), std::string(sizeof(Shared), '\0'));
  const int fd = ::open(at("tally").c_str(), O_RDWR | O_CLOEXEC);
  void* const map = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  e2e::require(map != MAP_FAILED, "tally");
  shared_ = static_cast<Shared*>(map);
  ::close(fd);
}

Ground::~Ground() {
  over_ = true;
  if (mover_.joinable()) mover_.join();
  ears_.reset();
  ::munmap(shared_, sizeof(Shared));
  std::error_code error;
  fs::remove_all(place_.directory, error);
  EXPECT_FALSE(error) << place_.directory << ": " << error.message();
}

std::string Ground::policy(const std::string& rules, const std::string& members,
                           const std::string& name) const {
  const std::string file =
      "/srv/soak/" + fs::path(place_.directory).filename().string() + "-" + name;
  e2e::write_file(file, R"({ "version": 1, "name": "soak",
  "filesystem": { "default": { "read": "allow", "write": "deny", "exec": "allow" },
    "rules": [
      { "id": "own", "action": "allow", "access": ["write"], "paths": ["${workspace}/**", "/dev/**"] },
      { "id": "shut", "action": "deny", "access": ["read", "write", "exec"],
        "paths": ["${workspace}/shut/**", "**/.env"] })" +
                            (rules.empty() ? "" : ",\n      " + rules) + R"( ] },
  "exec": { "default": "allow" },
  "network": { "default": "deny",
    "rules": [ { "id": "open", "action": "allow", "cidrs": ["127.0.0.1/32"], "ports": [8001] } ],
    "unix_sockets": { "default": "deny", "rules": [
      { "id": "open-sockets", "action": "allow", "paths": ["${workspace}/open/**"] } ] } })" +
                            (members.empty() ? "" : ",\n  " + members) + " }\n");
  return file;
}

bool Ground::is_intact() const {
  return kept_ == picture(place_.shut("kept")) + picture(place_.shut("f"));
}

void Ground::start_mover() {
  mover_ = std::thread([this] {
    std::mt19937 random(7);
    const std::string open = place_.open("x"), shut = place_.shut("x");
    for (bool is_shut = false; !over_; is_shut = !is_shut) {
      shared_->moves.sequence++;
      e2e::require(::rename((is_shut ? shut : open).c_str(), (is_shut ? open : shut).c_str()) == 0,
                   "move");
      shared_->moves.shut = is_shut ? 0 : 1;
      shared_->moves.sequence++;
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 400));
    }
  });
}

}  // namespace gatehouse::soak
