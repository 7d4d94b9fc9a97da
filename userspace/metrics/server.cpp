// SPDX-License-Identifier: Apache-2.0
// libmicrohttpd behind server.h. It must never answer anything but GET and HEAD of /metrics with more than a
// line.
#include "metrics/server.h"

#include <dlfcn.h>
#include <microhttpd.h>
#include <signal.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

#include "metrics/address.h"
#include "metrics/text.h"

namespace gatehouse::metrics {
namespace {

constexpr unsigned kMostConnections = 8;
constexpr unsigned kTimeoutSeconds = 5;
constexpr std::size_t kConnectionMemory = 16u << 10;

// Its functions, for the life of the process.
struct Library {
  decltype(&::MHD_start_daemon) start = nullptr;
  decltype(&::MHD_stop_daemon) stop = nullptr;
  decltype(&::MHD_create_response_from_buffer) response = nullptr;
  decltype(&::MHD_add_response_header) header = nullptr;
  decltype(&::MHD_queue_response) queue = nullptr;
  decltype(&::MHD_destroy_response) destroy = nullptr;
};

template <typename Function>
bool take_function(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

const Library* loaded() {
  static Library functions;
  static const bool whole = [] {
    void* const library = ::dlopen("libmicrohttpd.so.12", RTLD_NOW | RTLD_LOCAL);
    return library != nullptr && take_function(library, "MHD_start_daemon", functions.start) &&
           take_function(library, "MHD_stop_daemon", functions.stop) &&
           take_function(library, "MHD_create_response_from_buffer", functions.response) &&
           take_function(library, "MHD_add_response_header", functions.header) &&
           take_function(library, "MHD_queue_response", functions.queue) &&
           take_function(library, "MHD_destroy_response", functions.destroy);
  }();
  return whole ? &functions : nullptr;
}

MHD_Result say(MHD_Connection* connection, unsigned status, std::string text, const char* type) {
  const Library& http = *loaded();
  MHD_Response* const response = http.response(text.size(), text.data(), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  http.header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
  const MHD_Result queued = http.queue(connection, status, response);
  http.destroy(response);
  return queued;
}

MHD_Result answer(void* server, MHD_Connection* connection, const char* url, const char* method,
                  const char*, const char*, std::size_t* size, void**) {
  const std::string_view verb = method;
  if (*size != 0 || (verb != MHD_HTTP_METHOD_GET && verb != MHD_HTTP_METHOD_HEAD))
    return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n", "text/plain");
  if (std::string_view(url) != "/metrics")
    return say(connection, MHD_HTTP_NOT_FOUND, "see /metrics\n", "text/plain");
  return say(connection, MHD_HTTP_OK, static_cast<Server*>(server)->text()(), kContentType);
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const std::string& address,
                                              std::function<std::string()> text) {
  auto fd = listen_at(address);
  if (!fd) return fd.take_error();
  const Library* const http = loaded();
  if (http == nullptr)
    return Error{ENOENT,
                 "libmicrohttpd is not installed, which metrics need (package libmicrohttpd12)"};
  std::unique_ptr<Server> server(new Server(std::move(text)));
  if (address.starts_with("unix:")) server->path_ = address.substr(5);
  // Signals are for the thread that made us.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  server->daemon_ =
      http->start(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, nullptr, nullptr, &answer,
                  server.get(), MHD_OPTION_LISTEN_SOCKET, fd->get(), MHD_OPTION_CONNECTION_LIMIT,
                  kMostConnections, MHD_OPTION_CONNECTION_TIMEOUT, kTimeoutSeconds,
                  MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory, MHD_OPTION_END);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (server->daemon_ == nullptr) return sys_error("cannot serve metrics at " + address);
  (void)fd->release();  // the library's now
  return server;
}

Server::~Server() {
  if (daemon_ != nullptr) loaded()->stop(daemon_);
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace gatehouse::metrics
