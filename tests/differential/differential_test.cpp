// SPDX-License-Identifier: Apache-2.0
// Compiled tables against the independent matcher, on many random policies.
// It must never accept a difference in verdict, rule or log.
#include <gtest/gtest.h>

#include "differential/generate.h"
#include "tables/compile.h"
#include "tables/evaluate.h"

namespace gatehouse::differential {
namespace {

std::string describe(const Case& c) {
  std::string out;
  const auto list = [&](const char* what, const std::vector<std::string>& globs) {
    for (const auto& g : globs)
      out += std::string(" ") + what + " '" + g + "'";
  };
  const auto rules = [&](const std::vector<policy::PathRule>& all, const char* section) {
    for (const auto& r : all) {
      out += std::string("  ") + section + " " + std::to_string(static_cast<int>(r.action)) +
             " access " + std::to_string(r.access) + (r.log ? " log" : "");
      list("path", r.paths);
      list("abstract", r.abstract);
      list("except", r.except);
      out += "\n";
    }
  };
  for (const auto& layer : c.policy.layers) {
    out += layer.name + "\n";
    if (layer.filesystem) rules(layer.filesystem->rules, "fs");
    if (layer.exec) rules(layer.exec->rules, "exec");
    if (layer.unix_sockets) rules(layer.unix_sockets->rules, "unix");
  }
  return out;
}

std::size_t compare(const Case& c, std::uint64_t seed, std::size_t& refused) {
  Diagnostics diagnostics;
  const auto tables = tables::compile(c.policy, c.context, nullptr, diagnostics);
  if (!tables) {
    ++refused;
    EXPECT_NE(render(diagnostics).find("multiply"), std::string::npos) << render(diagnostics);
    return 0;
  }
  for (const Triple& t : c.triples) {
    const auto got = t.network ? tables::evaluate_endpoint(*tables, t.object, t.access)
                               : tables::evaluate_path(*tables, t.object, t.access);
    const Verdict verdict{got.verdict, got.rule, got.log};
    EXPECT_EQ(verdict, t.expected)
        << "seed " << seed << " access " << t.access << " object "
        << (t.network ? tables::endpoint_text(t.object) : t.object) << "\n got " << verdict.verdict
        << " rule " << verdict.rule << " log " << verdict.log << ", expected " << t.expected.verdict
        << " rule " << t.expected.rule << " log " << t.expected.log << "\n"
        << describe(c);
    if (!(verdict == t.expected)) return c.triples.size();
  }
  return c.triples.size();
}

void run(std::uint64_t first_seed, std::size_t cases, const std::string& root, std::size_t least) {
  std::size_t compared = 0, refused = 0;
  for (std::uint64_t seed = first_seed; seed < first_seed + cases; ++seed) {
    compared += compare(Generator(seed).make(120, 60, root), seed, refused);
    if (testing::Test::HasFailure()) return;
  }
  testing::Test::RecordProperty("compared", static_cast<int>(compared));
  std::printf("compared %zu requests, %zu policies refused\n", compared, refused);
  EXPECT_GE(compared, least);
  EXPECT_LE(refused, cases / 50);
}

TEST(Differential, TablesAndMatcherAgreeOnHostilePolicies) { run(1, 1500, "", 200000); }

TEST(Differential, TablesAndMatcherAgreeBelowOneDirectory) { run(100000, 300, "/tmp/d", 40000); }

TEST(Differential, CasesForTheKernelAreManyAndCreatable) {
  const auto cases = make_cases(7, 5000, 200, 50, "/tmp/d");
  std::size_t triples = 0;
  for (const Case& c : cases) {
    triples += c.triples.size();
    for (const Triple& t : c.triples) {
      if (t.network || t.object[0] == '@') continue;
      ASSERT_TRUE(t.object == "/tmp/d" || t.object.starts_with("/tmp/d/")) << t.object;
      EXPECT_LE(std::count(t.object.begin(), t.object.end(), '/'), 6);
      EXPECT_EQ(t.object.find("//"), std::string::npos);
      EXPECT_NE(t.object.back(), '/');
    }
  }
  EXPECT_GE(triples, 5000u);
}

}  // namespace
}  // namespace gatehouse::differential
