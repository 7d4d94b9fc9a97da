// SPDX-License-Identifier: Apache-2.0
// Paths across mounts, and every operation on every kind of file system, with overlayfs' second look at
// its own layers. It must never let a layer's path decide what the mounted path was asked for.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "support/gate.h"
#include "support/mounts.h"

namespace gatehouse::testing {
namespace {

// Whatever lies in layers/ is denied by its own path: what overlayfs does there must not be judged.
constexpr const char* kPolicy = R"("filesystem": {
  "default": {"read": "allow", "write": "deny", "exec": "allow"},
  "rules": [
    {"id": "work", "action": "allow", "access": ["read", "write", "exec"], "paths": ["${workspace}/**"]},
    {"id": "layers", "action": "deny", "access": ["read", "write", "exec"], "paths": ["${workspace}/layers/**"]},
    {"id": "kept", "action": "deny", "access": ["read", "write"], "paths": ["${workspace}/m/kept/**"]},
    {"id": "inert", "action": "deny", "access": ["exec"], "paths": ["${workspace}/m/inert/**"]},
    {"id": "secret", "action": "deny", "access": ["read"], "paths": ["**/*.secret"]}]},
  "exec": {"default": "allow"})";

class PathMountTest : public ::testing::Test {
 protected:
  void expect_judged(const std::string& allowed, const std::string& denied) {
    EXPECT_EQ(session.run(reads(allowed)), 0) << allowed;
    EXPECT_EQ(unconfined(reads(denied)), 0) << denied;
    EXPECT_EQ(session.run(reads(denied)), EACCES) << denied;
    const auto told = session.decisions();
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(std::get<events::Decision>(told.back().body).object.text, denied);
  }

  Directory workspace;
  Session session{kPolicy, workspace.path()};
};

TEST_F(PathMountTest, a_bound_directory_is_judged_by_where_it_is_bound) {
  workspace.write("free/f", "1");
  workspace.write("free/f.secret", "1");
  ::mkdir((workspace / "m").c_str(), 0755);
  ::mkdir((workspace / "m/kept").c_str(), 0755);
  Bind bind(workspace / "free", workspace / "m/kept");
  expect_judged(workspace / "free/f", workspace / "m/kept/f");
  expect_judged(workspace / "free/f", workspace / "free/f.secret");
}

TEST_F(PathMountTest, a_bound_file_is_judged_by_where_it_is_bound) {
  workspace.write("plain", "1");
  workspace.write("t.secret", "1");
  workspace.write("bound", "1");
  {
    Bind bind(workspace / "plain", workspace / "t.secret");
    expect_judged(workspace / "plain", workspace / "t.secret");
  }
  Bind bind(workspace / "t.secret", workspace / "bound");  // the mounter decided so
  expect_judged(workspace / "bound", workspace / "t.secret");
}

TEST_F(PathMountTest, metadata_is_judged_by_every_name_that_a_mount_gives) {
  // utimes and xattr reach their hooks without a mount: the strictest name counts.
  workspace.write("free/f", "1");
  ::mkdir((workspace / "m").c_str(), 0755);
  ::mkdir((workspace / "m/kept").c_str(), 0755);
  const Operation touch = [&] {
    return said(::utimensat(AT_FDCWD, (workspace / "free/f").c_str(), nullptr, 0));
  };
  EXPECT_EQ(session.run(touch), 0);
  Bind bind(workspace / "free", workspace / "m/kept");
  EXPECT_EQ(session.run(touch), EACCES);
  EXPECT_EQ(unconfined(touch), 0);
}

TEST_F(PathMountTest, mounts_may_be_nested) {
  Tmpfs one(workspace / "m");
  Tmpfs two(workspace / "m/free");
  Tmpfs three(workspace / "m/free/deep");
  Tmpfs kept(workspace / "m/kept");
  Tmpfs inner(workspace / "m/kept/a/b");
  for (const char* name :
       {"m/free/deep/f", "m/free/deep/f.secret", "m/free/f", "m/kept/f", "m/kept/a/b/f"})
    workspace.write(name, "1");
  expect_judged(workspace / "m/free/deep/f", workspace / "m/free/deep/f.secret");
  expect_judged(workspace / "m/free/f", workspace / "m/kept/f");
  expect_judged(workspace / "m/free/f", workspace / "m/kept/a/b/f");
}

TEST_F(PathMountTest, a_mount_on_a_mount_is_judged_at_the_same_place) {
  Tmpfs below(workspace / "m/kept");
  Tmpfs above(workspace / "m/kept");
  workspace.write("m/kept/f", "1");
  workspace.write("m/f", "1");
  expect_judged(workspace / "m/f", workspace / "m/kept/f");
}

struct Deed {
  const char* name;
  std::function<int(const std::string& file)> deed;
};

int maps(const std::string& file, bool protect) {
  const int fd = ::open(file.c_str(), O_RDONLY);
  if (fd < 0) return errno;
  const int first = protect ? PROT_READ : PROT_READ | PROT_EXEC;
  void* at = ::mmap(nullptr, 4096, first, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED) return errno;
  return protect ? said(::mprotect(at, 4096, PROT_READ | PROT_EXEC)) : 0;
}

const std::vector<Deed>& touching() {
  static const std::vector<Deed> deeds = {
      {"read", [](const std::string& f) { return reads(f)(); }},
      {"write", [](const std::string& f) { return opens(f, O_RDWR)(); }},
      {"append", [](const std::string& f) { return opens(f, O_WRONLY | O_APPEND)(); }},
      {"truncate_open", [](const std::string& f) { return opens(f, O_RDONLY | O_TRUNC)(); }},
      {"create",
       [](const std::string& f) { return opens(f + ".new", O_WRONLY | O_CREAT | O_EXCL)(); }},
      {"truncate", [](const std::string& f) { return said(::truncate(f.c_str(), 0)); }},
      {"chmod", [](const std::string& f) { return said(::chmod(f.c_str(), 0600)); }},
      {"chown", [](const std::string& f) { return said(::chown(f.c_str(), 1, 1)); }},
      {"utimes",
       [](const std::string& f) { return said(::utimensat(AT_FDCWD, f.c_str(), nullptr, 0)); }},
      {"setxattr",
       [](const std::string& f) { return said(::setxattr(f.c_str(), "trusted.x", "1", 1, 0)); }},
      {"link", [](const std::string& f) { return said(::link(f.c_str(), (f + ".link").c_str())); }},
      {"symlink", [](const std::string& f) { return said(::symlink("x", (f + ".sym").c_str())); }},
      {"mkdir", [](const std::string& f) { return said(::mkdir((f + ".dir").c_str(), 0755)); }},
      {"mknod",
       [](const std::string& f) {
         return said(::mknod((f + ".fifo").c_str(), S_IFIFO | 0644, 0));
       }},
      {"rename",
       [](const std::string& f) { return said(::rename(f.c_str(), (f + ".moved").c_str())); }},
      {"unlink", [](const std::string& f) { return said(::unlink(f.c_str())); }}};
  return deeds;
}

const std::vector<Deed>& running() {
  static const std::vector<Deed> deeds = {
      {"execute", [](const std::string& f) { return executes({f})(); }},
      {"map_for_execution", [](const std::string& f) { return maps(f, false); }},
      {"protect_for_execution", [](const std::string& f) { return maps(f, true); }}};
  return deeds;
}

class PathOnTest : public PathMountTest {
 protected:
  // One file for each deed, so that each meets one that nobody touched before.
  void fill(const std::string& below) const {
    for (const Deed& deed : touching())
      for (const char* where : {"/free/", "/kept/"})
        workspace.write(below + where + deed.name, "some text");
    for (const Deed& deed : running())
      for (const char* where : {"/free/", "/inert/"}) {
        const std::string name = below + where + deed.name;
        workspace.write(name, "");
        std::filesystem::copy_file("/bin/true", workspace / name,
                                   std::filesystem::copy_options::overwrite_existing);
        ::chmod((workspace / name).c_str(), 0755);
      }
  }
  void expect_each_judged() {
    for (const Deed& deed : touching()) {
      expect_allowed(deed, "m/free/");
      expect_denied(deed, "m/kept/");
    }
    for (const Deed& deed : running()) {
      expect_allowed(deed, "m/free/");
      expect_denied(deed, "m/inert/");
    }
  }

 private:
  void expect_allowed(const Deed& deed, const std::string& where) {
    const std::string file = workspace / (where + deed.name);
    EXPECT_EQ(session.run([&] { return deed.deed(file); }), 0) << file << session.last_words();
  }
  void expect_denied(const Deed& deed, const std::string& where) {
    const std::string file = workspace / (where + deed.name);
    EXPECT_EQ(session.run([&] { return deed.deed(file); }), EACCES) << file;
    EXPECT_EQ(unconfined([&] { return deed.deed(file); }), 0) << file;
  }
};

TEST_F(PathOnTest, tmpfs_every_operation_is_judged) {
  Tmpfs mount(workspace / "m");
  fill("m");
  expect_each_judged();
}

TEST_F(PathOnTest, ext4_every_operation_is_judged) {
  Ext4 mount(workspace / "image", workspace / "m");
  fill("m");
  expect_each_judged();
}

TEST_F(PathOnTest, overlay_every_operation_copies_up_and_is_judged_by_the_mounted_path) {
  fill("layers/lower");
  Overlay mount(workspace / "layers", workspace / "m");
  expect_each_judged();
  EXPECT_EQ(session.run(reads(workspace / "layers/lower/free/read")), EACCES);
  EXPECT_EQ(unconfined(reads(workspace / "layers/lower/free/read")), 0);
  EXPECT_TRUE(workspace.has("layers/upper/free/chmod"));
}

TEST_F(PathOnTest, overlay_files_of_the_upper_layer_are_judged_by_the_mounted_path) {
  Overlay mount(workspace / "layers", workspace / "m");
  fill("m");
  expect_each_judged();
}

TEST_F(PathOnTest, overlay_layers_may_lie_on_another_file_system) {
  Ext4 below(workspace / "image", workspace / "layers");
  fill("layers/lower");
  Overlay mount(workspace / "layers", workspace / "m");
  expect_each_judged();
}

}  // namespace
}  // namespace gatehouse::testing
