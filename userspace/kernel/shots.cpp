// SPDX-License-Identifier: Apache-2.0
// The table of shots. An operation runs in a forked child and must never allocate what a fork may have
// left locked: plain system calls on prepared names.
#include "kernel/shots.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fs.h>
#include <linux/perf_event.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <linux/sched.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "kernel/guard_shots.h"

namespace gatehouse::kernel {
namespace {

// Of <linux/mount.h>, which does not go together with <sys/mount.h>.
constexpr unsigned kCloneTree = 1, kFromEmptyPath = 4;
constexpr int kCreate = 6, kReconfigure = 7;

int outcome(long result) { return result < 0 ? errno : 0; }

sockaddr_in v4(const char* address, std::uint16_t port) {
  sockaddr_in out = {};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &out.sin_addr);
  return out;
}
const sockaddr* plain(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

int connect_v4(const char* address) {
  const auto to = v4(address, 9);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  return fd < 0 ? errno : outcome(::connect(fd, plain(to), sizeof(to)));
}

int connect_v6() {
  sockaddr_in6 to = {};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(9);
  to.sin6_addr = in6addr_loopback;
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0) return errno;
  (void)::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  return 0;  // nobody may listen there: how it ends says nothing
}

int bind_v4(const char* address) {
  const auto at = v4(address, 0);
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  return fd < 0 ? errno : outcome(::bind(fd, plain(at), sizeof(at)));
}

int send_v4() {
  const auto to = v4("127.0.0.1", 9);
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  return fd < 0 ? errno : outcome(::sendto(fd, "", 0, MSG_DONTWAIT, plain(to), sizeof(to)));
}

// Calls itself up; the caller hears nothing, so its own errno says nothing.
int be_called() {
  auto at = v4("127.0.0.1", 0);
  socklen_t size = sizeof(at);
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  const int caller = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (listener < 0 || caller < 0 || ::bind(listener, plain(at), size) != 0 ||
      ::listen(listener, 1) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    return errno;
  (void)::connect(caller, plain(at), size);
  return 0;
}

// Bound there, and listening if it is a stream; or connected to what is bound there.
int unix_socket(const Scene& s, const char* name, int type,
                int (*use)(int, const sockaddr*, socklen_t), UniqueFd& fd) {
  sockaddr_un at = {};
  at.sun_family = AF_UNIX;
  std::snprintf(at.sun_path, sizeof(at.sun_path), "%s/%s", s.directory.c_str(), name);
  fd.reset(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  return fd.valid() ? outcome(use(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof(at)))
                    : errno;
}
int connect_unix(const Scene& s, const char* name, int type) {
  UniqueFd fd;
  return unix_socket(s, name, type, ::connect, fd);
}

int map_program(const Scene& s) {
  return ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, s.program.get(), 0) == MAP_FAILED
             ? errno
             : 0;
}
int protect_program(const Scene& s) {
  void* at = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, s.program.get(), 0);
  return at == MAP_FAILED ? errno : outcome(::mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

int set_acl(const Scene& s) {
  struct {
    posix_acl_xattr_header header;
    posix_acl_xattr_entry entries[3];
  } acl = {{POSIX_ACL_XATTR_VERSION},
           {{ACL_USER_OBJ, 6, ~0u}, {ACL_GROUP_OBJ, 4, ~0u}, {ACL_OTHER, 4, ~0u}}};
  return outcome(::setxattr(s.at("file").c_str(), "system.posix_acl_access", &acl, sizeof(acl), 0));
}

int run_true() {
  const pid_t child = ::fork();
  if (child == 0) {
    for (const char* path : {"/bin/true", "/usr/bin/true"})
      ::execl(path, "true", nullptr);
    ::_exit(errno & 0xff);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) < 0) return errno;
  return WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

// Where these go through they fail for another reason, or change what is their own.
int remount(const Scene&) {
  const long fs = ::syscall(SYS_fsopen, "tmpfs", 0);
  if (fs < 0 || ::syscall(SYS_fsconfig, fs, kCreate, nullptr, nullptr, 0) != 0 ||
      ::syscall(SYS_fsmount, fs, 0, 0) < 0)  // mounted nowhere
    return errno == EPERM ? EIO : errno;
  return outcome(::syscall(SYS_fsconfig, fs, kReconfigure, nullptr, nullptr, 0));
}

int move_mount(const Scene& s) {
  const long tree = ::syscall(SYS_open_tree, AT_FDCWD, s.directory.c_str(), kCloneTree);
  if (tree < 0) return errno;
  const int to = ::open("/proc/self", O_PATH);  // a directory cannot be mounted on what is none
  return outcome(::syscall(SYS_move_mount, tree, "", to, "comm", kFromEmptyPath));
}

int read_outside(const Scene&) {
  char byte = 0;
  iovec here = {&byte, 1}, there = {nullptr, 1};
  return outcome(::process_vm_readv(::getppid(), &here, 1, &there, 1, 0));
}

int open_counter() {
  perf_event_attr attr = {};
  attr.size = sizeof(attr);
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_DUMMY;
  return outcome(::syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

int load_nothing() {
  static const char zeros[4096] = {};  // no ELF file
  return outcome(::syscall(SYS_init_module, zeros, sizeof(zeros), ""));
}
int load_file(const Scene& s) {
  return outcome(::syscall(SYS_finit_module, s.program.get(), "", 0));  // no module
}

int clone_into_cgroup() {
  clone_args args = {};
  args.flags = CLONE_INTO_CGROUP;
  args.exit_signal = SIGCHLD;
  args.cgroup = INT_MAX;  // no descriptor, which is found out after the hook
  const auto child = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof(args)));
  if (child == 0) ::_exit(0);
  return outcome(child);
}

const sched_param kOrdinary = {};

const std::array kShots = {
    Shot{"file_open", EACCES,
         [](const Scene& s) { return outcome(::open(s.at("file").c_str(), O_RDONLY)); }},
    Shot{"bprm_creds_for_exec", EACCES,
         [](const Scene&) {
           return outcome(::execl("/bin/sh", "sh", "--gatehouse-doctor", nullptr));
         }},
    Shot{"path_mknod", EACCES,
         [](const Scene& s) { return outcome(::mknod(s.at("new").c_str(), S_IFREG | 0600, 0)); }},
    Shot{"path_mkdir", EACCES,
         [](const Scene& s) { return outcome(::mkdir(s.at("new").c_str(), 0700)); }},
    Shot{"path_symlink", EACCES,
         [](const Scene& s) { return outcome(::symlink("file", s.at("new").c_str())); }},
    Shot{"path_link", EACCES,
         [](const Scene& s) { return outcome(::link(s.at("file").c_str(), s.at("new").c_str())); }},
    Shot{"path_rename", EACCES,
         [](const Scene& s) {
           return outcome(::rename(s.at("file").c_str(), s.at("new").c_str()));
         }},
    Shot{"path_unlink", EACCES,
         [](const Scene& s) { return outcome(::unlink(s.at("file").c_str())); }},
    Shot{"path_rmdir", EACCES,
         [](const Scene& s) { return outcome(::rmdir(s.at("empty").c_str())); }},
    Shot{"path_truncate", EACCES,
         [](const Scene& s) { return outcome(::truncate(s.at("file").c_str(), 0)); }},
    Shot{"path_chmod", EACCES,
         [](const Scene& s) { return outcome(::chmod(s.at("file").c_str(), 0600)); }},
    Shot{"path_chown", EACCES,
         [](const Scene& s) {
           return outcome(::chown(s.at("file").c_str(), ::getuid(), ::getgid()));
         }},
    Shot{"inode_setattr", EACCES,
         [](const Scene& s) {
           return outcome(::utimensat(AT_FDCWD, s.at("file").c_str(), nullptr, 0));
         }},
    Shot{"inode_setxattr", EACCES,
         [](const Scene& s) {
           return outcome(::setxattr(s.at("file").c_str(), "user.doctor", "", 0, 0));
         }},
    Shot{
        "inode_removexattr", EACCES,
        [](const Scene& s) { return outcome(::removexattr(s.at("file").c_str(), "user.doctor")); }},
    Shot{"inode_set_acl", EACCES, set_acl},
    Shot{"inode_remove_acl", EACCES,
         [](const Scene& s) {
           return outcome(::removexattr(s.at("file").c_str(), "system.posix_acl_access"));
         }},
    Shot{"mmap_file", EACCES, map_program},
    Shot{"file_mprotect", EACCES, protect_program},
    Shot{"socket_connect", EPERM, [](const Scene&) { return connect_v4("127.0.0.2"); }},
    Shot{"socket_bind", EPERM, [](const Scene&) { return bind_v4("127.0.0.2"); }},
    Shot{"socket_listen", EPERM,
         [](const Scene& s) { return outcome(::listen(s.bound.get(), 1)); }},
    Shot{"socket_sendmsg", EPERM, [](const Scene&) { return send_v4(); }},
    Shot{"connect4", 0, [](const Scene&) { return connect_v4("127.0.0.1"), 0; }},
    Shot{"connect6", 0, [](const Scene&) { return connect_v6(); }},
    Shot{"inet_conn_request", 0, [](const Scene&) { return be_called(); }},
    Shot{"unix_stream_connect", EACCES,
         [](const Scene& s) { return connect_unix(s, "stream", SOCK_STREAM); }},
    Shot{"unix_may_send", EACCES,
         [](const Scene& s) { return connect_unix(s, "datagram", SOCK_DGRAM); }},
    Shot{"sb_mount", 0,
         [](const Scene& s) {
           return outcome(::mount("doctor", s.at("empty").c_str(), "no-such-type", 0, nullptr));
         }},
    Shot{"sb_remount", 0, remount},
    // Together these two flags are invalid, which is found out after the hook.
    Shot{"sb_umount", 0,
         [](const Scene&) { return outcome(::umount2("/", MNT_EXPIRE | MNT_DETACH)); }},
    Shot{"sb_pivotroot", 0,
         [](const Scene& s) {
           const std::string at = s.at("empty");
           return outcome(::syscall(SYS_pivot_root, at.c_str(), at.c_str()));
         }},
    Shot{"move_mount", 0, move_mount},
    Shot{"userns_create", EPERM, [](const Scene&) { return outcome(::unshare(CLONE_NEWUSER)); }},
    Shot{"ptrace_access_check", EPERM, read_outside},
    Shot{"task_kill", EPERM, [](const Scene&) { return outcome(::kill(::getppid(), 0)); }},
    Shot{"bpf", EPERM, [](const Scene&) { return open_link(); }},
    Shot{"perf_event_open", 0, [](const Scene&) { return open_counter(); }},
    Shot{"kernel_load_data", 0, [](const Scene&) { return load_nothing(); }},
    Shot{"kernel_read_file", 0, load_file},
    Shot{"capable", EPERM,
         [](const Scene&) {
           char name[65] = {};
           (void)::gethostname(name, 64);
           return outcome(::sethostname(name, ::strlen(name)));
         }},
    Shot{"syslog", 0, [](const Scene&) { return outcome(::klogctl(10, nullptr, 0)); }},
    Shot{"socket_create", EPERM,
         [](const Scene&) { return outcome(::socket(AF_PACKET, SOCK_DGRAM, 0)); }},
    Shot{"bpf_map", EPERM,
         [](const Scene&) { return open_each(BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID); }},
    Shot{"bpf_prog", EPERM,
         [](const Scene&) { return open_each(BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID); }},
    Shot{"key_alloc", EPERM,
         [](const Scene&) {
           return outcome(::syscall(SYS_keyctl, 0 /* GET_KEYRING_ID */, -1 /* the thread's */, 1));
         }},
    Shot{"key_permission", EPERM,
         [](const Scene& s) {
           return outcome(::syscall(SYS_keyctl, 6 /* DESCRIBE */, s.key, nullptr, 0));
         }},
    Shot{"inode_init_security_anon", EPERM,
         [](const Scene&) { return outcome(::syscall(SYS_userfaultfd, 1 /* USER_MODE_ONLY */)); }},
    Shot{"uring_allowed", EPERM,
         [](const Scene&) {
           char parameters[120] = {};
           return outcome(::syscall(SYS_io_uring_setup, 1, parameters));
         }},
    Shot{"file_ioctl", EACCES, set_flags},
    Shot{"file_ioctl_compat", EACCES, set_flags_32},
    Shot{"file_fcntl", EPERM, [](const Scene&) { return set_owner(); }},
    Shot{"file_receive", 0, pass_file},
    Shot{"shm_alloc_security", 0, [](const Scene&) { return use_ipc(); }},
    Shot{"msg_queue_alloc_security", 0, [](const Scene&) { return use_ipc(); }},
    Shot{"sem_alloc_security", 0, [](const Scene&) { return use_ipc(); }},
    Shot{"shm_free_security", 0, [](const Scene&) { return use_ipc(); }},
    Shot{"msg_queue_free_security", 0, [](const Scene&) { return use_ipc(); }},
    Shot{"sem_free_security", 0, [](const Scene&) { return use_ipc(); }},
    Shot{"ipc_permission", 0, [](const Scene&) { return use_ipc(); }},
    Shot{"shm_shmctl", 0, [](const Scene&) { return use_ipc(); }},
    Shot{"msg_queue_msgctl", 0, [](const Scene&) { return use_ipc(); }},
    Shot{"sem_semctl", 0, [](const Scene&) { return use_ipc(); }},
    Shot{"inode_unlink", EACCES,
         [](const Scene& s) { return outcome(::mq_unlink(s.queue.c_str())); }},
    Shot{"task_setnice", EPERM,
         [](const Scene&) {
           return outcome(::setpriority(PRIO_PROCESS, static_cast<id_t>(::getppid()), 0));
         }},
    Shot{"task_setscheduler", EPERM,
         [](const Scene&) {
           return outcome(::sched_setscheduler(::getppid(), SCHED_OTHER, &kOrdinary));
         }},
    Shot{"task_setioprio", EPERM,
         [](const Scene&) {
           return outcome(::syscall(SYS_ioprio_set, 1 /* a process */, ::getppid(), 0));
         }},
    Shot{"task_setrlimit", EPERM,
         [](const Scene&) {
           rlimit limit = {};
           (void)::getrlimit(RLIMIT_CORE, &limit);
           return outcome(::prlimit(::getppid(), RLIMIT_CORE, &limit, nullptr));
         }},
    Shot{"cgroup_attach_task", 0, [](const Scene&) { return 0; }},  // the child came by it
    Shot{"task_alloc", EPERM, [](const Scene&) { return clone_into_cgroup(); }},
    Shot{"sched_process_fork", 0, [](const Scene&) { return run_true(); }},
    Shot{"sched_process_exec", 0, [](const Scene&) { return run_true(); }},
    Shot{"sched_process_exit", 0, [](const Scene&) { return run_true(); }},
};

}  // namespace

Result<Scene> Scene::make() {
  Scene scene;
  char name[] = "/run/gatehouse-doctor-XXXXXX";
  if (::mkdtemp(name) == nullptr) return sys_error(name);
  scene.directory = name;
  std::ofstream(scene.at("file")) << "doctor\n";
  if (::access(scene.at("file").c_str(), F_OK) != 0 ||
      ::mkdir(scene.at("empty").c_str(), 0700) != 0)
    return sys_error(scene.directory);
  std::error_code failed;
  scene.program_path = std::filesystem::read_symlink("/proc/self/exe", failed);
  scene.program.reset(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  if (failed || !scene.program.valid()) return sys_error("/proc/self/exe");
  scene.queue = scene.directory.substr(scene.directory.rfind('/'));
  const UniqueFd queue(::mq_open(scene.queue.c_str(), O_CREAT | O_EXCL, 0600, nullptr));
  if (!queue.valid()) return sys_error("a POSIX message queue");
  scene.key = ::syscall(SYS_add_key, "user", scene.queue.c_str(), "", 1, -2 /* the process's */);
  if (scene.key < 0) return sys_error("a key");
  const auto at = v4("127.0.0.2", 0);
  scene.bound.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!scene.bound.valid() || ::bind(scene.bound.get(), plain(at), sizeof(at)) != 0)
    return sys_error("a socket on 127.0.0.2 (is the loopback device up?)");
  if (unix_socket(scene, "stream", SOCK_STREAM, ::bind, scene.stream) != 0 ||
      ::listen(scene.stream.get(), 1) != 0 ||
      unix_socket(scene, "datagram", SOCK_DGRAM, ::bind, scene.datagram) != 0)
    return sys_error("a unix socket in " + scene.directory);
  return scene;
}

Scene::~Scene() {
  std::error_code ignored;
  if (!queue.empty()) ::mq_unlink(queue.c_str());
  if (!directory.empty()) std::filesystem::remove_all(directory, ignored);
}

const Shot* shot_for(const std::string& hook) {
  for (const Shot& shot : kShots)
    if (hook == shot.hook) return &shot;
  return nullptr;
}

}  // namespace gatehouse::kernel
