// SPDX-License-Identifier: Apache-2.0
// policy check|show|test|replace, and the places of the others. It must never change anything in the kernel but by `replace`.
#include <iostream>

#include "cli/controllers.h"
#include "cli/run.h"
#include "cli/sources.h"
#include "cli/verbs.h"
#include "daemon/prepared.h"
#include "daemon/show.h"
#include "policy/check.h"
#include "policy/load.h"
#include "policy/schema.h"
#include "policy/words.h"
#include "tables/run_tests.h"

namespace gatehouse::cli {
namespace {

struct File {
  std::string name, workspace, session;
};

// The schema that editors use must say the same as the parser.
void check_schema(const daemon::Prepared& prepared, Diagnostics& diagnostics) {
  auto schema = policy::host_loader()(std::string(":") + policy::kSchemaFile, "");
  if (!schema) {
    diagnostics.note("", "", "not checked against the schema: " + schema.error().what);
    return;
  }
  for (const auto& source : prepared.sources)
    policy::validate_schema(source.text, schema->text, source.file, diagnostics);
}

std::optional<daemon::Prepared> prepare(const File& file, Diagnostics& diagnostics) {
  const policy::Context context = context_here(file.workspace);
  auto prepared = daemon::prepare_file(file.name, context, diagnostics);
  if (!prepared) return prepared;
  check_schema(*prepared, diagnostics);
  policy::check(prepared->policy, diagnostics);
  tables::run_tests(prepared->policy, prepared->tables, context, diagnostics);
  return prepared;
}

// A rule of which answers take some accesses stands more than once in the tables, one after the other.
std::vector<tables::RuleInfo> listed_rules(const tables::Tables& tables) {
  std::vector<tables::RuleInfo> out;
  for (const auto& rule : tables.rules)
    if (out.empty() || out.back().id != rule.id) out.push_back(rule);
  return out;
}

control::Json rules_json(const tables::Tables& tables) {
  control::Json all = control::Json::array();
  for (const auto& rule : listed_rules(tables))
    all.push_back({{"id", rule.id},
                   {"layer", rule.layer},
                   {"reason", rule.reason},
                   {"file", daemon::shown(rule.file)},
                   {"pointer", rule.pointer}});
  return all;
}

control::Json privileges_json(const tables::Tables& tables) {
  control::Json all = control::Json::array();
  for (const auto word : policy::privilege_words())
    if ((tables.privileges & policy::privileges_of(word)).any()) all.push_back(word);
  return all;
}

std::string listed(const control::Json& names) {
  std::string all;
  for (const auto& name : names)
    all += (all.empty() ? "" : ", ") + name.get<std::string>();
  return all.empty() ? "none" : all;
}

// 0 fine, 1 refused or a test failed.
void check(Shared& shared, const File& file, bool show) {
  Diagnostics diagnostics;
  const auto prepared = prepare(file, diagnostics);
  if (!prepared || diagnostics.failed()) shared.status = 1;
  control::Json summary = {{"policy", file.name}, {"ok", shared.status == 0}};
  if (prepared) {
    const auto& tables = prepared->tables;
    summary["name"] = prepared->policy.name;
    summary["description"] = prepared->policy.description;
    summary["mode"] = prepared->policy.audit ? "audit" : "enforce";
    summary["layers"] = prepared->policy.layers.size();
    summary["rules"] = tables.rules.size();
    summary["tests"] = prepared->policy.tests.size();
    summary["privileges"] = privileges_json(tables);
    summary["states"] = tables.states.size();
    summary["bytes"] =
        tables.states.size() * 8 + tables.transitions.size() * 8 + tables.outcomes.size() * 32;
  }
  if (shared.json) {
    if (prepared && show) summary["list"] = rules_json(prepared->tables);
    summary["findings"] = daemon::diagnostics_json(diagnostics);
    std::cout << summary.dump(2) << "\n";
    return;
  }
  print_findings(diagnostics, true);
  if (!prepared) return;
  std::cout << prepared->policy.name << ": " << summary["description"].get<std::string>() << "\n"
            << "  mode " << summary["mode"].get<std::string>() << ", " << summary["layers"]
            << " layer(s), " << summary["rules"] << " rules, " << summary["tests"] << " tests"
            << (shared.status == 0 ? " passed" : " run") << ", tables " << summary["bytes"]
            << " bytes\n";
  if (!show) return;
  for (const auto& rule : listed_rules(prepared->tables))
    std::cout << "  " << rule.layer << "  " << rule.id
              << (rule.reason.empty() ? "" : "  (" + rule.reason + ")")
              << (rule.pointer.empty() ? "  built in" : "  " + rule.file + ":" + rule.pointer)
              << "\n";
  std::cout << "  privileges allowed: " << listed(summary["privileges"]) << "\n";
}

void replace(Shared& shared, const File& file) {
  Diagnostics diagnostics;
  auto sources = daemon::read_sources(file.name, diagnostics);
  print_findings(diagnostics);
  if (!sources) {
    shared.status = 1;
    return;
  }
  control::ReplacePolicy operation;
  operation.session = file.session;
  operation.policy.files.push_back({sources->back().file, sources->back().text});
  for (std::size_t i = 0; i + 1 < sources->size(); i++)
    operation.policy.files.push_back({(*sources)[i].file, (*sources)[i].text});
  const auto reply = first_to_do(shared, operation);
  if (!reply) return;
  if (shared.json)
    std::cout << reply->dump() << "\n";
  else
    std::cerr << "session " << reply->value("session", 0ull) << " judges by generation "
              << reply->value("generation", 0u) << "\n";
}

CLI::App* add_verb(CLI::App& policy, const char* name, const char* help,
                   const std::shared_ptr<File>& file) {
  auto* sub = policy.add_subcommand(name, help);
  sub->add_option("file", file->name, "Policy file or :NAME")->required()->type_name("POLICY");
  sub->add_option("--workspace", file->workspace, "What ${workspace} means")->type_name("DIR");
  return sub;
}

}  // namespace

void add_policy(CLI::App& app, Shared& shared) {
  auto* policy = app.add_subcommand("policy", "Check, show, test and replace policies");
  policy->require_subcommand(1);
  policy->fallthrough();
  auto file = std::make_shared<File>();
  add_verb(*policy, "check", "Everything that is wrong with it, and its tests", file)
      ->callback([&shared, file] { check(shared, *file, false); });
  add_verb(*policy, "test", "The same; for scripts that mean the tests", file)
      ->callback([&shared, file] { check(shared, *file, false); });
  add_verb(*policy, "show", "Its rules, in order, with where they come from", file)
      ->callback([&shared, file] { check(shared, *file, true); });
  add_policy_diff(*policy, shared);
  add_policy_learn(*policy, shared);
  add_later(*policy, shared, "import", "A policy from another tool's");
  auto* replacing = add_verb(*policy, "replace", "Put a live session under it (root)", file);
  replacing->add_option("--session", file->session, "Which session")
      ->required()
      ->type_name("SESSION");
  replacing->callback([&shared, file] { replace(shared, *file); });
}

}  // namespace gatehouse::cli
