// SPDX-License-Identifier: Apache-2.0
// Tries to write a file again and again, and says how often it was denied. It must never stop at the first
// refusal: refusals are what it is for.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const long count = std::strtol(argv[2], nullptr, 10);
  long denied = 0;
  for (long i = 0; i < count; i++) {
    const int fd = ::open(argv[1], O_WRONLY | O_CREAT, 0600);
    if (fd < 0)
      denied++;
    else
      ::close(fd);
  }
  std::printf("denied %ld\n", denied);
  return 0;
}
