// SPDX-License-Identifier: Apache-2.0
// Members of the configuration by name and type. It must never look at the machine: that is serve's business.
#include "daemon/config.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "control/document.h"

namespace gatehouse::daemon {
namespace {

using control::Json;
// False: the value has another type, or another range, than the member takes.
using Take = std::function<bool(const Json&)>;
using Members = std::map<std::string, Take>;

Take text(std::string& into) {
  return [&into](const Json& value) {
    if (value.is_string()) into = value.get<std::string>();
    return value.is_string();
  };
}

Take texts(std::vector<std::string>& into) {
  return [&into](const Json& value) {
    if (!value.is_array() ||
        !std::all_of(value.begin(), value.end(), [](const auto& one) { return one.is_string(); }))
      return false;
    into = value.get<std::vector<std::string>>();
    return true;
  };
}

Take number(std::uint64_t& into, std::uint64_t least, std::uint64_t unit = 1) {
  return [&into, least, unit](const Json& value) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() < least ||
        value.get<std::uint64_t>() > (1ULL << 40) / unit)
      return false;
    into = value.get<std::uint64_t>() * unit;
    return true;
  };
}

Result<void> take(const Json& object, const std::string& where, const Members& members) {
  for (const auto& [key, value] : object.items()) {
    const auto member = members.find(key);
    if (member == members.end()) {
      std::string known;
      for (const auto& [name, _] : members)
        known += (known.empty() ? "" : ", ") + name;
      return Error{EINVAL, where + "/" + key + ": unknown key (known: " + known + ")"};
    }
    if (!member->second(value)) return Error{EINVAL, where + "/" + key + ": wrong type or range"};
  }
  return {};
}

}  // namespace

Result<DaemonConfig> read_config(const std::string& path) {
  std::ifstream file(path);
  if (!file) return sys_error("cannot open " + path);
  std::ostringstream content;
  content << file.rdbuf();
  auto json = Json::parse(content.str(), nullptr, false, true);
  if (!json.is_object()) return Error{EINVAL, path + ": not a JSON object"};
  DaemonConfig config;
  if (const auto audit = json.find("audit"); audit != json.end()) {
    if (*audit == false) {
      config.audit.reset();
    } else if (!audit->is_object()) {
      return Error{EINVAL, path + ": /audit: an object or false is wanted"};
    } else {
      auto& log = *config.audit;
      auto taken = take(*audit, path + ": /audit",
                        {{"directory", text(log.directory)},
                         {"segment_mb", number(log.segment_bytes, 1, 1 << 20)},
                         {"keep_mb", number(log.keep_bytes, 1, 1 << 20)},
                         {"keep_days", number(log.keep_days, 0)}});
      if (!taken) return taken.error();
    }
    json.erase(audit);
  }
  auto taken = take(json, path + ": ",
                    {{"gate", text(config.gate)},
                     {"socket", text(config.socket)},
                     {"group", text(config.group)},
                     {"approvers_group", text(config.approvers_group)},
                     {"readers_group", text(config.readers_group)},
                     {"state", text(config.state)},
                     {"sinks", texts(config.sinks)},
                     {"metrics", text(config.metrics)},
                     {"mandatory", texts(config.mandatory)},
                     {"audit", [](const Json&) { return true; }}});  // taken above
  if (!taken) return taken.error();
  return config;
}

}  // namespace gatehouse::daemon
