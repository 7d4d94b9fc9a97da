// SPDX-License-Identifier: Apache-2.0
// The longest literal prefix that leads elsewhere, also when the rest does not exist yet.
// It must never ask twice for one directory.
#include "tables/symlinks.h"

#include <algorithm>
#include <cstdlib>
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
      return Redirection{std::move(prefix), *target, with_target(glob, count, *target)};
  }
  return std::nullopt;
}

std::optional<std::string> resolve_on_host(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real || path == real.get()) return std::nullopt;
  return std::string(real.get());
}

}  // namespace gatehouse::tables
