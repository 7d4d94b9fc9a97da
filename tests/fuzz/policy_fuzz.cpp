// SPDX-License-Identifier: Apache-2.0
// Any bytes as a policy: read, checked, and its findings put into words. It must never touch a file:
// what the bytes extend comes from memory.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "policy/check.h"
#include "policy/load.h"
#include "policy/parse.h"

namespace {

using namespace gatehouse;

// Text that a terminal would obey must not come out of any text that comes in.
void require_plain(const std::string& text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const policy::Loader loader = policy::memory_loader(
      {{"base.json", R"({"version": 1, "locked": true, "exec": {"rules": [
          {"id": "x", "action": "ask", "paths": ["/**"]}]}})"},
       {"self.json", text},
       {"/shipped/base.json", R"({"version": 1, "extends": ["../base.json"], "mode": "audit"})"}},
      {"/shipped"});
  Diagnostics diagnostics;
  const auto policy = policy::parse_with_mandatory(
      {"policy.json", text}, {{"host.json", R"({"version": 1, "network": {"rules": [
          {"id": "x", "action": "deny"}]}})"}},
      loader, diagnostics);
  if (policy.has_value() == diagnostics.failed()) std::abort();
  if (policy) policy::check(*policy, diagnostics);
  if (policy && diagnostics.failed()) std::abort();
  if (diagnostics.all().size() > 202) std::abort();
  require_plain(render(diagnostics));
  return 0;
}
