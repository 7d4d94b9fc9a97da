// SPDX-License-Identifier: Apache-2.0
// The looks behind reviewer_trust.h, by the session's own tables. What cannot be looked at must never be
// trusted.
#include "daemon/reviewer_trust.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/quote.h"
#include "tables/evaluate.h"

namespace gatehouse::daemon {
namespace {

namespace fs = std::filesystem;

bool may(const tables::Tables& tables, const std::string& path, gh_access access) {
  const auto verdict = tables::evaluate_path(tables, path, access).verdict;
  return verdict == GH_ALLOW || verdict == GH_ASK;  // an ask may be the one that is answered here
}

// Write it, or put another in its place: by its own name or by that of a directory above it.
bool may_change(const tables::Tables& tables, const std::string& path) {
  if (may(tables, path, GH_WRITE)) return true;
  for (fs::path at = path; at.has_relative_path(); at = at.parent_path())
    if (may(tables, at.string(), GH_DELETE)) return true;
  return false;
}

std::string canonical(const std::string& path) {
  std::error_code error;
  const auto found = fs::canonical(path, error);
  return error ? std::string() : found.string();
}

bool is_program_text(const std::string& word) {
  std::error_code error;
  return word.starts_with('/') && fs::is_regular_file(word, error);
}

}  // namespace

bool has_programs(const policy::Approvals& approvals) {
  return std::any_of(approvals.reviewers.begin(), approvals.reviewers.end(),
                     [](const policy::Reviewer& reviewer) { return reviewer.automatic(); });
}

void check_reviewers(const policy::Policy& policy, const tables::Tables& tables,
                     Diagnostics& diagnostics) {
  const policy::Approvals& approvals = policy.approvals;
  if (!has_programs(approvals)) return;
  const std::string at = "/approvals/reviewers";
  const auto refuse = [&](const std::string& pointer, const std::string& what) {
    diagnostics.error(approvals.reviewers_file, pointer, "the session itself could change " + what,
                      "keep it where the policy lets the session write nothing");
  };
  for (std::size_t i = 0; i < approvals.reviewers.size(); ++i) {
    const auto& words = approvals.reviewers[i].command;
    for (std::size_t j = 0; j < words.size(); ++j) {
      if (j != 0 && !is_program_text(words[j])) continue;
      const auto real = canonical(words[j]);
      if (may_change(tables, words[j]) || (!real.empty() && may_change(tables, real)))
        refuse(at + "/" + std::to_string(i) + "/command/" + std::to_string(j),
               quote(words[j]) + ", which runs outside of it");
    }
  }
  if (may_change(tables, fs::absolute(approvals.reviewers_file).lexically_normal()))
    refuse(at, "this file, which names programs to run");
}

void check_author(const policy::Approvals& approvals, Diagnostics& diagnostics) {
  if (!has_programs(approvals) || approvals.reviewers_of_host) return;
  const std::string& file = approvals.reviewers_file;
  const auto refuse = [&](const std::string& what, const std::string& hint) {
    diagnostics.error(file, "/approvals/reviewers", "this file names programs to run, and " + what,
                      hint);
  };
  struct stat status = {};
  if (::stat(file.c_str(), &status) != 0) return refuse("it cannot be looked at", "");
  if (const auto real = canonical(file); real != fs::absolute(file).lexically_normal())
    refuse("it is reached by a symlink", "name it " + real);
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    refuse("it belongs to another user (uid " + std::to_string(status.st_uid) + ")",
           "it must belong to you or to root");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    refuse("others may write to it", "chmod go-w " + file);
}

}  // namespace gatehouse::daemon
