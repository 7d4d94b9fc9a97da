// SPDX-License-Identifier: Apache-2.0
// Instants to text and back. It must never take for a time what is half of one.
#include "base/instant.h"

#include <gtest/gtest.h>

namespace gatehouse {
namespace {

TEST(Instant, comes_out_as_it_went_in) {
  for (const std::int64_t ns : {0LL, 1LL, 1'738'367'999'123'456'789LL, 9'214'646'399'999'999'999LL})
    EXPECT_EQ(from_rfc3339(rfc3339(ns)), ns);
  EXPECT_EQ(rfc3339(1'738'367'999'123'456'789), "2025-01-31T23:59:59.123456789Z");
}

TEST(Instant, has_any_zone_and_any_fraction) {
  EXPECT_EQ(from_rfc3339("1970-01-01T00:00:01.5Z"), 1'500'000'000);
  EXPECT_EQ(from_rfc3339("1970-01-01t02:00:01.25+02:00"), 1'250'000'000);
  EXPECT_EQ(from_rfc3339("1970-01-01 00:00:01.1234567899Z"), 1'123'456'789);
}

TEST(Instant, half_a_time_is_none) {
  for (const char* text : {"", "2026-01-31", "2026-01-31T12:00:00", "2026-02-30T00:00:00Z",
                           "2026-01-31T24:00:00Z", "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00Zx",
                           "1013-11-27T02:57:30Z", "9999-11-27T02:57:30Z", "1969-12-31T23:59:59Z"})
    EXPECT_FALSE(from_rfc3339(text)) << text;
}

}  // namespace
}  // namespace gatehouse
