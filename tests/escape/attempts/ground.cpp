// SPDX-License-Identifier: Apache-2.0
// Reads the facts and maps what was seen. It must never go on without them: an attempt against nothing
// would look contained.
#include "ground.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace gatehouse::escape {
namespace {

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "escape: the ground is not complete: %s\n", what.c_str());
  std::exit(2);
}

}  // namespace

Ground::Ground(const std::string& directory) : directory_(directory) {
  std::ifstream file(directory + "/facts");
  for (std::string name, value; file >> name && std::getline(file >> std::ws, value);)
    facts_[name] = value;
  if (facts_.empty()) give_up("no facts in " + directory);
  const int fd = ::open((directory + "/seen").c_str(), O_RDONLY | O_CLOEXEC);
  void* at = ::mmap(nullptr, sizeof(Seen), PROT_READ, MAP_SHARED, fd, 0);
  if (fd < 0 || at == MAP_FAILED) give_up("seen");
  ::close(fd);
  seen_ = static_cast<const Seen*>(at);
}

const std::string& Ground::operator[](const std::string& name) const {
  const auto fact = facts_.find(name);
  if (fact == facts_.end()) give_up(name);
  return fact->second;
}

long Ground::number(const std::string& name) const {
  return std::strtol((*this)[name].c_str(), nullptr, 0);
}

std::string Ground::home(const std::string& name) const { return directory_ + "/home" + name; }
std::string Ground::workspace(const std::string& name) const {
  return directory_ + "/workspace" + name;
}
std::string Ground::outside(const std::string& name) const {
  return directory_ + "/outside" + name;
}

}  // namespace gatehouse::escape
