// SPDX-License-Identifier: Apache-2.0
// One CPU of the virtual machine alone for a while, if it has two. It must never be used outside of the VM.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace gatehouse {

// The kernel switches code of its own on and off by rewriting it (loading programs, the first memory controller, perf
// events), and QEMU's other CPU may run it half rewritten: an int3 in __kmalloc or __schedule killed the guest.
class OneCpu {
 public:
  OneCpu() { set_other("0"); }
  OneCpu(const OneCpu&) = delete;
  OneCpu& operator=(const OneCpu&) = delete;
  ~OneCpu() { set_other("1"); }

 private:
  static void set_other(const char* online) {
    constexpr const char* kOther = "/sys/devices/system/cpu/cpu1/online";
    if (::access(kOther, F_OK) != 0) return;
    const UniqueFd fd(::open(kOther, O_WRONLY | O_CLOEXEC));
    EXPECT_EQ(::write(fd.get(), online, 1), 1) << kOther;
  }
};

}  // namespace gatehouse
