// SPDX-License-Identifier: Apache-2.0
// attach: a cgroup that a runtime made becomes a session. It must never write in that cgroup.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "cli/controllers.h"
#include "cli/run.h"
#include "daemon/prepared.h"

namespace gatehouse::cli {
namespace {

struct Wanted {
  std::string cgroup, policy, workspace = "/", name;
  std::vector<std::string> labels;
};

void attach(Shared& shared, const Wanted& wanted) {
  Diagnostics diagnostics;
  auto sources = daemon::read_sources(wanted.policy, diagnostics);
  print_findings(diagnostics);
  if (!sources) {
    complain("the policy " + wanted.policy + " was refused; nothing has changed");
    shared.status = 125;
    return;
  }
  RunRequest labels;
  labels.labels = wanted.labels;
  control::Attach operation;
  operation.cgroup = std::filesystem::absolute(wanted.cgroup).lexically_normal();
  operation.workspace = wanted.workspace;
  operation.name = wanted.name.empty() ? std::filesystem::path(operation.cgroup).filename().string()
                                       : wanted.name;
  operation.labels = labels.split_labels();
  operation.policy.files.push_back({sources->back().file, sources->back().text});
  for (std::size_t i = 0; i + 1 < sources->size(); i++)
    operation.policy.files.push_back({(*sources)[i].file, (*sources)[i].text});
  const auto reply = first_to_do(shared, operation);
  if (!reply) return;
  if (shared.json)
    std::cout << reply->dump() << "\n";
  else
    std::cout << reply->value("session", 0ull) << "\n";
}

}  // namespace

void add_attach(CLI::App& app, Shared& shared) {
  auto* sub =
      app.add_subcommand("attach", "Put an existing cgroup under a policy (needs the daemon)");
  auto wanted = std::make_shared<Wanted>();
  sub->add_option("--cgroup", wanted->cgroup, "Its directory below /sys/fs/cgroup")
      ->required()
      ->type_name("PATH");
  sub->add_option("-p,--policy", wanted->policy, "Policy file or :NAME")
      ->required()
      ->type_name("POLICY");
  sub->add_option("--workspace", wanted->workspace,
                  "What ${workspace} means, as the cgroup sees it")
      ->type_name("DIR");
  sub->add_option("--name", wanted->name, "Name of the session")->type_name("NAME");
  sub->add_option("--label", wanted->labels, "k=v")->type_name("K=V")->allow_extra_args(false);
  sub->callback([&shared, wanted] { attach(shared, *wanted); });
}

}  // namespace gatehouse::cli
