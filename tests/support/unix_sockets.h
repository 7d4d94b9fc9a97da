// SPDX-License-Identifier: Apache-2.0
// Unix sockets by path and by abstract name ("@name"), and what tests do with them; each operation returns 0
// or errno. It must never use a name that the test did not make.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "base/unique_fd.h"
#include "support/gate.h"

namespace gatehouse::testing {

// A path, or '@' and an abstract name of any bytes.
class UnixName {
 public:
  explicit UnixName(const std::string& name);
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&at_); }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&at_); }
  [[nodiscard]] socklen_t size() const { return size_; }

 private:
  sockaddr_un at_ = {};
  socklen_t size_ = 0;
};

// A socket that is bound to the name, and listens if it is no datagram socket.
UniqueFd unix_server(const std::string& name, int type);

// A server of the test's own, outside of every session.
class UnixServer {
 public:
  UnixServer(const std::string& name, int type);
  // So many connections or messages have come in since the last call.
  [[nodiscard]] int came() const;
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  int type_;
  UniqueFd fd_;
};

enum class Way { connect, sendto, sendmmsg };  // the last two: datagrams without connect
// Connects, and sends a byte where that is a message; or sends without connecting.
Operation reaches(const std::string& name, int type, Way way = Way::connect);

}  // namespace gatehouse::testing
