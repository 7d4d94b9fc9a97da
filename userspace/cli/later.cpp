// SPDX-License-Identifier: Apache-2.0
// Verbs that the command line keeps a place for. They must never pretend to have done anything: each says
// that it is not there yet, and exits 2.
#include <memory>
#include <string>
#include <vector>

#include "cli/verbs.h"

namespace gatehouse::cli {

void add_later(CLI::App& app, Shared& shared, const char* name, const char* help) {
  auto* sub = app.add_subcommand(name, std::string(help) + " (not there yet)");
  // A positional of their own: what is left over falls through to the verb above, which refuses it.
  auto words = std::make_shared<std::vector<std::string>>();
  sub->add_option("arguments", *words)->group("");
  sub->allow_extras();
  sub->callback([&shared, name, words] {
    complain(std::string("`") + name + "` is not there yet", "gatehouse --help lists what is");
    shared.status = kUsage;
  });
}

void add_later_verbs(CLI::App& app, Shared& shared) {
  add_later(app, shared, "oci-hook", "Called by container runtimes to attach a container");
}

}  // namespace gatehouse::cli
