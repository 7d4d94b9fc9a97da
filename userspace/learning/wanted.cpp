// SPDX-License-Identifier: Apache-2.0
// The base's verdict, and the list of secrets. It must never grow by what only one tool calls a secret: a
// base is the place for these.
#include "learning/wanted.h"

#include "reading/filter.h"

namespace gatehouse::learning {
namespace {

std::string rule_text(const tables::RuleInfo& rule) {
  return "rule " + rule.id + (rule.layer.empty() ? "" : " of " + rule.layer) +
         (rule.reason.empty() ? "" : ": " + rule.reason);
}

}  // namespace

const std::vector<std::string>& secret_globs() {
  static const std::vector<std::string> kGlobs = {"~/.ssh/**",
                                                  "~/.aws/**",
                                                  "~/.azure/**",
                                                  "~/.gnupg/**",
                                                  "~/.kube/**",
                                                  "~/.config/{gcloud,gh,op,sops,rclone}/**",
                                                  "~/.netrc",
                                                  "~/.npmrc",
                                                  "~/.pypirc",
                                                  "~/.pgpass",
                                                  "~/.my.cnf",
                                                  "~/.git-credentials",
                                                  "~/.vault-token",
                                                  "~/.docker/config.json",
                                                  "~/.cargo/credentials*",
                                                  "~/.password-store/**",
                                                  "~/.local/share/keyrings/**",
                                                  "**/.env",
                                                  "**/id_{rsa,dsa,ecdsa,ed25519}",
                                                  "**/*.kdbx",
                                                  "/etc/{shadow,gshadow}*",
                                                  "/etc/ssh/ssh_host_*_key",
                                                  "/etc/ssl/private/**",
                                                  "/proc/*/environ",
                                                  "/proc/kcore"};
  return kGlobs;
}

Sorted sort_out(const Observed& observed, const std::vector<tables::Tables>& base_tables,
                std::uint32_t recorded) {
  std::vector<tables::Tables> secrets;
  for (const auto& context : observed.contexts()) {
    Diagnostics none;
    auto tables = reading::tables_of_globs(secret_globs(), context, "secrets", none);
    if (!tables) std::abort();  // our own list
    secrets.push_back(std::move(*tables));
  }
  Sorted out;
  for (const auto& [key, used] : observed.used()) {
    const auto& request = key.request;
    const auto& tables = base_tables[key.context];
    const auto said = judge(tables, request);
    const bool by_rule = said.rule < tables.rules.size();
    if (said.verdict >= GH_DENY && by_rule) {
      out.withheld.push_back({request, used.times, rule_text(tables.rules[said.rule])});
      continue;
    }
    if (request.access == GH_PRIVILEGE && said.verdict >= GH_DENY &&
        tables.privileges_named[request.privilege]) {
      out.withheld.push_back({request, used.times, "a list of the base denies it"});
      continue;
    }
    if (GH_ACCESS_CLASS(request.access) == 0 && request.access != GH_EXEC &&
        reading::matches(secrets[key.context], request.object)) {
      out.withheld.push_back({request, used.times, "it is a place of secrets"});
      continue;
    }
    if (said.verdict == GH_ASK && by_rule) continue;  // that rule stays
    if (said.verdict == GH_ALLOW && (recorded >> request.access & 1) == 0) continue;
    out.needed.push_back({&key, &used, used.asked || said.verdict == GH_ASK});
  }
  return out;
}

}  // namespace gatehouse::learning
