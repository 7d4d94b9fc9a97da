// SPDX-License-Identifier: Apache-2.0
// The soak tests: races and faults for two minutes, or for as long as --seconds or GH_SOAK_TRIES say. They
// must never run outside the VM: bare, the races do what they try.
#include <cstdlib>
#include <cstring>

#include "support/world.h"
#include "world.h"

namespace gatehouse::soak {
namespace {

void read_measure(int argc, char** argv) {
  if (const char* text = std::getenv("GH_SOAK_SECONDS")) measure().seconds = std::atof(text);
  if (const char* text = std::getenv("GH_SOAK_TRIES"))
    measure().tries = std::strtoull(text, nullptr, 10);
  for (int i = 1; i + 1 < argc; i++)
    if (std::strcmp(argv[i], "--seconds") == 0) measure().seconds = std::atof(argv[i + 1]);
  if (measure().seconds > 0) return;
  std::fputs("soak_tests: --seconds wants a number\n", stderr);
  std::exit(2);
}

}  // namespace
}  // namespace gatehouse::soak

int main(int argc, char** argv) {
  gatehouse::soak::read_measure(argc, argv);
  return gatehouse::testing::run_tests_in_world(argc, argv, gatehouse::soak::open_world,
                                                gatehouse::soak::close_world);
}
