// SPDX-License-Identifier: Apache-2.0
// The other side of a race: a second thread that moves something to and fro, or swaps one word of memory between
// two values. The word must never hold anything else, or a race would meet names that nobody judged.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <thread>

#include "race.h"

namespace gatehouse::soak {

// Moves it again and again for as long as the object lives.
class Mover {
 public:
  explicit Mover(std::function<void(bool)> move)
      : thread_([=, this] {
          stay_on_cpu(1);
          for (bool turn = false; !over_; turn = !turn) {
            move(turn);
            moves_.fetch_add(1, std::memory_order_relaxed);
          }
        }) {
    stay_on_cpu(0);
  }
  Mover(const Mover&) = delete;
  ~Mover() {
    over_ = true;
    thread_.join();
  }
  [[nodiscard]] std::uint64_t moves() const { return moves_; }

 private:
  std::atomic<bool> over_{false};
  std::atomic<std::uint64_t> moves_{0};
  std::thread thread_;
};

class Flipper : public Mover {
 public:
  Flipper(std::uint32_t* word, std::uint32_t one, std::uint32_t other)
      : Mover([=](bool turn) { __atomic_store_n(word, turn ? one : other, __ATOMIC_SEQ_CST); }) {}
};

// directory + "/open" + rest, with "open" at the address of a word.
class SwappedPath {
 public:
  static constexpr std::size_t kRoom = 256;
  SwappedPath(const std::string& directory, const std::string& rest)
      : SwappedPath(own_, directory, rest) {}
  // In a room of somebody else's, which begins where a word does.
  SwappedPath(char (&room)[kRoom], const std::string& directory, const std::string& rest) {
    const std::size_t before = directory.size() + 1, begin = (4 - before % 4) % 4;
    const std::string text = directory + "/open" + rest;
    std::memcpy(room + begin, text.c_str(), text.size() + 1);
    text_ = room + begin;
    word_ = reinterpret_cast<std::uint32_t*>(room + begin + before);
  }
  SwappedPath(const SwappedPath&) = delete;
  [[nodiscard]] const char* text() const { return text_; }
  [[nodiscard]] std::uint32_t* word() { return word_; }

 private:
  alignas(64) char own_[kRoom] = {};
  char* text_;
  std::uint32_t* word_;
};

inline std::uint32_t word_of(const char* four) {
  std::uint32_t word = 0;
  std::memcpy(&word, four, 4);
  return word;
}

class PathFlipper : public Flipper {
 public:
  explicit PathFlipper(SwappedPath& path)
      : Flipper(path.word(), word_of("open"), word_of("shut")) {}
};

}  // namespace gatehouse::soak
