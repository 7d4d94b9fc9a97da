// SPDX-License-Identifier: Apache-2.0
// One request by io_uring, waited for. It must never outlive its process: the ring goes with it.
#pragma once

#include <linux/io_uring.h>

#include <functional>

namespace gatehouse::testing {

// `fill` says what is asked for. 0 or the errno, of the request or of the ring.
int by_io_uring(const std::function<void(io_uring_sqe&)>& fill);

}  // namespace gatehouse::testing
