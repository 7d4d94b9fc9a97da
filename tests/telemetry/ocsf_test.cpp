// SPDX-License-Identifier: Apache-2.0
// Lines of OCSF against the published schema (ocsf-compile.py, ocsf-check.js). It must never be the judge itself of
// what the schema says.
#include <gtest/gtest.h>

#include "e2e/command.h"
#include "sinks/ocsf.h"
#include "unit/sinks/sample_events.h"

namespace gatehouse::telemetry {
namespace {

e2e::Output check(const std::string& lines) {
  const std::string folder = std::string(GH_TEST_SOURCE_DIR) + "/tests/telemetry/";
  const e2e::Folder files("ocsf");
  e2e::write_file(files.at("lines"), lines);
  return e2e::run(
      {"node", folder + "ocsf-check.js", folder + "ocsf-1.7.0.json", files.at("lines")});
}

TEST(Ocsf, KeepsToThePublishedSchema) {
  std::string lines;
  std::size_t count = 0;
  const auto add = [&](const events::Event& event) {
    lines += sinks::ocsf(event, "host") + "\n";
    count++;
  };
  for (auto& event : sinks::one_of_each()) {
    add(event);
    event.time = 1'700'000'000'000'000'001;
    event.session = {3, "s\n\"x\"", {{"team", "a"}}};
    event.policy = {"p", 2};
    event.process = sinks::denied_read("").process;
    if (auto* answered = std::get_if<events::ApprovalAnswered>(&event.body))
      answered->by = {events::Approver::Kind::webhook, 1000, 77, "bash", "desk"};
    add(event);
  }
  for (const gh_verdict verdict : {GH_ALLOW, GH_ASK, GH_DENY, GH_KILL})
    for (const unsigned number : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 8u, 9u, 10u, 11u, 12u, 16u}) {
      auto event = sinks::denied_read("/tmp/\xff\xfe \x01");
      auto& decision = std::get<events::Decision>(event.body);
      decision.access = static_cast<gh_access>(number);
      decision.verdict = verdict;
      decision.audit = number % 2 != 0;
      decision.argv = {"git", "pu\xffsh"};
      if (number >= 8 && number < 16)
        decision.object = {"udp 192.0.2.1:53", events::Endpoint{"udp", "192.0.2.1", 53}, false};
      add(event);
    }
  const auto checked = check(lines);
  EXPECT_EQ(checked.out, std::to_string(count) + " events, 0 wrong\n") << checked.err;
}

TEST(Ocsf, IsHeldAgainstTheSchemaByACheckThatFindsFaults) {
  auto json = e2e::Json::parse(sinks::ocsf(sinks::denied_read("/x"), "host"));
  json["activity_id"] = 77;
  json["nonsense"] = 1;
  json.erase("file");
  json["actor"]["process"]["pid"] = "7";
  const auto checked = check(json.dump() + "\n");
  for (const char* fault : {"activity_id: 77 is not in its enum", "nonsense: is not in the schema",
                            "file: is required", "actor.process.pid", "type_uid", "1 wrong"})
    EXPECT_NE(checked.out.find(fault), std::string::npos) << fault << "\n" << checked.out;
}

}  // namespace
}  // namespace gatehouse::telemetry
