// SPDX-License-Identifier: Apache-2.0
// For each hook one operation that it guards, harmless where it goes through: all is in a directory of our
// own and on loopback. An operation must never open, send or change anything else.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gatehouse::kernel {

// What the operations act on. Gone with the object.
struct Scene {
  static Result<Scene> make();
  Scene(Scene&& other) noexcept = default;
  Scene& operator=(Scene&&) = delete;
  ~Scene();
  [[nodiscard]] std::string at(const char* name) const { return directory + "/" + name; }

  std::string directory;     // holds "file" and the directory "empty"
  std::string program_path;  // of this program: a file that can be mapped
  UniqueFd program;
  std::string queue;          // a POSIX message queue
  long key = 0;               // in the process's keyring
  UniqueFd stream, datagram;  // unix sockets named "stream" (it listens) and "datagram"
  UniqueFd bound;             // TCP, to 127.0.0.2, where the policy lets nobody listen

 private:
  Scene() = default;
};

struct Shot {
  const char* hook;                  // as Program::hook
  int expected;                      // errno of a refusal; 0: the hook refuses nothing here
  int (*operation)(const Scene& s);  // in the session; 0 or the errno
};
// Null: none is known.
const Shot* shot_for(const std::string& hook);

}  // namespace gatehouse::kernel
