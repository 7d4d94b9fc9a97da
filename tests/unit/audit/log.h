// SPDX-License-Identifier: Apache-2.0
// An audit log in a folder of its own, and how tests spoil it. It must never use a place that another test has.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "audit/store.h"
#include "audit/verify.h"
#include "events/time.h"

namespace gatehouse::audit {

class Log : public ::testing::Test {
 protected:
  Log() {
    std::string name = (std::filesystem::temp_directory_path() / "gh-audit-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    options_.directory = folder_ + "/log";
    options_.state = folder_;
  }
  ~Log() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Store> open() {
    auto store = Store::open(options_);
    EXPECT_TRUE(store) << (store ? "" : store.error().what);
    return store ? std::move(*store) : nullptr;
  }

  // An event of the kernel, as the ledger and the log see it.
  void tell(Store& store, events::Ledger& ledger, std::uint64_t seq, std::uint32_t cpu = 0,
            const std::string& path = "/etc/shadow") {
    events::Event event;
    event.time = events::wall_now();
    event.origin = events::Origin{seq, cpu};
    event.process.pid = 7;
    events::Decision decision;
    decision.object.text = path;
    event.body = decision;
    ledger.seen(*event.origin);
    store.write(event);
  }

  // So many events of one CPU in a log of its own, with a checkpoint after each five.
  void write(std::uint64_t events) {
    auto store = open();
    events::Ledger ledger;
    store->begin("gate", ledger);
    for (std::uint64_t seq = 0; seq < events; seq++) {
      tell(*store, ledger, seq);
      if (seq % 5 == 4) store->checkpoint(ledger);
    }
  }

  Verdict verified(bool with_head = true) {
    auto key = PublicKey::load(options_.directory + "/key.pub");
    EXPECT_TRUE(key);
    VerifyOptions options;
    options.directory = options_.directory;
    options.key = *key;
    if (auto head = read_head(head_path(options_.state, options_.directory), *key);
        head && with_head)
      options.head = *head;
    auto verdict = verify(options);
    EXPECT_TRUE(verdict);
    return *verdict;
  }

  static std::string all(const Verdict& verdict) {
    std::string text = "untold " + std::to_string(verdict.untold);
    for (const auto& one : verdict.findings)
      text += "\n" + std::to_string(one.line) + ": " + one.what;
    return text;
  }

  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> paths;
    auto found = segments_in(options_.directory);
    for (const auto& segment : *found)
      paths.push_back(segment.path);
    return paths;
  }

  static std::vector<std::string> lines_of(const std::string& path) {
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
      lines.push_back(line);
    return lines;
  }

  static void rewrite(const std::string& path, const std::vector<std::string>& lines) {
    std::ofstream file(path, std::ios::trunc);
    for (const auto& line : lines)
      file << line << "\n";
  }

  std::string folder_;
  StoreOptions options_;
};

}  // namespace gatehouse::audit
