// SPDX-License-Identifier: Apache-2.0
// Paths that were used → patterns that the next run needs: variables put in, numbers that change folded,
// siblings gathered. It must never gather across a place that it was told to keep apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/model.h"

namespace gatehouse::learning {

struct Path {
  std::string path;  // bytes, absolute
  std::uint64_t times = 1;
  const policy::Context* context = nullptr;
};

struct Pattern {
  std::string glob;  // of a policy
  std::uint64_t times = 0;
  std::uint64_t paths = 0;  // how many different ones it stands for
  std::string example;      // one of them; bytes
};

// How freely siblings are gathered.
enum class Kind {
  files,
  code,      // mapped: folders of libraries
  programs,  // only where the agent itself makes them
};

// `apart`: literal beginnings of patterns that deny, as beginning_of gives them. No dir/* or dir/** may have
// one of them below it.
std::vector<Pattern> generalise(const std::vector<Path>& paths, Kind kind,
                                const std::vector<std::string>& apart);

// The path with its variable in front: "${workspace}/a", "~/b", "/c".
std::string with_variable(std::string_view path, const policy::Context& context);
// Bytes as a glob that matches them and, where they hold what no policy should, as little more as can be.
std::string escaped(std::string_view bytes);
// A path with its variable in front, as a glob that matches it alone.
std::string escaped_path(std::string_view path, const policy::Context& context);
// One name with the parts that change from run to run made wildcards, escaped. `in_tmp`: names are random.
std::string folded(std::string_view name, std::string_view parent, bool in_tmp);
// The part of a pattern that stands before its first wildcard, whole names only: "${workspace}/.git/hooks".
std::string beginning_of(std::string_view pattern);

}  // namespace gatehouse::learning
