// SPDX-License-Identifier: Apache-2.0
// Files, sockets and processes, each operation as an agent would do it.
// It must never go beyond kRoot and the loopback address.
#include "hooks/operations.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>

namespace gatehouse::bench {
namespace {

// Names as long as people's: 5 to 8 bytes.
const char* const kNames[] = {"project", "source", "service", "handler", "backend",
                              "storage", "engine", "common",  "network", "session",
                              "parser",  "schema", "version", "builder"};

void write_file(const std::string& path) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << std::string(8192, 'x');
}

// Below the directory that the 10,000 rules speak of, and allowed.
std::string tenant_file() {
  return std::string(kRoot) + "/tenants/t04711/public/source/common/file.txt";
}

void open_close(const char* path) {
  const int fd = ::open(path, O_RDONLY);
  must(fd >= 0, path);
  ::close(fd);
}

// What is kept of any directory is worthless after it.
void rename_something() {
  static bool there = false;
  const std::string names[] = {std::string(kRoot) + "/project/moved",
                               std::string(kRoot) + "/project/mover"};
  must(::rename(names[there].c_str(), names[!there].c_str()) == 0, "rename");
  there = !there;
}

Operation open_at(unsigned depth) {
  return {"open+close, depth " + std::to_string(depth), 100,
          [path = file_at(depth)] { open_close(path.c_str()); }};
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

int bound(int type, sockaddr_in& address) {
  address = loopback(0);
  socklen_t size = sizeof(address);
  const int fd = ::socket(AF_INET, type, 0);
  must(fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
  must(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  return fd;
}

Operation tcp_connect() {
  sockaddr_in address;
  const int listener = bound(SOCK_STREAM, address);
  must(::listen(listener, 16) == 0, "listen");
  return {"TCP connect+accept+close", 10, [listener, address] {
            const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
            const linger now_at_once = {1, 0};  // a reset: nothing is left behind in TIME_WAIT
            ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now_at_once, sizeof(now_at_once));
            must(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0,
                 "connect");
            const int peer = ::accept(listener, nullptr, nullptr);
            must(peer >= 0, "accept");
            ::close(fd);
            ::close(peer);
          }};
}

Operation udp_send() {
  sockaddr_in address;
  const int receiver = bound(SOCK_DGRAM, address);
  const int sender = ::socket(AF_INET, SOCK_DGRAM, 0);
  return {"UDP sendto", 50,
          [sender, address] {
            must(::sendto(sender, "x", 1, 0, reinterpret_cast<const sockaddr*>(&address),
                          sizeof(address)) == 1,
                 "sendto");
          },
          [receiver] {
            char byte;
            while (::recv(receiver, &byte, 1, MSG_DONTWAIT) == 1) {
            }
          }};
}

Operation bind_close() {
  return {"socket+bind+close", 30, [] {
            const sockaddr_in address = loopback(40404);  // a free port would have to be found
            const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
            must(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0,
                 "bind");
            ::close(fd);
          }};
}

Operation fork_exec() {
  return {"fork+exec+wait", 1, [program = std::string(kRoot) + "/true"] {
            const pid_t pid = ::fork();
            must(pid >= 0, "fork");
            if (pid == 0) {
              ::execl(program.c_str(), "true", nullptr);
              std::_Exit(1);
            }
            int status = 0;
            must(::waitpid(pid, &status, 0) == pid && status == 0, "true");
          }};
}

}  // namespace

std::string file_at(unsigned depth) {
  std::string path = kRoot;
  for (unsigned i = 0; i + 2 < depth; i++)
    path += std::string("/") + kNames[i];
  return path + "/main.c";
}

void make_tree(const std::string& true_program) {
  std::filesystem::create_directories(kRoot);
  must(::mount("bench", kRoot, "tmpfs", 0, "size=256m") == 0, "mounting a tmpfs");
  for (const unsigned depth : {2u, 8u, 16u})
    write_file(file_at(depth));
  write_file(tenant_file());
  write_file(std::string(kRoot) + "/project/moved");
  std::filesystem::copy_file(true_program, std::string(kRoot) + "/true");
  ::chmod((std::string(kRoot) + "/true").c_str(), 0755);
}

std::vector<Operation> file_operations() {
  std::vector<Operation> out;
  for (const unsigned depth : {2u, 8u, 16u})
    out.push_back(open_at(depth));
  out.push_back({"open+close, depth 16, after a rename", 1,
                 [path = file_at(16)] { open_close(path.c_str()); }, rename_something});
  out.push_back({"open+close, depth 7, below the many rules", 100,
                 [path = tenant_file()] { open_close(path.c_str()); }});
  out.push_back({"stat, depth 8", 100, [path = file_at(8)] {
                   struct stat info;
                   must(::stat(path.c_str(), &info) == 0, path);
                 }});
  const int fd = ::open(file_at(8).c_str(), O_RDONLY);
  must(fd >= 0, "open");
  out.push_back({"read, 4 KiB", 100, [fd] {
                   char buffer[4096];
                   must(::pread(fd, buffer, sizeof(buffer), 0) == sizeof(buffer), "pread");
                 }});
  out.push_back({"failed look-up, depth 8", 100, [path = file_at(8) + "x"] {
                   must(::open(path.c_str(), O_RDONLY) < 0 && errno == ENOENT, path);
                 }});
  return out;
}

std::vector<Operation> network_operations() { return {tcp_connect(), udp_send(), bind_close()}; }

std::vector<Operation> all_operations() {
  auto out = file_operations();
  for (auto& operation : network_operations())
    out.push_back(std::move(operation));
  out.push_back(fork_exec());
  return out;
}

}  // namespace gatehouse::bench
