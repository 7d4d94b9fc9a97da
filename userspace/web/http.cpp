// SPDX-License-Identifier: Apache-2.0
// libcurl's options behind http.h. What is not set here must never come from the environment.
#include "web/http.h"

#include <algorithm>

namespace gatehouse::web {
namespace {

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  text.append(data, std::min(size * count, kMostBody + 1 - text.size()));
  return text.size() > kMostBody ? 0 : size * count;  // 0: enough, the exchange fails
}

int progress(void* options, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const ExchangeOptions*>(options)->during() ? 0 : 1;
}

long ms_until(Deadline deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
  return std::max<long>(1, static_cast<long>(left.count()));
}

}  // namespace

Result<Reply> exchange(const Curl& curl, const std::string& url, const std::string* body,
                       const std::vector<std::string>& headers, Deadline deadline,
                       const ExchangeOptions& options) {
  CURL* const handle = curl.init();
  if (handle == nullptr) return Error{ENOMEM, "libcurl gives no handle"};
  curl_slist* list = nullptr;
  for (const auto& header : headers)
    list = curl.append(list, header.c_str());
  Reply reply;
  char error[CURL_ERROR_SIZE] = {};
  curl.set(handle, CURLOPT_URL, url.c_str());
  curl.set(handle, CURLOPT_PROTOCOLS_STR, url.starts_with("https:") ? "https" : "http");
  curl.set(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl.set(handle, CURLOPT_PROXY, "");
  curl.set(handle, CURLOPT_NOSIGNAL, 1L);
  curl.set(handle, CURLOPT_TIMEOUT_MS, ms_until(deadline));
  curl.set(handle, CURLOPT_HTTPHEADER, list);
  curl.set(handle, CURLOPT_USERAGENT, "gatehouse");
  curl.set(handle, CURLOPT_ERRORBUFFER, error);
  curl.set(handle, CURLOPT_WRITEFUNCTION, &take_body);
  curl.set(handle, CURLOPT_WRITEDATA, &reply.body);
  if (!options.ca_file.empty()) curl.set(handle, CURLOPT_CAINFO, options.ca_file.c_str());
  if (options.during) {
    curl.set(handle, CURLOPT_NOPROGRESS, 0L);
    curl.set(handle, CURLOPT_XFERINFOFUNCTION, &progress);
    curl.set(handle, CURLOPT_XFERINFODATA, &options);
  }
  if (body != nullptr) {
    curl.set(handle, CURLOPT_POST, 1L);
    curl.set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    curl.set(handle, CURLOPT_POSTFIELDS, body->data());
  }
  const CURLcode code = curl.perform(handle);
  curl_off_t wait = 0;
  curl.info(handle, CURLINFO_RESPONSE_CODE, &reply.status);
  curl.info(handle, CURLINFO_RETRY_AFTER, &wait);
  reply.retry_after = wait > 0 ? static_cast<std::uint64_t>(wait) : 0;
  curl.cleanup(handle);
  curl.free_list(list);
  if (code == CURLE_WRITE_ERROR) return Error{EMSGSIZE, "it answered more than 64 KiB"};
  if (code == CURLE_OPERATION_TIMEDOUT) return Error{ETIMEDOUT, "no answer in time"};
  if (code == CURLE_ABORTED_BY_CALLBACK) return Error{ECANCELED, "given up"};
  if (code != CURLE_OK) return Error{EIO, error[0] != '\0' ? error : curl.strerror(code)};
  return reply;
}

}  // namespace gatehouse::web
