// SPDX-License-Identifier: Apache-2.0
// Membership for life: processes that somebody outside moves out of their session's cgroup, and what they
// start then. It must never leave a process behind in a cgroup that is not its session's.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "support/gate.h"

namespace gatehouse::testing {
namespace {

std::string denying(const std::string& name) {
  return R"("filesystem": {"default": "allow", "rules": [
    {"id": "name", "action": "deny", "access": "read", "paths": ["${workspace}/)" +
         name + R"("]}]}, "exec": {"default": "allow"})";
}

// What the two sides know of each other.
struct Signs {
  std::atomic<int> ready = 0, moved = 0;
};

class MemberTest : public ::testing::Test {
 protected:
  MemberTest()
      : signs(*new (::mmap(nullptr, sizeof(Signs), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Signs) {
    for (const char* name : {"x", "y"})
      workspace.write(name, "1");
    EXPECT_EQ(::mkdir(kOutside, 0755), 0);
  }
  ~MemberTest() override {
    EXPECT_TRUE(wait_for([] { return ::rmdir(kOutside) == 0; }));
    ::munmap(&signs, sizeof(Signs));
  }
  // Waits to be moved, then does it.
  Operation once_moved(const Operation& operation) {
    return [this, operation] {
      signs.ready++;
      while (signs.moved == 0)
        ::usleep(1000);
      return operation();
    };
  }
  int result_of_moving(Session& session, const Operation& operation, const std::string& to) {
    signs.ready = signs.moved = 0;
    Running running = session.start(once_moved(operation));
    EXPECT_TRUE(wait_for([&] { return signs.ready > 0; }));
    EXPECT_EQ(moves(running.pid(), to), 0);
    signs.moved = 1;
    return running.wait();
  }
  Operation reads_x() const { return reads(workspace / "x"); }
  Operation reads_y() const { return reads(workspace / "y"); }

  static constexpr const char* kOutside = "/sys/fs/cgroup/gatehouse-member-test";
  Directory workspace;
  Signs& signs;
};

// In a process of its own, whose parent has gone.
Operation orphaned(const Operation& operation) {
  return [operation] {
    int ends[2];
    if (::pipe(ends) != 0) return errno;
    if (::fork() == 0) {
      ::setsid();
      if (::fork() != 0) ::_exit(0);
      const int code = operation();
      ::_exit(::write(ends[1], &code, sizeof code) == sizeof code ? 0 : 1);
    }
    ::close(ends[1]);
    int code = EIO;
    return ::read(ends[0], &code, sizeof code) == sizeof code ? code : EPIPE;
  };
}

int in_thread(const Operation& operation) {
  struct Job {
    const Operation& operation;
    int code;
  } job = {operation, EIO};
  const auto run = [](void* of) -> void* {
    auto& it = *static_cast<Job*>(of);
    it.code = it.operation();
    return nullptr;
  };
  pthread_t thread;
  if (::pthread_create(&thread, nullptr, run, &job) != 0) return EAGAIN;
  ::pthread_join(thread, nullptr);
  return job.code;
}

TEST_F(MemberTest, who_is_moved_out_stays_judged) {
  Session session(denying("x"), workspace.path());
  EXPECT_EQ(result_of_moving(session, reads_x(), kOutside), EACCES);
  EXPECT_EQ(result_of_moving(session, reads_y(), kOutside), 0);
  EXPECT_EQ(unconfined([&] {
              if (const int code = moves(::getpid(), kOutside); code != 0) return ERANGE;
              return reads_x()();
            }),
            0);
}

TEST_F(MemberTest, so_does_what_it_starts_then) {
  Session session(denying("x"), workspace.path());
  EXPECT_EQ(result_of_moving(session, orphaned(reads_x()), kOutside), EACCES);
  EXPECT_EQ(result_of_moving(session, executes({"/bin/cat", workspace / "x"}), kOutside), 1);
  EXPECT_EQ(result_of_moving(session, executes({"/bin/cat", workspace / "y"}), kOutside), 0);
  EXPECT_EQ(result_of_moving(
                session, [&] { return in_thread(reads_x()); }, kOutside),
            EACCES);
}

TEST_F(MemberTest, so_do_threads_that_were_there_before) {
  Session session(denying("x"), workspace.path());
  signs.ready = signs.moved = 0;
  Running running = session.start([&] { return in_thread(once_moved(reads_x())); });
  EXPECT_TRUE(wait_for([&] { return signs.ready > 0; }));
  EXPECT_EQ(moves(running.pid(), kOutside), 0);
  signs.moved = 1;
  EXPECT_EQ(running.wait(), EACCES);
}

TEST_F(MemberTest, another_sessions_cgroup_changes_nothing) {
  Session own(denying("x"), workspace.path()), other(denying("y"), workspace.path());
  EXPECT_EQ(result_of_moving(own, reads_x(), other.cgroup().path()), EACCES);
  EXPECT_EQ(result_of_moving(own, reads_y(), other.cgroup().path()), 0);
  EXPECT_EQ(other.run(reads_x()), 0);
  EXPECT_EQ(other.run(reads_y()), EACCES);
}

TEST_F(MemberTest, who_was_moved_in_from_outside_stays_in) {
  Session session(denying("x"), workspace.path());
  EXPECT_EQ(unconfined([&] {
              if (const int code = moves(::getpid(), session.cgroup().path()); code != 0)
                return ERANGE;
              return reads_x()();
            }),
            EACCES);
  // Moved in and out again by somebody outside, while it waits.
  signs.ready = signs.moved = 0;
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(once_moved(reads_x())() == EACCES ? 0 : 1);
  EXPECT_TRUE(wait_for([&] { return signs.ready > 0; }));
  EXPECT_EQ(moves(pid, session.cgroup().path()), 0);
  EXPECT_EQ(moves(pid, kOutside), 0);
  signs.moved = 1;
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0) << "it was judged by nobody";
}

TEST_F(MemberTest, those_who_were_moved_away_are_found) {
  Session session(denying("x"), workspace.path());
  signs.ready = signs.moved = 0;
  Running running = session.start(once_moved([] { return 0; }));
  EXPECT_TRUE(wait_for([&] { return signs.ready > 0; }));
  auto& admission = Gate::instance().admission();
  kernel::AdmittedSession admitted;
  admitted.serial = session.serial();
  EXPECT_EQ(moves(running.pid(), kOutside), 0);
  const auto strays = admission.strays(admitted);
  ASSERT_TRUE(strays) << strays.error().what;
  EXPECT_NE(std::find(strays->begin(), strays->end(), running.pid()), strays->end());
  signs.moved = 1;
  EXPECT_EQ(running.wait(), 0);
}

}  // namespace
}  // namespace gatehouse::testing
