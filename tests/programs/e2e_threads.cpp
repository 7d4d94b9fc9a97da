// SPDX-License-Identifier: Apache-2.0
// Two threads that each open a file, one that counts, and one that pokes the first with signals as Go's runtime does.
// It must never end before both files were open, nor count by a thread that asks.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

namespace {

void open_and_say(const char* path, const char* word) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) std::printf("%s: %s\n", word, std::strerror(errno));
  if (fd >= 0) std::printf("%s\n", word);
  std::fflush(stdout);
}

[[noreturn]] void count_in(const char* path) {
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) std::exit(3);
  for (long n = 1;; n++) {
    const auto text = std::to_string(n);
    if (::pwrite(fd, text.data(), text.size(), 0) < 0) std::exit(3);
    ::usleep(10'000);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGURG, &action, nullptr);
  std::thread([argv] { count_in(argv[1]); }).detach();
  std::thread([main = ::pthread_self()] {
    for (;;) {
      ::pthread_kill(main, SIGURG);
      ::usleep(5000);
    }
  }).detach();
  std::thread second([argv] { open_and_say(argv[3], "second"); });
  open_and_say(argv[2], "first");
  second.join();
  std::fflush(stdout);
  ::_exit(0);  // the others go on until then
}
