// SPDX-License-Identifier: Apache-2.0
// Each race in a session, and bare as its control: what cannot be seen to escape there proves nothing here. A
// test must never pass on a race that did not really race.
#include <gtest/gtest.h>

#include "world.h"

namespace gatehouse::soak {
namespace {

constexpr double kPatience = 4 * 3600;  // seconds: who wants that many tries waits for them

struct Expected {
  const char* race;
  bool by_ears = false;     // an escape is heard outside
  bool by_picture = false;  // or seen in what was changed
  bool allows = true;       // some of its own tries are allowed
};

class Race : public ::testing::TestWithParam<Expected> {
 protected:
  [[nodiscard]] static double seconds() { return measure().tries != 0 ? 0 : race_seconds(); }
};

// What the record says of a name that nobody should have been refused.
std::string refusals(const std::string& name) {
  std::string text;
  int lines = 0;
  e2e::eventually([&] { return e2e::read_file(kLog).find(name + "\"") != std::string::npos; }, 3);
  for (const auto& event : e2e::json_lines(e2e::read_file(kLog)))
    if (event.is_object() &&
        (event.value("reason", "") == "unresolved" || event.value("object", "").ends_with(name)) &&
        event.value("verdict", "") == "deny" && lines++ < 5)
      text += "\n" + event.dump();
  return text;
}

std::uint64_t escapes(const Ground& ground, const Expected& expected) {
  std::uint64_t count = ground.tally().escaped;
  if (expected.by_ears) count += ground.ears().shut;
  if (expected.by_picture && !ground.is_intact()) count++;
  return count;
}

TEST_P(Race, ConfinedNothingEscapesAndNothingIsDeniedWrongly) {
  const Ground ground("race");
  const auto& expected = GetParam();
  if (std::string(expected.race) == "parent-move") const_cast<Ground&>(ground).start_mover();
  Player player(ground, expected.race, ground.policy(), measure().tries, seconds());
  const auto ended = player.end(measure().tries != 0 ? kPatience : seconds() + 120);
  const Tally& tally = ground.tally();
  show(std::string(expected.race) + " confined", tally);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_NE(ended.out.find("DONE"), std::string::npos) << ended.err;
  EXPECT_EQ(escapes(ground, expected), 0u);
  EXPECT_EQ(ground.ears().shut, 0u) << "a listener that no session may reach heard something";
  EXPECT_TRUE(ground.is_intact()) << "what is denied was changed";
  EXPECT_EQ(tally.wrong, 0u) << "last error " << tally.last_error
                             << (tally.wrong == 0 ? "" : refusals("/steady"));
  EXPECT_EQ(tally.broken, 0u) << "last error " << tally.last_error;
  EXPECT_GE(tally.tries, measure().tries != 0 ? measure().tries : 20);
  EXPECT_GT(tally.raced * 1000, tally.tries) << "hardly any try met the other side";
  EXPECT_GT(tally.denied, 0u);
  EXPECT_GT(tally.control, 0u);
  if (expected.allows) {
    EXPECT_GT(tally.allowed, 0u);
  }
}

TEST_P(Race, BareItEscapes) {
  Ground ground("race");
  const auto& expected = GetParam();
  if (std::string(expected.race) == "parent-move") ground.start_mover();
  Player player(ground, expected.race, "", 2000, race_seconds());
  const auto ended = player.end(race_seconds() + 120);
  show(std::string(expected.race) + " bare", ground.tally());
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_GT(escapes(ground, expected), 0u);
  EXPECT_EQ(ground.tally().denied, 0u);
  EXPECT_EQ(ground.tally().wrong, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Of, Race,
    ::testing::Values(Expected{"path-swap"}, Expected{"path-change", false, true},
                      Expected{"connect-swap", true}, Expected{"send-swap", true},
                      Expected{"unix-swap", true}, Expected{"exec-swap"},
                      Expected{"exec-loop", false, false, false}, Expected{"symlink-flip"},
                      Expected{"rename-storm"}, Expected{"parent-move"},
                      Expected{"link-storm", false, false, false}, Expected{"directory-storm"},
                      Expected{"mixed", true}),
    [](const auto& one) {
      std::string name = one.param.race;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

}  // namespace
}  // namespace gatehouse::soak
