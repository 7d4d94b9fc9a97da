// SPDX-License-Identifier: Apache-2.0
// The Ed25519 key that signs an audit log, and the half of it that proves a signature. The secret half must
// never lie where the log lies: who may read the log would then write it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "audit/chain.h"
#include "base/result.h"

namespace gatehouse::audit {

class PublicKey {
 public:
  static std::optional<PublicKey> of_text(std::string_view base64);
  static Result<PublicKey> load(const std::string& path);

  [[nodiscard]] std::string text() const;         // base64
  [[nodiscard]] std::string fingerprint() const;  // 16 hexadecimal digits, for people
  [[nodiscard]] bool signed_by_us(const Link& link, std::string_view signature) const;

 private:
  friend class SecretKey;
  std::array<unsigned char, 32> bytes_{};
};

class SecretKey {
 public:
  // Makes the file (0600) with a new key when it is not there. Refuses one that others may read.
  static Result<SecretKey> load_or_make(const std::string& path);

  [[nodiscard]] std::string sign(const Link& link) const;  // base64
  [[nodiscard]] PublicKey public_half() const;

 private:
  std::array<unsigned char, 64> bytes_{};
};

}  // namespace gatehouse::audit
