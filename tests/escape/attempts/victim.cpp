// SPDX-License-Identifier: Apache-2.0
// Holds a canary in its memory, its environment, an open file and a key, and counts signals. It must never
// end by itself before the runner is done with it.
#include "victim.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "escape/seen.h"

namespace gatehouse::escape {
namespace {

Seen* seen;
char memory[4096];

void count(int signal) { seen->signals[signal]++; }

}  // namespace

void be_victim(const std::string& directory) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int fd = ::open((directory + "/seen").c_str(), O_RDWR | O_CLOEXEC);
  seen =
      static_cast<Seen*>(::mmap(nullptr, sizeof(Seen), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  const char* canary = ::getenv("ESCAPE_CANARY");
  const int secret = ::open((directory + "/home/.netrc").c_str(), O_RDONLY);
  if (fd < 0 || seen == MAP_FAILED || canary == nullptr || secret < 0 || ::dup2(secret, 50) < 0 ||
      ::chdir((directory + "/home").c_str()) != 0) {
    std::perror("escape --victim");
    std::exit(2);
  }
  std::snprintf(memory, sizeof memory, "%s", canary);
  struct sigaction action = {};
  action.sa_handler = count;
  action.sa_flags = SA_RESTART;
  for (int signal = 1; signal <= 64; signal++)
    if (signal != SIGKILL && signal != SIGSTOP && signal != 32 && signal != 33)
      ::sigaction(signal, &action, nullptr);
  const long key = ::syscall(SYS_add_key, "user", "escape-canary", canary, std::strlen(canary),
                             KEY_SPEC_USER_KEYRING);
  ::syscall(SYS_keyctl, KEYCTL_SETPERM, key, 0x3f3f0000);
  std::FILE* out = std::fopen((directory + "/victim.new").c_str(), "w");
  if (out == nullptr) std::exit(2);
  std::fprintf(out, "address %p\nkey %ld\n", static_cast<void*>(memory), key);
  std::fclose(out);
  ::rename((directory + "/victim.new").c_str(), (directory + "/victim").c_str());
  for (;;)
    ::pause();
}

}  // namespace gatehouse::escape
