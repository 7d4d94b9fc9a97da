// SPDX-License-Identifier: Apache-2.0
// why: what a policy or a session says to a request, by the very tables that the kernel walks, and what a
// session was refused last. It must never guess where a name leads: it says which path it judged.
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "base/quote.h"
#include "cli/controllers.h"
#include "cli/run.h"
#include "cli/text.h"
#include "daemon/prepared.h"
#include "daemon/show.h"

namespace gatehouse::cli {
namespace {

struct Question {
  std::string policy, session, workspace, access, object;
  std::vector<std::string> arguments;
  bool last = false;
  std::uint64_t within_ms = 0;
};

// A program that is named as on a command line lies where execvp(3) would find it; else it stays a name.
std::string found(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream directories(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    const std::string program = (directory.empty() ? "." : directory) + "/" + name;
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  return name;
}

// Paths are judged where they lead; what does not exist yet, where it would be made.
std::string resolved(const std::string& access, const std::string& given) {
  const bool named = access == "exec" && given.find('/') == std::string::npos;
  const std::string object = named ? found(given) : given;
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

// A member as it may be shown on a terminal.
std::string seen(const control::Json& in, const char* member) {
  return in.contains(member) && in[member].is_string() ? visible(in[member].get<std::string>())
                                                       : "";
}

void print_head(const control::Json& why) {
  const std::string verdict = seen(why, "verdict");
  const auto tone = verdict == "allow" ? Tone::good : verdict == "ask" ? Tone::busy : Tone::bad;
  std::cout << toned(verdict, tone, coloured(STDOUT_FILENO)) << "  " << seen(why, "access") << " "
            << seen(why, "object");
  for (const auto& word : why.value("arguments", control::Json::array()))
    std::cout << " " << quote(word.get<std::string>(), 200);
  std::cout << "\n";
}

// One line: "  label  text", or none where there is no text.
void print_line(const char* label, const std::string& text) {
  if (!text.empty()) std::cout << "  " << label << "  " << text << "\n";
}

std::string with_reason(const control::Json& one) {
  const std::string rule = seen(one, "rule"), reason = seen(one, "rule_reason");
  return rule + (rule.empty() || reason.empty() ? "" : ": ") + reason;
}

// What a model is to understand stands in whole sentences.
void print_receipt(const control::Json& told) {
  print_head(told);
  std::string argv;
  for (const auto& word : told.value("argv", control::Json::array()))
    argv += (argv.empty() ? "" : " ") + quote(word.get<std::string>(), 200);
  const std::string layer = seen(told, "layer");
  print_line("argv", argv);
  print_line("by  ", seen(told, "comm") + " (pid " + std::to_string(told.value("pid", 0u)) + "), " +
                         ago(told.value("time", "")) + " ago");
  print_line("rule", with_reason(told) + (layer.empty() ? "" : "  (policy " + layer + ")"));
  print_line("why ", seen(told, "detail"));
  const std::string by = seen(told, "answered_by"), message = seen(told, "message");
  print_line("said", message.empty() ? by : by + ": " + message);
  print_line("do  ", seen(told, "what_to_do"));
  for (const auto& other : told.value("others", control::Json::array())) {
    const std::string reason = with_reason(other);
    print_line("also", seen(other, "verdict") + " " + seen(other, "access") + " " +
                           seen(other, "object") + (reason.empty() ? "" : "  (" + reason + ")"));
  }
}

void print_judgement(const control::Json& why) {
  print_head(why);
  if (why.contains("rule") && why["rule"].is_string()) {
    std::cout << "  rule " << seen(why, "rule");
    if (!seen(why, "layer").empty()) std::cout << " of " << seen(why, "layer");
    std::cout << "\n";
    if (!seen(why, "pointer").empty())
      std::cout << "  at   " << seen(why, "file") << ":" << seen(why, "pointer") << "\n";
  }
  if (!seen(why, "reason").empty()) std::cout << "  " << seen(why, "reason") << "\n";
  if (why.value("audit", false))
    std::cout << "  mode audit: it would go through, and be reported\n";
}

void print(const control::Json& why, const Shared& shared, bool last) {
  if (shared.json)
    std::cout << why.dump(2, ' ', true) << "\n";  // ASCII: bidirectional characters stay visible
  else if (last)
    print_receipt(why);
  else
    print_judgement(why);
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
                             resolved(question.access, question.object), question.arguments);
  if (const auto* refusal = std::get_if<control::Refusal>(&why)) {
    complain(refusal->message, refusal->hint);
    shared.status = kUsage;
    return;
  }
  print(std::get<control::Json>(why), shared, false);
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
  auto* last =
      sub->add_flag("--last", question->last,
                    "The last refusal of the session, what it rests on and what to do now");
  sub->add_option("--within", question->within_ms, "With --last: no older than 90s, 10m, 2h")
      ->needs(last)
      ->transform(CLI::AsNumberWithUnit(
          std::map<std::string, std::uint64_t>{
              {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}},
          CLI::AsNumberWithUnit::UNIT_REQUIRED))
      ->type_name("TIME");
  sub->add_option("access", question->access,
                  "read, write, create, delete, metadata, exec, unix, connect, send, …, privilege");
  sub->add_option("object", question->object,
                  "A path, @NAME of an abstract unix socket, an endpoint such as 192.0.2.1:443, or "
                  "a privilege");
  sub->add_option("arguments", question->arguments,
                  "With exec: what the program is started with (put -- before words with a dash)");
  sub->callback([&shared, question] {
    const bool of_a_request = !question->access.empty() || !question->object.empty();
    if (question->last && of_a_request) {
      complain("why takes either --last or an access and an object", "gatehouse why --last");
      shared.status = kUsage;
      return;
    }
    if (!question->last && (question->access.empty() || question->object.empty())) {
      complain("why needs an access and an object, or --last", "gatehouse why read /etc/shadow");
      shared.status = kUsage;
      return;
    }
    if (!question->arguments.empty() && question->access != "exec") {
      complain("only exec takes arguments", "gatehouse why exec git push");
      shared.status = kUsage;
      return;
    }
    if (question->session.empty() && !question->last) {
      if (question->policy.empty()) question->policy = daemon::default_policy();
      return ask_policy(shared, *question);
    }
    const auto reply = first_to_do(
        shared, control::Why{question->session, question->last, question->access,
                             question->last ? "" : resolved(question->access, question->object),
                             question->within_ms, question->arguments});
    if (reply) print(*reply, shared, question->last);
  });
}

}  // namespace gatehouse::cli
