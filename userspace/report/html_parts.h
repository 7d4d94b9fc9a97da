// SPDX-License-Identifier: Apache-2.0
// The sections of the page as HTML. It must never be used with text that has not gone through html(), but for
// words of Gatehouse's own.
#pragma once

#include <string>

#include "report/page.h"
#include "report/words.h"

namespace gatehouse::report {

// `tone`: "", "good", "warn" or "bad".
std::string tag(const std::string& escaped, const char* tone);
std::string section(const char* title, const std::string& small, const std::string& body);
// "… and 12 files not listed here."; "" for none.
std::string more(std::uint64_t count, const char* one, const char* many);

// Each "" when there is nothing to show that a reader would miss.
std::string denials_section(const Story& story, const Limits& limits);
std::string asks_section(const Story& story, const Limits& limits);
std::string files_section(const Story& story, const Limits& limits);
std::string hosts_section(const Story& story, const Limits& limits);
std::string processes_section(const Story& story, const Limits& limits);
std::string calls_section(const Story& story, const Limits& limits);
std::string commands_section(const Story& story, const Limits& limits);
std::string losses_section(const Story& story);

}  // namespace gatehouse::report
