// SPDX-License-Identifier: Apache-2.0
// Device nodes, sysctl and sysfs, terminals of others. It must never write to a device anything that it
// could act on, nor to a control another value than it has.
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/loop.h>
#include <linux/tiocl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstring>

#include "judge.h"

namespace gatehouse::escape {
namespace {

void add_open(Attempts& all, const std::string& name, const std::string& path, int flags) {
  all.push_back({name, root, [=](const Ground&) {
                   const int fd = ::open(path.c_str(), flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
                   if (fd < 0 && (errno == ENOENT || errno == ENXIO || errno == ENODEV))
                     return skipped("no " + path + " here");
                   return returned(fd, "opened " + path);
                 }});
}

void add_node(Attempts& all, const std::string& name, mode_t kind, unsigned major, unsigned minor) {
  all.push_back({name, root, [=](const Ground& g) {
                   const std::string path = g.workspace("/node");
                   if (::mknod(path.c_str(), kind | 0600, makedev(major, minor)) != 0)
                     return contained(errno);
                   const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
                   const int error = errno;
                   ::unlink(path.c_str());
                   return fd < 0 ? contained(error) : escaped("made and opened it");
                 }});
}

// Written with what it says.
void add_same(Attempts& all, const std::string& name, const std::string& path) {
  all.push_back({name, root, [=](const Ground&) {
                   if (!exists(path)) return skipped("no " + path + " here");
                   std::string value = text_of(path);
                   if (value.empty()) return contained(errno);
                   const auto chosen = value.find('['), end = value.find(']');
                   if (chosen != std::string::npos && end != std::string::npos)
                     value = value.substr(chosen + 1, end - chosen - 1);
                   const int error = write_to(path, value);
                   return error == 0 ? escaped("wrote " + path) : contained(error);
                 }});
}

Outcome ties_a_loop(const Ground& g) {
  const int control = ::open("/dev/loop-control", O_RDWR);
  const int number = ::ioctl(control, LOOP_CTL_GET_FREE);
  if (control < 0 || number < 0) return contained(errno);
  const std::string device = "/dev/loop" + std::to_string(number);
  const int loop = ::open(device.c_str(), O_RDWR | O_CLOEXEC);
  if (loop < 0) return contained(errno);
  const int image = ::open(g.outside("/image").c_str(), O_RDONLY);
  if (::ioctl(loop, LOOP_SET_FD, image) != 0) return contained(errno);
  auto outcome = reads_canary(g, ::open(device.c_str(), O_RDONLY));
  ::ioctl(loop, LOOP_CLR_FD, 0);
  return outcome;
}

Outcome opens_a_tunnel(const Ground&) {
  const int fd = ::open("/dev/net/tun", O_RDWR);
  if (fd < 0) return errno == ENOENT ? skipped("no tun here") : contained(errno);
  ifreq request = {};
  std::strcpy(request.ifr_name, "escape%d");
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  return returned(::ioctl(fd, TUNSETIFF, &request), "it has an interface");
}

// Its own terminal is the ground's: whoever reads there is outside.
int controlling(const Ground& g) {
  ::setsid();
  const int fd = ::open(g["terminal"].c_str(), O_RDWR | O_NONBLOCK);
  if (fd >= 0) ::ioctl(fd, TIOCSCTTY, 0);
  return fd;
}

Outcome types(const Ground& g) {
  if (::getuid() != 0 && text_of("/proc/sys/dev/tty/legacy_tiocsti")[0] == '0')
    return skipped("this kernel lets nobody");
  const int fd = controlling(g);
  if (fd < 0) return broken("no terminal");
  const char* line = "echo typed\n";
  for (const char* key = line; *key != '\0'; key++)
    if (::ioctl(fd, TIOCSTI, key) != 0) return contained(errno);
  char bytes[64] = {};
  const bool so = wait_until([&] { return ::read(fd, bytes, sizeof bytes) > 0; }, 1);
  return so && std::strstr(bytes, "typed") != nullptr ? escaped("it typed a command")
                                                      : contained(errno);
}

Outcome asks_the_console(const Ground&, char what) {
  const int fd = ::open("/dev/tty1", O_RDONLY | O_NOCTTY);
  if (fd < 0) return errno == ENOENT ? skipped("no /dev/tty1") : contained(errno);
  char room[16] = {what};
  return returned(::ioctl(fd, TIOCLINUX, room), "the console took it");
}

}  // namespace

void add_devices(Attempts& all) {
  add_open(all, "open-memory", "/dev/mem", O_RDONLY);
  add_open(all, "open-kernel-log", "/dev/kmsg", O_RDONLY);
  add_open(all, "write-kernel-log", "/dev/kmsg", O_WRONLY);
  add_open(all, "open-loop-control", "/dev/loop-control", O_RDWR);
  add_open(all, "open-loop-device", "/dev/loop7", O_RDONLY);
  add_open(all, "open-fuse", "/dev/fuse", O_RDWR);
  add_open(all, "open-fault-handler", "/dev/userfaultfd", O_RDWR);
  add_open(all, "open-another-console", "/dev/tty2", O_WRONLY);
  add_open(all, "open-serial-line", "/dev/ttyS2", O_WRONLY);
  add_open(all, "read-the-screen", "/dev/vcs1", O_RDONLY);
  add_open(all, "open-latency-control", "/dev/cpu_dma_latency", O_WRONLY);
  add_open(all, "open-snapshot", "/dev/snapshot", O_RDONLY);
  add_open(all, "open-kernel-memory-image", "/proc/kcore", O_RDONLY);
  add_open(all, "open-sysrq", "/proc/sysrq-trigger", O_WRONLY);
  add_open(all, "open-power-state", "/sys/power/state", O_WRONLY);
  add_open(all, "open-trace-marker", "/sys/kernel/tracing/trace_marker", O_WRONLY);
  add_open(all, "open-probe-events", "/sys/kernel/tracing/kprobe_events", O_WRONLY);
  add_open(all, "open-debug-control", "/sys/kernel/debug/sched/verbose", O_WRONLY);
  add_open(all, "open-another-policy", "/sys/kernel/security/apparmor/.load", O_WRONLY);
  add_node(all, "make-a-node-of-memory", S_IFCHR, 1, 1);
  add_node(all, "make-a-node-of-kernel-log", S_IFCHR, 1, 11);
  add_node(all, "make-a-node-of-a-disk", S_IFBLK, 7, 7);
  add_same(all, "set-core-pattern", "/proc/sys/kernel/core_pattern");
  add_same(all, "set-module-loader", "/proc/sys/kernel/modprobe");
  add_same(all, "set-sysrq-mask", "/proc/sys/kernel/sysrq");
  add_same(all, "set-trace-scope", "/proc/sys/kernel/yama/ptrace_scope");
  add_same(all, "set-forwarding", "/proc/sys/net/ipv4/ip_forward");
  add_same(all, "set-host-name-by-sysctl", "/proc/sys/kernel/hostname");
  add_same(all, "set-huge-pages", "/sys/kernel/mm/transparent_hugepage/enabled");
  add_same(all, "set-tracing", "/sys/kernel/tracing/tracing_on");
  add_same(all, "set-uevent-program", "/sys/kernel/uevent_helper");
  add_same(all, "set-a-module-parameter", "/sys/module/printk/parameters/time");
  all.push_back({"read-a-file-as-a-disk", root, ties_a_loop});
  all.push_back({"make-a-tunnel", root, opens_a_tunnel});
  all.push_back({"type-on-a-terminal", anyone,
                 [](const Ground& g) { return in_child([&] { return types(g); }); }});
  all.push_back({"ask-the-console-for-its-keys", root,
                 [](const Ground& g) { return asks_the_console(g, TIOCL_GETSHIFTSTATE); }});
  all.push_back({"ask-which-console-is-shown", root,
                 [](const Ground& g) { return asks_the_console(g, TIOCL_GETFGCONSOLE); }});
}

}  // namespace gatehouse::escape
