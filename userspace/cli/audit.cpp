// SPDX-License-Identifier: Apache-2.0
// audit: what the audit log proves. It must never say "proven" of a log that it could not read whole.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "audit/verify.h"
#include "base/places.h"
#include "base/quote.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "control/document.h"
#include "events/time.h"
#include "reading/instant.h"

namespace gatehouse::cli {
namespace {

constexpr int kCannot = 125;

struct Sought {
  std::string directory = std::string(kStateDirectory) + "/audit";
  std::string key, since, until;
  std::string state = kStateDirectory;
};

bool take_time(const std::string& text, std::int64_t& into) {
  if (text.empty()) return true;
  const auto time = reading::parse_instant(text, events::wall_now());
  if (time) into = *time;
  return time.has_value();
}

std::string seconds_of(const audit::Interval& away) {
  return fmt::format("{} to {} ({:.1f} s)", events::rfc3339(away.from), events::rfc3339(away.to),
                     static_cast<double>(away.to - away.from) / 1e9);
}

void print(const audit::Verdict& found, const audit::PublicKey& key, const std::string& head) {
  const auto row = [](const std::string& name, const std::string& text) {
    if (!text.empty()) std::cout << fmt::format("  {:<11}{}\n", name, text);
  };
  row("records", fmt::format("{} to {} in {} segments", found.first, found.last, found.segments));
  row("time", events::rfc3339(found.begins) + " to " + events::rfc3339(found.ends));
  if (found.given_up != 0)
    row("given up", fmt::format("records 1 to {}, for age or space", found.given_up));
  row("signed", fmt::format("to record {} by {} checkpoints, key {}", found.signed_to,
                            found.checkpoints, key.fingerprint()));
  if (found.last > found.signed_to)
    row("", fmt::format("{} records after that are not signed yet", found.last - found.signed_to));
  row("end", head);
  row("kernel", fmt::format("{} events", found.numbered));
  for (const auto& [why, count] : found.why)
    row("lost", fmt::format("{}: {}", count, visible(why)));
  if (found.in_doubt != 0)
    row("in doubt",
        fmt::format("{} events that may still come, or be told as lost", found.in_doubt));
  for (const auto& away : found.away)
    row("away", "no controller from " + seconds_of(away));
  if (found.untold != 0)
    row("MISSING", fmt::format("{} events of the kernel, and nothing says why", found.untold));
  for (const auto& one : found.findings)
    std::cout << "  " << visible(std::filesystem::path(one.file).filename().string()) << ":"
              << one.line << ": " << visible(one.what) << "\n";
  if (found.findings_count > found.findings.size())
    std::cout << "  and " << found.findings_count - found.findings.size() << " more\n";
}

control::Json json_of(const audit::Verdict& found, const audit::PublicKey& key,
                      const std::string& head) {
  control::Json out = {{"proven", found.proven()},
                       {"first", found.first},
                       {"last", found.last},
                       {"segments", found.segments},
                       {"begins", events::rfc3339(found.begins)},
                       {"ends", events::rfc3339(found.ends)},
                       {"checkpoints", found.checkpoints},
                       {"signed_to", found.signed_to},
                       {"key", key.text()},
                       {"end", head},
                       {"given_up", found.given_up},
                       {"records", found.records},
                       {"kernel_events", found.numbered},
                       {"lost", found.lost},
                       {"lost_why", found.why},
                       {"in_doubt", found.in_doubt},
                       {"untold", found.untold},
                       {"findings_count", found.findings_count}};
  out["away"] = control::Json::array();
  for (const auto& away : found.away)
    out["away"].push_back({{"from", events::rfc3339(away.from)}, {"to", events::rfc3339(away.to)}});
  out["findings"] = control::Json::array();
  for (const auto& one : found.findings)
    out["findings"].push_back({{"file", one.file}, {"line", one.line}, {"what", one.what}});
  return out;
}

void verify(Shared& shared, const Sought& wanted) {
  audit::VerifyOptions options;
  if (!take_time(wanted.since, options.since) || !take_time(wanted.until, options.until)) {
    complain(
        "--since and --until take a time such as 2025-11-14T22:13:20Z, or how long ago: 90s, 10m, "
        "2h, 3d");
    shared.status = kUsage;
    return;
  }
  options.directory = wanted.directory;
  auto key =
      audit::PublicKey::load(wanted.key.empty() ? wanted.directory + "/key.pub" : wanted.key);
  if (!key) {
    complain(key.error().what,
             "give the log's directory, and with --key the public key that you kept elsewhere");
    shared.status = kCannot;
    return;
  }
  options.key = *key;
  std::string end = "the newest checkpoint that the controller kept is there";
  auto head = audit::read_head(audit::head_path(wanted.state, wanted.directory), *key);
  if (head)
    options.head = *head;
  else
    end = "cannot be checked (" + head.error().what + "): an end that was cut off would not show";
  auto found = audit::verify(options);
  if (!found) {
    complain(found.error().what);
    shared.status = kCannot;
    return;
  }
  if (head && head->record > found->last) end = "cut off";
  shared.status = found->proven() ? 0 : 1;
  if (shared.json) {
    std::cout << json_of(*found, *key, end).dump() << "\n";
    return;
  }
  std::cout << visible(wanted.directory) << "\n";
  print(*found, *key, end);
  const bool colour = coloured(1);
  if (found->last == 0)
    std::cout << toned("There is no record.", Tone::bad, colour) << "\n";
  else if (found->proven())
    std::cout << toned("Proven: nothing was changed, dropped or reordered, and each loss was told.",
                       Tone::good, colour)
              << "\n";
  else
    std::cout << toned("NOT proven.", Tone::bad, colour) << "\n";
  if (wanted.key.empty())
    std::cerr << "gatehouse: the key is the one beside the log: whoever can write there can change "
                 "both\n  hint: keep a copy of key.pub elsewhere and give it with --key\n";
}

}  // namespace

void add_audit(CLI::App& app, Shared& shared) {
  auto* audit = app.add_subcommand("audit", "The audit log");
  audit->require_subcommand(1);
  auto* sub = audit->add_subcommand(
      "verify", "Prove what an audit log holds and what it lost; 1 if it cannot be proven");
  auto wanted = std::make_shared<Sought>();
  sub->add_option("directory", wanted->directory, "The log (" + wanted->directory + ")")
      ->type_name("DIR");
  sub->add_option("--key", wanted->key, "Public key, kept elsewhere (DIR/key.pub)")
      ->type_name("FILE");
  sub->add_option("--state", wanted->state, "Where the controller keeps its state")
      ->type_name("DIR");
  sub->add_option("--since", wanted->since, "Count only from this time on")->type_name("TIME");
  sub->add_option("--until", wanted->until, "Count only up to this time")->type_name("TIME");
  sub->callback([&shared, wanted] { verify(shared, *wanted); });
}

}  // namespace gatehouse::cli
