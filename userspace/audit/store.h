// SPDX-License-Identifier: Apache-2.0
// The audit log: every event as a numbered, chained line in append-only segments, with signed checkpoints. It
// must never wait for a disk, nor lose a line without writing down that it did.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/head.h"
#include "audit/segments.h"
#include "base/unique_fd.h"
#include "sinks/sink.h"

namespace gatehouse::audit {

struct StoreOptions {
  std::string directory;
  std::string state;  // where the secret key and the head lie
  std::uint64_t segment_bytes =
      64 << 20;  // a segment ends with the checkpoint after that, or after a day
  std::uint64_t keep_bytes =
      1ULL << 30;               // all together; whole segments are given up, the oldest first
  std::uint64_t keep_days = 0;  // 0: no limit of age
};

class Store : public sinks::Sink {
 public:
  // Goes on where the log ends. EBUSY: another controller writes there.
  static Result<std::unique_ptr<Store>> open(const StoreOptions& options);
  ~Store() override;

  // What is known of that gate's numbers, all records taken into account; nothing: it was another gate's.
  [[nodiscard]] std::optional<std::vector<events::Ledger::Account>> accounts_of(
      const std::string& gate) const;
  // ns since 1970 of the newest record when it was opened; 0: there was none.
  [[nodiscard]] std::int64_t last_time() const { return last_time_; }

  // Whose numbers come from now on. Before the first event of that gate.
  void begin(const std::string& gate, const events::Ledger& ledger);
  // Kept in memory until put(), or until it is much.
  void write(const events::Event& event) override;
  void flush() override { put(); }
  [[nodiscard]] sinks::SinkState state() const override {
    return {now_.record, lost_, batch_.size()};
  }
  // At the end of each turn: hands to the kernel what was written. What finds no room is lost, and counted.
  void put();
  // Signs what has come since the last one, if anything has. After a reconcile, with nothing in between.
  void checkpoint(const events::Ledger& ledger);

  [[nodiscard]] std::uint64_t records() const { return now_.record; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  struct Loss {
    std::uint64_t count = 0;
    events::Range among{~0ULL, 0};
  };
  // By CPU; of the controller's own events under no CPU.
  using Losses = std::map<std::optional<std::uint32_t>, Loss>;
  struct State {
    std::uint64_t record = 0;
    Link link{};
    Losses untold;
    std::uint64_t cut_off = 0;  // records that were there once, not told yet
  };

  // Segments to give up, and the first record after them; 0: none.
  struct Victims {
    std::vector<std::string> paths;
    std::uint64_t next = 0;
  };

  explicit Store(StoreOptions options) : options_(std::move(options)) {}
  Result<void> go_on();
  Result<void> take_up(const Segment& segment);
  void replay(const Segment& segment, const Checkpoint& last, std::uint64_t after);
  void compare_with_head(const Result<Head>& head);
  Result<void> open_segment();
  std::string sign(std::optional<Link> previous);
  void add(std::string object);
  void tell_losses();
  bool write_all();
  void give_up();
  [[nodiscard]] bool is_full() const;
  [[nodiscard]] Victims too_old() const;

  StoreOptions options_;
  std::string head_path_;
  std::optional<SecretKey> key_;
  UniqueFd lock_, file_;
  std::uint64_t size_ = 0;   // of the open segment, bytes
  std::int64_t opened_ = 0;  // it, ns since 1970
  State now_, saved_;        // with what is in memory only, and without
  std::string batch_;
  std::vector<std::optional<events::Origin>> batched_;
  std::string gate_;
  std::uint64_t oldest_ = 1;
  std::vector<events::Ledger::Account> accounts_;
  std::uint64_t checked_ = 0;  // the record of the newest checkpoint
  std::int64_t last_time_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace gatehouse::audit
