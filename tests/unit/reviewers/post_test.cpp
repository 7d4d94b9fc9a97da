// SPDX-License-Identifier: Apache-2.0
// Asks posted to a service of the test's own on loopback: what it gets, and what each of its answers comes
// to. No answer of another shape than the documented one may be a decision.
#include "reviewers/post.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "support/http_service.h"

namespace gatehouse::reviewers {
namespace {

using http_test::header;
using http_test::http;
using http_test::Service;

const std::string kSecret = "0123456789abcdef";

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
