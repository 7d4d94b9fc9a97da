// SPDX-License-Identifier: Apache-2.0
// Small kernel files (/proc, /sys, cgroup.*) read and written whole.
// It must never be used for files that an agent can replace: it follows symlinks.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gatehouse::kernel {

Result<std::string> read_file(const std::string& path);
Result<std::string> read_file_at(int directory, const std::string& name);
// One write(2), as the kernel's control files want it.
Result<void> write_file_at(int directory, const std::string& name, std::string_view text);

}  // namespace gatehouse::kernel
