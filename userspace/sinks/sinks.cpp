// SPDX-License-Identifier: Apache-2.0
// The table of sinks. It must never hold more of a sink than its name and how to open it.
#include "sinks/sinks.h"

#include <unistd.h>

#include "base/quote.h"
#include "sinks/human.h"
#include "sinks/jsonl.h"
#include "sinks/lines.h"

namespace gatehouse::sinks {
namespace {

Result<Output> output_of(const std::string& target) {
  return target == "-" ? Output::to_fd(STDOUT_FILENO) : Output::to_file(target);
}

Result<std::unique_ptr<Sink>> open_jsonl(const std::string& target) {
  auto output = output_of(target);
  if (!output) return output.take_error();
  return std::unique_ptr<Sink>(std::make_unique<LineSink>(std::move(*output), jsonl));
}

Result<std::unique_ptr<Sink>> open_human(const std::string& target) {
  auto output = output_of(target);
  if (!output) return output.take_error();
  const HumanStyle style = style_of(output->fd());
  return std::unique_ptr<Sink>(std::make_unique<LineSink>(
      std::move(*output), [style](const events::Event& event) { return human(event, style); }));
}

}  // namespace

const std::vector<SinkKind>& sink_kinds() {
  static const std::vector<SinkKind> kinds = {
      {"jsonl", "one JSON object per line (docs/events.md)", open_jsonl},
      {"human", "one line per event for people", open_human},
  };
  return kinds;
}

Result<std::unique_ptr<Sink>> open_sink(std::string_view spec) {
  const std::size_t colon = spec.find(':');
  const std::string_view name = spec.substr(0, colon);
  const std::string target(colon == std::string_view::npos ? "-" : spec.substr(colon + 1));
  std::string known;
  for (const SinkKind& kind : sink_kinds()) {
    if (kind.name == name && !target.empty()) return kind.open(target);
    known += (known.empty() ? "" : ", ") + std::string(kind.name) + ":FILE";
  }
  return Error{EINVAL, "there is no sink " + quote(spec) + ": use one of " + known +
                           " (- for standard output)"};
}

}  // namespace gatehouse::sinks
