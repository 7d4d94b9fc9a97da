// SPDX-License-Identifier: Apache-2.0
// The control socket as a file, and bytes with descriptors through it. It must never be reachable with
// a wider mode than asked for, nor take the place of a daemon that still answers.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gatehouse::control {

inline constexpr std::size_t kMostFds = 4;  // with one request

struct Address {
  std::string path;
  mode_t mode = 0660;
  std::optional<gid_t> group;
};

// Bound under another name, given its mode and group, then moved to its place.
Result<UniqueFd> listen_at(const Address& address);
Result<UniqueFd> connect_to(const std::string& path);

struct Received {
  std::size_t bytes = 0;  // 0: the other end has closed
  bool again = false;     // nothing there now
  bool fds_cut = false;   // more descriptors than fit
  pid_t sender = 0;       // 0: not told
  std::vector<UniqueFd> fds;
};
Result<Received> receive(int socket, char* into, std::size_t room);

// Returns how many bytes went; descriptors go with the first of them.
Result<std::size_t> send(int socket, std::string_view bytes, const std::vector<int>& fds = {});

}  // namespace gatehouse::control
