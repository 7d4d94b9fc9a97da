// SPDX-License-Identifier: Apache-2.0
// why: what a policy or a session says to a request, by the very tables that the kernel walks. It must
// never guess where a name leads: it says which path it judged.
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "cli/controllers.h"
#include "cli/run.h"
#include "cli/text.h"
#include "daemon/prepared.h"
#include "daemon/show.h"

namespace gatehouse::cli {
namespace {

struct Question {
  std::string policy, session, workspace, access, object;
  bool last = false;
};

// Paths are judged where they lead; what does not exist yet, where it would be made.
std::string resolved(const std::string& access, const std::string& object) {
  if (access == "privilege") return object;
  if (access == "unix" && policy::is_abstract(object)) return object;
  if (object.empty() || (object[0] != '/' && object.find(':') != std::string::npos)) return object;
  std::error_code error;
  const auto path = std::filesystem::weakly_canonical(std::filesystem::absolute(object), error);
  std::string text = error ? object : path.string();
  while (text.size() > 1 && text.back() == '/')
    text.pop_back();
  return text;
}

void print(const control::Json& why, bool json) {
  if (json) {
    std::cout << why.dump(2) << "\n";
    return;
  }
  const std::string verdict = why.value("verdict", "");
  const auto tone = verdict == "allow" ? Tone::good : verdict == "ask" ? Tone::busy : Tone::bad;
  std::cout << toned(verdict, tone, coloured(STDOUT_FILENO)) << "  " << why.value("access", "")
            << " " << why.value("object", "") << "\n";
  if (why.contains("rule") && why["rule"].is_string()) {
    std::cout << "  rule " << why["rule"].get<std::string>();
    if (!why.value("layer", "").empty()) std::cout << " of " << why.value("layer", "");
    std::cout << "\n";
    if (!why.value("pointer", "").empty())
      std::cout << "  at   " << why.value("file", "") << ":" << why.value("pointer", "") << "\n";
  }
  if (!why.value("reason", "").empty()) std::cout << "  " << why.value("reason", "") << "\n";
  if (why.value("audit", false))
    std::cout << "  mode audit: it would go through, and be reported\n";
}

void ask_policy(Shared& shared, const Question& question) {
  const char* home = std::getenv("HOME");
  std::error_code error;
  const auto workspace =
      std::filesystem::canonical(question.workspace.empty() ? "." : question.workspace, error);
  Diagnostics diagnostics;
  const auto prepared = daemon::prepare_file(
      question.policy, {error ? "/" : workspace.string(), home == nullptr ? "/root" : home, {}},
      diagnostics);
  print_findings(diagnostics);
  if (!prepared) {
    shared.status = 1;
    return;
  }
  auto why = daemon::explain(prepared->tables, question.access,
                             resolved(question.access, question.object));
  if (const auto* refusal = std::get_if<control::Refusal>(&why)) {
    complain(refusal->message, refusal->hint);
    shared.status = kUsage;
    return;
  }
  print(std::get<control::Json>(why), shared.json);
}

}  // namespace

void add_why(CLI::App& app, Shared& shared) {
  auto* sub =
      app.add_subcommand("why", "What a policy or a session says to a request, and by which rule");
  auto question = std::make_shared<Question>();
  sub->add_option("-p,--policy", question->policy, "Policy file or :NAME (:coding-agent)")
      ->type_name("POLICY");
  sub->add_option("--session", question->session, "A session in force")->type_name("SESSION");
  sub->add_option("--workspace", question->workspace, "What ${workspace} means")->type_name("DIR");
  sub->add_flag("--last", question->last, "The last refusal of the session");
  sub->add_option("access", question->access,
                  "read, write, create, delete, metadata, exec, unix, connect, send, …, privilege");
  sub->add_option("object", question->object,
                  "A path, @NAME of an abstract unix socket, an endpoint such as 192.0.2.1:443, or "
                  "a privilege");
  sub->callback([&shared, question] {
    if (!question->last && (question->access.empty() || question->object.empty())) {
      complain("why needs an access and an object, or --last", "gatehouse why read /etc/shadow");
      shared.status = kUsage;
      return;
    }
    if (question->session.empty() && !question->last) {
      if (question->policy.empty()) question->policy = daemon::default_policy();
      return ask_policy(shared, *question);
    }
    const auto reply = first_to_do(
        shared, control::Why{question->session, question->last, question->access,
                             question->last ? "" : resolved(question->access, question->object)});
    if (reply) print(*reply, shared.json);
  });
}

}  // namespace gatehouse::cli
