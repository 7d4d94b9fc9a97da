// SPDX-License-Identifier: Apache-2.0
// Where the OTLP sink sends to and how, from its target and OpenTelemetry's own variables. It must never
// show a header's value: it may be a secret.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "events/event.h"

namespace gatehouse::sinks {

struct OtlpConfig {
  std::string url;                   // of the logs
  std::string service;               // the same as people are shown it: scheme, host, port
  std::vector<std::string> headers;  // "Name: value"
  std::uint64_t timeout_ms = 10'000;
  bool gzip = true;
  std::string ca_file;
  events::Labels resource;
};

using Environment = std::function<const char*(const char* name)>;

// `target`: an http or https address; a path of "/v1/logs" is added to one without a path. Empty: the
// variables say where, or it is localhost's port 4318.
Result<OtlpConfig> otlp_config(const std::string& target, const Environment& environment);

// "a=b,c=d%20e": OpenTelemetry's lists of headers and resource attributes. Nothing for what is none.
Result<events::Labels> otlp_pairs(std::string_view text);

}  // namespace gatehouse::sinks
