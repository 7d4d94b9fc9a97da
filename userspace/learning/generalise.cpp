// SPDX-License-Identifier: Apache-2.0
// A tree of names, folded from its leaves up. It must never fold a folder in which others than the agent
// put things: near the root, in the home itself, where programs lie.
#include "learning/generalise.h"

#include <algorithm>
#include <map>
#include <memory>

namespace gatehouse::learning {
namespace {

constexpr std::size_t kSame = 4;     // names in one folder that make it `dir/*`
constexpr std::size_t kFolders = 3;  // folders with something in them that make it `dir/**`

struct Node {
  std::map<std::string, std::unique_ptr<Node>> below;
  Pattern here;  // times == 0: nothing ends here
};

bool is_tmp(std::string_view directory) {
  return directory == "/tmp" || directory == "/var/tmp" || directory == "/dev/shm";
}

bool below(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

std::size_t depth_of(std::string_view directory) {
  return static_cast<std::size_t>(std::count(directory.begin(), directory.end(), '/'));
}

bool library_folder(std::string_view directory) {
  const std::string closed = std::string(directory) + "/";
  return closed.find("/lib/") != std::string::npos || closed.find("/lib64/") != std::string::npos ||
         closed.find("/lib32/") != std::string::npos ||
         closed.find("/libexec/") != std::string::npos;
}

bool may_fold(const std::string& directory, Kind kind) {
  if (directory.starts_with("${workspace}")) return true;
  if (is_tmp(directory) || below(directory, "/tmp") || below(directory, "/var/tmp") ||
      below(directory, "/dev/shm"))
    return true;
  if (kind == Kind::programs) return false;
  if (kind == Kind::code && !directory.starts_with("~"))
    return library_folder(directory) && depth_of(directory) >= 2;
  if (directory.starts_with("~")) {
    const bool crowded = directory == "~/.config" || directory == "~/.local" ||
                         directory == "~/.local/share" || directory == "~/.local/bin";
    return depth_of(directory) >= 1 && !crowded;
  }
  for (const char* never : {"/proc", "/sys", "/dev", "/boot", "/run"})
    if (directory == never || below(directory, never)) return false;
  for (const char* shared : {"/etc", "/home", "/root", "/var"})
    if (directory == shared || below(directory, shared)) return depth_of(directory) >= 3;
  return depth_of(directory) >= 2;
}

class Folding {
 public:
  Folding(Kind kind, const std::vector<std::string>& apart) : kind_(kind), apart_(apart) {}

  // What ends in or below `node`, which stands for `directory`.
  std::vector<Pattern> fold(const Node& node, const std::string& directory) {
    std::vector<Pattern> names, deep;  // right here; further down
    std::size_t folders = 0;
    for (const auto& [name, child] : node.below) {
      const std::string path = directory + "/" + name;
      if (child->here.times != 0) {
        names.push_back(child->here);
        names.back().glob = path;
      }
      auto found = fold(*child, path);
      folders += found.empty() ? 0 : 1;
      std::move(found.begin(), found.end(), std::back_inserter(deep));
    }
    const bool may = may_fold(directory, kind_);
    if (may && folders >= kFolders && !keeps_apart(directory, true)) {
      std::move(names.begin(), names.end(), std::back_inserter(deep));
      return {together(deep, directory + "/**")};
    }
    if (may && names.size() >= kSame && !keeps_apart(directory, false))
      names = {together(names, directory + "/*")};
    std::move(deep.begin(), deep.end(), std::back_inserter(names));
    return names;
  }

 private:
  // Would `directory/*` or, if deep, `directory/**` reach over a place that something denies?
  [[nodiscard]] bool keeps_apart(const std::string& directory, bool deep) const {
    return std::any_of(apart_.begin(), apart_.end(), [&](const std::string& place) {
      if (place == directory) return true;
      if (!below(place, directory)) return false;
      return deep || place.find('/', directory.size() + 1) == std::string::npos;
    });
  }
  static Pattern together(const std::vector<Pattern>& all, std::string glob) {
    Pattern out{std::move(glob), 0, 0, all.front().example};
    for (const auto& one : all) {
      out.times += one.times;
      out.paths += one.paths;
    }
    return out;
  }

  Kind kind_;
  const std::vector<std::string>& apart_;
};

}  // namespace

std::string with_variable(std::string_view path, const policy::Context& context) {
  const auto under = [&](const std::string& directory) {
    return directory.size() > 1 && (path == directory || below(path, directory));
  };
  if (under(context.workspace))
    return "${workspace}" + std::string(path.substr(context.workspace.size()));
  if (under(context.home)) return "~" + std::string(path.substr(context.home.size()));
  return std::string(path);
}

std::string escaped_path(std::string_view path, const policy::Context& context) {
  const std::string text = with_variable(path, context);
  const std::size_t root = std::min(text.find('/'), text.size());
  return text.substr(0, root) + escaped(std::string_view(text).substr(root));
}

std::vector<Pattern> generalise(const std::vector<Path>& paths, Kind kind,
                                const std::vector<std::string>& apart) {
  std::map<std::string, Node> roots;  // "${workspace}", "~", ""
  for (const auto& one : paths) {
    const std::string text = with_variable(one.path, *one.context);
    const auto first = text.find('/');
    const std::string root = text.substr(0, first);
    Node* node = &roots[root];
    std::string parent = root;
    for (std::size_t at = first; at != std::string::npos;) {
      const auto next = text.find('/', at + 1);
      const auto name = text.substr(at + 1, next == std::string::npos ? next : next - at - 1);
      at = next;
      if (name.empty()) continue;
      const auto glob = folded(name, parent, is_tmp(parent));
      auto& child = node->below[glob];
      if (!child) child = std::make_unique<Node>();
      node = child.get();
      parent += "/" + name;
    }
    node->here.times += one.times;
    node->here.paths += 1;
    if (node->here.example.empty()) node->here.example = one.path;
  }
  std::vector<Pattern> out;
  Folding folding(kind, apart);
  for (const auto& [root, node] : roots) {
    if (node.here.times != 0) {
      out.push_back(node.here);
      out.back().glob = root.empty() ? "/" : root;
    }
    auto found = folding.fold(node, root);
    std::move(found.begin(), found.end(), std::back_inserter(out));
  }
  return out;
}

}  // namespace gatehouse::learning
