// SPDX-License-Identifier: Apache-2.0
// Policy tests: request → decision → comparison. It must never pass a test whose object it could not
// read.
#include "tables/run_tests.h"

#include "tables/evaluate.h"
#include "tables/glob.h"

namespace gatehouse::tables {
namespace {

const char* word(int verdict) {
  switch (verdict) {
#define GH_WORD(name, value, text) \
  case GH_##name:                  \
    return text;
    GH_VERDICTS(GH_WORD)
#undef GH_WORD
    default:
      return "?";
  }
}

std::string source(const Tables& tables, std::uint16_t rule) {
  if (rule >= tables.rules.size()) return "the default";
  return "rule '" + tables.rules[rule].id + "'";
}

// Whether the kernel could ever ask about this path.
bool is_resolved(const std::string& path, gh_access access) {
  if (access == GH_UNIX && policy::is_abstract(path)) return true;
  if (path == "/") return true;
  if (path.empty() || path.front() != '/' || path.back() == '/') return false;
  if (path.find('\0') != std::string::npos) return false;
  const std::string closed = path + "/";
  for (const char* never : {"//", "/./", "/../"})
    if (closed.find(never) != std::string::npos) return false;
  return true;
}

}  // namespace

void run_tests(const policy::Policy& policy, const Tables& tables, const policy::Context& context,
               Diagnostics& diagnostics) {
  for (const auto& test : policy.tests) {
    const auto access = static_cast<gh_access>(test.access);
    Decision got;
    std::string object = test.object;
    if (GH_ACCESS_CLASS(test.access) == 0) {
      GlobError error;
      const auto path = expand_path(test.object, context, error);
      if (!path || !is_resolved(*path, access)) {
        diagnostics.error(
            test.file, test.pointer,
            path ? "'" + *path + "' is not an absolute, resolved path" : error.message,
            "write it as the kernel sees it: no '.', '..', '//' or final '/'");
        continue;
      }
      object = *path;
      got = test.argv.empty() ? evaluate_path(tables, object, access)
                              : evaluate_command(tables, object, test.argv);
      for (std::size_t i = 1; i < test.argv.size(); ++i)
        object += " " + test.argv[i];
    } else {
      const auto key = parse_endpoint(test.protocol, test.object);
      if (!key) {
        diagnostics.error(test.file, test.pointer, "'" + test.object + "' is not an endpoint",
                          "write 192.0.2.1:443 or [2001:db8::1]:443");
        continue;
      }
      got = evaluate_endpoint(tables, *key, access);
    }
    if (static_cast<int>(got.verdict) == static_cast<int>(test.expect)) continue;
    diagnostics.error(test.file, test.pointer,
                      "'" + object + "': expected " + word(static_cast<int>(test.expect)) +
                          ", got " + word(got.verdict) + " by " + source(tables, got.rule));
  }
}

}  // namespace gatehouse::tables
