// SPDX-License-Identifier: Apache-2.0
// The address in memory changes while the kernel is at it: between a listener that may be reached and one
// that may not. It must never name an address that is not the runner's own.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "flipper.h"
#include "race.h"

namespace gatehouse::soak {
namespace {

sockaddr_in loopback(unsigned port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Family and port are one word.
struct SwappedAddress {
  explicit SwappedAddress(const Place& place) : address(loopback(place.tcp)) {
    const sockaddr_in other = loopback(place.shut_tcp);
    std::memcpy(&allowed, &address, 4);
    std::memcpy(&denied, &other, 4);
  }
  [[nodiscard]] std::uint32_t* word() { return reinterpret_cast<std::uint32_t*>(&address); }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&address); }

  alignas(16) sockaddr_in address;
  std::uint32_t allowed = 0, denied = 0;
};

// No connection may linger: there are fewer ports than tries.
void hang_up(int fd) {
  const linger now = {1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(fd);
}

void count_control(Tally& tally, bool so) {
  if (so) {
    tally.control++;
  } else {
    tally.wrong++;
    tally.last_error = static_cast<std::uint64_t>(errno);
  }
}

}  // namespace

void connect_swap(const Place& place, const Limit& limit, Shared& shared) {
  Tally& tally = shared.tally;
  SwappedAddress swapped(place);
  const Flipper flipper(swapped.word(), swapped.allowed, swapped.denied);
  sockaddr_in steady = loopback(place.tcp);
  while (limit.more(tally)) {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto before = flipper.moves();
    const int done = ::connect(fd, swapped.get(), sizeof(sockaddr_in));
    const int error = errno;
    if (flipper.moves() != before) tally.raced++;
    if (done == 0) {
      sockaddr_in peer = {};
      socklen_t size = sizeof peer;
      ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size);
      (ntohs(peer.sin_port) == place.shut_tcp ? tally.escaped : tally.allowed)++;
    } else {
      count_error(tally, error);
    }
    hang_up(fd);
    if (tally.tries++ % 4 != 0) continue;
    fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    count_control(tally, ::connect(fd, reinterpret_cast<sockaddr*>(&steady), sizeof steady) == 0);
    hang_up(fd);
  }
}

// Who got a datagram is seen by the runner alone.
void send_swap(const Place& place, const Limit& limit, Shared& shared) {
  Tally& tally = shared.tally;
  SwappedAddress swapped(place);
  const Flipper flipper(swapped.word(), swapped.allowed, swapped.denied);
  sockaddr_in steady = loopback(place.tcp);
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  char byte = 'x';
  iovec one = {&byte, 1};
  mmsghdr several = {};
  several.msg_hdr.msg_name = swapped.get();
  several.msg_hdr.msg_namelen = sizeof(sockaddr_in);
  several.msg_hdr.msg_iov = &one;
  several.msg_hdr.msg_iovlen = 1;
  while (limit.more(tally)) {
    const auto before = flipper.moves();
    long done = -1;
    switch (tally.tries % 3) {
      case 0:
        done = ::sendto(fd, &byte, 1, 0, swapped.get(), sizeof(sockaddr_in));
        break;
      case 1:
        done = ::sendmsg(fd, &several.msg_hdr, 0);
        break;
      default:
        done = ::sendmmsg(fd, &several, 1, 0);
    }
    const int error = errno;
    if (flipper.moves() != before) tally.raced++;
    if (done == 1)
      tally.allowed++;
    else
      count_error(tally, error);
    count_control(
        tally, ::sendto(fd, &byte, 1, 0, reinterpret_cast<sockaddr*>(&steady), sizeof steady) == 1);
    tally.tries++;
  }
  ::close(fd);
}

void unix_swap(const Place& place, const Limit& limit, Shared& shared) {
  Tally& tally = shared.tally;
  // The letters of the path begin two bytes after the family.
  alignas(64) char room[sizeof(sockaddr_un) + 8] = {};
  const std::string text = place.open("u");
  const std::size_t begin = (4 - (2 + place.directory.size() + 1) % 4) % 4;
  auto* const address = reinterpret_cast<sockaddr*>(room + begin);
  const sa_family_t family = AF_UNIX;
  std::memcpy(room + begin, &family, 2);
  std::memcpy(room + begin + 2, text.c_str(), text.size() + 1);
  auto* const word =
      reinterpret_cast<std::uint32_t*>(room + begin + 2 + place.directory.size() + 1);
  const Flipper flipper(word, word_of("open"), word_of("shut"));
  sockaddr_un steady = {};
  steady.sun_family = AF_UNIX;
  std::memcpy(steady.sun_path, text.c_str(), text.size() + 1);
  while (limit.more(tally)) {
    int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto before = flipper.moves();
    const int done = ::connect(fd, address, sizeof(sockaddr_un));
    const int error = errno;
    if (flipper.moves() != before) tally.raced++;
    if (done == 0) {
      sockaddr_un peer = {};
      socklen_t size = sizeof peer;
      ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size);
      (place.shut("u") == peer.sun_path ? tally.escaped : tally.allowed)++;
    } else {
      count_error(tally, error);
    }
    ::close(fd);
    if (tally.tries++ % 4 != 0) continue;
    fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    count_control(tally, ::connect(fd, reinterpret_cast<sockaddr*>(&steady), sizeof steady) == 0);
    ::close(fd);
  }
}

}  // namespace gatehouse::soak
