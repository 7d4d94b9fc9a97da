// SPDX-License-Identifier: Apache-2.0
// Signing, posting and asking again behind post.h. The secret must never appear in a message.
#include "reviewers/post.h"

#include <fcntl.h>
#include <sodium/crypto_auth_hmacsha256.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <thread>

#include "base/quote.h"
#include "base/unique_fd.h"
#include "control/document.h"
#include "control/fields.h"
#include "web/http.h"

namespace gatehouse::reviewers {
namespace {

constexpr std::size_t kLeastSecret = 16, kMostSecret = 4096;
constexpr std::uint64_t kAgainSeconds = 2, kMostWait = 60;

std::vector<std::string> headers(const std::string& secret, std::string_view signed_text) {
  const auto now = std::to_string(std::time(nullptr));
  return {"Content-Type: application/json", "Accept: application/json",
          "Expect:", "X-Gatehouse-Timestamp: " + now,
          "X-Gatehouse-Signature: " + signature(secret, now, signed_text)};
}

// "https://host:port" of an address that the policy's reader has passed.
std::string origin(const std::string& url) {
  return url.substr(0, url.find_first_of("/?#", url.find("//") + 2));
}

// Where to ask again: at the same place only.
std::variant<std::string, Failure> poll_path(const std::string& body) {
  const auto document = control::parse_document(body, kMostAnswer + 1);
  if (const auto* wrong = std::get_if<control::Refusal>(&document))
    return Failure{"its 202 names no place to ask again: " + wrong->message};
  control::Fields fields(std::get<control::Json>(document));
  const auto path = fields.text("poll");
  const bool plain = std::all_of(path.begin(), path.end(),
                                 [](char c) { return c > ' ' && c < 0x7f && c != '\\'; });
  if (!path.starts_with('/') || path.starts_with("//") || !plain || path.size() > 2048)
    fields.wrong("`poll` must be a path of the same service, such as /asks/7");
  if (const auto wrong = fields.finish())
    return Failure{"its 202 names no place to ask again: " + wrong->message};
  return path;
}

}  // namespace

std::string signature(std::string_view secret, std::string_view timestamp, std::string_view body) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  crypto_auth_hmacsha256_state state;
  unsigned char mac[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256_init(&state, bytes(secret), secret.size());
  crypto_auth_hmacsha256_update(&state, bytes(timestamp), timestamp.size());
  crypto_auth_hmacsha256_update(&state, bytes("."), 1);
  crypto_auth_hmacsha256_update(&state, bytes(body), body.size());
  crypto_auth_hmacsha256_final(&state, mac);
  std::string out = "sha256=";
  for (const unsigned char byte : mac) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

Result<std::string> read_secret(const std::string& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  const std::string doing = "the secret file " + visible(file);
  struct stat status = {};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0) return sys_error("cannot read " + doing);
  if (!S_ISREG(status.st_mode)) return Error{EINVAL, doing + " is no file"};
  if ((status.st_mode & S_IRWXO) != 0)
    return Error{EPERM, doing + " is open to all users: chmod o-rwx"};
  std::string text(kMostSecret + 1, '\0');
  const ssize_t got = ::read(fd.get(), text.data(), text.size());
  if (got < 0) return sys_error("cannot read " + doing);
  text.resize(static_cast<std::size_t>(got));
  while (text.ends_with('\n') || text.ends_with('\r'))
    text.pop_back();
  if (text.size() < kLeastSecret || text.size() > kMostSecret)
    return Error{EINVAL, doing + " must hold 16 to 4096 bytes"};
  return text;
}

std::variant<Posting, Failure> parse_posting(std::string_view text) {
  const auto document = control::parse_document(text, control::kMostReply);
  if (const auto* wrong = std::get_if<control::Refusal>(&document)) return Failure{wrong->message};
  control::Fields fields(std::get<control::Json>(document));
  Posting posting{fields.text("url"), fields.text("secret_file"), fields.text("ask"),
                  fields.number("timeout_ms")};
  if (const auto wrong = fields.finish()) return Failure{wrong->message};
  return posting;
}

std::string posting_json(const Posting& posting) {
  return control::Json({{"url", posting.url},
                        {"secret_file", posting.secret_file},
                        {"ask", posting.ask},
                        {"timeout_ms", posting.timeout_ms}})
      .dump();
}

Verdict post(const Posting& posting) {
  const web::Deadline deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(posting.timeout_ms);
  const auto secret = read_secret(posting.secret_file);
  if (!secret) return Failure{secret.error().what};
  const auto curl = web::load_curl();
  if (!curl) return Failure{curl.error().what};
  std::string url = posting.url;
  const std::string* body = &posting.ask;
  std::string asked = posting.ask;  // what is signed
  for (;;) {
    auto reply = web::exchange(*curl, url, body, headers(*secret, asked), deadline);
    if (!reply) return Failure{reply.error().what};
    if (reply->status == 200) return parse_decision(reply->body);
    if (reply->status != 202)
      return Failure{"it answered with HTTP status " + std::to_string(reply->status)};
    if (body != nullptr) {
      const auto path = poll_path(reply->body);
      if (const auto* failure = std::get_if<Failure>(&path)) return *failure;
      asked = std::get<std::string>(path);
      url = origin(posting.url) + asked;
      body = nullptr;
    }
    const auto wait = std::clamp<std::uint64_t>(
        reply->retry_after == 0 ? kAgainSeconds : reply->retry_after, 1, kMostWait);
    const auto next = std::chrono::steady_clock::now() + std::chrono::seconds(wait);
    if (next >= deadline) return Failure{"no decision in time"};
    std::this_thread::sleep_until(next);
  }
}

}  // namespace gatehouse::reviewers
