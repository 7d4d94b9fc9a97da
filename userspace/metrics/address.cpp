// SPDX-License-Identifier: Apache-2.0
// Parsing and binding behind address.h. It must never remove a file that is no socket.
#include "metrics/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>

#include "base/quote.h"

namespace gatehouse::metrics {
namespace {

constexpr int kWaiting = 16;

Result<UniqueFd> bound(const sockaddr* address, socklen_t size, const std::string& text) {
  UniqueFd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return sys_error("cannot make a socket for metrics");
  const int yes = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(fd.get(), address, size) != 0 || ::listen(fd.get(), kWaiting) != 0)
    return sys_error("cannot serve metrics at " + text);
  return fd;
}

Result<UniqueFd> at_path(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path[0] != '/' || path.size() >= sizeof address.sun_path)
    return Error{EINVAL, "metrics: " + quote(path) + " is no absolute path for a socket"};
  path.copy(address.sun_path, path.size());
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) {
    if (!S_ISSOCK(info.st_mode)) return Error{EEXIST, "metrics: " + path + " is no socket"};
    ::unlink(path.c_str());  // of our own past life: there is one daemon of a configuration
  }
  auto fd = bound(reinterpret_cast<const sockaddr*>(&address), sizeof address, path);
  if (fd) ::chmod(path.c_str(), 0660);
  return fd;
}

}  // namespace

Result<UniqueFd> listen_at(const std::string& text) {
  if (text.starts_with("unix:")) return at_path(text.substr(5));
  const Error wrong{EINVAL, "metrics: " + quote(text) +
                                " is neither unix:/PATH nor a port of loopback, such as "
                                "127.0.0.1:9464 or [::1]:9464"};
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return wrong;
  std::string host = text.substr(0, colon);
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + colon + 1, end, port);
  if (read.ec != std::errc() || read.ptr != end) return wrong;
  sockaddr_in four = {};
  four.sin_family = AF_INET;
  four.sin_port = ::htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1 &&
      (::ntohl(four.sin_addr.s_addr) >> 24) == 127)
    return bound(reinterpret_cast<const sockaddr*>(&four), sizeof four, text);
  sockaddr_in6 six = {};
  six.sin6_family = AF_INET6;
  six.sin6_port = ::htons(port);
  if (host == "[::1]") {
    six.sin6_addr = in6addr_loopback;
    return bound(reinterpret_cast<const sockaddr*>(&six), sizeof six, text);
  }
  return wrong;
}

}  // namespace gatehouse::metrics
