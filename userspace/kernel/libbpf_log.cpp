// SPDX-License-Identifier: Apache-2.0
// The print callback of libbpf and the search in its text.
// It must never throw: it is called from C.
#include "kernel/libbpf_log.h"

#include <bpf/libbpf.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <mutex>
#include <vector>

namespace gatehouse::kernel {
namespace {

constexpr std::size_t kKeep = 1 << 20;  // the end of a longer text is what matters

std::mutex mutex;
std::string warnings;

std::string format(const char* pattern, va_list args) {
  va_list again;
  va_copy(again, args);
  const int length = std::vsnprintf(nullptr, 0, pattern, again);
  va_end(again);
  if (length <= 0) return {};
  std::string text(static_cast<std::size_t>(length) + 1, '\0');
  std::vsnprintf(text.data(), text.size(), pattern, args);
  text.pop_back();
  return text;
}

int print(libbpf_print_level level, const char* pattern, va_list args) noexcept {
  if (level == LIBBPF_DEBUG && !spdlog::should_log(spdlog::level::trace)) return 0;
  std::string text = format(pattern, args);
  if (level == LIBBPF_WARN) {
    const std::lock_guard lock(mutex);
    warnings += text;
    if (warnings.size() > 2 * kKeep) warnings.erase(0, warnings.size() - kKeep);
  }
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (level == LIBBPF_DEBUG)
    spdlog::trace("{}", text);
  else
    spdlog::debug("{}", text);
  return 0;
}

}  // namespace

void listen_to_libbpf() { ::libbpf_set_print(print); }

std::string take_libbpf_warnings() {
  const std::lock_guard lock(mutex);
  return std::exchange(warnings, {});
}

std::string failed_program(std::string_view text) {
  constexpr std::string_view kBegin = "prog '", kEnd = "': BPF program load failed";
  const auto end = text.find(kEnd);
  if (end == std::string_view::npos) return {};
  const auto begin = text.rfind(kBegin, end);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin + kBegin.size(), end - begin - kBegin.size()));
}

std::string verifier_tail(std::string_view text, int lines) {
  constexpr std::string_view kBegin = "-- BEGIN PROG LOAD LOG --", kEnd = "-- END PROG LOAD LOG --";
  const auto begin = text.find(kBegin);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + kBegin.size());
  text = text.substr(0, text.find(kEnd));
  std::vector<std::string_view> kept;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty() || line.starts_with("processed ") || line.starts_with("verification time") ||
        line.starts_with("stack depth"))
      continue;
    kept.push_back(line);
  }
  std::string tail;
  const auto wanted = static_cast<std::size_t>(lines);
  for (std::size_t i = kept.size() > wanted ? kept.size() - wanted : 0; i < kept.size(); i++) {
    if (!tail.empty()) tail += " | ";
    tail += kept[i];
  }
  return tail;
}

}  // namespace gatehouse::kernel
