// SPDX-License-Identifier: Apache-2.0
// The socket behind journal.h. What is too large for a datagram goes as a sealed file, as the protocol has it; it
// must never be cut.
#include "sinks/journal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/quote.h"

namespace gatehouse::sinks {
namespace {

constexpr std::chrono::seconds kTelling{10};

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

}  // namespace

Result<std::unique_ptr<Sink>> JournalSink::open(const std::string& target, const std::string&) {
  const std::string path = target.empty() ? kSocket : target;
  if (path[0] != '/' || path.size() >= sizeof(sockaddr_un::sun_path))
    return Error{EINVAL, "journald: " + quote(path) + " is no absolute path of a socket"};
  if (::access(path.c_str(), W_OK) != 0)
    return sys_error("journald: cannot write to " + path + " (is systemd-journald running?)");
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return sys_error("cannot make a socket");
  const int room = 8 << 20;  // as much as the host gives
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  return std::unique_ptr<Sink>(new JournalSink(std::move(fd), path));
}

void JournalSink::write(const events::Event& event) {
  flush();
  std::string entry = journal_entry(event);
  const Sent sent = pending_.empty() ? send(entry) : Sent::later;
  if (sent == Sent::yes) {
    sent_++;
  } else if (sent == Sent::never || pending_bytes_ + entry.size() > kMostPending) {
    lost_++;
  } else {
    pending_bytes_ += entry.size();
    pending_.push_back(std::move(entry));
  }
}

void JournalSink::flush() {
  while (!pending_.empty()) {
    const Sent sent = send(pending_.front());
    if (sent == Sent::later) return;
    (sent == Sent::yes ? sent_ : lost_)++;
    pending_bytes_ -= pending_.front().size();
    pending_.pop_front();
  }
}

std::optional<Loss> JournalSink::take_loss() {
  const auto now = std::chrono::steady_clock::now();
  if (lost_ == told_ || now < next_telling_) return std::nullopt;
  next_telling_ = now + kTelling;
  const Loss loss{lost_ - told_, "journald is away, or too slow"};
  told_ = lost_;
  return loss;
}

JournalSink::Sent JournalSink::send(const std::string& entry) {
  const sockaddr_un address = address_of(path_);
  const ssize_t sent = ::sendto(fd_.get(), entry.data(), entry.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (sent >= 0) return Sent::yes;
  if (errno == EMSGSIZE || errno == ENOBUFS) {
    if (send_file(entry)) return Sent::yes;
    return errno == EAGAIN ? Sent::later : Sent::never;
  }
  // Busy, or being started again.
  const bool passing =
      errno == EAGAIN || errno == EINTR || errno == ECONNREFUSED || errno == ENOENT;
  return passing ? Sent::later : Sent::never;
}

bool JournalSink::send_file(const std::string& entry) const {
  const UniqueFd file(::memfd_create("gatehouse-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid() ||
      ::write(file.get(), entry.data(), entry.size()) != static_cast<ssize_t>(entry.size()) ||
      ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) !=
          0)
    return false;
  sockaddr_un address = address_of(path_);
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_name = &address;
  message.msg_namelen = sizeof address;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = file.get();
  __builtin_memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return ::sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

}  // namespace gatehouse::sinks
