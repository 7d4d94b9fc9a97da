// SPDX-License-Identifier: Apache-2.0
// Another text for a policy file, with the rights of whoever runs this: all of it or nothing. It must never leave half
// a file, lose the owner or the mode, nor write over what somebody else has written meanwhile.
#pragma once

#include <sys/stat.h>

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gatehouse::policy {

// begin, prepare, commit; what was not committed is as if it had never begun.
class Rewriting {
 public:
  // Reads the file, and keeps others of us from rewriting it. A link is followed: its target is rewritten.
  static Result<Rewriting> begin(const std::string& file);
  Rewriting(Rewriting&& other) noexcept;
  Rewriting& operator=(Rewriting&&) = delete;
  ~Rewriting();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  // Puts the new text beside it, to the last byte and on the disk.
  Result<void> prepare(const std::string& text);
  // Refused if the file is not the one that was read.
  [[nodiscard]] Result<void> unchanged() const;
  // In its place; refused if the file is not the one that was read.
  Result<void> commit();

 private:
  Rewriting() = default;

  std::string path_, text_, beside_;
  UniqueFd held_;
  struct stat status_ {};
};

}  // namespace gatehouse::policy
