// SPDX-License-Identifier: Apache-2.0
// Showing and asking, for layer_text.h. A terminal that went, or an empty line, must never count as yes.
#include "cli/layer_text.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "base/quote.h"
#include "cli/run.h"
#include "policy/answer_text.h"
#include "policy/check.h"
#include "policy/load.h"
#include "policy/schema.h"
#include "tables/run_tests.h"

namespace gatehouse::cli {
namespace {

void refuse(Shared& shared, const Error& error) {
  complain(error.what);
  shared.status = 1;
}

// Line by line, since what was in the file before may hold anything.
std::string shown_lines(const std::string& lines) {
  std::string out;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    out += "  " + visible(std::string_view(lines).substr(at, end - at)) + "\n";
    at = end + 1;
  }
  return out;
}

// Such as that one is ignored, and why.
Diagnostics on_answers(const Diagnostics& all) {
  Diagnostics out;
  for (const auto& one : all.all())
    if (one.pointer.starts_with("/answers/")) out.add(one);
  return out;
}

}  // namespace

policy::Context own_context() {
  const char* home = std::getenv("HOME");
  std::error_code error;
  const auto here = std::filesystem::current_path(error);
  return {error ? "/" : here.string(), home == nullptr ? "/root" : home, {}};
}

std::optional<policy::Rewriting> open_layer(Shared& shared, const std::string& file) {
  auto opened = policy::Rewriting::begin(file);
  if (opened) return std::move(*opened);
  refuse(shared, opened.error());
  return std::nullopt;
}

std::optional<daemon::Prepared> prepare_layer(Shared& shared, const std::string& file,
                                              const std::string& text,
                                              const policy::Context& context) {
  Diagnostics diagnostics;
  std::optional<daemon::Prepared> prepared;
  auto sources = daemon::read_sources(file, diagnostics);
  if (sources) {
    sources->back().text = text;
    diagnostics = {};
    prepared = daemon::prepare_sources(*sources, context, diagnostics);
  }
  if (prepared) {
    if (auto schema = policy::host_loader()(std::string(":") + policy::kSchemaFile, ""))
      policy::validate_schema(text, schema->text, file, diagnostics);
    tables::run_tests(prepared->policy, prepared->tables, context, diagnostics);
  }
  if (prepared && !diagnostics.failed()) {
    print_findings(on_answers(diagnostics));
    return prepared;
  }
  print_findings(diagnostics);
  complain(visible(file) + " would not pass `gatehouse policy check`, and is left as it is");
  shared.status = 1;
  return std::nullopt;
}

bool agreed(Shared& shared, const LayerText& change, bool yes) {
  std::cerr << visible(change.file.path()) << " becomes\n"
            << shown_lines(policy::changed_lines(change.file.text(), change.text));
  if (yes) return true;
  if (::isatty(STDIN_FILENO) == 0) {
    complain("nothing was written: there is no terminal to ask on",
             "say --yes if this is what you want");
    shared.status = kUsage;
    return false;
  }
  std::cerr << "Write this? [y/N] ";
  std::string line;
  std::getline(std::cin, line);
  if (line == "y" || line == "yes") return true;
  complain("nothing was written");
  shared.status = 1;
  return false;
}

}  // namespace gatehouse::cli
