// SPDX-License-Identifier: Apache-2.0
// What is remembered of a directory (bpf/directory.h): each case opens often enough for it to be remembered,
// changes something, and opens again. It must never pass because nothing is remembered: see is_kept.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <memory>

#include "support/gate.h"
#include "support/mounts.h"

namespace gatehouse::testing {
namespace {

constexpr const char* kPolicy = R"("filesystem": {
  "default": {"read": "allow", "write": "allow", "exec": "allow"},
  "rules": [
    {"id": "closed", "action": "deny", "access": ["read", "write"], "paths": ["${workspace}/**/closed/**"]},
    {"id": "told", "action": "allow", "access": ["read"], "log": true, "paths": ["**/*.told"]},
    {"id": "secret", "action": "deny", "access": ["read"], "paths": ["**/*.secret"]}]})";
constexpr const char* kOtherPolicy = R"("filesystem": {
  "default": {"read": "deny", "write": "deny", "exec": "allow"},
  "rules": [
    {"id": "closed", "action": "allow", "access": ["read"], "paths": ["${workspace}/**/closed/**"]}]})";

// Twice: the second one meets what the first one left.
Operation reads_twice(const std::string& path) {
  return [=] {
    const int first = reads(path)(), second = reads(path)();
    return first == second ? first : 255;
  };
}

// Of the gate, which has no use for it itself.
UniqueFd directories_map() {
  for (std::uint32_t id = 0; ::bpf_map_get_next_id(id, &id) == 0;) {
    UniqueFd map(::bpf_map_get_fd_by_id(id));
    bpf_map_info info = {};
    std::uint32_t size = sizeof(info);
    if (map.valid() && ::bpf_obj_get_info_by_fd(map.get(), &info, &size) == 0 &&
        std::strcmp(info.name, "gh_directories") == 0)
      return map;
  }
  return UniqueFd();
}

bool is_kept(const std::string& directory) {
  const UniqueFd map = directories_map();
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY));
  const int key = fd.get();
  std::uint64_t value[5] = {};
  return ::bpf_map_lookup_elem(map.get(), &key, value) == 0 && value[0] != 0;
}

// By the fast programs, where the kernel's storage may be taken off (bpf/directory.bpf.c).
bool keeps_directories() {
  const std::unique_ptr<btf, void (*)(btf*)> types(::btf__load_vmlinux_btf(), ::btf__free);
  const int id = ::btf__find_by_name_kind(types.get(), "bpf_local_storage_elem", BTF_KIND_STRUCT);
  const btf_type* storage = ::btf__type_by_id(types.get(), static_cast<std::uint32_t>(id));
  for (int i = 0; i < ::btf_vlen(storage); i++) {
    const auto name = ::btf_members(storage)[i].name_off;
    if (std::strcmp(::btf__name_by_offset(types.get(), name), "state") == 0) return false;
  }
  return Gate::instance().enforcement().flavor() == "fast";
}

class DirectoryTest : public ::testing::Test {
 protected:
  DirectoryTest() {
    workspace.write("open/x/p/f", "1");
    workspace.write("closed/y/p/f", "1");
  }
  int read_twice(const std::string& name) { return session.run(reads_twice(workspace / name)); }
  void rename(const std::string& from, const std::string& to) {
    ASSERT_EQ(::rename((workspace / from).c_str(), (workspace / to).c_str()), 0) << from;
  }
  // To and fro between a place that is open and one that is closed, below `top`.
  void expect_judged_where_it_is(const std::string& top) {
    workspace.write(top + "open/x/p/f", "1");
    workspace.write(top + "closed/y", "1");
    for (int i = 0; i < 10; i++) {
      ASSERT_EQ(read_twice(top + "open/x/p/f"), 0);
      rename(top + "open/x", top + "closed/x");
      ASSERT_EQ(read_twice(top + "closed/x/p/f"), EACCES);
      rename(top + "closed/x", top + "open/x");
    }
    ASSERT_EQ(read_twice(top + "open/x/p/f"), 0);
    EXPECT_EQ(is_kept(workspace / (top + "open/x/p")), keeps_directories());
  }

  Directory workspace;
  Session session{kPolicy, workspace.path()};
};

TEST_F(DirectoryTest, moved_on_tmpfs) { expect_judged_where_it_is(""); }

TEST_F(DirectoryTest, moved_on_ext4) {
  const Ext4 disk(workspace / "image", workspace / "m");
  expect_judged_where_it_is("m/");
}

TEST_F(DirectoryTest, moved_on_overlayfs) {
  const Overlay overlay(workspace / "layers", workspace / "m");
  expect_judged_where_it_is("m/");
}

TEST_F(DirectoryTest, names_that_are_revalidated_are_not_kept) {
  for (const char* file : {"/proc/self/status", "/proc/sys/kernel/ostype", "/sys/kernel/mm/ksm/run",
                           "/usr/lib/os-release"}) {
    const std::string directory = std::string(file).substr(0, std::string(file).rfind('/'));
    struct statfs fs = {};
    if (::statfs(directory.c_str(), &fs) != 0 || ::access(file, R_OK) != 0) continue;
    EXPECT_EQ(session.run(reads_twice(file)), 0) << file;
    if (directory != "/proc/self") {
      EXPECT_FALSE(is_kept(directory)) << directory;
    }
  }
}

TEST_F(DirectoryTest, each_mount_of_a_directory_has_a_place_of_its_own) {
  ::mkdir((workspace / "closed/bound").c_str(), 0755);
  const Bind bound(workspace / "open", workspace / "closed/bound");
  for (int i = 0; i < 20; i++) {
    ASSERT_EQ(read_twice("open/x/p/f"), 0);
    ASSERT_EQ(read_twice("closed/bound/x/p/f"), EACCES);
  }
}

TEST_F(DirectoryTest, moving_a_mount_moves_what_is_below_it) {
  ASSERT_EQ(::mount("x", (workspace / "open/x").c_str(), "tmpfs", 0, nullptr), 0);
  ASSERT_EQ(::mount("", (workspace / "open/x").c_str(), nullptr, MS_PRIVATE, nullptr), 0);
  workspace.write("open/x/p/f", "1");
  std::string at = "open/x", other = "closed/y";
  for (int i = 0; i < 10; i++) {
    ASSERT_EQ(read_twice(at + "/p/f"), i % 2 == 0 ? 0 : EACCES);
    ASSERT_EQ(
        ::mount((workspace / at).c_str(), (workspace / other).c_str(), nullptr, MS_MOVE, nullptr),
        0);
    std::swap(at, other);
  }
  ::umount2((workspace / at).c_str(), MNT_DETACH);
}

TEST_F(DirectoryTest, a_file_mounted_over_another_is_judged_by_its_place) {
  workspace.write("closed/target", "1");
  const Bind bound(workspace / "open/x/p/f", workspace / "closed/target");
  for (int i = 0; i < 5; i++) {
    ASSERT_EQ(read_twice("open/x/p/f"), 0);
    ASSERT_EQ(read_twice("closed/target"), EACCES);
  }
}

TEST_F(DirectoryTest, other_namespaces_have_mounts_of_their_own) {
  const std::string open = workspace / "open", closed = workspace / "closed";
  for (int i = 0; i < 5; i++) {
    ASSERT_EQ(read_twice("open/x/p/f"), 0);
    EXPECT_EQ(
        unconfined([&] {
          if (::unshare(CLONE_NEWNS) != 0 ||
              ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
              ::mount(open.c_str(), closed.c_str(), nullptr, MS_BIND, nullptr) != 0)
            return 1;
          session.enter();
          if (reads_twice(open + "/x/p/f")() != 0 || reads_twice(closed + "/x/p/f")() != EACCES)
            return 2;
          return ::chroot(closed.c_str()) != 0 || reads_twice("/x/p/f")() != EACCES ? 3 : 0;
        }),
        0);
    EXPECT_EQ(session.run([&] {
      return ::chroot(closed.c_str()) != 0 || reads_twice("/y/p/f")() != EACCES ? 1 : 0;
    }),
              0);
  }
}

TEST_F(DirectoryTest, a_new_policy_holds_at_once) {
  for (int i = 0; i < 5; i++) {
    ASSERT_EQ(read_twice("open/x/p/f"), 0);
    ASSERT_EQ(read_twice("closed/y/p/f"), EACCES);
    session.replace(kOtherPolicy);
    ASSERT_EQ(read_twice("open/x/p/f"), EACCES);
    ASSERT_EQ(read_twice("closed/y/p/f"), 0);
    session.replace(kPolicy);
  }
}

TEST_F(DirectoryTest, sessions_do_not_share_what_they_know) {
  Session other{kOtherPolicy, workspace.path()};
  for (int i = 0; i < 10; i++) {
    ASSERT_EQ(read_twice("open/x/p/f"), 0);
    ASSERT_EQ(other.run(reads_twice(workspace / "open/x/p/f")), EACCES);
    ASSERT_EQ(read_twice("closed/y/p/f"), EACCES);
    ASSERT_EQ(other.run(reads_twice(workspace / "closed/y/p/f")), 0);
  }
}

TEST_F(DirectoryTest, every_name_of_a_known_directory_is_judged_by_itself) {
  workspace.write("open/x/p/g.secret", "1");
  for (int i = 0; i < 5; i++) {
    ASSERT_EQ(read_twice("open/x/p/f"), 0);
    ASSERT_EQ(read_twice("open/x/p/g.secret"), EACCES);
    rename("open/x/p/f", "open/x/p/f.secret");
    ASSERT_EQ(read_twice("open/x/p/f.secret"), EACCES);
    rename("open/x/p/f.secret", "open/x/p/f");
  }
}

TEST_F(DirectoryTest, both_names_of_one_file_are_judged) {
  ASSERT_EQ(::link((workspace / "open/x/p/f").c_str(), (workspace / "closed/y/p/other").c_str()),
            0);
  for (int i = 0; i < 10; i++) {
    ASSERT_EQ(read_twice("open/x/p/f"), 0);
    ASSERT_EQ(read_twice("closed/y/p/other"), EACCES);
  }
}

TEST_F(DirectoryTest, what_is_to_be_told_is_told_each_time) {
  workspace.write("open/x/p/f.told", "1");
  ASSERT_EQ(read_twice("open/x/p/f"), 0);
  const auto before = session.decisions().size();
  for (int i = 0; i < 5; i++)
    ASSERT_EQ(read_twice("open/x/p/f.told"), 0);
  EXPECT_EQ(session.decisions().size(), before + 10);
}

TEST_F(DirectoryTest, a_deleted_file_of_a_known_directory_has_no_path) {
  const std::string directory = workspace / "open/x/p", path = directory + "/f";
  EXPECT_EQ(session.run([&] {
    const int fd = ::open(path.c_str(), O_RDONLY);
    if (fd < 0 || reads_twice(path)() != 0) return 254;
    if (::unlink(path.c_str()) != 0) return 253;
    const std::string name = "/proc/self/fd/" + std::to_string(fd);
    if (const int got = reads_twice(name)(); got != EACCES) return got;
    if (::rmdir(directory.c_str()) != 0) return 252;
    return reads_twice(name)();
  }),
            EACCES);
}

TEST_F(DirectoryTest, a_directory_made_where_another_was_is_a_new_one) {
  for (int i = 0; i < 50; i++) {
    const auto name = std::string(i % 2 == 1 ? "closed" : "open") + "/again";
    workspace.write(name + "/f", "1");
    ASSERT_EQ(read_twice(name + "/f"), i % 2 == 1 ? EACCES : 0);
    ::unlink((workspace / (name + "/f")).c_str());
    ::rmdir((workspace / name).c_str());
  }
}

TEST_F(DirectoryTest, what_was_dropped_from_memory_is_found_out_again) {
  const Ext4 disk(workspace / "image", workspace / "m");
  workspace.write("m/open/p/f", "1");
  workspace.write("m/closed/p/f", "1");
  for (int i = 0; i < 3; i++) {
    ASSERT_EQ(read_twice("m/open/p/f"), 0);
    ASSERT_EQ(read_twice("m/closed/p/f"), EACCES);
    ::sync();
    std::ofstream("/proc/sys/vm/drop_caches") << "3";
  }
}

}  // namespace
}  // namespace gatehouse::testing
