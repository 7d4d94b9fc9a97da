// SPDX-License-Identifier: Apache-2.0
// Reading and compiling of prepared.h. It must never open a file that a client named: those come as text.
#include "daemon/prepared.h"

#include "policy/load.h"
#include "policy/parse.h"
#include "tables/compile.h"

namespace gatehouse::daemon {
namespace {

std::optional<Prepared> finish(std::optional<policy::Policy> policy, Sources sources,
                               const policy::Context& context, Diagnostics& diagnostics) {
  if (!policy) return std::nullopt;
  auto tables = tables::compile(*policy, context, tables::resolve_on_host, diagnostics);
  if (!tables) return std::nullopt;
  return Prepared{std::move(*policy), std::move(*tables), std::move(sources)};
}

// The host's own layers; an unreadable one refuses every policy, since it may not be left out.
std::optional<std::vector<policy::Source>> read_mandatory(const std::vector<std::string>& files,
                                                          Diagnostics& diagnostics) {
  std::vector<policy::Source> all;
  for (const auto& file : files) {
    auto source = policy::host_loader()(file, "");
    if (!source) {
      diagnostics.error(file, "", source.error().what,
                        "the host's configuration names it as mandatory");
      return std::nullopt;
    }
    all.push_back(std::move(*source));
  }
  return all;
}

}  // namespace

std::optional<Prepared> prepare_file(const std::string& name, const policy::Context& context,
                                     Diagnostics& diagnostics,
                                     const std::vector<std::string>& mandatory) {
  const auto files = policy::host_loader();
  auto source = files(name, "");
  if (!source) {
    diagnostics.error(name, "", source.error().what,
                      "name a policy file, or :NAME of an installed one");
    return std::nullopt;
  }
  const auto layers = read_mandatory(mandatory, diagnostics);
  if (!layers) return std::nullopt;
  Sources sources;
  const auto loader = [&](const std::string& wanted,
                          const std::string& from) -> Result<policy::Source> {
    auto found = files(wanted, from);
    if (found) sources.push_back({found->file, found->text});
    return found;
  };
  auto policy = policy::parse_with_mandatory(*source, *layers, loader, diagnostics);
  sources.push_back({source->file, source->text});
  return finish(std::move(policy), std::move(sources), context, diagnostics);
}

std::optional<Prepared> prepare_sources(const Sources& sources, const policy::Context& context,
                                        Diagnostics& diagnostics,
                                        const std::vector<std::string>& mandatory) {
  if (sources.empty()) {
    diagnostics.error("", "", "no policy was sent");
    return std::nullopt;
  }
  const auto layers = read_mandatory(mandatory, diagnostics);
  if (!layers) return std::nullopt;
  // In the order in which the first reading wanted them: parsing is the same again.
  std::size_t next = 0;
  const auto loader = [&](const std::string& wanted, const std::string&) -> Result<policy::Source> {
    if (next + 1 >= sources.size()) return Error{ENOENT, "no text was sent for " + wanted};
    const auto& source = sources[next++];
    return policy::Source{source.file, source.text};
  };
  auto policy = policy::parse_with_mandatory({sources.back().file, sources.back().text}, *layers,
                                             loader, diagnostics);
  return finish(std::move(policy), sources, context, diagnostics);
}

std::optional<Sources> read_sources(const std::string& name, Diagnostics& diagnostics) {
  auto prepared = prepare_file(name, {"/", "/", {}}, diagnostics);
  if (!prepared) return std::nullopt;
  return std::move(prepared->sources);
}

std::string default_policy() { return ":coding-agent"; }

}  // namespace gatehouse::daemon
