// SPDX-License-Identifier: Apache-2.0
// doctor: what this host can enforce, by trying it. It must never call anything enforced that it did not
// load, attach and see fire.
#include <unistd.h>

#include <iostream>

#include "cli/text.h"
#include "cli/verbs.h"
#include "control/protocol.h"
#include "kernel/probe.h"

namespace gatehouse::cli {
namespace {

control::Json json_of(const kernel::HostReport& report) {
  control::Json hooks = control::Json::array();
  for (const auto& hook : report.hooks)
    hooks.push_back({{"hook", hook.hook},
                     {"state", kernel::state_name(hook.state)},
                     {"errno", hook.code},
                     {"hint", hook.hint}});
  return {{"kernel", report.kernel}, {"enforceable", report.enforceable()},
          {"btf", report.btf},       {"cgroup", report.cgroup_mount},
          {"lsm", report.lsm_list},  {"programs", report.flavor},
          {"hooks", hooks},          {"problems", report.problems}};
}

void print(const kernel::HostReport& report) {
  const bool colour = coloured(STDOUT_FILENO);
  std::cout << "kernel   " << report.kernel << "\n"
            << "cgroups  "
            << (report.cgroup_mount.empty() ? report.cgroup_problem : report.cgroup_mount) << "\n"
            << "lsm      " << (report.lsm_list.empty() ? "(cannot be read)" : report.lsm_list)
            << "\n"
            << "programs " << (report.flavor.empty() ? "none of the builds loads" : report.flavor)
            << "\n\n";
  Table table({"HOOK", "STATE", "HINT"});
  for (const auto& hook : report.hooks) {
    table.row({hook.hook, kernel::state_name(hook.state), hook.hint});
  }
  table.print(std::cout, columns_of(STDOUT_FILENO));
  std::cout << "\n";
  for (const auto& problem : report.problems)
    std::cout << "! " << problem << "\n";
  std::cout << (report.enforceable()
                    ? toned("everything is enforced here", Tone::good, colour)
                    : toned("this host cannot enforce a policy", Tone::bad, colour))
            << "\n";
}

}  // namespace

void add_doctor(CLI::App& app, Shared& shared) {
  app.add_subcommand("doctor", "What this host can enforce, by trying it (root)")
      ->callback([&shared] {
        if (::geteuid() != 0) {
          complain("doctor loads BPF programs: it needs root");
          shared.status = 125;
          return;
        }
        const auto report = kernel::probe_host();
        if (shared.json)
          std::cout << json_of(report).dump(2) << "\n";
        else
          print(report);
        shared.status = report.enforceable() ? 0 : 1;
      });
}

}  // namespace gatehouse::cli
