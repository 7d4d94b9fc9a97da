// SPDX-License-Identifier: Apache-2.0
// Listeners outside of the session, each counting what it hears, and a server that hands descriptors to
// whoever asks. A byte that comes must never go uncounted.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "seen.h"

namespace gatehouse::escape {

class Ears {
 public:
  explicit Ears(Seen& seen) : seen_(seen) {}
  ~Ears();
  Ears(const Ears&) = delete;
  Ears& operator=(const Ears&) = delete;

  // Takes over a socket that listens (then what it accepts is counted too) or receives.
  void add(Ear ear, int fd, bool listens);
  // A unix socket: `give` says for a letter which descriptor its sender gets; it is closed when sent.
  void add_giver(int fd, std::function<int(char)> give);
  // Done again and again beside.
  void now_and_then(std::function<void()> act) { acts_.push_back(std::move(act)); }
  void start();

 private:
  struct Source {
    Ear ear;
    bool listens, gives;
  };
  void listen();
  void serve(int fd, const Source& source);

  Seen& seen_;
  std::map<int, Source> sources_;
  std::function<int(char)> give_;
  std::vector<std::function<void()>> acts_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

// A bound socket; listening when it is of a kind that does. < 0: the kernel lacks the protocol.
int bound(const std::string& address, int port, int type, int protocol = 0, bool shared = false);
int bound_unix(const std::string& path, int type);  // abstract with '@'

}  // namespace gatehouse::escape
