// SPDX-License-Identifier: Apache-2.0
// dlopen behind curl.h. It must never go on with a library that lacks one of the functions.
#include "web/curl.h"

#include <dlfcn.h>

namespace gatehouse::web {
namespace {

template <typename Function>
bool take(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

}  // namespace

Result<Curl> load_curl() {
  void* const library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return Error{ENOENT,
                 "libcurl is not installed, which webhooks and OTLP need (package libcurl4)"};
  Curl curl;
  const bool whole = take(library, "curl_easy_init", curl.init) &&
                     take(library, "curl_easy_setopt", curl.set) &&
                     take(library, "curl_easy_perform", curl.perform) &&
                     take(library, "curl_easy_getinfo", curl.info) &&
                     take(library, "curl_easy_strerror", curl.strerror) &&
                     take(library, "curl_easy_cleanup", curl.cleanup) &&
                     take(library, "curl_slist_append", curl.append) &&
                     take(library, "curl_slist_free_all", curl.free_list);
  if (!whole) return Error{ENOSYS, "this host's libcurl is not one that we know"};
  return curl;
}

}  // namespace gatehouse::web
