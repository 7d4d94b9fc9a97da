// SPDX-License-Identifier: Apache-2.0
// OpenTelemetry's variables and what a service answers, as the OTLP sink understands them. A test must never
// set a variable of its own process.
#include "sinks/otlp_config.h"

#include <gtest/gtest.h>

#include <map>

#include "sinks/otlp_reply.h"

namespace gatehouse::sinks {
namespace {

using Variables = std::map<std::string, std::string>;

Result<OtlpConfig> config(const std::string& target, const Variables& variables = {}) {
  return otlp_config(target, [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

std::string url(const std::string& target, const Variables& variables = {}) {
  const auto made = config(target, variables);
  return made ? made->url : made.error().what;
}

std::string wrong(const std::string& target, const Variables& variables = {}) {
  const auto made = config(target, variables);
  return made ? "" : made.error().what;
}

TEST(OtlpConfig, FindsTheAddressWhereOpenTelemetrySays) {
  EXPECT_EQ(url(""), "http://localhost:4318/v1/logs");
  EXPECT_EQ(url("http://127.0.0.1:4318"), "http://127.0.0.1:4318/v1/logs");
  EXPECT_EQ(url("http://127.0.0.1:4318/"), "http://127.0.0.1:4318/v1/logs");
  EXPECT_EQ(url("https://c.example/in/logs"), "https://c.example/in/logs");
  const Variables base = {{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://c.example/in/"}};
  EXPECT_EQ(url("", base), "https://c.example/in/v1/logs");
  EXPECT_EQ(url("http://127.0.0.1:9", base), "http://127.0.0.1:9/v1/logs");
  EXPECT_EQ(url("", {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a.example"},
                     {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://b.example/x"}}),
            "http://b.example/x");
}

TEST(OtlpConfig, TakesHeadersTimeoutAndCompression) {
  const auto made = config("", {{"OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b, tenant = 7"},
                                {"OTEL_EXPORTER_OTLP_TIMEOUT", "9000"},
                                {"OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "250"},
                                {"OTEL_EXPORTER_OTLP_COMPRESSION", "none"},
                                {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/etc/ca.pem"},
                                {"OTEL_RESOURCE_ATTRIBUTES", "zone=b,host.name=h"},
                                {"OTEL_SERVICE_NAME", "gate"}});
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(made->headers, (std::vector<std::string>{"api-key: a b", "tenant: 7"}));
  EXPECT_EQ(made->timeout_ms, 250u);
  EXPECT_FALSE(made->gzip);
  EXPECT_EQ(made->ca_file, "/etc/ca.pem");
  const std::map<std::string, std::string> resource(made->resource.begin(), made->resource.end());
  EXPECT_EQ(resource.at("zone"), "b");
  EXPECT_EQ(resource.at("host.name"), "h");
  EXPECT_EQ(resource.at("service.name"), "gate");
  EXPECT_TRUE(config("")->gzip);
  EXPECT_EQ(config("")->timeout_ms, 10'000u);
}

TEST(OtlpConfig, RefusesWhatItCannotDoAndSaysWhere) {
  EXPECT_NE(wrong("ftp://x").find("ftp://x"), std::string::npos);
  EXPECT_NE(wrong("http://").find("no http"), std::string::npos);
  EXPECT_NE(wrong("http://a b/").find("no http"), std::string::npos);
  EXPECT_NE(wrong("http://u:p@c.example").find("HEADERS"), std::string::npos);
  EXPECT_NE(wrong("", {{"OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317"}}).find("OTLP_ENDPOINT"),
            std::string::npos);
  EXPECT_NE(wrong("", {{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}).find("4318"), std::string::npos);
  EXPECT_NE(wrong("", {{"OTEL_EXPORTER_OTLP_TIMEOUT", "10s"}}).find("milliseconds"),
            std::string::npos);
  EXPECT_NE(wrong("", {{"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"}}).find("gzip or none"),
            std::string::npos);
  const auto secret = wrong("", {{"OTEL_EXPORTER_OTLP_HEADERS", "hunter2"}});
  EXPECT_NE(secret.find("HEADERS"), std::string::npos);
  EXPECT_EQ(secret.find("hunter2"), std::string::npos);
  EXPECT_NE(wrong("", {{"OTEL_EXPORTER_OTLP_HEADERS", "a=b%0d%0aHost: x"}}), "");
}

TEST(OtlpReply, CountsWhatAServiceRejected) {
  const auto some =
      otlp_rejected(R"({"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"old"}})");
  EXPECT_EQ(some.count, 3u);
  EXPECT_EQ(some.why, "old");
  EXPECT_EQ(otlp_rejected(R"({"partialSuccess":{"rejectedLogRecords":4}})").count, 4u);
  for (const char* text :
       {"", "{}", "[]", R"({"partialSuccess":null})", "\x0a\x02", R"({"partialSuccess":{)",
        R"({"partialSuccess":{"rejectedLogRecords":"x"}})",
        R"({"partialSuccess":{"rejectedLogRecords":-1}})"})
    EXPECT_EQ(otlp_rejected(text).count, 0u) << text;
}

}  // namespace
}  // namespace gatehouse::sinks
