// SPDX-License-Identifier: Apache-2.0
// Typed views of BPF maps: key and value sizes are checked against the kernel's once, when bound.
// A view must never own the map: closing or pinning is the business of Enforcement.
#pragma once

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace gatehouse::kernel {

struct MapShape {
  std::uint32_t type = 0, key_size = 0, value_size = 0, max_entries = 0, flags = 0;
  std::uint32_t id = 0;  // no other map's while the kernel runs, or for very long
  std::string name;      // as the kernel knows it
};
Result<MapShape> shape_of(int fd);

// Refuses a map whose keys or values have another size than ours.
Result<MapShape> check_shape(int fd, const std::string& name, std::size_t key, std::size_t value);

template <typename K, typename V>
class Map {
 public:
  Map() = default;

  static Result<Map> bind(int fd, std::string name) {
    auto shape = check_shape(fd, name, sizeof(K), sizeof(V));
    if (!shape) return shape.take_error();
    Map map;
    map.fd_ = fd;
    map.max_entries_ = shape->max_entries;
    map.name_ = std::move(name);
    return map;
  }

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::uint32_t max_entries() const { return max_entries_; }

  Result<std::optional<V>> lookup(const K& key) const {
    V value;
    if (::bpf_map_lookup_elem(fd_, &key, &value) == 0) return std::optional<V>(value);
    if (errno == ENOENT) return std::optional<V>();
    return sys_error("cannot read map " + name_);
  }

  // flags: BPF_ANY, BPF_NOEXIST or BPF_EXIST. A full map is E2BIG (hash) and nothing has changed.
  Result<void> update(const K& key, const V& value, std::uint64_t flags = BPF_ANY) const {
    if (::bpf_map_update_elem(fd_, &key, &value, flags) == 0) return {};
    return sys_error("cannot write map " + name_);
  }

  // False: it was not there.
  Result<bool> erase(const K& key) const {
    if (::bpf_map_delete_elem(fd_, &key) == 0) return true;
    if (errno == ENOENT) return false;
    return sys_error("cannot erase from map " + name_);
  }

  // The keys present. While others write, one may be missing or come twice: the kernel starts over
  // when the key that we stand on goes, so the walk ends after twice the map's size.
  Result<std::vector<K>> keys() const {
    std::vector<K> all;
    const std::size_t bound = 2 * static_cast<std::size_t>(max_entries_);
    K next;
    while (::bpf_map_get_next_key(fd_, all.empty() ? nullptr : &all.back(), &next) == 0) {
      all.push_back(next);
      if (all.size() >= bound) return all;
    }
    if (errno != ENOENT) return sys_error("cannot walk map " + name_);
    return all;
  }

  // Entries that go meanwhile are left out. `each` may write the map.
  Result<void> for_each(const std::function<void(const K&, const V&)>& each) const {
    auto all = keys();
    if (!all) return all.take_error();
    for (const K& key : *all) {
      auto value = lookup(key);
      if (!value) return value.take_error();
      if (*value) each(key, **value);
    }
    return {};
  }

 private:
  int fd_ = -1;
  std::uint32_t max_entries_ = 0;
  std::string name_;
};

}  // namespace gatehouse::kernel
