// SPDX-License-Identifier: Apache-2.0
// The longest literal prefix that leads elsewhere, also when the rest does not exist yet.
// It must never ask twice for one directory.
#include "tables/symlinks.h"

#include <algorithm>
#include <filesystem>
#include <list>
#include <system_error>

namespace gatehouse::tables {
namespace {

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
  for (std::size_t count = literal_components(glob); count > 0; --count) {
    std::string prefix = literal_text(glob, count);
    if (const auto& target = look_up(prefix))
      return shortest(glob, {std::move(prefix), *target, with_target(glob, count, *target)}, count);
  }
  return std::nullopt;
}

// The same place by fewer words: of /bin/ls people are told that /bin is /usr/bin.
Redirection Symlinks::shortest(const Glob& glob, Redirection found, std::size_t count) {
  for (std::size_t less = 1; less < count; ++less) {
    std::string prefix = literal_text(glob, less);
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

// As realpath(3), but for what lies in our own /proc: a rule on /dev/stdout would else cover the
// controller's log.
std::optional<std::string> resolve_on_host(const std::string& path) {
  constexpr int kMostLinks = 40;  // as the kernel has it
  namespace fs = std::filesystem;
  const auto components = [](const fs::path& of) {
    return std::list<fs::path>(of.begin(), of.end());
  };
  fs::path done;
  std::list<fs::path> left = components(path);
  for (int links = 0; !left.empty();) {
    const fs::path component = std::move(left.front());
    left.pop_front();
    if (component.empty() || component == ".") continue;
    const fs::path next = component == ".." ? done.parent_path() : done / component;
    if (is_each_ones_own(next)) return std::nullopt;
    std::error_code error;
    const fs::path target = fs::read_symlink(next, error);
    if (error == std::errc::invalid_argument) {  // no link
      done = next;
      continue;
    }
    if (error || ++links > kMostLinks) return std::nullopt;
    left.splice(left.begin(), components(target));
  }
  if (done == path) return std::nullopt;
  return done.string();
}

}  // namespace gatehouse::tables
