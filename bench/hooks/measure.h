// SPDX-License-Identifier: Apache-2.0
// Times one operation: many iterations a round, many rounds, the best and the middle one reported.
// It must never report a single long run: the timer's own work would be in it.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace gatehouse::bench {

struct Operation {
  std::string name;
  unsigned iterations = 100;  // a round: short enough to fit between two timer ticks
  std::function<void()> once;
  std::function<void()> after = {};  // after each round, not timed
};

struct Figure {
  std::string name;
  double best = 0, median = 0;  // ns of one iteration, the loop's own cost taken off
};

// CLOCK_MONOTONIC, ns.
double now();

Figure measure(const Operation& operation);

// Ends the program with the reason when `good` is false.
void must(bool good, const std::string& doing);

// One line of JSON on stdout.
void print(const std::string& column, const Figure& figure);
void print(const std::string& column, const std::string& name, double value);

// Measures in a fresh process of this program (`arguments` after its name) in that cgroup: one that has
// no map of ours in its memory and no descriptor of ours open, as forking and opening cost more with
// them. `between_rounds` runs here, not timed.
void measure_in_process(int cgroup, const std::vector<std::string>& arguments,
                        const std::function<void()>& between_rounds = {});
// The other end: measures and prints.
void measure_all(const std::string& column, std::vector<Operation> operations);

// A child in that cgroup; below 0: in ours.
int start_in(int cgroup, const std::function<void()>& body);
void wait_for(int pid);

}  // namespace gatehouse::bench
