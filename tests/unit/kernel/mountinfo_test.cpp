// SPDX-License-Identifier: Apache-2.0
// Which mount is the cgroup v2 hierarchy, on pure, hybrid and odd hosts.
// It must never depend on the machine that it runs on.
#include "kernel/mountinfo.h"

#include <gtest/gtest.h>

namespace gatehouse::kernel {
namespace {

constexpr const char* kHybrid =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 master:2 - cgroup2 cgroup2 "
    "rw,nsdelegate\n";

TEST(Mountinfo, FindsTheUnifiedHierarchyOfAHybridHost) {
  const auto mount = choose_cgroup2(parse_mountinfo(kHybrid));
  ASSERT_TRUE(mount);
  EXPECT_EQ(mount->point, "/sys/fs/cgroup/unified");
  EXPECT_FALSE(mount->read_only);
}

TEST(Mountinfo, PrefersTheUsualPlaceAmongWritableOnes) {
  const auto mount =
      choose_cgroup2(parse_mountinfo("50 1 0:5 / /mnt/x rw - cgroup2 none rw\n"
                                     "51 1 0:5 / /sys/fs/cgroup rw - cgroup2 none rw\n"));
  ASSERT_TRUE(mount);
  EXPECT_EQ(mount->point, "/sys/fs/cgroup");
}

TEST(Mountinfo, PrefersAWritableOne) {
  const auto mount =
      choose_cgroup2(parse_mountinfo("51 1 0:5 / /sys/fs/cgroup ro - cgroup2 none rw\n"
                                     "50 1 0:5 / /mnt/x rw - cgroup2 none rw\n"));
  ASSERT_TRUE(mount);
  EXPECT_EQ(mount->point, "/mnt/x");
}

TEST(Mountinfo, ReadOnlyIsTold) {
  const auto mount = choose_cgroup2(
      parse_mountinfo("51 1 0:5 / /sys/fs/cgroup rw - cgroup2 none ro,nsdelegate\n"));
  ASSERT_TRUE(mount);
  EXPECT_TRUE(mount->read_only);
}

TEST(Mountinfo, ABindMountOfAPartIsNotTheHierarchy) {
  EXPECT_FALSE(choose_cgroup2(parse_mountinfo("51 1 0:5 /user.slice /x rw - cgroup2 none rw\n")));
}

TEST(Mountinfo, UndoesEscapes) {
  const auto mounts = parse_mountinfo("51 1 0:5 / /a\\040b\\134c\\0 rw - cgroup2 none rw\n");
  ASSERT_EQ(mounts.size(), 1u);
  EXPECT_EQ(mounts[0].point, "/a b\\c\\0");
}

TEST(Mountinfo, LeavesOutWhatIsNoLine) {
  EXPECT_TRUE(parse_mountinfo("").empty());
  EXPECT_TRUE(
      parse_mountinfo("\n \n- - -\n1 2 3 4 5 6 - x\n51 1 0:5 / /x rw cgroup2 none rw").empty());
  EXPECT_EQ(parse_mountinfo("51 1 0:5 / /x rw - cgroup2 none rw").size(), 1u);
}

}  // namespace
}  // namespace gatehouse::kernel
