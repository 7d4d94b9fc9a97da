// SPDX-License-Identifier: Apache-2.0
// The table of sinks. It must never hold more of a sink than its name and how to open it.
#include "sinks/sinks.h"

#include <unistd.h>

#include "base/quote.h"
#include "sinks/human.h"
#include "sinks/journal.h"
#include "sinks/jsonl.h"
#include "sinks/lines.h"
#include "sinks/ocsf.h"
#include "sinks/otlp.h"

namespace gatehouse::sinks {
namespace {

Result<Output> output_of(const std::string& target) {
  return target == "-" ? Output::to_fd(STDOUT_FILENO) : Output::to_file(target);
}

Result<std::unique_ptr<Sink>> open_jsonl(const std::string& target, const std::string&) {
  auto output = output_of(target);
  if (!output) return output.take_error();
  return std::unique_ptr<Sink>(std::make_unique<LineSink>(std::move(*output), jsonl));
}

Result<std::unique_ptr<Sink>> open_human(const std::string& target, const std::string&) {
  auto output = output_of(target);
  if (!output) return output.take_error();
  const HumanStyle style = style_of(output->fd());
  return std::unique_ptr<Sink>(std::make_unique<LineSink>(
      std::move(*output), [style](const events::Event& event) { return human(event, style); }));
}

Result<std::unique_ptr<Sink>> open_ocsf(const std::string& target, const std::string&) {
  auto output = output_of(target);
  if (!output) return output.take_error();
  char host[256] = "localhost";
  (void)::gethostname(host, sizeof(host) - 1);
  return std::unique_ptr<Sink>(std::make_unique<LineSink>(
      std::move(*output),
      [name = std::string(host)](const events::Event& event) { return ocsf(event, name); }));
}

}  // namespace

const std::vector<SinkKind>& sink_kinds() {
  static const std::vector<SinkKind> kinds = {
      {"jsonl", "one JSON object per line (docs/events.md)", "FILE", open_jsonl},
      {"human", "one line per event for people", "FILE", open_human},
      {"otlp", "to an OpenTelemetry collector (docs/telemetry.md)", "[URL]", OtlpSink::open},
      {"ocsf", "one OCSF event per line, for a SIEM (docs/telemetry.md)", "FILE", open_ocsf},
      {"journald", "to systemd's journal (docs/telemetry.md)", "[SOCKET]", JournalSink::open},
  };
  return kinds;
}

std::string_view sink_name(std::string_view spec) { return spec.substr(0, spec.find(':')); }

std::string sink_forms() {
  std::string forms;
  for (const SinkKind& kind : sink_kinds())
    forms += (forms.empty() ? "" : ", ") + std::string(kind.name) + ":" + std::string(kind.target);
  return forms;
}

Result<std::unique_ptr<Sink>> open_sink(std::string_view spec, const std::string& state) {
  const std::string_view name = sink_name(spec);
  const bool named = name.size() != spec.size();  // its target, if only as nothing
  const std::string_view target = named ? spec.substr(name.size() + 1) : std::string_view{};
  for (const SinkKind& kind : sink_kinds()) {
    if (kind.name != name) continue;
    if (kind.target.starts_with('[')) return kind.open(std::string(target), state);
    if (!named || !target.empty()) return kind.open(named ? std::string(target) : "-", state);
  }
  return Error{EINVAL, "there is no sink " + quote(spec) + ": use one of " + sink_forms() +
                           " (FILE - is standard output)"};
}

}  // namespace gatehouse::sinks
