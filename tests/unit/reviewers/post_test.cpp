// SPDX-License-Identifier: Apache-2.0
// Asks posted to a service of the test's own on loopback: what it gets, and what each of its answers comes
// to. No answer of another shape than the documented one may be a decision.
#include "reviewers/post.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/unique_fd.h"

namespace gatehouse::reviewers {
namespace {

const std::string kSecret = "0123456789abcdef";

// Answers one connection after the other with the next of its replies, and keeps what it was asked.
class Service {
 public:
  explicit Service(std::vector<std::string> replies) : replies_(std::move(replies)) {
    listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_.get(), 8);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ::ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Service() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/ask?a=b";
  }
  std::vector<std::string> asked;  // once the reply was read

 private:
  void serve() {
    for (const auto& reply : replies_) {
      const UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.valid()) return;
      asked.push_back(request(client.get()));
      if (reply.empty()) {  // says nothing until the other side goes
        char byte;
        while (::read(client.get(), &byte, 1) > 0) {
        }
        continue;
      }
      (void)!::write(client.get(), reply.data(), reply.size());
      ::shutdown(client.get(), SHUT_WR);
    }
  }
  static std::string request(int fd) {
    std::string text;
    char buffer[4096];
    for (;;) {
      const auto head = text.find("\r\n\r\n");
      if (head != std::string::npos) {
        const auto at = text.find("Content-Length: ");
        const auto body = at == std::string::npos ? 0 : std::strtoul(&text[at + 16], nullptr, 10);
        if (text.size() >= head + 4 + body) return text;
      }
      const auto got = ::read(fd, buffer, sizeof buffer);
      if (got <= 0) return text;
      text.append(buffer, static_cast<std::size_t>(got));
    }
  }
  std::vector<std::string> replies_;
  UniqueFd listener_;
  unsigned port_ = 0;
  std::thread thread_;
};

std::string http(const std::string& status, const std::string& body, const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\nConnection: close\r\n" + more + "\r\n" + body;
}

std::string header(const std::string& request, const std::string& name) {
  const auto at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

class Post : public ::testing::Test {
 protected:
  Post() {
    ::close(::mkstemp(file_));
    write(kSecret + "\n");
  }
  ~Post() override { ::unlink(file_); }
  void write(const std::string& secret) { std::ofstream(file_) << secret; }
  Verdict post_to(const std::string& url, std::uint64_t timeout_ms = 20'000) {
    return post({url, file_, R"({"v":1,"id":7})", timeout_ms});
  }
  std::string why(const Verdict& verdict) {
    const auto* failure = std::get_if<Failure>(&verdict);
    return failure == nullptr ? "a decision" : failure->why;
  }
  std::string why(const std::string& reply, std::uint64_t timeout_ms = 20'000) {
    Service service({reply});
    return why(post_to(service.url(), timeout_ms));
  }
  char file_[32] = "/tmp/gatehouse-key-XXXXXX";
};

TEST_F(Post, IsSignedAndItsAnswerIsTheDecision) {
  Service service({http("200 OK", R"({"verdict":"allow","scope":"session"})")});
  const auto verdict = post_to(service.url());
  ASSERT_TRUE(std::holds_alternative<Decision>(verdict)) << why(verdict);
  EXPECT_EQ(std::get<Decision>(verdict).scope, GH_SCOPE_SESSION);
  const auto& asked = service.asked.at(0);
  EXPECT_TRUE(asked.starts_with("POST /ask?a=b HTTP/1.1\r\n")) << asked;
  EXPECT_TRUE(asked.ends_with("\r\n\r\n{\"v\":1,\"id\":7}")) << asked;
  EXPECT_EQ(header(asked, "X-Gatehouse-Signature"),
            signature(kSecret, header(asked, "X-Gatehouse-Timestamp"), R"({"v":1,"id":7})"));
}

TEST(Signature, is_that_of_the_standard) {
  // As `printf 1700000000.body | openssl dgst -sha256 -hmac 0123456789abcdef` has it.
  EXPECT_EQ(signature(kSecret, "1700000000", "body"),
            "sha256=eba557db1f2d733c0b5a666469744627a020cfe6764be44fba992b21bf2deb6f");
}

TEST_F(Post, IsAskedForAgainAfterA202) {
  Service service({http("202 Accepted", R"({"poll":"/asks/7"})", "Retry-After: 1\r\n"),
                   http("202 Accepted", "", "Retry-After: 1\r\n"),
                   http("200 OK", R"({"verdict":"deny","message":"no"})")});
  const auto verdict = post_to(service.url());
  ASSERT_TRUE(std::holds_alternative<Decision>(verdict)) << why(verdict);
  EXPECT_EQ(std::get<Decision>(verdict).message, "no");
  const auto& again = service.asked.at(2);
  EXPECT_TRUE(again.starts_with("GET /asks/7 HTTP/1.1\r\n")) << again;
  EXPECT_EQ(header(again, "X-Gatehouse-Signature"),
            signature(kSecret, header(again, "X-Gatehouse-Timestamp"), "/asks/7"));
}

TEST_F(Post, WithAnyOtherStatusHasFailed) {
  for (const char* status : {"204 No Content", "301 Moved", "403 Forbidden", "500 Broken"}) {
    const auto text =
        why(http(status, R"({"verdict":"allow"})", "Location: http://127.0.0.1:1/\r\n"));
    EXPECT_NE(text.find(std::string(status).substr(0, 3)), std::string::npos) << text;
  }
}

TEST_F(Post, WithAnyOtherBodyHasFailed) {
  EXPECT_NE(why(http("200 OK", "yes")).find("no decision"), std::string::npos);
  EXPECT_NE(why(http("200 OK", "")).find("nothing"), std::string::npos);
  EXPECT_NE(why(http("200 OK", std::string(200'000, ' '))).find("64 KiB"), std::string::npos);
  for (const char* poll : {R"({"poll":"http://127.0.0.1/x"})", R"({"poll":"//other/x"})", R"({})",
                           R"({"poll":"/a\nb"})", R"({"poll":"@other/"})"})
    EXPECT_NE(why(http("202 Accepted", poll)).find("ask again"), std::string::npos) << poll;
}

TEST_F(Post, WaitsNoLongerThanItsTime) {
  EXPECT_NE(why("", 300).find("in time"), std::string::npos);
  EXPECT_NE(
      why(http("202 Accepted", R"({"poll":"/x"})", "Retry-After: 60\r\n"), 2'000).find("in time"),
      std::string::npos);
}

TEST_F(Post, NeedsASecretThatIsOne) {
  write("short");
  EXPECT_NE(why(post_to("http://127.0.0.1:9/")).find("16 to 4096"), std::string::npos);
  write(kSecret);
  ::chmod(file_, 0644);
  EXPECT_NE(why(post_to("http://127.0.0.1:9/")).find("all users"), std::string::npos);
  ::unlink(file_);
  EXPECT_NE(why(post_to("http://127.0.0.1:9/")).find("cannot read"), std::string::npos);
}

TEST(Posting, comes_back_as_it_was_written) {
  const Posting posting{"https://a/", "/k", "{\"v\":1}", 5000};
  const auto again = parse_posting(posting_json(posting));
  ASSERT_TRUE(std::holds_alternative<Posting>(again));
  EXPECT_EQ(std::get<Posting>(again).ask, posting.ask);
  EXPECT_TRUE(std::holds_alternative<Failure>(parse_posting("{}")));
}

}  // namespace
}  // namespace gatehouse::reviewers
