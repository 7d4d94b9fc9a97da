// SPDX-License-Identifier: Apache-2.0
// Programs, with their first word where that says what they do, and code that they map. It must never turn an
// interpreter's script name into a command: only tools whose first word is a verb have prefixes.
#include <algorithm>
#include <map>

#include "events/words.h"
#include "learning/rules.h"

namespace gatehouse::learning {
namespace {

bool has_verbs(std::string_view program) {
  static constexpr std::string_view kTools[] = {
      "git",     "npm",       "npx",    "pnpm",    "yarn",   "cargo",     "go",
      "rustup",  "pip",       "pip3",   "uv",      "poetry", "conda",     "gem",
      "bundle",  "docker",    "podman", "kubectl", "helm",   "terraform", "apt",
      "apt-get", "systemctl", "brew",   "gh",      "dotnet", "mvn",       "openssl"};
  const auto name = program.substr(program.rfind('/') + 1);
  return std::find(std::begin(kTools), std::end(kTools), name) != std::end(kTools);
}

bool is_library(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  return name.find(".so") != std::string_view::npos || name.ends_with(".node");
}

struct Program {
  std::uint64_t times = 0;
  bool ask = false;
  std::uint16_t context = 0;
};

std::string braces(const std::set<std::string>& words) {
  if (words.size() == 1) return *words.begin();
  std::string all;
  for (const auto& word : words)
    all += (all.empty() ? "{" : ",") + word;
  return all + "}";
}

}  // namespace

void exec_rules(const std::vector<Needed>& all, const Observed& observed,
                const std::vector<std::string>& apart, Rules& out) {
  std::map<std::string, Program> programs;
  std::vector<Path> code;
  for (const auto& one : all) {
    const auto& request = one.key->request;
    if (request.access != GH_EXEC) continue;
    if (request.argv.empty() && is_library(request.object) && !one.ask) {
      code.push_back({request.object, one.used->times, &observed.contexts()[one.key->context]});
      continue;
    }
    auto& program = programs[request.object];
    program.times += one.used->times;
    program.ask = program.ask || one.ask;
    program.context = one.key->context;
  }
  std::size_t number = 0;
  const auto add = [&](Json body, const std::string& comment) {
    Json whole = {{"id", "learned-exec-" + std::to_string(++number)}};
    whole.update(body);
    out.exec.push_back({std::move(whole), comment});
  };
  std::map<bool, std::vector<Path>> plain;  // by ask
  for (const auto& [path, program] : programs) {
    const auto& context = observed.contexts()[program.context];
    const auto words = observed.words().find(path);
    const bool verbs = has_verbs(path) && words != observed.words().end() &&
                       !words->second.contains("") && words->second.size() <= 32;
    if (!verbs) {
      plain[program.ask].push_back({path, program.times, &context});
      continue;
    }
    add({{"action", program.ask ? "ask" : "allow"},
         {"command", Json::array({escaped_path(path, context), braces(words->second)})}},
        comment_of({"", program.times, 1, path}, program.ask));
  }
  for (const auto& [ask, paths] : plain) {
    const auto patterns = generalise(paths, Kind::programs, apart);
    Json body = {{"action", ask ? "ask" : "allow"}, {"paths", Json::array()}};
    Pattern total{"", 0, 0, patterns.front().example};
    for (const auto& pattern : patterns) {
      body["paths"].push_back(pattern.glob);
      total.times += pattern.times;
      total.paths += pattern.paths;
    }
    add(std::move(body), comment_of(total, ask));
  }
  if (code.empty()) return;
  const auto patterns = generalise(code, Kind::code, apart);
  Json body = {{"action", "allow"}, {"paths", Json::array()}};
  Pattern total{"", 0, 0, patterns.front().example};
  for (const auto& pattern : patterns) {
    body["paths"].push_back(pattern.glob);
    total.times += pattern.times;
    total.paths += pattern.paths;
  }
  add(std::move(body), "code that programs map; " + comment_of(total, false));
}

}  // namespace gatehouse::learning
