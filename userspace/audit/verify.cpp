// SPDX-License-Identifier: Apache-2.0
// One pass over the segments behind verify.h. It must never stop at the first thing that is wrong: what follows
// is checked from where it says that it stands.
#include "audit/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "audit/record.h"
#include "audit/segments.h"
#include "events/ledger.h"

namespace gatehouse::audit {
namespace {

std::uint64_t size_of(const events::Range& range) { return range.past - range.first; }

class Verifier {
 public:
  explicit Verifier(const VerifyOptions& options) : options_(options) {}

  Result<void> read(const Segment& segment, bool newest) {
    file_ = segment.path;
    line_ = 0;
    opens_ = true;
    out_.segments++;
    return for_each_line(segment.path, [&](const std::string& line, bool whole) {
      line_++;
      if (whole)
        take(line);
      else if (newest)
        out_.cut_line = line.size();
      else
        find("the file ends in the middle of a record");
      return true;
    });
  }

  Verdict close() {
    end_gate();
    if (options_.head && options_.head->record > out_.last)
      find(fmt::format("records {} to {} are missing: the newest were cut off", out_.last + 1,
                       options_.head->record));
    if (out_.checkpoints != 0 && out_.first > oldest_)
      find(fmt::format("records {} to {} are missing, and were not given up for age or space",
                       oldest_, out_.first - 1));
    out_.given_up = std::min(out_.first, std::max<std::uint64_t>(oldest_, 1)) - (out_.first != 0);
    return std::move(out_);
  }

 private:
  void find(std::string what) {
    out_.findings_count++;
    if (out_.findings.size() < Verdict::kMostFindings)
      out_.findings.push_back({file_, line_, std::move(what)});
  }

  void take(const std::string& line) {
    const auto sealed = unseal(line);
    const auto link = sealed ? link_of(sealed->chain) : std::nullopt;
    const auto record = record_of(line);
    if (!link || !record || number_of(sealed->text) == 0) return find("this is no record");
    const auto checkpoint = sealed->signature.empty() ? std::nullopt : checkpoint_of(line);
    follow(number_of(sealed->text), *sealed, *link, checkpoint);
    if (record->type == kCheckpointType) {
      if (!checkpoint) return find("this is no checkpoint that anybody signed");
      sign(*checkpoint, *sealed, *link);
    } else if (record->origin) {
      numbers_.seen(*record->origin);
    }
    if (record->lost) numbers_.told(*record->lost);
    count(*record);
  }

  // Its number and its link follow those of the line before.
  void follow(std::uint64_t number, const Sealed& sealed, const Link& link,
              const std::optional<Checkpoint>& checkpoint) {
    if (out_.first == 0) {
      out_.first = number;
      last_link_ = checkpoint && checkpoint->previous ? *checkpoint->previous : Link{};
    } else if (number > out_.last + 1) {
      find(number == out_.last + 2
               ? fmt::format("record {} is missing", out_.last + 1)
               : fmt::format("records {} to {} are missing", out_.last + 1, number - 1));
    } else if (number <= out_.last) {
      find(fmt::format("record {} stands after record {}", number, out_.last));
    }
    if (std::exchange(opens_, false) && (!checkpoint || checkpoint->previous != last_link_))
      find("the file does not begin with a checkpoint that follows the file before it");
    const bool in_turn = number == out_.last + 1 || out_.last == 0;
    if (in_turn && next_link(last_link_, sealed.text) != link)
      find(fmt::format("record {} was changed, or something before it", number));
    last_link_ = link;
    out_.last = number;
  }

  void sign(const Checkpoint& checkpoint, const Sealed& sealed, const Link& link) {
    out_.checkpoints++;
    if (!options_.key.signed_by_us(link, sealed.signature))
      return find(fmt::format("checkpoint {} is not signed by this key", out_.last));
    out_.signed_to = out_.last;
    oldest_ = checkpoint.oldest;
    if (checkpoint.gate != gate_ || out_.checkpoints == 1) {
      end_gate();
      gate_ = checkpoint.gate;
      numbers_ = events::Ledger(checkpoint.accounts, {});
    }
    signed_ = checkpoint.accounts;
  }

  // Of the numbers that the newest checkpoint vouches for, what is neither there nor told as lost.
  void end_gate() {
    for (const auto& account : signed_) {  // and those after the newest record of a CPU
      events::EventsLost none;
      none.cpu = account.cpu;
      none.among = events::Range{account.next, account.next};
      numbers_.told(none);
    }
    std::uint64_t missing = 0, later = 0, open = 0;
    for (const auto& account : numbers_.accounts()) {
      const auto* const vouched = signed_of(account.cpu);
      missing += account.given_up;
      for (const auto& range : account.missing)
        (vouched != nullptr && range.first < vouched->next ? missing : later) += size_of(range);
    }
    for (const auto& account : signed_) {
      open += account.given_up;
      for (const auto& range : account.missing)
        open += size_of(range);
    }
    out_.untold += missing - std::min(missing, open);
    out_.in_doubt += std::min(missing, open) + later;
    signed_.clear();
  }

  const events::Ledger::Account* signed_of(std::uint32_t cpu) const {
    for (const auto& account : signed_)
      if (account.cpu == cpu) return &account;
    return nullptr;
  }

  void count(const Record& record) {
    if (out_.begins == 0) out_.begins = record.time;
    out_.ends = std::max(out_.ends, record.time);
    if (record.away_since != 0 && record.away_since <= options_.until &&
        record.time >= options_.since)
      out_.away.push_back({record.away_since, record.time});
    if (record.time < options_.since || record.time > options_.until) return;
    out_.records[record.type]++;
    if (record.origin) out_.numbered++;
    if (!record.lost) return;
    out_.lost[record.lost->ring] += record.lost->count;
    out_.why[record.lost->why] += record.lost->count;
  }

  const VerifyOptions& options_;
  Verdict out_;
  std::string file_, gate_;
  std::uint64_t line_ = 0;
  bool opens_ = false;
  Link last_link_{};
  std::uint64_t oldest_ = 1;
  events::Ledger numbers_;
  std::vector<events::Ledger::Account> signed_;  // of the newest checkpoint
};

}  // namespace

Result<Verdict> verify(const VerifyOptions& options) {
  auto all = segments_in(options.directory);
  if (!all) return all.take_error();
  Verifier verifier(options);
  for (const auto& segment : *all)
    if (auto read = verifier.read(segment, &segment == &all->back()); !read) return read.error();
  return verifier.close();
}

}  // namespace gatehouse::audit
