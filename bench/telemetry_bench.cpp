// SPDX-License-Identifier: Apache-2.0
// What one event costs in user space: read from a record, written as a line, put into the audit log, beside the
// mere copy of as many bytes into a file. It must never touch a log that is in use: it makes its own.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "audit/store.h"
#include "audit/verify.h"
#include "events/decode.h"
#include "events/processes.h"
#include "sinks/jsonl.h"
#include "stand_ins.h"

namespace gatehouse {
namespace {

std::vector<unsigned char> denied_open(std::uint64_t seq) {
  const std::string path = "/home/dev/work/service/config/production/.env.local";
  gh_event raw{};
  raw.seq = seq;
  raw.time = 1'000'000'000 + seq;
  raw.session = 3;
  raw.start = 123'456'789;
  raw.generation = 9;
  raw.pid = raw.tid = 100;
  raw.ppid = 99;
  raw.uid = raw.gid = 1000;
  raw.type = GH_EVENT_DECISION;
  raw.rule = 2;
  raw.access = GH_READ;
  raw.verdict = GH_DENY;
  raw.reason = GH_REASON_RULE;
  raw.text_len = static_cast<__u16>(path.size());
  std::memcpy(raw.comm, "node", 5);
  std::vector<unsigned char> record(sizeof raw + path.size());
  std::memcpy(record.data(), &raw, sizeof raw);
  std::memcpy(record.data() + sizeof raw, path.data(), path.size());
  return record;
}

events::Event read(const std::vector<unsigned char>& record, const Names& names) {
  auto event = events::decode(record, names, 0);
  if (!event) std::abort();
  return std::move(*event);
}

struct Folder {
  Folder() : path("/dev/shm/gh-bench-XXXXXX") {
    if (::mkdtemp(path.data()) == nullptr) std::abort();
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

void Decode(benchmark::State& state) {
  const Names names;
  const auto record = denied_open(0);
  for (auto _ : state)
    benchmark::DoNotOptimize(read(record, names));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Decode);

void DecodeAndLine(benchmark::State& state) {
  const Names names;
  const auto record = denied_open(0);
  for (auto _ : state)
    benchmark::DoNotOptimize(sinks::jsonl(read(record, names)));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(DecodeAndLine);

// All that a controller does for an event but to read the ring: what a core can take in a second.
void DecodeAndKeep(benchmark::State& state) {
  const Names names;
  const Nobody nobody;
  const Folder folder;
  audit::StoreOptions options;
  options.directory = folder.path + "/log";
  options.state = folder.path;
  options.keep_bytes = 256 << 20;
  auto store = audit::Store::open(options);
  if (!store) std::abort();
  events::Ledger ledger;
  events::Processes processes(nobody);
  (*store)->begin("bench", ledger);
  std::uint64_t seq = 0;
  auto record = denied_open(seq);
  for (auto _ : state) {
    std::memcpy(record.data() + offsetof(gh_event, seq), &seq, sizeof seq);
    auto event = read(record, names);
    ledger.seen(*event.origin);
    processes.learn(event);
    processes.fill(event);
    (*store)->write(event);
    if (++seq % 100'000 == 0) (*store)->checkpoint(ledger);  // about a second's worth
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(DecodeAndKeep);

// The other way of the same bytes: nothing but write(2), a batch at a time.
void CopyOfTheLine(benchmark::State& state) {
  const Names names;
  const Folder folder;
  const int fd = ::open((folder.path + "/file").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const auto line = sinks::jsonl(read(denied_open(0), names)) + std::string(80, 'c');
  std::string batch;
  std::uint64_t written = 0;
  for (auto _ : state) {
    batch += line;
    if (batch.size() < 64 << 10) continue;
    if (::write(fd, batch.data(), batch.size()) < 0) std::abort();
    if ((written += batch.size()) > 256 << 20) {
      if (::ftruncate(fd, 0) != 0) std::abort();
      written = 0;
    }
    batch.clear();
  }
  ::close(fd);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(CopyOfTheLine);

void Verify(benchmark::State& state) {
  constexpr std::uint64_t kRecords = 20'000;
  const Names names;
  const Folder folder;
  audit::StoreOptions options;
  options.directory = folder.path + "/log";
  options.state = folder.path;
  {
    auto store = audit::Store::open(options);
    if (!store) std::abort();
    events::Ledger ledger;
    (*store)->begin("bench", ledger);
    for (std::uint64_t seq = 0; seq < kRecords; seq++) {
      auto event = read(denied_open(seq), names);
      ledger.seen(*event.origin);
      (*store)->write(event);
    }
    (*store)->checkpoint(ledger);
  }
  audit::VerifyOptions wanted;
  wanted.directory = options.directory;
  auto key = audit::PublicKey::load(options.directory + "/key.pub");
  if (!key) std::abort();
  wanted.key = *key;
  for (auto _ : state) {
    auto verdict = audit::verify(wanted);
    if (!verdict || !verdict->proven()) std::abort();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRecords));
}
BENCHMARK(Verify);

}  // namespace
}  // namespace gatehouse

BENCHMARK_MAIN();
