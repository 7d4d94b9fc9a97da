// SPDX-License-Identifier: Apache-2.0
// Files under a policy, each case also unconfined so that it can fail. It must never test a path that
// the unconfined control could not reach.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "support/gate.h"

namespace gatehouse::testing {
namespace {

// Reads everywhere, writes in the workspace, but for *.secret and what lies in kept/.
constexpr const char* kPolicy = R"("filesystem": {
  "default": {"read": "allow", "write": "deny", "exec": "allow"},
  "rules": [
    {"id": "work", "action": "allow", "access": ["read", "write", "exec"], "paths": ["${workspace}/**"]},
    {"id": "secret", "action": "deny", "access": ["read", "write"], "paths": ["**/*.secret"],
     "except": ["**/open.secret"]},
    {"id": "kept", "action": "deny", "access": ["write"], "paths": ["${workspace}/kept/**"]}]})";

class FileTest : public ::testing::Test {
 protected:
  Directory workspace, outside;
  Session session{kPolicy, workspace.path()};
};

TEST_F(FileTest, allowed_read_and_write_go_through) {
  workspace.write("a", "1");
  EXPECT_EQ(session.run(reads(workspace / "a")), 0);
  EXPECT_EQ(session.run(writes(workspace / "b")), 0);
  EXPECT_EQ(workspace.read("b"), "x");
}

TEST_F(FileTest, denied_read_is_eacces_and_told_with_its_rule) {
  workspace.write("k.secret", "1");
  EXPECT_EQ(unconfined(reads(workspace / "k.secret")), 0);
  EXPECT_EQ(session.run(reads(workspace / "k.secret")), EACCES);
  const auto told = session.decisions();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(session.rule(told[0]), "secret");
  EXPECT_EQ(std::get<events::Decision>(told[0].body).object.text, workspace / "k.secret");
}

TEST_F(FileTest, a_denied_file_made_after_launch_is_covered) {
  EXPECT_EQ(session.run([&] {
    if (::mkdir((workspace / "d").c_str(), 0755) != 0) return errno;
    return writes(workspace / "d/new.secret")();
  }),
            EACCES);
  EXPECT_FALSE(workspace.has("d/new.secret"));
}

TEST_F(FileTest, except_lets_one_name_through) {
  EXPECT_EQ(session.run(writes(workspace / "open.secret")), 0);
}

TEST_F(FileTest, denied_write_leaves_the_file_unchanged) {
  outside.write("f", "before");
  EXPECT_EQ(session.run(writes(outside / "f")), EACCES);
  EXPECT_EQ(session.run(opens(outside / "f", O_RDONLY | O_TRUNC)), EACCES);
  EXPECT_EQ(outside.read("f"), "before");
  EXPECT_EQ(unconfined(writes(outside / "f")), 0);
}

TEST_F(FileTest, relative_and_symlinked_names_are_judged_by_where_they_lead) {
  outside.write("f", "before");
  EXPECT_EQ(::symlink((outside / "f").c_str(), (workspace / "link").c_str()), 0);
  EXPECT_EQ(session.run(writes(workspace / "link")), EACCES);
  EXPECT_EQ(session.run([&] {
    if (::chdir(outside.path().c_str()) != 0) return errno;
    return writes("f")();
  }),
            EACCES);
  EXPECT_EQ(session.run(reads(workspace / "link")), 0);
}

TEST_F(FileTest, chroot_shortens_no_path) {
  workspace.write("root/etc/x.secret", "1");
  EXPECT_EQ(session.run([&] {
    if (::chroot((workspace / "root").c_str()) != 0 || ::chdir("/") != 0) return errno;
    return reads("/etc/x.secret")();
  }),
            EACCES);
}

struct Change {
  const char* name;
  std::function<int(const std::string& dir)> change;  // on dir/kept/f, dir/kept/d
};

class ChangeTest : public FileTest, public ::testing::WithParamInterface<Change> {};

TEST_P(ChangeTest, is_denied_below_kept_and_works_unconfined) {
  const auto prepare = [&] {
    workspace.write("kept/f", "1");
    ::mkdir((workspace / "kept/d").c_str(), 0755);
    workspace.write("g", "1");
  };
  prepare();
  EXPECT_EQ(session.run([&] { return GetParam().change(workspace.path()); }), EACCES);
  prepare();
  EXPECT_EQ(unconfined([&] { return GetParam().change(workspace.path()); }), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Path, ChangeTest,
    ::testing::Values(
        Change{"open_for_writing",
               [](const std::string& d) { return opens(d + "/kept/f", O_WRONLY)(); }},
        Change{"create",
               [](const std::string& d) {
                 return opens(d + "/kept/new", O_WRONLY | O_CREAT | O_EXCL)();
               }},
        Change{"truncate",
               [](const std::string& d) { return said(::truncate((d + "/kept/f").c_str(), 0)); }},
        Change{"unlink",
               [](const std::string& d) { return said(::unlink((d + "/kept/f").c_str())); }},
        Change{"rename_from",
               [](const std::string& d) {
                 return said(::rename((d + "/kept/f").c_str(), (d + "/h").c_str()));
               }},
        Change{"rename_onto",
               [](const std::string& d) {
                 return said(::rename((d + "/g").c_str(), (d + "/kept/f").c_str()));
               }},
        Change{"rename_exchange",
               [](const std::string& d) {
                 return said(::renameat2(AT_FDCWD, (d + "/g").c_str(), AT_FDCWD,
                                         (d + "/kept/f").c_str(), RENAME_EXCHANGE));
               }},
        Change{"link_to",
               [](const std::string& d) {
                 return said(::link((d + "/g").c_str(), (d + "/kept/l").c_str()));
               }},
        Change{"link_from",
               [](const std::string& d) {
                 return said(::link((d + "/kept/f").c_str(), (d + "/l").c_str()));
               }},
        Change{"symlink",
               [](const std::string& d) { return said(::symlink("x", (d + "/kept/s").c_str())); }},
        Change{"mkdir",
               [](const std::string& d) { return said(::mkdir((d + "/kept/e").c_str(), 0755)); }},
        Change{"rmdir",
               [](const std::string& d) { return said(::rmdir((d + "/kept/d").c_str())); }},
        Change{"mknod",
               [](const std::string& d) {
                 return said(::mknod((d + "/kept/p").c_str(), S_IFIFO | 0644, 0));
               }},
        Change{"chmod",
               [](const std::string& d) { return said(::chmod((d + "/kept/f").c_str(), 0600)); }},
        Change{"chown",
               [](const std::string& d) { return said(::chown((d + "/kept/f").c_str(), 1, 1)); }},
        Change{"utimes",
               [](const std::string& d) {
                 return said(::utimensat(AT_FDCWD, (d + "/kept/f").c_str(), nullptr, 0));
               }},
        Change{
            "setxattr",
            [](const std::string&
                   d) { return said(::setxattr((d + "/kept/f").c_str(), "trusted.x", "1", 1, 0)); }},
        Change{"o_tmpfile",
               [](const std::string& d) { return opens(d + "/kept", O_TMPFILE | O_WRONLY)(); }}),
    [](const auto& change) { return std::string(change.param.name); });

}  // namespace
}  // namespace gatehouse::testing
