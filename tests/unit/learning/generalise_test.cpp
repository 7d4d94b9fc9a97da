// SPDX-License-Identifier: Apache-2.0
// Which names become wildcards and which folders become one pattern. It must never only look at the text: what
// is learned is compiled and asked.
#include "learning/generalise.h"

#include <algorithm>

#include "reading/filter.h"
#include "sample.h"

namespace gatehouse::learning {
namespace {

std::vector<std::string> globs(const std::vector<std::string>& paths, Kind kind = Kind::files,
                               const std::vector<std::string>& apart = {}) {
  std::vector<Path> all;
  for (const auto& path : paths)
    all.push_back({path, 1, &kContext});
  std::vector<std::string> out;
  for (const auto& pattern : generalise(all, kind, apart))
    out.push_back(pattern.glob);
  std::sort(out.begin(), out.end());
  return out;
}

using Globs = std::vector<std::string>;

TEST(Folded, WhatChangesFromRunToRunBecomesAWildcard) {
  EXPECT_EQ(folded("1234", "/proc", false), "*");
  EXPECT_EQ(folded("1234", "/srv", false), "1234");
  EXPECT_EQ(folded("libz.so.1.2.13", "/usr/lib", false), "libz.so.[0-9]*");
  EXPECT_EQ(folded("3f2a9c7b1d0e4f56", "/srv", false), "*");
  EXPECT_EQ(folded("0d5e7a34-1b2c-4d5e-8f90-a1b2c3d4e5f6.json", "/srv", false), "*.json");
  EXPECT_EQ(folded("ccAb3dE5.s", "/tmp", true), "cc*.s");
  EXPECT_EQ(folded("tmp.Ab3dE5f6Gh", "/tmp", true), "tmp.*");
}

TEST(Folded, NamesThatAPersonChoseStay) {
  for (const char* name : {"main.cpp", "build", "python3", "config", "deadbeef", "README.md", "v2",
                           "feedbackfaced", "x86_64-linux-gnu"})
    EXPECT_EQ(folded(name, "/srv", false), name);
  for (const char* name : {"build", "session", "node_modules", "output.log"})
    EXPECT_EQ(folded(name, "/tmp", true), name);
}

TEST(Folded, SpecialAndUnseenBytesMatchThemselvesAndNothingElse) {
  for (const std::string name :
       {"a*b", "{x,y}", "[z]", "q?", "back\\slash", "$HOME", "${workspace}", "tilde~", "\xff\xfe",
        "new\nline", "\xe2\x80\xaeoverride"}) {
    Diagnostics diagnostics;
    const auto tables =
        reading::tables_of_globs({"/srv/" + escaped(name)}, kContext, "t", diagnostics);
    ASSERT_TRUE(tables) << escaped(name) << render(diagnostics);
    EXPECT_TRUE(reading::matches(*tables, "/srv/" + name)) << escaped(name);
    EXPECT_FALSE(reading::matches(*tables, "/srv/" + name + "x"));
    EXPECT_FALSE(reading::matches(*tables, "/srv/other"));
  }
}

TEST(Generalise, VariablesStandInFrontAndTheNearestOneCounts) {
  EXPECT_EQ(globs({"/srv/app/a"}), Globs{"${workspace}/a"});
  EXPECT_EQ(globs({"/home/dev/x/a"}), Globs{"~/x/a"});
  EXPECT_EQ(globs({"/srv/apples"}), Globs{"/srv/apples"});
  EXPECT_EQ(globs({"/srv/app"}), Globs{"${workspace}"});
}

TEST(Generalise, FewSiblingsStayAndManyBecomeOne) {
  EXPECT_EQ(globs({"/srv/app/o/1", "/srv/app/o/2"}).size(), 2u);
  EXPECT_EQ(globs({"/srv/app/o/a", "/srv/app/o/b", "/srv/app/o/c", "/srv/app/o/d"}),
            Globs{"${workspace}/o/*"});
  EXPECT_EQ(globs({"/srv/app/o/a/1", "/srv/app/o/b/1", "/srv/app/o/c/x/1"}),
            Globs{"${workspace}/o/**"});
}

TEST(Generalise, FoldersThatOthersUseAreNeverFolded) {
  EXPECT_EQ(globs({"/a", "/b", "/c", "/d", "/e"}).size(), 5u);
  EXPECT_EQ(globs({"/etc/a", "/etc/b", "/etc/c", "/etc/d"}).size(), 4u);
  EXPECT_EQ(globs({"/home/dev/a", "/home/dev/b", "/home/dev/c", "/home/dev/d"}).size(), 4u);
  EXPECT_EQ(globs({"/usr/bin/a", "/usr/bin/b", "/usr/bin/c", "/usr/bin/d"}, Kind::programs).size(),
            4u);
  EXPECT_EQ(globs({"/usr/lib/x/a.so", "/usr/lib/x/b.so", "/usr/lib/x/c.so", "/usr/lib/x/d.so"},
                  Kind::code),
            Globs{"/usr/lib/x/*"});
}

TEST(Generalise, NothingIsFoldedAcrossWhatADenialNames) {
  const Globs paths = {"/srv/app/a/1", "/srv/app/b/1", "/srv/app/c/1", "/srv/app/d/1"};
  EXPECT_EQ(globs(paths), Globs{"${workspace}/**"});
  EXPECT_EQ(globs(paths, Kind::files, {"${workspace}/.git/hooks"}).size(), 4u);
  const Globs files = {"/srv/app/1", "/srv/app/2", "/srv/app/3", "/srv/app/4"};
  EXPECT_EQ(globs(files, Kind::files, {"${workspace}/.git/hooks"}), Globs{"${workspace}/*"})
      << "one level does not reach the hooks";
  EXPECT_EQ(globs(files, Kind::files, {"${workspace}/.mcp.json"}).size(), 4u);
}

TEST(Generalise, EveryPathIsMatchedByItsPatternsWhateverItIs) {
  Globs paths;
  for (const char* root :
       {"/srv/app", "/home/dev", "/tmp", "/usr/lib", "/proc/77", "/var/x/y/z", ""})
    for (const char* name : {"/a", "/a/b", "/1.2.3/c", "/{x}/*", "/\xff", "/aa11bb22cc33dd44/e"})
      paths.push_back(std::string(root) + name);
  Diagnostics diagnostics;
  const auto tables = reading::tables_of_globs(globs(paths), kContext, "t", diagnostics);
  ASSERT_TRUE(tables) << render(diagnostics);
  for (const auto& path : paths)
    EXPECT_TRUE(reading::matches(*tables, path)) << path;
}

TEST(Beginning, OfAPatternIsItsWholeNamesBeforeAWildcard) {
  EXPECT_EQ(beginning_of("${workspace}/.git/hooks/**"), "${workspace}/.git/hooks");
  EXPECT_EQ(beginning_of("~/.ssh/id_*"), "~/.ssh");
  EXPECT_EQ(beginning_of("/etc/shadow"), "/etc/shadow");
  EXPECT_EQ(beginning_of("**/.env"), "");
}

}  // namespace
}  // namespace gatehouse::learning
