// SPDX-License-Identifier: Apache-2.0
// Every kind of sink by name. A new exporter is its own file and one row of the table in sinks.cpp;
// it must never be reached in any other way.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/places.h"
#include "base/result.h"
#include "sinks/sink.h"

namespace gatehouse::sinks {

struct SinkKind {
  std::string_view name;
  std::string_view summary;  // one line for --help
  std::string_view
      target;  // what stands after its name, for --help and errors; in brackets: may be left out
  Result<std::unique_ptr<Sink>> (*open)(const std::string& target, const std::string& state);
};

const std::vector<SinkKind>& sink_kinds();

// "jsonl:/var/log/gatehouse.jsonl", "human:-" (standard output). `state`: the folder below which a sink may
// keep what it could not send yet.
Result<std::unique_ptr<Sink>> open_sink(std::string_view spec,
                                        const std::string& state = kStateDirectory);
// "jsonl" of "jsonl:/var/log/…".
std::string_view sink_name(std::string_view spec);
// "jsonl:FILE, otlp:[URL]".
std::string sink_forms();

}  // namespace gatehouse::sinks
