// SPDX-License-Identifier: Apache-2.0
// Every kind of sink by name. A new exporter is its own file and one row of the table in sinks.cpp;
// it must never be reached in any other way.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sinks/sink.h"

namespace gatehouse::sinks {

struct SinkKind {
  std::string_view name;
  std::string_view summary;  // one line for --help
  Result<std::unique_ptr<Sink>> (*open)(const std::string& target);
};

const std::vector<SinkKind>& sink_kinds();

// "jsonl:/var/log/gatehouse.jsonl", "human:-" (standard output).
Result<std::unique_ptr<Sink>> open_sink(std::string_view spec);

}  // namespace gatehouse::sinks
