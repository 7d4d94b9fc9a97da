// SPDX-License-Identifier: Apache-2.0
// Reading and compiling of prepared.h. It must never open a file that a client named: those come as text.
#include "daemon/prepared.h"

#include <filesystem>
#include <set>

#include "daemon/reviewer_trust.h"
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
  check_reviewers(*policy, *tables, diagnostics);
  if (diagnostics.failed()) return std::nullopt;
  return Prepared{std::move(*policy), std::move(*tables), std::move(sources)};
}

std::optional<policy::Source> read_policy(const std::string& name, Diagnostics& diagnostics) {
  auto source = policy::host_loader()(name, "");
  if (source) return std::move(*source);
  diagnostics.error(name, "", source.error().what,
                    "name a policy file, or :NAME of an installed one");
  return std::nullopt;
}

// Reads from this host and keeps what was read, in the order of reading.
policy::Loader recording(Sources& sources) {
  return [&sources, files = policy::host_loader()](
             const std::string& wanted, const std::string& from) -> Result<policy::Source> {
    auto found = files(wanted, from);
    if (found) sources.push_back({found->file, found->text});
    return found;
  };
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
  const auto source = read_policy(name, diagnostics);
  if (!source) return std::nullopt;
  const auto layers = read_mandatory(mandatory, diagnostics);
  if (!layers) return std::nullopt;
  Sources sources;
  auto policy = policy::parse_with_mandatory(*source, *layers, recording(sources), diagnostics);
  sources.push_back({source->file, source->text});
  if (policy) check_author(policy->approvals, diagnostics);
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
  // What a mandatory layer extends is read here; a sent text may not pass for one of those.
  std::set<std::string> hosts(mandatory.begin(), mandatory.end());
  for (const auto& layer : *layers)
    hosts.insert(layer.file);
  for (const auto& sent : sources)
    if (hosts.contains(sent.file)) {
      diagnostics.error(sent.file, "", "this is a mandatory policy of the host",
                        "it is a layer of every session: name another policy");
      return std::nullopt;
    }
  // In the order in which the first reading wanted them: parsing is the same again.
  std::size_t next = 0;
  const auto loader = [&, files = policy::host_loader()](
                          const std::string& wanted,
                          const std::string& from) -> Result<policy::Source> {
    if (next + 1 < sources.size()) {
      const auto& source = sources[next++];
      return policy::Source{source.file, source.text};
    }
    if (!hosts.contains(from)) return Error{ENOENT, "no text was sent for " + wanted};
    auto found = files(wanted, from);
    if (found) hosts.insert(found->file);
    return found;
  };
  auto policy = policy::parse_with_mandatory({sources.back().file, sources.back().text}, *layers,
                                             loader, diagnostics);
  return finish(std::move(policy), sources, context, diagnostics);
}

std::optional<Sources> read_sources(const std::string& name, Diagnostics& diagnostics) {
  Sources sources;
  const auto source = read_policy(name, diagnostics);
  if (!source) return std::nullopt;
  const auto loader = recording(sources);
  const auto policy = policy::parse(*source, loader, diagnostics);
  if (!policy) return std::nullopt;
  sources.push_back({source->file, source->text});
  if (!has_programs(policy->approvals)) return sources;
  check_author(policy->approvals, diagnostics);
  if (diagnostics.failed()) return std::nullopt;
  // Whoever gets the texts must be able to tell whether the session could change the files.
  for (auto& one : sources)
    one.file = std::filesystem::absolute(one.file).lexically_normal();
  return sources;
}

std::string default_policy() { return ":coding-agent"; }

}  // namespace gatehouse::daemon
