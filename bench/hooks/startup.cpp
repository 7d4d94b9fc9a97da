// SPDX-License-Identifier: Apache-2.0
// Starts the smallest program over and over, bare and under the launcher in turn.
// It must never share a round between the two: they are compared pairwise.
#include "hooks/startup.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <string>
#include <vector>

#include "hooks/measure.h"

extern char** environ;

namespace gatehouse::bench {
namespace {

double start_once(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (auto& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const double start = now();
  pid_t pid = 0;
  must(::posix_spawn(&pid, arguments[0], nullptr, nullptr, arguments.data(), environ) == 0,
       words[0]);
  int status = 0;
  must(::waitpid(pid, &status, 0) == pid && status == 0, words[0] + " failed");
  return now() - start;
}

Figure figure_of(const std::string& name, std::vector<double> costs) {
  std::sort(costs.begin(), costs.end());
  return {name, costs.front(), costs[costs.size() / 2]};
}

}  // namespace

void startup(char** launcher) {
  const std::string program = std::string(GH_BENCH_PROGRAMS) + "/true";
  std::vector<std::string> words;
  for (; *launcher != nullptr; launcher++)
    words.emplace_back(*launcher);
  words.push_back(program);
  std::vector<double> bare, launched;
  for (int i = 0; i < 7; i++) {
    bare.push_back(start_once({program}));
    launched.push_back(start_once(words));
  }
  print("startup", figure_of("bare", bare));
  print("startup", figure_of("launched", launched));
}

}  // namespace gatehouse::bench
