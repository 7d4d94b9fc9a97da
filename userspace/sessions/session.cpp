// SPDX-License-Identifier: Apache-2.0
// A session's record as JSON, and its names.
// It must never fail on bytes that are not UTF-8: a path may hold any.
#include "sessions/session.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kernel/file.h"

namespace gatehouse::sessions {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;

// JSON text is UTF-8; each byte of ours becomes the character of that number, so that any come back.
std::string widened(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xc0 | byte >> 6);
      text += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return text;
}

std::string narrowed(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i++) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0xc2 && byte <= 0xc3 && i + 1 < text.size()) {
      bytes +=
          static_cast<char>((byte & 0x03) << 6 | (static_cast<unsigned char>(text[i + 1]) & 0x3f));
      i++;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

json pairs_to_json(const std::vector<std::pair<std::string, std::string>>& pairs) {
  json all = json::array();
  for (const auto& [key, value] : pairs)
    all.push_back({widened(key), widened(value)});
  return all;
}

std::vector<std::pair<std::string, std::string>> pairs_from_json(const json& all) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const json& one : all)
    pairs.emplace_back(narrowed(one.at(0).get<std::string>()),
                       narrowed(one.at(1).get<std::string>()));
  return pairs;
}

}  // namespace

std::string container_of(const std::string& cgroup_path) {
  constexpr std::size_t kDigits = 64;
  constexpr const char* kHex = "0123456789abcdef";
  for (std::size_t end = cgroup_path.size(); end > 0;) {  // the innermost first
    const auto slash = cgroup_path.rfind('/', end - 1);
    const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
    auto part = std::string_view(cgroup_path).substr(begin, end - begin);
    if (part.ends_with(".scope")) part.remove_suffix(6);
    if (part.size() >= kDigits) {
      const auto id = part.substr(part.size() - kDigits);
      const bool apart = part.size() == kDigits || part[part.size() - kDigits - 1] == '-';
      if (apart && id.find_first_not_of(kHex) == std::string_view::npos) return std::string(id);
    }
    if (begin == 0) break;
    end = begin - 1;
  }
  return {};
}

std::string to_json(const Session& s) {
  json sources = json::array(), command = json::array();
  for (const PolicySource& one : s.sources)
    sources.push_back({widened(one.file), widened(one.text)});
  for (const std::string& one : s.command)
    command.push_back(widened(one));
  const json record = {{"format", kFormat},
                       {"serial", s.serial},
                       {"name", widened(s.name)},
                       {"gate", s.gate},
                       {"cgroup_path", widened(s.cgroup_path)},
                       {"cgroup", s.cgroup},
                       {"own_cgroup", s.own_cgroup},
                       {"owner", s.owner},
                       {"workspace", widened(s.workspace)},
                       {"home", widened(s.home)},
                       {"variables", pairs_to_json(s.variables)},
                       {"labels", pairs_to_json(s.labels)},
                       {"started_ms", s.started_ms},
                       {"boot", s.boot},
                       {"command", command},
                       {"deny_asks", s.deny_asks},
                       {"leader", s.leader},
                       {"policy_name", widened(s.policy_name)},
                       {"sources", sources},
                       {"digest", s.digest},
                       {"generation", s.generation}};
  return record.dump(1) + "\n";
}

Result<Session> from_json(const std::string& text) {
  try {
    const json record = json::parse(text);
    if (record.at("format").get<int>() != kFormat)
      return Error{EPROTO, "the session's record has a format of another version"};
    Session s;
    record.at("serial").get_to(s.serial);
    s.name = narrowed(record.at("name").get<std::string>());
    record.at("gate").get_to(s.gate);
    s.cgroup_path = narrowed(record.at("cgroup_path").get<std::string>());
    record.at("cgroup").get_to(s.cgroup);
    record.at("own_cgroup").get_to(s.own_cgroup);
    record.at("owner").get_to(s.owner);
    s.workspace = narrowed(record.at("workspace").get<std::string>());
    s.home = narrowed(record.at("home").get<std::string>());
    s.variables = pairs_from_json(record.at("variables"));
    s.labels = pairs_from_json(record.at("labels"));
    record.at("started_ms").get_to(s.started_ms);
    record.at("boot").get_to(s.boot);
    for (const json& one : record.at("command"))
      s.command.push_back(narrowed(one.get<std::string>()));
    s.deny_asks = record.value("deny_asks", false);
    s.leader = record.value("leader", std::uint32_t{0});
    s.policy_name = narrowed(record.at("policy_name").get<std::string>());
    for (const auto& [file, source] : pairs_from_json(record.at("sources")))
      s.sources.push_back({file, source});
    record.at("digest").get_to(s.digest);
    record.at("generation").get_to(s.generation);
    return s;
  } catch (const json::exception& e) {
    return Error{EPROTO, std::string("the session's record cannot be read: ") + e.what()};
  }
}

std::string clean_name(const std::string& name) {
  std::string clean;
  for (const char c : name) {
    if (clean.size() == 64) break;
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool inside = c == '.' || c == '_' || c == '-';
    if (plain || (inside && !clean.empty()))
      clean += c;
    else if (!clean.empty() && clean.back() != '_')
      clean += '_';
  }
  while (!clean.empty() && clean.back() == '_')
    clean.pop_back();
  return clean.empty() ? "session" : clean;
}

std::string cgroup_name(const Session& session) {
  return clean_name(session.name) + "-" + std::to_string(session.serial);
}

Result<std::string> boot_id() {
  auto text = kernel::read_file("/proc/sys/kernel/random/boot_id");
  if (!text) return text;
  text->erase(std::remove(text->begin(), text->end(), '\n'), text->end());
  return text;
}

}  // namespace gatehouse::sessions
