// SPDX-License-Identifier: Apache-2.0
// Numbers as Prometheus reads them (text format 0.0.4). It must never rename a metric: other people's alerts hang
// on it.
#pragma once

#include <string>

#include "metrics/counts.h"

namespace gatehouse::metrics {

inline constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

std::string prometheus_text(const Numbers& numbers);

}  // namespace gatehouse::metrics
