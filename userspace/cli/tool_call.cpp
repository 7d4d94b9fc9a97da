// SPDX-License-Identifier: Apache-2.0
// tool-call: a hook program inside a session tells of a tool call of its agent. It must never print on success:
// what a hook prints is read by its agent.
#include <iostream>

#include "cli/controllers.h"

namespace gatehouse::cli {

void add_tool_call(CLI::App& app, Shared& shared) {
  auto* sub = app.add_subcommand(
      "tool-call", "Tell, from a hook inside a session, of a tool call of the agent that runs it");
  auto told = std::make_shared<control::ToolCall>();
  auto phase = std::make_shared<std::string>();
  sub->add_option("phase", *phase,
                  "begin, end, or over: none of this conversation is open any more")
      ->required()
      ->check(CLI::IsMember({"begin", "end", "over"}));
  sub->add_option("id", told->id, "With begin and end: as the agent names the call")
      ->type_name("ID");
  sub->add_option("--conversation", told->conversation, "That it belongs to")
      ->required()
      ->type_name("ID");
  sub->add_option("--subagent", told->subagent, "Part of the conversation")->type_name("ID");
  sub->add_option("--tool", told->tool, "What is called")->type_name("NAME");
  sub->add_option("--above", told->above,
                  "How many generations above this process the agent is: 1 is its parent")
      ->check(CLI::Range(std::uint64_t{1}, control::kMostAbove));
  sub->callback([&shared, told, phase] {
    told->phase = control::phase_of(*phase).value_or(told->phase);
    if (told->id.empty() != (told->phase == control::ToolCall::Phase::over)) {
      complain("an id goes with begin and end, and not with over",
               "gatehouse tool-call begin toolu_1 --conversation 7f3a");
      shared.status = kUsage;
      return;
    }
    const auto reply = first_to_do(shared, *told);
    if (reply && shared.json) std::cout << reply->dump(2, ' ', true) << "\n";
  });
}

}  // namespace gatehouse::cli
