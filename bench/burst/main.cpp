// SPDX-License-Identifier: Apache-2.0
// A burst of events through the real ring, ten seconds of it: made by the kernel's own code on one CPU, read, decoded
// and put into an audit log on another. It must never call an event kept that the ledger did not see.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "audit/store.h"
#include "events/decode.h"
#include "events/processes.h"
#include "kernel/ring.h"
#include "shared/abi.h"  // before the skeleton, which holds a gh_controls
#include "stand_ins.h"

#include "bench_flood.skel.h"

namespace gatehouse::bench {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
  fmt::print(stderr, "bench_burst: {}\n", what);
  std::exit(1);
}

void stay_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (::pthread_setaffinity_np(::pthread_self(), sizeof set, &set) != 0)
    fail(fmt::format("cannot stay on CPU {}: two CPUs are needed", cpu));
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  const auto of = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) / 1e6; };
  return of(used.ru_utime) + of(used.ru_stime);
}

struct Kernel {
  Kernel() : skeleton(::bench_flood__open_and_load()) {
    if (skeleton == nullptr) fail("the program does not load: are you root?");
  }
  ~Kernel() { ::bench_flood__destroy(skeleton); }

  // How many were made. `events` at once.
  std::uint64_t make(std::uint32_t events) const {
    LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &events, .ctx_size_in = sizeof events);
    if (::bpf_prog_test_run_opts(::bpf_program__fd(skeleton->progs.gh_flood), &options) != 0)
      fail("the program does not run");
    return options.retval;
  }
  std::vector<gh_counters> counters() const {
    std::vector<gh_counters> all(static_cast<std::size_t>(::libbpf_num_possible_cpus()));
    const std::uint32_t zero = 0;
    if (::bpf_map_lookup_elem(::bpf_map__fd(skeleton->maps.gh_counters), &zero, all.data()) != 0)
      fail("the counters cannot be read");
    return all;
  }
  std::uint64_t refused() const {
    std::uint64_t sum = 0;
    for (const auto& one : counters())
      sum += one.lost_events;
    return sum;
  }

  bench_flood* skeleton;
};

// What a controller does with its ring, beat for beat (daemon/controller.cpp).
class Reader {
 public:
  explicit Reader(const Kernel& kernel) : kernel_(kernel) {
    options_.directory = folder_ + "/log";
    options_.state = folder_;
    options_.keep_bytes = 256 << 20;
    auto store = audit::Store::open(options_);
    if (!store) fail(store.error().what);
    store_ = std::move(*store);
    store_->begin("bench", ledger_);
    auto ring = kernel::Ring::open(::bpf_map__fd(kernel.skeleton->maps.gh_events),
                                   [this](auto record) { take(record); });
    if (!ring) fail(ring.error().what);
    ring_.emplace(std::move(*ring));
  }
  ~Reader() { std::filesystem::remove_all(folder_); }

  void run(const std::atomic<bool>& over) {
    stay_on(1);
    const double begun = cpu_seconds();
    auto reconciled = Clock::now();
    pollfd wait{ring_->fd(), POLLIN, 0};
    while (!over) {
      ::poll(&wait, 1, 100);
      const bool due = Clock::now() - reconciled > std::chrono::seconds(1);
      turn(due);
      if (due) reconciled = Clock::now();
    }
    turn(true);
    turn(true);  // what is missing twice is lost
    used_ = cpu_seconds() - begun;
  }

  [[nodiscard]] std::uint64_t received() const { return ledger_.received(); }
  [[nodiscard]] std::uint64_t told() const { return told_; }
  [[nodiscard]] double used() const { return used_; }

 private:
  void turn(bool account) {
    const auto counters = kernel_.counters();
    if (auto read = ring_->consume(); !read) fail(read.error().what);
    if (account) {
      for (const auto& lost : ledger_.reconcile(counters))
        told_ += lost.count;
      store_->checkpoint(ledger_);
    }
    store_->put();
  }
  void take(std::span<const std::byte> record) {
    auto event = events::decode(
        {reinterpret_cast<const unsigned char*>(record.data()), record.size()}, names_, 0);
    if (!event) fail(event.error().what);
    ledger_.seen(*event->origin);
    processes_.learn(*event);
    processes_.fill(*event);
    store_->write(*event);
  }
  static std::string made() {
    std::string path = "/dev/shm/gh-burst-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) fail("no folder in /dev/shm");
    return path;
  }

  const Kernel& kernel_;
  const std::string folder_ = made();
  audit::StoreOptions options_;
  std::unique_ptr<audit::Store> store_;
  const Names names_;
  const Nobody nobody_;
  events::Ledger ledger_;
  events::Processes processes_{nobody_};
  std::optional<kernel::Ring> ring_;
  std::uint64_t told_ = 0;
  double used_ = 0;
};

// `rate` 0: as fast as one CPU can.
void burst(std::uint32_t rate, int seconds) {
  const Kernel kernel;
  Reader reader(kernel);
  std::atomic<bool> over = false;
  std::thread reading([&] { reader.run(over); });
  stay_on(0);
  std::uint64_t made = 0;
  const auto begun = Clock::now();
  for (auto now = begun; now - begun < std::chrono::seconds(seconds); now = Clock::now()) {
    const double due = std::chrono::duration<double>(now - begun).count() * rate;
    if (rate == 0)
      made += kernel.make(1000);
    else if (due - double(made) >= 100)
      made += kernel.make(static_cast<std::uint32_t>(due - double(made)));
  }
  const double took = std::chrono::duration<double>(Clock::now() - begun).count();
  over = true;
  reading.join();
  const std::uint64_t lost = kernel.refused();
  fmt::print("{:>9} {:>10} {:>10} {:>9} {:>9} {:>8} {:>8.2f}\n",
             rate == 0 ? "most" : std::to_string(rate), std::uint64_t(double(made) / took),
             reader.received(), lost, reader.told(),
             made == reader.received() + reader.told() && lost == reader.told() ? "yes" : "NO",
             reader.used() / double(reader.received()) * 1e5);
}

}  // namespace
}  // namespace gatehouse::bench

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 10;
  if (seconds < 1) {
    fmt::print(stderr, "usage: bench_burst [SECONDS]\n");
    return 2;
  }
  fmt::print("{:>9} {:>10} {:>10} {:>9} {:>9} {:>8} {:>8}\n", "asked/s", "made/s", "kept",
             "refused", "told", "adds up", "s/100k");
  for (const std::uint32_t rate : {50'000U, 100'000U, 150'000U, 200'000U, 250'000U, 0U})
    gatehouse::bench::burst(rate, seconds);
}
