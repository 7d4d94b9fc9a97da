// SPDX-License-Identifier: Apache-2.0
// Variables, addresses and lists behind otlp_config.h. It must never take what it does not understand for
// "nothing was said".
#include "sinks/otlp_config.h"

#include <unistd.h>

#include <charconv>

#include "base/quote.h"

namespace gatehouse::sinks {
namespace {

constexpr std::uint64_t kMostTimeoutMs = 600'000;

Error wrong(const std::string& what) { return {EINVAL, "otlp: " + what}; }

// The variable of the logs, else that of all signals; what is empty counts as unset.
std::pair<std::string, std::string> variable(const Environment& environment, const char* name) {
  for (const auto& full :
       {std::string("OTEL_EXPORTER_OTLP_LOGS_") + name, std::string("OTEL_EXPORTER_OTLP_") + name})
    if (const char* const value = environment(full.c_str()); value != nullptr && *value != '\0')
      return {full, value};
  return {};
}

std::string plain(const Environment& environment, const char* name) {
  const char* const value = environment(name);
  return value == nullptr ? "" : value;
}

bool is_address(std::string_view url) {
  const bool known = url.starts_with("http://") || url.starts_with("https://");
  if (!known) return false;
  const auto host = url.find("//") + 2;
  if (host == url.size() || url[host] == '/' || url[host] == ':') return false;
  for (const char c : url)
    if (c <= ' ' || c >= 0x7f) return false;
  return true;
}

std::size_t path_at(std::string_view url) {
  return std::min(url.size(), url.find_first_of("/?#", url.find("//") + 2));
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i++) {
    const bool coded =
        text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    out += coded ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (coded) i += 2;
  }
  return out;
}

Result<void> take_address(OtlpConfig& config, const std::string& target,
                          const Environment& environment) {
  const auto [name, from_environment] = variable(environment, "ENDPOINT");
  const bool whole = target.empty() && name == "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT";
  config.url = !target.empty()             ? target
               : !from_environment.empty() ? from_environment
                                           : "http://localhost:4318";
  if (!is_address(config.url))
    return wrong(quote(config.url) + (target.empty() ? " in " + name : std::string()) +
                 " is no http or https address");
  const auto path = path_at(config.url);
  if (config.url.substr(0, path).find('@') != std::string::npos)
    return wrong("an address may hold no user and password: use OTEL_EXPORTER_OTLP_HEADERS");
  config.service = config.url.substr(0, path);
  const bool bare = path == config.url.size() || config.url.substr(path) == "/";
  // The address of all signals is a base, to which the signal's path is added; that of the logs is not.
  if (!whole && (bare || target.empty())) {
    while (config.url.ends_with('/'))
      config.url.pop_back();
    config.url += "/v1/logs";
  }
  return {};
}

Result<void> take_headers(OtlpConfig& config, const Environment& environment) {
  const auto [name, text] = variable(environment, "HEADERS");
  auto pairs = otlp_pairs(text);
  if (!pairs) return wrong(name + " is no list such as api-key=secret,tenant=7");
  for (const auto& [key, value] : *pairs) {
    if (key.find_first_of(" \t\r\n:") != std::string::npos ||
        value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return wrong(name + " holds what is no header");
    config.headers.push_back(key + ": " + value);
  }
  return {};
}

Result<void> take_rest(OtlpConfig& config, const Environment& environment) {
  if (const auto [name, text] = variable(environment, "PROTOCOL"); text == "grpc")
    return wrong(name + " is grpc, and only HTTP is spoken here: use port 4318, and http/json");
  if (const auto [name, text] = variable(environment, "TIMEOUT"); !text.empty()) {
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, config.timeout_ms);
    if (read.ec != std::errc() || read.ptr != end || config.timeout_ms == 0 ||
        config.timeout_ms > kMostTimeoutMs)
      return wrong(name + " is " + quote(text) + ": milliseconds, from 1 to 600000");
  }
  if (const auto [name, text] = variable(environment, "COMPRESSION"); !text.empty()) {
    if (text != "gzip" && text != "none")
      return wrong(name + " is " + quote(text) + ": gzip or none");
    config.gzip = text == "gzip";
  }
  config.ca_file = variable(environment, "CERTIFICATE").second;
  return {};
}

Result<void> take_resource(OtlpConfig& config, const Environment& environment) {
  auto pairs = otlp_pairs(plain(environment, "OTEL_RESOURCE_ATTRIBUTES"));
  if (!pairs) return wrong("OTEL_RESOURCE_ATTRIBUTES is no list such as team=a,zone=b");
  const auto set = [&](const std::string& key, const std::string& value, bool always) {
    for (auto& pair : *pairs)
      if (pair.first == key) {
        if (always) pair.second = value;
        return;
      }
    pairs->emplace_back(key, value);
  };
  char host[256] = {};
  if (::gethostname(host, sizeof(host) - 1) == 0) set("host.name", host, false);
  const std::string service = plain(environment, "OTEL_SERVICE_NAME");
  set("service.name", service.empty() ? "gatehouse" : service, !service.empty());
  set("service.version", GH_VERSION, false);
  set("os.type", "linux", false);
  config.resource = std::move(*pairs);
  return {};
}

}  // namespace

Result<events::Labels> otlp_pairs(std::string_view text) {
  events::Labels pairs;
  while (!text.empty()) {
    const auto comma = std::min(text.size(), text.find(','));
    const std::string_view one = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(text.size(), comma + 1));
    if (one.empty()) continue;
    const auto equals = one.find('=');
    const auto key = trimmed(one.substr(0, equals));
    if (equals == std::string_view::npos || key.empty())
      return Error{EINVAL, "not a list of key=value"};
    pairs.emplace_back(percent_decoded(key), percent_decoded(trimmed(one.substr(equals + 1))));
  }
  return pairs;
}

Result<OtlpConfig> otlp_config(const std::string& target, const Environment& environment) {
  OtlpConfig config;
  if (auto taken = take_address(config, target, environment); !taken) return taken.take_error();
  if (auto taken = take_headers(config, environment); !taken) return taken.take_error();
  if (auto taken = take_rest(config, environment); !taken) return taken.take_error();
  if (auto taken = take_resource(config, environment); !taken) return taken.take_error();
  return config;
}

}  // namespace gatehouse::sinks
