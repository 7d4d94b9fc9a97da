// SPDX-License-Identifier: Apache-2.0
// The longest literal prefix that leads elsewhere, also when the rest does not exist yet.
// It must never ask twice for one directory.
#include "tables/symlinks.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>

namespace gatehouse::tables {
namespace {

bool literal(const Component& component) {
  return std::all_of(component.begin(), component.end(), is_byte);
}

std::string text_of(const Glob& glob, std::size_t components) {
  std::string out;
  for (std::size_t i = 0; i < components; ++i) {
    out += '/';
    for (const Label label : glob.components[i])
      out += static_cast<char>(label);
  }
  return out;
}

Glob with_target(const Glob& glob, std::size_t components, const std::string& target) {
  Glob out;
  for (std::size_t at = 0; at < target.size();) {
    const std::size_t end = std::min(target.find('/', at), target.size());
    if (end > at) {
      Component component;
      for (; at < end; ++at)
        component.push_back(static_cast<unsigned char>(target[at]));
      out.components.push_back(std::move(component));
    }
    at = end + 1;
  }
  const auto rest = glob.components.begin() + static_cast<std::ptrdiff_t>(components);
  out.components.insert(out.components.end(), rest, glob.components.end());
  return out;
}

}  // namespace

const std::optional<std::string>& Symlinks::look_up(const std::string& path) {
  const auto [at, added] = known_.try_emplace(path);
  if (added) {
    at->second = resolve_(path);
    if (at->second && (at->second->empty() || at->second->front() != '/' || *at->second == path))
      at->second.reset();
  }
  return at->second;
}

// A prefix that does not exist yet may still stand below a link: /var/run/new is /run/new.
std::optional<Redirection> Symlinks::follow(const Glob& glob) {
  if (!resolve_) return std::nullopt;
  std::size_t count = 0;
  while (count < glob.components.size() && literal(glob.components[count]))
    ++count;
  for (; count > 0; --count) {
    std::string prefix = text_of(glob, count);
    if (const auto& target = look_up(prefix))
      return shortest(glob, {std::move(prefix), *target, with_target(glob, count, *target)}, count);
  }
  return std::nullopt;
}

// The same place by fewer words: of /bin/ls people are told that /bin is /usr/bin.
Redirection Symlinks::shortest(const Glob& glob, Redirection found, std::size_t count) {
  for (std::size_t less = 1; less < count; ++less) {
    std::string prefix = text_of(glob, less);
    const auto& target = look_up(prefix);
    if (target && with_target(glob, less, *target).components == found.glob.components)
      return {std::move(prefix), *target, std::move(found.glob)};
  }
  return found;
}

bool is_each_ones_own(const std::string& path) {
  for (const char* own : {"/proc/self", "/proc/thread-self"})
    if (path == own || path.starts_with(std::string(own) + "/")) return true;
  return false;
}

namespace {

// What we read there is of our own process, never of the agent: a rule on /dev/stdout would else cover the
// controller's log.
bool leads_to_ourselves(std::string path) {
  constexpr int kMostLinks = 40;  // as the kernel has it
  for (int links = 0; links < kMostLinks; ++links) {
    if (is_each_ones_own(path)) return true;
    std::error_code error;
    std::size_t end = 0;
    std::filesystem::path target;
    do {
      end = path.find('/', end + 1);
      target = std::filesystem::read_symlink(path.substr(0, end), error);
    } while (error && end != std::string::npos);
    if (error) return false;
    const std::filesystem::path link = path.substr(0, end);
    const std::string rest = end == std::string::npos ? "" : path.substr(end);
    path = (link.parent_path() / target).lexically_normal().string() + rest;
  }
  return true;
}

}  // namespace

std::optional<std::string> resolve_on_host(const std::string& path) {
  if (leads_to_ourselves(path)) return std::nullopt;
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real || path == real.get()) return std::nullopt;
  return std::string(real.get());
}

}  // namespace gatehouse::tables
