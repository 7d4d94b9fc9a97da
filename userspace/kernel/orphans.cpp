// SPDX-License-Identifier: Apache-2.0
// Clears away gates whose controller is gone and whose sessions are empty, and tells those who wait in
// the others that nobody will answer.
// It must never lift a gate that has a controller or that still holds a process.
#include <dirent.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "kernel/answers.h"
#include "kernel/enforcement.h"

namespace gatehouse::kernel {
namespace {

std::vector<std::string> gates() {
  std::vector<std::string> names;
  DIR* dir = ::opendir(kPinRoot);
  if (dir == nullptr) return names;
  while (const dirent* entry = ::readdir(dir))
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  ::closedir(dir);
  return names;
}

// The gate's root, and the cgroups that it covers elsewhere.
std::vector<Result<Cgroup>> cgroups_of(const std::string& mount, const PinDir& pins,
                                       const std::string& name) {
  std::vector<Result<Cgroup>> all;
  all.push_back(Cgroup::open(mount, mount + "/gatehouse/" + name));
  std::set<std::uint64_t> ids;  // each has several links
  for (const std::string& link : pins.list("links"))
    if (const auto dash = link.rfind('-'); dash != std::string::npos)
      ids.insert(std::stoull(link.substr(dash + 1)));
  for (const std::uint64_t id : ids)
    all.push_back(Cgroup::by_id(mount, id));
  return all;
}

bool is_populated(const Result<Cgroup>& cgroup) {
  if (!cgroup) return cgroup.error().code != ENOENT && cgroup.error().code != ESTALE;
  auto now = cgroup->populated();
  return !now || *now;  // not known: as if it were
}

// Who waits there for an answer asks again, and is told that nobody is there: by the policy's
// `on_unattended`, as the hooks see from the old heartbeat. Else it would stay stopped, or frozen, for ever.
void tell_waiting(const PinDir& pins, const std::string& name,
                  const std::vector<Result<Cgroup>>& cgroups) {
  Fds maps;
  for (const char* map : kMapNames) {
    auto fd = pins.get(std::string("maps/") + map);
    if (!fd) return spdlog::warn("{}", fd.error().what);
    maps.emplace(map, std::move(*fd));
  }
  auto memory = Memory::bind(std::move(maps));
  if (!memory) return spdlog::warn("{}", memory.error().what);
  memory->controls().heartbeat = 0;  // its last beat may be younger than GH_STALE_NS
  auto nudged = Answers(*memory).nudge_open_asks();
  for (const auto& cgroup : cgroups) {
    if (!cgroup) continue;
    if (auto thawed = thaw_holds(*cgroup); !thawed) spdlog::warn("{}", thawed.error().what);
  }
  if (!nudged) return spdlog::warn("{}", nudged.error().what);
  if (*nudged != 0)
    spdlog::info("gate '{}' has no controller: {} who waited go on without one", name, *nudged);
}

}  // namespace

Result<std::vector<std::string>> sweep_orphans(const std::string& cgroup_mount) {
  std::vector<std::string> kept;
  // Nobody makes a gate meanwhile: between its making and its lock it would look like an orphan.
  auto house = lock_pin_root();
  if (!house) return house.take_error();
  for (const std::string& name : gates()) {
    // A daemon's gate waits for its next daemon, and those who wait in it do so too.
    if (!name.starts_with("run-") && !name.starts_with("loading-")) continue;
    auto pins = PinDir::open(std::string(kPinRoot) + "/" + name);
    if (!pins) continue;  // its controller lives, or another sweep was faster
    const bool half_made = name.starts_with("loading-");  // no session was ever admitted there
    const auto cgroups = cgroups_of(cgroup_mount, *pins, name);
    if (!half_made && std::any_of(cgroups.begin(), cgroups.end(), is_populated)) {
      tell_waiting(*pins, name, cgroups);
      kept.push_back(name);
      continue;
    }
    if (auto removed = pins->remove(); !removed) {
      spdlog::warn("{}", removed.error().what);
      kept.push_back(name);
      continue;
    }
    auto root = Cgroup::open(cgroup_mount, cgroup_mount + "/gatehouse/" + name);
    if (root) (void)root->remove(Milliseconds(0));
    spdlog::debug("removed the gate '{}' that its controller left behind", name);
  }
  return kept;
}

}  // namespace gatehouse::kernel
