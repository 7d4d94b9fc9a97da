# SPDX-License-Identifier: Apache-2.0
# The libraries that we did not write, all from Debian's own packages (scripts/setup installs them).
# libbpf is linked statically, so that the binary does not depend on the host's version of it; so are the
# few functions of libsodium. Of libcurl and libmicrohttpd only the headers are used: they are loaded when a
# webhook is called, an OTLP sink opened or metrics served.

find_package(Threads REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(valijson REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)

# Finds an archive first and falls back to the shared library of the same name.
function(gh_find_library VARIABLE NAME)
  find_library(${VARIABLE} NAMES lib${NAME}.a ${NAME})
  if(NOT ${VARIABLE})
    message(FATAL_ERROR "lib${NAME} was not found. Run ./scripts/setup.")
  endif()
endfunction()

find_path(GH_LIBBPF_INCLUDE bpf/libbpf.h REQUIRED)
find_library(GH_LIBBPF libbpf.a)
if(NOT GH_LIBBPF)
  message(FATAL_ERROR "libbpf.a was not found. Run ./scripts/setup.")
endif()
gh_find_library(GH_LIBELF elf)
gh_find_library(GH_LIBZ z)

add_library(gh_libbpf INTERFACE)
target_include_directories(gh_libbpf SYSTEM INTERFACE ${GH_LIBBPF_INCLUDE})
target_link_libraries(gh_libbpf INTERFACE ${GH_LIBBPF} ${GH_LIBELF} ${GH_LIBZ})

find_path(GH_CURL_INCLUDE curl/curl.h REQUIRED)
gh_find_library(GH_SODIUM sodium)

add_library(gh_curl INTERFACE)
target_include_directories(gh_curl SYSTEM INTERFACE ${GH_CURL_INCLUDE})
target_link_libraries(gh_curl INTERFACE ${GH_LIBZ} ${CMAKE_DL_LIBS})

find_path(GH_MICROHTTPD_INCLUDE microhttpd.h REQUIRED)
add_library(gh_microhttpd INTERFACE)
target_include_directories(gh_microhttpd SYSTEM INTERFACE ${GH_MICROHTTPD_INCLUDE})
target_link_libraries(gh_microhttpd INTERFACE ${CMAKE_DL_LIBS})

add_library(gh_sodium INTERFACE)
target_link_libraries(gh_sodium INTERFACE ${GH_SODIUM})
