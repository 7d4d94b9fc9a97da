// SPDX-License-Identifier: Apache-2.0
// Finding and asking controllers. It must never take a stale socket for a controller: one that refuses
// the connection is passed over.
#include "cli/controllers.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "control/peer.h"

namespace gatehouse::cli {

namespace {

std::vector<std::string> run_sockets() {
  std::vector<std::string> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(kRunDirectory, error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("run-") && name.ends_with(".sock")) all.push_back(entry.path());
  }
  return all;
}

// Inside a session of a single run nobody else can tell us anything. "": we are in none.
std::string socket_of_own_run() {
  std::ifstream file("/proc/self/cgroup");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::string cgroup = control::cgroup_in(text);
  static constexpr std::string_view kGates = "/gatehouse/run-";
  const auto at = cgroup.find(kGates);
  if (at == std::string::npos) return {};
  const pid_t pid = std::atoi(cgroup.c_str() + at + kGates.size());
  return pid > 0 ? run_socket(pid) : std::string();
}

}  // namespace

std::vector<std::string> sockets(const Shared& shared) {
  if (!shared.socket.empty()) return {shared.socket};
  if (const auto own = socket_of_own_run(); !own.empty()) return {own};
  auto all = run_sockets();
  std::error_code error;
  if (std::filesystem::exists(control::kDefaultSocket, error))
    all.emplace_back(control::kDefaultSocket);
  std::sort(all.begin(), all.end());
  return all;
}

std::string run_socket(pid_t pid) {
  return std::string(kRunDirectory) + "/run-" + std::to_string(pid) + ".sock";
}

void sweep_sockets() {
  for (const auto& socket : run_sockets()) {
    const pid_t pid = std::atoi(socket.substr(socket.rfind('-') + 1).c_str());
    if (pid > 0 && socket == run_socket(pid) && ::kill(pid, 0) != 0 && errno == ESRCH)
      ::unlink(socket.c_str());
  }
}

namespace {

void complain_of_none(Shared& shared, const std::optional<Error>& last) {
  if (last && last->code != ECONNREFUSED && last->code != ENOENT)
    complain(last->what, last->code == EACCES
                             ? "only root and the group gatehouse may talk to a controller"
                             : "");
  else
    complain("no controller is running on this host",
             "`gatehouse daemon`, or a `gatehouse run` in another terminal");
  shared.status = 125;
}

}  // namespace

std::optional<control::Json> gather(Shared& shared, const control::Operation& operation,
                                    const char* member) {
  control::Json all = control::Json::array();
  std::optional<Error> last;
  bool answered = false;
  for (const auto& socket : sockets(shared)) {
    auto client = control::Client::connect(socket);
    if (!client) {
      last = client.take_error();
      continue;
    }
    auto reply = client->request(operation);
    if (!reply) {
      last = reply.take_error();
      continue;
    }
    answered = true;
    if (reply->kind == control::Reply::Kind::refused) {
      complain(reply->refusal.message, reply->refusal.hint);
      shared.status = 1;
      continue;
    }
    for (auto& one : reply->value[member])
      all.push_back(std::move(one));
    if (const auto more = reply->value.value("more", std::uint64_t{0}); more != 0)
      std::cerr << "gatehouse: " << more << " more are not listed\n";
  }
  if (!answered) {
    complain_of_none(shared, last);
    return std::nullopt;
  }
  return all;
}

std::optional<control::Json> first_to_do(Shared& shared, const control::Operation& operation) {
  std::optional<Error> last;
  std::optional<control::Refusal> refused;
  for (const auto& socket : sockets(shared)) {
    auto client = control::Client::connect(socket);
    if (!client) {
      last = client.take_error();
      continue;
    }
    auto reply = client->request(operation);
    if (!reply)
      last = reply.take_error();
    else if (reply->kind == control::Reply::Kind::refused)
      refused = reply->refusal;
    else
      return std::move(reply->value);
  }
  if (refused) {
    complain(refused->message, refused->hint);
    for (const auto& one : refused->diagnostics)
      complain(
          one.value("file", "") + ":" + one.value("pointer", "") + ": " + one.value("message", ""),
          one.value("hint", ""));
    shared.status = 1;
  } else {
    complain_of_none(shared, last);
  }
  return std::nullopt;
}

}  // namespace gatehouse::cli
