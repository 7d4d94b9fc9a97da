// SPDX-License-Identifier: Apache-2.0
// Runs for the tests of this room: events as a session makes them. It must never read a policy of the host.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "events/endpoint.h"
#include "learning/learn.h"
#include "policy/parse.h"
#include "tables/compile.h"

namespace gatehouse::learning {

inline const policy::Context kContext{"/srv/app", "/home/dev", {}};

inline events::Event made(events::Body body) {
  events::Event event;
  event.time = 1'700'000'000'000'000'000;
  event.session = {3, "night", {}};
  event.policy = {"base", 1};
  event.process = {100, 100, 1, 1000, 1000, 5, "sh", ""};
  event.body = std::move(body);
  return event;
}

inline events::Event began() {
  return made(events::SessionStart{"/c", kContext.workspace, 1000, {"sh"}});
}

// A request that went through: `would` is what enforcement would have said.
inline events::Event went(gh_access access, const std::string& object, gh_verdict would = GH_DENY,
                          std::vector<std::string> argv = {}) {
  events::Decision decision;
  decision.access = access;
  decision.object.text = object;
  decision.argv = std::move(argv);
  decision.verdict = would;
  decision.audit = would != GH_ALLOW;
  decision.reason = GH_REASON_DEFAULT;
  return made(decision);
}

inline events::Event reached(gh_access access, const std::string& protocol,
                             const std::string& address, std::uint16_t port) {
  auto event = went(access, "");
  auto& object = std::get<events::Decision>(event.body).object;
  object.endpoint = events::Endpoint{protocol, address, port};
  object.text = events::endpoint_text(*object.endpoint);
  return event;
}

inline policy::Policy parsed(const std::string& text) {
  Diagnostics diagnostics;
  auto policy = policy::parse(
      {"test", text},
      [](const std::string&, const std::string&) -> Result<policy::Source> {
        return Error{0, "nothing is there"};
      },
      diagnostics);
  EXPECT_TRUE(policy) << text << "\n" << render(diagnostics);
  return policy.value_or(policy::Policy{});
}

inline tables::Tables compiled(const policy::Policy& policy) {
  Diagnostics diagnostics;
  auto tables = tables::compile(
      policy, kContext, [](const std::string&) { return std::nullopt; }, diagnostics);
  EXPECT_TRUE(tables) << render(diagnostics);
  return tables.value_or(tables::Tables{});
}

inline const char* const kBase = R"({ "version": 1, "name": "base",
  "filesystem": { "default": { "read": "allow", "write": "deny", "exec": "allow" }, "rules": [
    { "id": "work", "action": "allow", "access": ["write"], "paths": ["${workspace}/src/**"] },
    { "id": "dotenv", "action": "deny", "access": ["read", "write"], "paths": ["**/.env"] },
    { "id": "hooks", "action": "deny", "access": ["write"], "paths": ["${workspace}/out/hooks/**"] },
    { "id": "ci", "action": "ask", "access": ["write"], "paths": ["${workspace}/ci.yml"] } ] },
  "exec": { "default": "allow", "rules": [
    { "id": "all", "action": "allow", "log": true, "paths": ["/**"] },
    { "id": "su", "action": "deny", "paths": ["/usr/bin/su"] } ] },
  "network": { "default": "deny", "rules": [
    { "id": "meta", "action": "deny", "cidrs": ["169.254.0.0/16"] } ] },
  "privilege": { "default": "deny" } })";

}  // namespace gatehouse::learning
