// SPDX-License-Identifier: Apache-2.0
// The entry to the room. It must never hand out a policy about which an error was reported.
#include "policy/parse.h"

#include "policy/layers.h"
#include "policy/report.h"

namespace gatehouse::policy {

std::optional<Policy> parse(const Source& source, const Loader& loader, Diagnostics& diagnostics) {
  return parse_with_mandatory(source, {}, loader, diagnostics);
}

std::optional<Policy> parse_with_mandatory(const Source& source,
                                           const std::vector<Source>& mandatory,
                                           const Loader& loader, Diagnostics& diagnostics) {
  Findings findings(diagnostics);
  Layers layers(loader, findings);
  for (const Source& layer : mandatory)
    layers.add_mandatory(layer);
  layers.add_own(source);
  layers.name_rules();
  if (findings.failed()) return std::nullopt;
  Policy policy = layers.join();
  if (findings.failed()) return std::nullopt;
  return policy;
}

}  // namespace gatehouse::policy
