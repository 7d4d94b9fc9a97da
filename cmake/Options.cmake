# SPDX-License-Identifier: Apache-2.0
# Compiler settings for our own code, carried by one interface library, gh_options.
# Third-party headers are system includes and never see these warnings.

option(GH_WARNINGS_ARE_ERRORS "Fail the build on a warning in our own code" ON)
option(GH_TESTS "Build tests and benchmarks" ON)
option(GH_FUZZ "Build libFuzzer targets (clang only)" OFF)
set(GH_SANITIZE "" CACHE STRING "Comma-separated sanitizers, e.g. address,undefined")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g -DNDEBUG")

find_program(GH_CCACHE ccache)
if(GH_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${GH_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${GH_CCACHE})
endif()

add_library(gh_options INTERFACE)
target_compile_options(gh_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>
  $<$<BOOL:${GH_WARNINGS_ARE_ERRORS}>:-Werror>)
target_compile_definitions(gh_options INTERFACE _GNU_SOURCE GH_VERSION="${PROJECT_VERSION}")

# Sanitizers apply to everything that is linked together, so they are global rather than per target.
if(GH_SANITIZE)
  add_compile_options(-fsanitize=${GH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${GH_SANITIZE})
endif()
if(GH_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "GH_FUZZ needs clang++ (libFuzzer): use the preset 'fuzz'.")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
