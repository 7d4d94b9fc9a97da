// SPDX-License-Identifier: Apache-2.0
// The ground of one run, made outside of sessions: files, links and mounts, processes, IPC, terminals and
// listeners. Nothing of it may be left when its object goes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actor.h"
#include "ears.h"

namespace gatehouse::escape {

inline constexpr const char* kGrounds = "/srv/escape";  // an ext4 of the program's own
inline constexpr int kFirstPassed = 60;                 // descriptors that the run inherits

class Laid {
 public:
  explicit Laid(const Actor& actor);
  ~Laid();
  Laid(const Laid&) = delete;
  Laid& operator=(const Laid&) = delete;

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] std::string at(const std::string& name) const { return directory_ + name; }
  [[nodiscard]] const Seen& seen() const { return *seen_; }
  // Puts what the run inherits at its places; they are taken away again by the next call.
  void offer(bool so) const;
  // What is different from when the ground was laid: files by content, owner, mode, mtime, attributes;
  // ears that heard; the victim's signals. One line each.
  [[nodiscard]] std::vector<std::string> touched() const;
  void fact(const std::string& name, const std::string& value) { facts_[name] = value; }
  void write_facts() const;

 private:
  void lay_files();
  void lay_mounts();
  void lay_listeners();
  void lay_processes();
  void lay_ipc();
  void lay_offers();
  int give(char what) const;
  int pass(char what) const;
  [[nodiscard]] std::map<std::string, std::string> pictures() const;
  void put(const std::string& name, const std::string& text, unsigned mode = 0600);
  void own(const std::string& path) const;

  const Actor& actor_;
  std::string directory_, canary_;
  std::map<std::string, std::string> facts_, before_;
  std::vector<std::uint32_t> heard_before_;
  std::vector<std::string> mounts_;
  std::vector<int> offers_;
  std::map<char, int> connections_;  // of the offers: by their letter
  std::vector<std::function<void()>> undo_;
  Seen* seen_ = nullptr;
  std::unique_ptr<Ears> ears_;
  std::unique_ptr<Outsider> victim_, container_, spare_;
  int terminal_ = -1;
};

}  // namespace gatehouse::escape
