// SPDX-License-Identifier: Apache-2.0
// File systems that a test mounts for itself, unmounted with the object. It must never mount over anything
// but a directory or file of the test's own.
#pragma once

#include <string>

namespace gatehouse::testing {

class Mount {
 public:
  Mount(const std::string& source, const std::string& target, const std::string& type,
        unsigned long flags = 0, const std::string& data = {});
  ~Mount();
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;

 private:
  std::string target_;
};

// Makes `target` (a directory) and mounts there.
class Tmpfs : public Mount {
 public:
  explicit Tmpfs(const std::string& target);
};
class Bind : public Mount {
 public:
  Bind(const std::string& source, const std::string& target);
};
// `layers`/lower, upper and work are made as needed.
class Overlay : public Mount {
 public:
  Overlay(const std::string& layers, const std::string& target);
};
// An image in a file, on a loop device.
class Ext4 {
 public:
  Ext4(const std::string& image, const std::string& target);
  ~Ext4();
  Ext4(const Ext4&) = delete;
  Ext4& operator=(const Ext4&) = delete;

 private:
  std::string target_;
};

}  // namespace gatehouse::testing
