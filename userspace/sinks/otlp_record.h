// SPDX-License-Identifier: Apache-2.0
// An Event as a log record of OpenTelemetry, in OTLP's JSON, and records as one request. Names follow the semantic
// conventions (docs/telemetry.md); it must never put the same attribute twice into a record.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "events/event.h"

namespace gatehouse::sinks {

// `observed`: when it was read, ns since 1970.
std::string otlp_record(const events::Event& event, std::int64_t observed);

// An ExportLogsServiceRequest; `resource`: attributes of the sender.
std::string otlp_request(const events::Labels& resource, const std::vector<std::string>& records);

}  // namespace gatehouse::sinks
