// SPDX-License-Identifier: Apache-2.0
// libsodium behind key.h. A key must never be used that another user could have put there.
#include "audit/key.h"

#include <fcntl.h>
#include <sodium/core.h>
#include <sodium/crypto_sign_ed25519.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/unique_fd.h"
#include "events/json.h"

namespace gatehouse::audit {
namespace {

constexpr std::string_view kPurpose =
    "gatehouse audit 1\n";  // a signature for this is for nothing else
constexpr std::size_t kMostText = 4096;

std::string signed_text(const Link& link) {
  return std::string(kPurpose) +
         std::string(reinterpret_cast<const char*>(link.data()), link.size());
}

template <std::size_t N>
bool take_bytes(std::string_view base64, std::array<unsigned char, N>& bytes) {
  while (!base64.empty() && base64.back() == '\n')
    base64.remove_suffix(1);
  const auto found = events::from_base64(std::string(base64));
  if (!found || found->size() != N) return false;
  std::copy(found->begin(), found->end(), bytes.begin());
  return true;
}

template <std::size_t N>
std::string text_of(const std::array<unsigned char, N>& bytes) {
  return events::base64({reinterpret_cast<const char*>(bytes.data()), N});
}

Result<std::string> read_small(int fd, const std::string& path) {
  std::string text(kMostText, '\0');
  const ssize_t got = ::read(fd, text.data(), text.size());
  if (got < 0) return sys_error("cannot read " + path);
  text.resize(static_cast<std::size_t>(got));
  return text;
}

Result<void> make(const std::string& path) {
  unsigned char half[32];
  std::array<unsigned char, 64> bytes{};
  if (::sodium_init() < 0 || crypto_sign_ed25519_keypair(half, bytes.data()) != 0)
    return Error{EIO, "no random numbers for a key"};
  const std::string fresh = path + ".new", text = text_of(bytes) + "\n";
  ::unlink(fresh.c_str());
  const UniqueFd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.valid()) return sys_error("cannot make " + fresh);
  if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::fsync(fd.get()) != 0 || ::rename(fresh.c_str(), path.c_str()) != 0)
    return sys_error("cannot write " + path);
  return {};
}

}  // namespace

std::optional<PublicKey> PublicKey::of_text(std::string_view base64) {
  PublicKey key;
  if (!take_bytes(base64, key.bytes_)) return std::nullopt;
  return key;
}

Result<PublicKey> PublicKey::load(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return sys_error("cannot open " + path);
  auto text = read_small(fd.get(), path);
  if (!text) return text.take_error();
  auto key = of_text(*text);
  if (!key) return Error{EINVAL, path + " holds no public key (32 bytes in base64)"};
  return *key;
}

std::string PublicKey::text() const { return text_of(bytes_); }

std::string PublicKey::fingerprint() const {
  return digits_of({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()});
}

bool PublicKey::signed_by_us(const Link& link, std::string_view signature) const {
  std::array<unsigned char, crypto_sign_ed25519_BYTES> bytes{};
  if (!take_bytes(signature, bytes)) return false;
  const std::string text = signed_text(link);
  return crypto_sign_ed25519_verify_detached(bytes.data(),
                                             reinterpret_cast<const unsigned char*>(text.data()),
                                             text.size(), bytes_.data()) == 0;
}

Result<SecretKey> SecretKey::load_or_make(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0)
    if (auto made = make(path); !made) return made.error();
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return sys_error("cannot open " + path);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return sys_error("cannot inspect " + path);
  if (!S_ISREG(info.st_mode) || info.st_uid != ::geteuid() || (info.st_mode & 077) != 0)
    return Error{EPERM, path + " must be a file of our own that nobody else may read (chmod 600)"};
  auto text = read_small(fd.get(), path);
  if (!text) return text.take_error();
  SecretKey key;
  if (!take_bytes(*text, key.bytes_))
    return Error{EINVAL,
                 path + " holds no key: put the old one back, or remove it and begin a new log"};
  return key;
}

std::string SecretKey::sign(const Link& link) const {
  std::array<unsigned char, crypto_sign_ed25519_BYTES> signature{};
  const std::string text = signed_text(link);
  // Fails never: its only error is a key that is none, and that was looked at.
  if (crypto_sign_ed25519_detached(signature.data(), nullptr,
                                   reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                                   bytes_.data()) != 0)
    std::abort();
  return text_of(signature);
}

PublicKey SecretKey::public_half() const {
  PublicKey key;
  crypto_sign_ed25519_sk_to_pk(key.bytes_.data(), bytes_.data());
  return key;
}

}  // namespace gatehouse::audit
