// SPDX-License-Identifier: Apache-2.0
// Reads the opening comments of cases. A line that looks like a statement and is none that is known must
// never be taken for prose.
#include "case.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gatehouse::compat {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;)
    words.push_back(word);
  return words;
}

void state(Case& one, const std::string& key, const std::string& value) {
  const auto add = [](std::vector<std::string>& to, const std::vector<std::string>& words) {
    to.insert(to.end(), words.begin(), words.end());
  };
  if (key == "Asked")
    one.asked.push_back(value);
  else if (key == "Denied")
    one.denied.push_back(value);
  else if (key == "Privileges")
    add(one.privileges, words_of(value));
  else if (key == "Writes")
    add(one.writes, words_of(value));
  else if (key == "Varies")
    add(one.varies, words_of(value));
  else if (key == "Unlisted")
    add(one.unlisted, words_of(value));
  else
    throw std::runtime_error(one.script + ": what is \"" + key + ":\"?");
}

Case read(const std::filesystem::path& script) {
  Case one;
  one.name = script.stem();
  one.script = script;
  std::ifstream file(script);
  for (std::string line; std::getline(file, line) && line.starts_with("#");) {
    const auto text = line.size() > 2 ? line.substr(2) : "";
    const auto colon = text.find(": ");
    // The first line is prose whatever it looks like.
    const bool states = !one.proves.empty() && colon != std::string::npos && text.find(' ') > colon;
    if (line.starts_with("#!") || text.starts_with("SPDX-")) continue;
    if (states)
      state(one, text.substr(0, colon), text.substr(colon + 2));
    else
      one.proves += (one.proves.empty() ? "" : " ") + text;
  }
  return one;
}

}  // namespace

std::vector<Case> cases_of(const std::string& folder) {
  std::vector<Case> all;
  for (const auto& entry :
       std::filesystem::directory_iterator(GH_TEST_SOURCE_DIR "/tests/compat/" + folder))
    if (entry.path().extension() == ".sh") all.push_back(read(entry.path()));
  std::sort(all.begin(), all.end(), [](const Case& a, const Case& b) { return a.name < b.name; });
  return all;
}

bool is_any_of(const std::vector<std::string>& patterns, const std::string& text) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
  });
}

std::string unexpected(const std::vector<std::string>& patterns,
                       const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts)
    if (!is_any_of(patterns, text)) all += "not stated: " + text + "\n";
  for (const auto& pattern : patterns)
    if (std::none_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return is_any_of({pattern}, text); }))
      all += "did not happen: " + pattern + "\n";
  return all;
}

}  // namespace gatehouse::compat
