// SPDX-License-Identifier: Apache-2.0
// Ways to run a program that may not be run, or one without a name. It must never run one that does more
// than print its version.
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "judge.h"

namespace gatehouse::escape {
namespace {

constexpr const char* kDenied = "/usr/bin/su";
constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";
char* kWords[] = {const_cast<char*>("su"), const_cast<char*>("--version"), nullptr};

// Escaped when the program's own words come out. `start` executes and returns only when refused.
Outcome runs(const std::string& words, const std::function<void()>& start) {
  int ends[2], report[2];
  if (::pipe(ends) != 0 || ::pipe2(report, O_CLOEXEC) != 0) return broken("pipe");
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(ends[1], 1);
    ::dup2(ends[1], 2);
    start();
    const int error = errno;
    if (::write(report[1], &error, sizeof error) < 0) ::_exit(1);
    ::_exit(0);
  }
  ::close(ends[1]);
  ::close(report[1]);
  std::string said_so;
  char bytes[4096];
  for (ssize_t size; (size = ::read(ends[0], bytes, sizeof bytes)) > 0;)
    said_so.append(bytes, static_cast<std::size_t>(size));
  int error = 0, status = 0;
  if (::read(report[0], &error, sizeof error) < 0) error = errno;
  ::waitpid(pid, &status, 0);
  if (said_so.find(words) != std::string::npos) return escaped("it ran");
  return contained(error);
}

void add_run(Attempts& all, const std::string& name, const std::function<void(const Ground&)>& act,
             const std::string& words = "from util-linux", Who who = anyone) {
  all.push_back({name, who, [act, words](const Ground& g) {
                   if (!exists(kDenied)) return skipped("no su here");
                   auto outcome = runs(words, [&] { act(g); });
                   ::unlink(g.workspace("/program").c_str());
                   return outcome;
                 }});
}

void exec_fd(int fd, const char* path, int flags) {
  ::syscall(SYS_execveat, fd, path, kWords, ::environ, flags);
}

int copy_of(const char* path, int to) {
  const int from = ::open(path, O_RDONLY);
  char bytes[65536];
  for (ssize_t size; (size = ::read(from, bytes, sizeof bytes)) > 0;)
    if (::write(to, bytes, static_cast<std::size_t>(size)) != size) return -1;
  ::close(from);
  return to;
}

void add_denied(Attempts& all) {
  add_run(all, "run-denied-program", [](const Ground&) { ::execv(kDenied, kWords); });
  add_run(all, "run-denied-program-by-unmerged-path",
          [](const Ground&) { ::execv("/bin/su", kWords); });
  add_run(all, "run-denied-program-with-dots",
          [](const Ground&) { ::execv("/usr/lib/../bin/./su", kWords); });
  add_run(all, "run-denied-program-below-proc-self-root",
          [](const Ground&) { ::execv("/proc/self/root/usr/bin/su", kWords); });
  add_run(all, "run-denied-program-from-its-directory", [](const Ground&) {
    if (::chdir("/usr/bin") == 0) ::execv("su", kWords);
  });
  add_run(all, "run-denied-program-by-symlink", [](const Ground& g) {
    if (::symlink(kDenied, g.workspace("/program").c_str()) == 0)
      ::execv(g.workspace("/program").c_str(), kWords);
  });
  add_run(all, "run-denied-program-by-bind-mount-made-before",
          [](const Ground& g) { ::execv(g.outside("/bind-program").c_str(), kWords); });
  add_run(all, "run-denied-program-by-loader",
          [](const Ground&) { ::execl(kLoader, kLoader, kDenied, "--version", nullptr); });
  add_run(all, "run-denied-program-by-loader-and-symlink", [](const Ground& g) {
    const std::string link = g.workspace("/program");
    if (::symlink(kDenied, link.c_str()) == 0)
      ::execl(kLoader, kLoader, link.c_str(), "--version", nullptr);
  });
  add_run(all, "run-denied-program-by-path-descriptor",
          [](const Ground&) { exec_fd(::open(kDenied, O_PATH), "", AT_EMPTY_PATH); });
  add_run(all, "run-denied-program-by-reading-descriptor",
          [](const Ground&) { exec_fd(::open(kDenied, O_RDONLY), "", AT_EMPTY_PATH); });
  add_run(all, "run-denied-program-through-proc-fd", [](const Ground&) {
    const int fd = ::open(kDenied, O_PATH);
    ::execv(("/proc/self/fd/" + std::to_string(fd)).c_str(), kWords);
  });
  add_run(all, "run-denied-program-from-directory-descriptor",
          [](const Ground&) { exec_fd(::open("/usr/bin", O_PATH), "su", 0); });
  add_run(all, "run-denied-program-as-interpreter", [](const Ground& g) {
    const std::string script = g.workspace("/program");
    write_to(script, "#!/usr/bin/su --version\n", O_CREAT);
    ::chmod(script.c_str(), 0755);
    ::execl(script.c_str(), "x", nullptr);
  });
  add_run(all, "run-denied-program-in-a-thread",
          [](const Ground&) { std::thread([] { ::execv(kDenied, kWords); }).join(); });
  add_run(all, "run-denied-program-after-vfork", [](const Ground&) {
    int status = 0;
    const pid_t pid = ::vfork();
    if (pid == 0) {
      ::execv(kDenied, kWords);
      ::_exit(errno);
    }
    ::waitpid(pid, &status, 0);
    errno = WEXITSTATUS(status);
  });
  add_run(all, "run-denied-program-with-empty-name", [](const Ground&) {
    char* words[] = {const_cast<char*>(""), const_cast<char*>("--version"), nullptr};
    ::execv(kDenied, words);
  });
  add_run(all, "run-denied-program-by-shell", [](const Ground&) {
    ::execl("/bin/sh", "sh", "-c", "exec /usr/bin/su --version", nullptr);
  });
  add_run(
      all, "run-asked-program",
      [](const Ground&) { ::execl("/usr/bin/ssh", "ssh", "-V", nullptr); }, "OpenSSH");
  add_run(
      all, "run-asked-service-program",
      [](const Ground&) { ::execl("/usr/bin/systemctl", "systemctl", "--version", nullptr); },
      "systemd");
}

void add_unnamed(Attempts& all) {
  add_run(
      all, "run-a-program-in-memory",
      [](const Ground&) {
        const int fd = copy_of("/bin/echo", static_cast<int>(::syscall(SYS_memfd_create, "x", 0)));
        char* words[] = {const_cast<char*>("echo"), const_cast<char*>("unnamed"), nullptr};
        ::syscall(SYS_execveat, fd, "", words, ::environ, AT_EMPTY_PATH);
      },
      "unnamed");
  add_run(
      all, "run-a-deleted-program",
      [](const Ground& g) {
        const std::string path = g.workspace("/program");
        ::close(copy_of("/bin/echo", ::open(path.c_str(), O_WRONLY | O_CREAT, 0755)));
        const int fd = ::open(path.c_str(), O_PATH);
        ::unlink(path.c_str());
        char* words[] = {const_cast<char*>("echo"), const_cast<char*>("unnamed"), nullptr};
        ::syscall(SYS_execveat, fd, "", words, ::environ, AT_EMPTY_PATH);
      },
      "unnamed");
}

Outcome maps_code(const std::function<void*(int)>& map) {
  const int fd = ::open(kDenied, O_RDONLY);
  const void* at = map(fd);
  return at == MAP_FAILED ? contained(errno) : escaped("its code is mapped");
}

}  // namespace

void add_exec(Attempts& all) {
  add_denied(all);
  add_unnamed(all);
  all.push_back({"map-denied-program-as-code", anyone, [](const Ground&) {
                   return maps_code([](int fd) {
                     return ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
                   });
                 }});
  all.push_back({"map-denied-program-and-make-it-code", anyone, [](const Ground&) {
                   return maps_code([](int fd) {
                     void* at = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
                     return ::mprotect(at, 4096, PROT_READ | PROT_EXEC) == 0 ? at : MAP_FAILED;
                   });
                 }});
}

}  // namespace gatehouse::escape
