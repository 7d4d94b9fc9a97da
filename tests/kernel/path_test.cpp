// SPDX-License-Identifier: Apache-2.0
// Which path the kernel side makes of what a program names: any bytes, any length, any way to get there.
// It must never accept "allowed" for what could not be resolved.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "support/gate.h"
#include "support/mounts.h"

namespace gatehouse::testing {
namespace {

// The names decide: *.secret may not be read, kept/ may not be changed.
constexpr const char* kPolicy = R"("filesystem": {
  "default": {"read": "allow", "write": "deny", "exec": "allow"},
  "rules": [
    {"id": "work", "action": "allow", "access": ["read", "write"], "paths": ["${workspace}/**"]},
    {"id": "kept", "action": "deny", "access": ["write"], "paths": ["${workspace}/kept/**"]},
    {"id": "secret", "action": "deny", "access": ["read"], "paths": ["**/*.secret"]}]},
  "privilege": {"default": "allow"})";

constexpr int kWrongDenial = 255;

// 0 if both can be read; the errno of the second when only the first can.
Operation reads_both(const std::string& allowed, const std::string& denied) {
  return [=] {
    const int first = reads(allowed)();
    if (first != 0) std::fprintf(stderr, "denied wrongly: %s\n", std::strerror(first));
    return first != 0 ? kWrongDenial : reads(denied)();
  };
}

class PathTest : public ::testing::Test {
 protected:
  void expect_judged(const std::string& allowed, const std::string& denied) {
    EXPECT_EQ(unconfined(reads_both(allowed, denied)), 0);
    EXPECT_EQ(session.run(reads_both(allowed, denied)), EACCES);
    EXPECT_EQ(last().object.text, denied);
    EXPECT_EQ(last().reason, GH_REASON_RULE);
  }
  // Works outside, and inside is denied for want of a path.
  void expect_unresolved(const Operation& operation, gh_reason reason) {
    EXPECT_EQ(unconfined(operation), 0);
    EXPECT_EQ(session.run(operation), EACCES);
    EXPECT_EQ(last().reason, reason);
  }
  events::Judged last() {
    const auto told = session.decisions();
    if (!told.empty()) return std::get<events::Decision>(told.back().body);
    ADD_FAILURE() << "no decision was told";
    return {};
  }

  Directory workspace, outside;
  Session session{kPolicy, workspace.path()};
};

TEST_F(PathTest, names_may_hold_any_bytes) {
  std::string all;
  for (int byte = 1; byte < 256; byte++)
    if (byte != '/' && byte != '.' && byte < 240) all += static_cast<char>(byte);
  for (const std::string& name : {std::string("a\nb"), std::string("\t"), std::string("\xff\xfe"),
                                  std::string("\\"), std::string(" "), all}) {
    workspace.write(name, "1");
    workspace.write(name + ".secret", "1");
    expect_judged(workspace / name, workspace / (name + ".secret"));
  }
}

TEST_F(PathTest, names_may_be_255_bytes_long) {
  const std::string allowed(255, 'n'), denied = std::string(248, 'n') + ".secret";
  workspace.write(allowed, "1");
  workspace.write(denied, "1");
  expect_judged(workspace / allowed, workspace / denied);
}

TEST_F(PathTest, directories_may_be_400_levels_deep) {
  std::string deep;
  for (int level = 0; level < 400; level++)
    deep += "d/";
  workspace.write(deep + "a", "1");
  workspace.write(deep + "a.secret", "1");
  expect_judged(workspace / (deep + "a"), workspace / (deep + "a.secret"));
}

TEST_F(PathTest, paths_may_be_as_long_as_a_call_takes) {
  std::string path = workspace.path();
  while (path.size() < 4095 - 256)
    path += "/" + std::string(200, 'p');
  const std::size_t left = 4095 - path.size() - 1;
  const std::string denied = path + "/" + std::string(left - 7, 'n') + ".secret";
  const std::string allowed = path + "/" + std::string(left, 'n');
  ASSERT_EQ(denied.size(), 4095u);
  const auto name = [&](const std::string& full) {
    return full.substr(workspace.path().size() + 1);
  };
  workspace.write(name(allowed), "1");
  workspace.write(name(denied), "1");
  expect_judged(allowed, denied);
}

// Makes `levels` directories below one another and runs the operation in the innermost.
Operation down(const std::string& top, const std::string& name, int levels,
               const Operation& operation) {
  return [=] {
    if (::chdir(top.c_str()) != 0) return errno;
    for (int level = 0; level < levels; level++) {
      if (::mkdir(name.c_str(), 0755) != 0 && errno != EEXIST) return errno;
      if (::chdir(name.c_str()) != 0) return errno;
    }
    return operation();
  };
}

void remove_down(const std::string& path) { EXPECT_EQ(std::system(("rm -rf " + path).c_str()), 0); }

TEST_F(PathTest, longer_paths_are_judged_whole_and_told_cut) {
  const std::string name(200, 'q'), top = workspace.path();
  ASSERT_EQ(unconfined(down(top, name, 70, writes("a"))), 0);
  ASSERT_EQ(unconfined(down(top, name, 70, writes("a.secret"))), 0);
  const Operation operation = down(top, name, 70, reads_both("a", "a.secret"));
  EXPECT_EQ(unconfined(operation), 0);
  EXPECT_EQ(session.run(operation), EACCES);
  EXPECT_TRUE(last().object.cut);
  EXPECT_EQ(last().object.text.compare(0, top.size(), top), 0);
  EXPECT_GT(last().object.text.size(), 3800u);
  EXPECT_LE(last().object.text.size(), 4096u);
  remove_down(top + "/" + name);
}

TEST_F(PathTest, paths_of_more_components_than_fit_are_denied) {
  const std::string top = workspace.path();
  ASSERT_EQ(unconfined(down(top, "d", 2060, writes("a"))), 0);
  // Two components lie above: 2,048 in all may be opened.
  EXPECT_EQ(session.run(down(top, "d", 2044, reads("d"))), 0);
  expect_unresolved(down(top, "d", 2060, reads("a")), GH_REASON_TOO_LONG);
  remove_down(top + "/d");
}

TEST_F(PathTest, the_root_itself_is_judged) {
  EXPECT_EQ(session.run(reads("/")), 0);
  Session closed(R"("filesystem": {"default": "deny"})", workspace.path());
  EXPECT_EQ(closed.run(reads("/")), EACCES);
  const auto told = closed.decisions();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(std::get<events::Decision>(told[0].body).object.text, "/");
  Session open(R"("filesystem": {"default": "deny", "rules": [
      {"id": "root", "action": "allow", "access": "read", "paths": ["/"]}]})",
               workspace.path());
  EXPECT_EQ(open.run(reads("/")), 0);
  EXPECT_EQ(open.run(reads("/etc")), EACCES);
}

TEST_F(PathTest, a_chain_of_symlinks_is_judged_by_its_end) {
  workspace.write("f", "1");
  workspace.write("f.secret", "1");
  const auto chain = [&](const std::string& name, const std::string& end) {
    std::string to = end;
    for (int link = 0; link < 39; link++) {
      const std::string from = workspace / (name + std::to_string(link));
      EXPECT_EQ(::symlink(to.c_str(), from.c_str()), 0);
      to = from;
    }
    return to;
  };
  const std::string allowed = chain("a", workspace / "f");
  const std::string denied = chain("b", workspace / "f.secret");
  EXPECT_EQ(unconfined(reads_both(allowed, denied)), 0);
  EXPECT_EQ(session.run(reads_both(allowed, denied)), EACCES);
  EXPECT_EQ(last().object.text, workspace / "f.secret");
}

TEST_F(PathTest, a_directory_renamed_between_two_opens_is_judged_by_its_new_name) {
  workspace.write("free/d/f", "1");
  ::mkdir((workspace / "kept").c_str(), 0755);
  const auto open_twice = [&] {
    int ready[2], go[2];
    EXPECT_EQ(::pipe(ready) + ::pipe(go), 0);
    const Operation operation = [&] {
      const int dir = ::open((workspace / "free/d").c_str(), O_PATH);
      const int first = said(::openat(dir, "f", O_WRONLY));
      char byte = 0;
      if (first != 0 || ::write(ready[1], "1", 1) != 1 || ::read(go[0], &byte, 1) != 1)
        return kWrongDenial;
      return said(::openat(dir, "f", O_WRONLY));
    };
    const auto rename_meanwhile = [&] {
      char byte = 0;
      EXPECT_EQ(::read(ready[0], &byte, 1), 1);
      EXPECT_EQ(::rename((workspace / "free/d").c_str(), (workspace / "kept/d").c_str()), 0);
      EXPECT_EQ(::write(go[1], "1", 1), 1);
    };
    Running running = session.start(operation);
    rename_meanwhile();
    const int inside = running.wait();
    EXPECT_EQ(::rename((workspace / "kept/d").c_str(), (workspace / "free/d").c_str()), 0);
    for (const int fd : {ready[0], ready[1], go[0], go[1]})
      ::close(fd);
    return inside;
  };
  EXPECT_EQ(open_twice(), EACCES);
  EXPECT_EQ(last().object.text, workspace / "kept/d/f");
  EXPECT_EQ(session.run(opens(workspace / "free/d/f", O_WRONLY)), 0);  // back again: free
}

Operation reopens(int (*make)(const std::string&), const std::string& where, int flags) {
  return [=] {
    const int fd = make(where);
    if (fd < 0) return kWrongDenial;
    return opens("/proc/self/fd/" + std::to_string(fd), flags)();
  };
}

TEST_F(PathTest, a_deleted_file_cannot_be_opened_again) {
  const auto make = [](const std::string& dir) {
    const int fd = ::open((dir + "/gone").c_str(), O_RDWR | O_CREAT, 0644);
    return ::unlink((dir + "/gone").c_str()) == 0 ? fd : -1;
  };
  expect_unresolved(reopens(make, workspace.path(), O_RDONLY), GH_REASON_DELETED);
  expect_unresolved(reopens(make, workspace.path(), O_RDWR), GH_REASON_DELETED);
}

TEST_F(PathTest, a_deleted_working_directory_gives_no_path) {
  expect_unresolved(
      [&] {
        const std::string dir = workspace / "cwd";
        if (::mkdir(dir.c_str(), 0755) != 0 || ::chdir(dir.c_str()) != 0) return kWrongDenial;
        if (::rmdir(dir.c_str()) != 0) return kWrongDenial;
        return reads(".")();
      },
      GH_REASON_DELETED);
}

TEST_F(PathTest, memory_and_pipes_have_no_path_and_are_let_through) {
  const auto memory = [](const std::string&) { return ::memfd_create("m", 0); };
  const auto pipe = [](const std::string&) {
    int ends[2];
    return ::pipe(ends) == 0 ? ends[0] : -1;
  };
  for (const int flags : {O_RDONLY, O_RDWR}) {
    EXPECT_EQ(unconfined(reopens(memory, {}, flags)), 0);
    EXPECT_EQ(session.run(reopens(memory, {}, flags)), 0);
    EXPECT_EQ(session.run(reopens(pipe, {}, flags | O_NONBLOCK)), 0);
  }
  // A socket cannot be opened by anybody.
  const auto socket = [](const std::string&) { return ::socket(AF_UNIX, SOCK_STREAM, 0); };
  EXPECT_EQ(unconfined(reopens(socket, {}, O_RDONLY)), ENXIO);
  EXPECT_EQ(session.run(reopens(socket, {}, O_RDONLY)), ENXIO);
}

TEST_F(PathTest, standard_input_from_a_pipe_can_be_opened_by_name) {
  Session closed(R"("filesystem": {"default": "deny"})", workspace.path());
  const Operation operation = [] {
    int ends[2];
    if (::pipe(ends) != 0 || ::dup2(ends[0], 0) != 0) return kWrongDenial;
    return reads("/dev/stdin")();
  };
  EXPECT_EQ(unconfined(operation), 0);
  EXPECT_EQ(closed.run(operation), 0);
  EXPECT_EQ(closed.run(reads("/dev/null")), EACCES);
}

TEST_F(PathTest, a_nameless_file_gets_no_name_where_none_may_be_made) {
  ::mkdir((workspace / "kept").c_str(), 0755);
  const auto link_to = [&](const std::string& target, bool by_proc) -> Operation {
    return [=, this] {
      const int fd = ::open(workspace.path().c_str(), O_TMPFILE | O_RDWR, 0644);
      if (fd < 0 || ::write(fd, "x", 1) != 1) return kWrongDenial;
      if (!by_proc) return said(::linkat(fd, "", AT_FDCWD, target.c_str(), AT_EMPTY_PATH));
      const std::string source = "/proc/self/fd/" + std::to_string(fd);
      return said(::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, target.c_str(), AT_SYMLINK_FOLLOW));
    };
  };
  for (const bool by_proc : {false, true}) {
    EXPECT_EQ(session.run(link_to(workspace / "new", by_proc)), 0);
    EXPECT_EQ(workspace.read("new"), "x");
    EXPECT_EQ(::unlink((workspace / "new").c_str()), 0);
    EXPECT_EQ(session.run(link_to(workspace / "kept/new", by_proc)), EACCES);
    EXPECT_FALSE(workspace.has("kept/new"));
    EXPECT_EQ(unconfined(link_to(workspace / "kept/new", by_proc)), 0);
    EXPECT_EQ(::unlink((workspace / "kept/new").c_str()), 0);
  }
}

TEST_F(PathTest, a_detached_copy_of_a_mount_gives_no_path) {
  workspace.write("f", "1");
  const Operation through_copy = [&] {
    const long tree = ::syscall(SYS_open_tree, AT_FDCWD, workspace.path().c_str(), 1 /* CLONE */);
    if (tree < 0) return kWrongDenial;
    return said(::openat(static_cast<int>(tree), "f", O_RDONLY));
  };
  EXPECT_EQ(unconfined(through_copy), 0);
  EXPECT_EQ(session.run(through_copy), EACCES);
  EXPECT_TRUE(last().reason == GH_REASON_FOREIGN || last().reason == GH_REASON_DETACHED);
}

TEST_F(PathTest, a_mount_that_was_detached_lazily_gives_no_path) {
  const std::string target = workspace / "m";
  Mount own("tmpfs", (::mkdir(target.c_str(), 0755), target), "tmpfs");
  workspace.write("m/f", "1");
  const Operation after_umount = [&] {
    Bind again(target, target);
    const int dir = ::open(target.c_str(), O_PATH);
    if (::umount2(target.c_str(), MNT_DETACH) != 0) return kWrongDenial;
    const int code = said(::openat(dir, "f", O_RDONLY));
    ::mount(target.c_str(), target.c_str(), "none", MS_BIND, nullptr);  // for ~Bind
    return code;
  };
  expect_unresolved(after_umount, GH_REASON_DETACHED);
}

TEST_F(PathTest, another_mount_namespace_gives_no_path) {
  workspace.write("f", "1");
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t other = ::fork();
  if (other == 0) {
    const bool made = ::unshare(CLONE_NEWNS) == 0 && ::write(ready[1], "1", 1) == 1;
    if (made) ::pause();
    ::_exit(1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const std::string file = "/proc/" + std::to_string(other) + "/root" + (workspace / "f");
  expect_unresolved(reads(file), GH_REASON_FOREIGN);
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(PathTest, a_task_in_its_own_mount_namespace_is_judged_from_the_root_of_that) {
  Session rooted(R"("filesystem": {"default": {"read": "allow"}, "rules": [
      {"id": "kept", "action": "deny", "access": "read", "paths": ["/kept/**"]}]},
                 "privilege": {"default": "allow"})",
                 workspace.path());
  workspace.write("root/kept/f", "1");
  workspace.write("root/f", "1");
  const auto in_new_root = [&](bool confined) -> Operation {
    return [&, confined] {
      const std::string root = workspace / "root";
      if (::unshare(CLONE_NEWNS) != 0 ||
          ::mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr) != 0)
        return errno;
      if (::mount(root.c_str(), root.c_str(), "none", MS_BIND, nullptr) != 0) return errno;
      if (::chdir(root.c_str()) != 0) return errno;
      if (confined) rooted.enter();
      if (::syscall(SYS_pivot_root, ".", ".") != 0) return errno;
      if (::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0) return errno;
      return reads_both("/f", "/kept/f")();
    };
  };
  EXPECT_EQ(unconfined(in_new_root(false)), 0);
  EXPECT_EQ(unconfined(in_new_root(true)), EACCES);
  const auto told = rooted.decisions();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(std::get<events::Decision>(told[0].body).object.text, "/kept/f");
  EXPECT_EQ(rooted.run(reads(workspace / "root/kept/f")), 0);  // by the host's root it is no /kept
}

TEST_F(PathTest, a_new_name_gains_no_access) {
  const auto change = [&](const std::function<long(const char*, const char*)>& call,
                          const std::string& from, const std::string& to) {
    workspace.write("a.secret", "1");
    workspace.write("a", "1");
    const Operation operation = [&, from, to] {
      return said(call((workspace / from).c_str(), (workspace / to).c_str()));
    };
    const int inside = session.run(operation);
    for (const char* name : {"b", "b.secret", "a", "a.secret"})
      ::unlink((workspace / name).c_str());
    workspace.write("a.secret", "1");
    workspace.write("a", "1");
    EXPECT_EQ(unconfined(operation), 0);
    for (const char* name : {"b", "b.secret"})
      ::unlink((workspace / name).c_str());
    return inside;
  };
  const auto exchange = [](const char* from, const char* to) {
    return ::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE);
  };
  EXPECT_EQ(change(::link, "a.secret", "b"), EACCES);
  EXPECT_EQ(last().reason, GH_REASON_GAINS);
  EXPECT_EQ(change(::rename, "a.secret", "b"), EACCES);
  EXPECT_EQ(change(::rename, "a.secret", "a"), EACCES);
  EXPECT_EQ(change(exchange, "a.secret", "a"), EACCES);
  EXPECT_EQ(change(exchange, "a", "a.secret"), EACCES);
  // Losing access, or keeping it as it is, is allowed.
  EXPECT_EQ(change(::link, "a", "b"), 0);
  EXPECT_EQ(change(::rename, "a", "b"), 0);
  EXPECT_EQ(change(::rename, "a", "b.secret"), 0);
  EXPECT_EQ(change(::rename, "a.secret", "b.secret"), 0);
}

// What is below a directory moves with it: it must be judged alike in both places, or mv has to copy.
TEST_F(PathTest, a_directory_renamed_gives_nothing_below_it_more_access) {
  workspace.write("kept/f", "before");
  workspace.write("open/f", "1");
  workspace.write("file", "1");
  const auto exchange = [](const char* from, const char* to) {
    return ::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE);
  };
  const auto moves = [&](const std::function<long(const char*, const char*)>& call,
                         const std::string& from, const std::string& to) -> Operation {
    return [&, call, from, to] {
      const std::string here = workspace / from, there = workspace / to;
      if (const int code = said(call(here.c_str(), there.c_str())); code != 0) return code;
      const int code = writes(there + "/f")();
      (void)call(there.c_str(), here.c_str());
      return code;
    };
  };
  EXPECT_EQ(session.run(writes(workspace / "kept/f")), EACCES);
  EXPECT_EQ(session.run(moves(::rename, "kept", "moved")), EXDEV);
  EXPECT_EQ(last().reason, GH_REASON_MOVES);
  EXPECT_EQ(session.run(moves(::rename, "open", "kept/open")), EACCES);
  EXPECT_EQ(session.run(moves(exchange, "kept", "open")), EXDEV);
  EXPECT_EQ(session.run(moves(exchange, "open", "kept")), EXDEV);
  EXPECT_EQ(session.run(moves(exchange, "file", "kept")), EXDEV);
  EXPECT_EQ(workspace.read("kept/f"), "before");
  EXPECT_EQ(unconfined(moves(::rename, "kept", "moved")), 0);
  EXPECT_EQ(unconfined(moves(exchange, "kept", "open")), 0);
  // Judged alike in both places.
  EXPECT_EQ(session.run(moves(::rename, "open", "opened")), 0);
}

}  // namespace
}  // namespace gatehouse::testing
