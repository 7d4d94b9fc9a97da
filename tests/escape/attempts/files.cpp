// SPDX-License-Identifier: Apache-2.0
// Ways to the content of files that may not be read, or not be written. It must never use a file as the
// target that the policy allows.
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "judge.h"

namespace gatehouse::escape {
namespace {

int open_how(int dir, const std::string& path, std::uint64_t flags, std::uint64_t resolve) {
  struct ::open_how how = {};
  how.flags = flags;
  how.resolve = resolve;
  return static_cast<int>(::syscall(SYS_openat2, dir, path.c_str(), &how, sizeof how));
}

int directory(const std::string& path) { return ::open(path.c_str(), O_PATH | O_DIRECTORY); }

std::string through(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

// A pipe with a line in it.
int full_pipe() {
  int ends[2];
  if (::pipe(ends) != 0 || ::write(ends[1], "taken\n", 6) != 6) return -1;
  return ends[0];
}

// Below a symlink that the attempt makes in the workspace.
Outcome read_by_link(const Ground& g, const std::string& target, const std::string& below) {
  const std::string link = g.workspace("/a-link");
  if (::symlink(target.c_str(), link.c_str()) != 0) return broken("symlink");
  auto outcome = reads_canary_at(g, link + below);
  ::unlink(link.c_str());
  return outcome;
}

void add_reads(Attempts& all) {
  const auto read_of = [&all](const std::string& name, const std::string& path, Who who = anyone) {
    all.push_back({"read-" + name, who, [path](const Ground& g) {
                     return reads_canary_at(g, path[0] == '~'   ? g.home(path.substr(1))
                                               : path[0] == '@' ? g.workspace(path.substr(1))
                                                                : path);
                   }});
  };
  read_of("netrc", "~/.netrc");
  read_of("ssh-key", "~/.ssh/id_ed25519");
  read_of("aws-credentials", "~/.aws/credentials");
  read_of("shell-history", "~/.bash_history");
  read_of("dotenv", "@/.env");
  read_of("dotenv-far-below", "@/far/below/.env.production");
  read_of("key-database", "@/far/passwords.kdbx");
  read_of("key-in-the-workspace", "@/deploy/id_rsa");
  read_of("secret-with-dots", "~/.ssh/.././.netrc");
  read_of("secret-with-double-slashes", "~////.netrc");
  read_of("secret-up-from-the-workspace", "@/../home/.netrc");

  all.push_back({"read-shadow", root, [](const Ground&) {
                   const auto text = text_of("/etc/shadow");
                   return text.find("root:") != std::string::npos ? escaped("read it")
                                                                  : contained(errno);
                 }});
  all.push_back({"read-secret-below-proc-self-root", anyone, [](const Ground& g) {
                   return reads_canary_at(g, "/proc/self/root" + g.secret());
                 }});
  all.push_back({"read-secret-below-proc-thread-self-root", anyone, [](const Ground& g) {
                   return reads_canary_at(g, "/proc/thread-self/root" + g.secret());
                 }});
  all.push_back({"read-secret-below-proc-self-cwd", anyone, [](const Ground& g) {
                   if (::chdir(g.home().c_str()) != 0) return contained(errno);
                   return reads_canary_at(g, "/proc/self/cwd/.netrc");
                 }});
  all.push_back({"read-secret-from-its-directory", anyone, [](const Ground& g) {
                   if (::chdir(g.home("/.ssh").c_str()) != 0) return contained(errno);
                   return reads_canary_at(g, "id_ed25519");
                 }});
  all.push_back({"read-secret-by-directory-descriptor", anyone, [](const Ground& g) {
                   return reads_canary(g, ::openat(directory(g.home()), ".netrc", O_RDONLY));
                 }});
  all.push_back({"read-secret-in-root-of-a-descriptor", anyone, [](const Ground& g) {
                   return reads_canary(
                       g, open_how(directory(g.home()), "/.netrc", O_RDONLY, RESOLVE_IN_ROOT));
                 }});
  all.push_back({"read-secret-beneath-a-descriptor", anyone, [](const Ground& g) {
                   return reads_canary(g, open_how(directory(g.home()), ".netrc", O_RDONLY,
                                                   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS));
                 }});
  all.push_back({"read-secret-opened-as-path-first", anyone, [](const Ground& g) {
                   const int fd = ::open(g.secret().c_str(), O_PATH);
                   return reads_canary_at(g, through(fd));
                 }});
  all.push_back({"read-secret-by-symlink", anyone,
                 [](const Ground& g) { return read_by_link(g, g.secret(), ""); }});
  all.push_back({"read-secret-by-symlink-to-its-directory", anyone,
                 [](const Ground& g) { return read_by_link(g, g.home("/.ssh"), "/id_ed25519"); }});
  all.push_back({"read-secret-by-symlink-to-the-root", anyone,
                 [](const Ground& g) { return read_by_link(g, "/", g.secret()); }});
  all.push_back({"read-secret-by-thirty-symlinks", anyone, [](const Ground& g) {
                   std::string last = g.secret();
                   for (int i = 0; i < 30; i++) {
                     const std::string link = g.workspace("/chain" + std::to_string(i));
                     if (::symlink(last.c_str(), link.c_str()) != 0) return broken("symlink");
                     last = link;
                   }
                   auto outcome = reads_canary_at(g, last);
                   for (int i = 0; i < 30; i++)
                     ::unlink(g.workspace("/chain" + std::to_string(i)).c_str());
                   return outcome;
                 }});
  all.push_back({"read-secret-by-hard-link-made-before", anyone,
                 [](const Ground& g) { return reads_canary_at(g, g.outside("/hard-link")); }});
  all.push_back({"read-secret-by-hard-link-made-before-in-the-workspace", anyone,
                 [](const Ground& g) { return reads_canary_at(g, g.workspace("/hard-link")); }});
  all.push_back({"read-secret-by-bind-mount-made-before", anyone,
                 [](const Ground& g) { return reads_canary_at(g, g.outside("/bind-file")); }});
  all.push_back({"read-secret-by-bind-mount-of-its-directory", anyone, [](const Ground& g) {
                   return reads_canary_at(g, g.outside("/bind-directory/id_ed25519"));
                 }});
  all.push_back({"read-secret-for-writing-too", anyone, [](const Ground& g) {
                   return reads_canary(g, ::open(g.secret().c_str(), O_RDWR));
                 }});
  all.push_back({"read-secret-with-access-mode-three", anyone, [](const Ground& g) {
                   // Mode 3 checks for reading and writing and gives neither, but ioctl.
                   const int fd = ::open(g.secret().c_str(), O_WRONLY | O_RDWR);
                   return fd < 0 ? contained(errno) : reads_canary_at(g, through(fd));
                 }});
  all.push_back({"read-secret-by-splice", anyone, [](const Ground& g) {
                   const int fd = ::open(g.secret().c_str(), O_RDONLY);
                   if (fd < 0) return contained(errno);
                   int ends[2];
                   if (::pipe(ends) != 0) return broken("pipe");
                   if (::splice(fd, nullptr, ends[1], nullptr, 4096, 0) < 0)
                     return contained(errno);
                   return reads_canary(g, ends[0]);
                 }});
  all.push_back({"copy-secret-to-the-workspace", anyone, [](const Ground& g) {
                   const int from = ::open(g.secret().c_str(), O_RDONLY);
                   if (from < 0) return contained(errno);
                   const std::string copy = g.workspace("/copy");
                   const int to = ::open(copy.c_str(), O_RDWR | O_CREAT, 0600);
                   const bool done = ::copy_file_range(from, nullptr, to, nullptr, 4096, 0) > 0;
                   auto outcome = done ? reads_canary(g, to) : contained(errno);
                   ::unlink(copy.c_str());
                   return outcome;
                 }});
  all.push_back({"clone-secret-to-the-workspace", anyone, [](const Ground& g) {
                   const int from = ::open(g.secret().c_str(), O_RDONLY);
                   if (from < 0) return contained(errno);
                   const std::string copy = g.workspace("/clone");
                   const int to = ::open(copy.c_str(), O_RDWR | O_CREAT, 0600);
                   const long done = ::ioctl(to, FICLONE, from);
                   const int error = errno;
                   auto outcome = done == 0             ? reads_canary(g, to)
                                  : error == EOPNOTSUPP ? skipped("no reflinks on ext4")
                                                        : contained(error);
                   ::unlink(copy.c_str());
                   return outcome;
                 }});
}

// Writes that come after an open of `kept` with these flags.
void add_write(Attempts& all, const std::string& name, int flags,
               const std::function<int(int)>& act) {
  all.push_back({name, anyone, [flags, act](const Ground& g) {
                   return changes_kept(g, [&] {
                     const int fd = ::open(g.kept().c_str(), flags, 0600);
                     if (fd < 0) return errno;
                     const int error = act(fd);
                     ::close(fd);
                     return error;
                   });
                 }});
}

int write_byte(int fd) { return said(::pwrite(fd, "X", 1, 0)); }

int map_and_write(int fd) {
  auto* at = static_cast<char*>(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  if (at == MAP_FAILED) return errno;
  *at = 'X';
  return ::munmap(at, 4096);
}

int submit_write(int fd) {
  aio_context_t context = 0;
  if (::syscall(SYS_io_setup, 1, &context) != 0) return errno;
  char byte = 'X';
  iocb one = {}, *list[] = {&one};
  one.aio_fildes = static_cast<std::uint32_t>(fd);
  one.aio_lio_opcode = IOCB_CMD_PWRITE;
  one.aio_buf = reinterpret_cast<std::uint64_t>(&byte);
  one.aio_nbytes = 1;
  io_event event = {};
  if (::syscall(SYS_io_submit, context, 1, list) != 1) return errno;
  ::syscall(SYS_io_getevents, context, 1, 1, &event, nullptr);
  return event.res < 0 ? static_cast<int>(-event.res) : 0;
}

void add_writes(Attempts& all) {
  add_write(all, "write-kept", O_WRONLY, write_byte);
  add_write(all, "write-kept-opened-for-both", O_RDWR, write_byte);
  add_write(all, "append-to-kept", O_WRONLY | O_APPEND,
            [](int fd) { return said(::write(fd, "X", 1)); });
  add_write(all, "truncate-kept-by-open", O_RDONLY | O_TRUNC, [](int) { return 0; });
  add_write(all, "truncate-kept-by-descriptor", O_WRONLY,
            [](int fd) { return said(::ftruncate(fd, 3)); });
  add_write(all, "write-kept-through-a-shared-map", O_RDWR, map_and_write);
  add_write(all, "punch-a-hole-into-kept", O_WRONLY, [](int fd) {
    return said(::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 2));
  });
  add_write(all, "grow-kept", O_WRONLY, [](int fd) { return said(::fallocate(fd, 0, 0, 4000)); });
  add_write(all, "splice-into-kept", O_WRONLY,
            [](int fd) { return said(::splice(full_pipe(), nullptr, fd, nullptr, 6, 0)); });
  add_write(all, "sendfile-into-kept", O_WRONLY, [](int fd) {
    return said(::sendfile(fd, ::open("/etc/passwd", O_RDONLY), nullptr, 8));
  });
  all.push_back({"copy-range-into-kept", anyone, [](const Ground& g) {
                   const int from = ::open(g.workspace("/plain").c_str(), O_RDONLY);
                   return changes_kept(g, [&] {
                     const int to = ::open(g.kept().c_str(), O_WRONLY);
                     if (to < 0) return errno;
                     return said(::copy_file_range(from, nullptr, to, nullptr, 8, 0));
                   });
                 }});
  add_write(all, "vector-write-to-kept", O_WRONLY, [](int fd) {
    char byte = 'X';
    const iovec one = {&byte, 1};
    return said(::pwritev2(fd, &one, 1, 0, RWF_DSYNC));
  });
  add_write(all, "asynchronous-write-to-kept", O_WRONLY, submit_write);
  add_write(all, "create-over-kept", O_CREAT | O_WRONLY | O_TRUNC, write_byte);
  add_write(all, "write-kept-reopened-from-reading", O_RDONLY,
            [](int fd) { return write_to(through(fd), "X"); });
  add_write(all, "write-kept-reopened-from-path", O_PATH,
            [](int fd) { return write_to(through(fd), "X"); });
  all.push_back({"truncate-kept-by-path", anyone, [](const Ground& g) {
                   return changes_kept(g, [&] { return said(::truncate(g.kept().c_str(), 3)); });
                 }});
  all.push_back({"write-bashrc-by-hard-link-made-before", anyone, [](const Ground& g) {
                   return changes(g.directory() + "/home/.bashrc", [&] {
                     return write_to(g.workspace("/hard-link-of-bashrc"), "taken\n", O_APPEND);
                   });
                 }});
  all.push_back({"write-kept-by-symlink", anyone, [](const Ground& g) {
                   const std::string link = g.workspace("/to-kept");
                   if (::symlink(g.kept().c_str(), link.c_str()) != 0) return broken("symlink");
                   auto outcome = changes_kept(g, [&] { return write_to(link, "X", O_CREAT); });
                   ::unlink(link.c_str());
                   return outcome;
                 }});
  const auto append = [&all](const std::string& name, const std::string& below) {
    all.push_back({name, anyone, [below](const Ground& g) {
                     return changes(g.directory() + below, [&] {
                       return write_to(g.directory() + below, "taken\n", O_APPEND);
                     });
                   }});
  };
  append("append-to-bashrc", "/home/.bashrc");
  append("append-to-gitconfig", "/home/.gitconfig");
  append("change-a-git-hook", "/workspace/.git/hooks/pre-commit");
  append("change-the-git-config", "/workspace/.git/config");
  append("change-an-editor-task", "/workspace/.vscode/tasks.json");
  append("change-a-workflow", "/workspace/.github/workflows/ci.yml");
}

}  // namespace

void add_files(Attempts& all) {
  add_reads(all);
  add_writes(all);
}

}  // namespace gatehouse::escape
