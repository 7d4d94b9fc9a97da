// SPDX-License-Identifier: Apache-2.0
// Files and unix sockets, and the order of all parts. It must never fold what a person answered together with
// what nobody was asked.
#include "learning/rules.h"

#include <algorithm>
#include <map>

#include "events/words.h"
#include "policy/words.h"

namespace gatehouse::learning {
namespace {

// What a run that made a file needs to do it again: whoever changes content also creates, replaces and sets
// modes, in an order that varies.
policy::AccessSet rounded(policy::AccessSet access) {
  const policy::AccessSet changes = access & policy::kWriteSet;
  const bool one_alone = changes == policy::access_bit(GH_CREATE) ||
                         changes == policy::access_bit(GH_DELETE) ||
                         changes == policy::access_bit(GH_METADATA);
  return changes == 0 || one_alone ? changes : policy::kWriteSet;
}

const char* name_of_set(policy::AccessSet access) {
  if (access == policy::access_bit(GH_READ)) return "read";
  if (access == policy::access_bit(GH_CREATE)) return "create";
  if (access == policy::access_bit(GH_DELETE)) return "delete";
  if (access == policy::access_bit(GH_METADATA)) return "metadata";
  return "write";
}

struct Group {
  policy::AccessSet access = 0;
  bool ask = false;
  auto operator<=>(const Group&) const = default;
};

// The first two names: what belongs together for a reader.
std::string place_of(const std::string& glob) {
  const auto first = glob.find('/', glob.starts_with('/') ? 1 : 0);
  if (first == std::string::npos) return glob;
  const auto second = glob.find('/', first + 1);
  return glob.substr(0, second);
}

}  // namespace

std::string plural(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string comment_of(const Pattern& pattern, bool ask) {
  std::string text = plural(pattern.times, "event", "events");
  if (pattern.paths > 1) text += ", " + plural(pattern.paths, "path", "paths");
  text += ": " + pattern.example;
  if (ask) text += "; a person was asked";
  return text;
}

bool is_testable(std::string_view path) {
  return path.size() < 1000 && std::all_of(path.begin(), path.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 ||
                  std::string_view("/._+-@=:").find(static_cast<char>(c)) != std::string_view::npos;
         });
}

void file_rules(const std::vector<Needed>& all, const Observed& observed,
                const std::vector<std::string>& apart, Rules& out) {
  struct Sum {
    policy::AccessSet access = 0;
    std::uint64_t times = 0;
    bool ask = false;
  };
  std::map<std::pair<std::uint16_t, std::string>, Sum> changed, read;
  for (const auto& one : all) {
    const auto access = one.key->request.access;
    if (GH_ACCESS_CLASS(access) != 0 || access == GH_EXEC || access == GH_UNIX) continue;
    auto& sum = (access == GH_READ ? read : changed)[{one.key->context, one.key->request.object}];
    sum.access |= policy::access_bit(access);
    sum.times += one.used->times;
    sum.ask = sum.ask || one.ask;
  }
  std::map<Group, std::vector<Path>> groups;
  for (const auto* some : {&read, &changed})
    for (const auto& [where, sum] : *some) {
      const auto access = some == &read ? sum.access : rounded(sum.access);
      groups[{access, sum.ask}].push_back(
          {where.second, sum.times, &observed.contexts()[where.first]});
    }
  std::size_t number = 0;
  for (const auto& [group, paths] : groups) {
    std::map<std::string, std::vector<Pattern>> places;
    for (auto& pattern : generalise(paths, Kind::files, apart))
      places[place_of(pattern.glob)].push_back(std::move(pattern));
    for (const auto& [place, patterns] : places) {
      Json body = {{"id", std::string("learned-") + name_of_set(group.access) + "-" +
                              std::to_string(++number)},
                   {"action", group.ask ? "ask" : "allow"},
                   {"access", path_accesses_json(group.access)},
                   {"paths", Json::array()}};
      Pattern total{place, 0, 0, patterns.front().example};
      for (const auto& pattern : patterns) {
        body["paths"].push_back(pattern.glob);
        total.times += pattern.times;
        total.paths += pattern.paths;
      }
      out.filesystem.push_back({std::move(body), comment_of(total, group.ask)});
    }
  }
  for (const auto& [where, sum] : changed) {
    if (out.tests.size() >= 50) break;
    const auto path = with_variable(where.second, observed.contexts()[where.first]);
    if (is_testable(where.second))
      out.tests.push_back(
          {{"expect", sum.ask ? "ask" : "allow"},
           {"access",
            events::access_word((sum.access & policy::access_bit(GH_CREATE)) != 0   ? GH_CREATE
                                : (sum.access & policy::access_bit(GH_WRITE)) != 0  ? GH_WRITE
                                : (sum.access & policy::access_bit(GH_DELETE)) != 0 ? GH_DELETE
                                                                                    : GH_METADATA)},
           {"path", path}});
  }
}

void unix_rules(const std::vector<Needed>& all, const Observed& observed,
                const std::vector<std::string>& apart, Rules& out) {
  std::size_t number = 0;
  for (const bool ask : {false, true}) {
    std::vector<Path> paths;
    for (const auto& one : all) {
      const auto& request = one.key->request;
      if (request.access != GH_UNIX || one.ask != ask) continue;
      const std::string id = "learned-unix-" + std::to_string(++number);
      if (policy::is_abstract(request.object)) {
        const std::string name = request.object.substr(1);
        Json body = {{"id", id},
                     {"action", ask ? "ask" : "allow"},
                     {"abstract", Json::array({folded(name, "", false)})}};
        out.unix_sockets.push_back(
            {std::move(body), comment_of({"", one.used->times, 1, request.object}, ask)});
      } else {
        paths.push_back({request.object, one.used->times, &observed.contexts()[one.key->context]});
      }
    }
    for (const auto& pattern : generalise(paths, Kind::files, apart)) {
      Json body = {{"id", "learned-unix-" + std::to_string(++number)},
                   {"action", ask ? "ask" : "allow"},
                   {"paths", Json::array({pattern.glob})}};
      out.unix_sockets.push_back({std::move(body), comment_of(pattern, ask)});
    }
  }
}

Rules rules_of(const Sorted& sorted, const Observed& observed,
               const std::vector<std::string>& apart) {
  Rules out;
  file_rules(sorted.needed, observed, apart, out);
  exec_rules(sorted.needed, observed, apart, out);
  net_rules(sorted.needed, out);
  unix_rules(sorted.needed, observed, apart, out);
  for (const auto& one : sorted.needed) {
    if (one.key->request.access != GH_PRIVILEGE) continue;
    const std::string word(events::privilege_word(one.key->request.privilege));
    if (std::find(out.privileges.begin(), out.privileges.end(), word) != out.privileges.end())
      continue;
    out.privileges.push_back(word);
    out.privilege_comments.push_back(word + ": " + plural(one.used->times, "event", "events"));
  }
  return out;
}

}  // namespace gatehouse::learning
