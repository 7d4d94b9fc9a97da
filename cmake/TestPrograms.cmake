# SPDX-License-Identifier: Apache-2.0
# How test sources become programs: always one folder, one program, found by glob.
# A folder that does not exist yet makes nothing, so the tree builds while it is being written.

if(GH_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

# Where test code finds the things that it starts and reads.
add_library(gh_test_options INTERFACE)
target_include_directories(gh_test_options INTERFACE ${CMAKE_SOURCE_DIR}/tests)
target_compile_definitions(gh_test_options INTERFACE
  GH_TEST_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
  GH_TEST_BINARY="${CMAKE_BINARY_DIR}/gatehouse"
  GH_TEST_PROGRAMS="${CMAKE_BINARY_DIR}/tests/programs")
target_link_libraries(gh_test_options INTERFACE gh_options)

function(gh_all_rooms OUT)
  get_property(rooms GLOBAL PROPERTY GH_ROOMS)
  list(TRANSFORM rooms PREPEND gh_)
  set(${OUT} ${rooms} PARENT_SCOPE)
endfunction()

# gh_gtest_program(NAME FOLDER PATTERN library...): one GoogleTest program of a folder's sources.
# A folder that needs a main of its own brings one; gtest_main only fills in for a missing one.
function(gh_gtest_program NAME FOLDER PATTERN)
  file(GLOB sources CONFIGURE_DEPENDS ${FOLDER}/${PATTERN})
  if(NOT sources)
    return()
  endif()
  file(GLOB more CONFIGURE_DEPENDS ${FOLDER}/*.cpp)
  list(APPEND sources ${more})
  list(REMOVE_DUPLICATES sources)
  add_executable(${NAME} ${sources})
  target_link_libraries(${NAME} PRIVATE gh_test_options ${ARGN} GTest::gmock GTest::gtest_main)
  target_compile_options(${NAME} PRIVATE -O1 -g1) # half the time to compile; what they start is optimised
endfunction()

# tests/unit/ROOM/*_test.cpp -> unit_ROOM, seeing that room (and what it uses) and no other.
function(gh_unit_tests)
  add_custom_target(unit_tests) # all of them, and nothing that they do not need
  get_property(rooms GLOBAL PROPERTY GH_ROOMS)
  foreach(room IN LISTS rooms)
    gh_gtest_program(unit_${room} ${CMAKE_CURRENT_SOURCE_DIR}/unit/${room} *_test.cpp
      gh_${room} ${ARGN})
    if(TARGET unit_${room})
      # To compile them takes longer than to run them.
      set_target_properties(unit_${room} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
      target_compile_options(unit_${room} PRIVATE -O0)
      add_dependencies(unit_tests unit_${room})
      gtest_discover_tests(unit_${room} TEST_PREFIX unit.${room}. DISCOVERY_MODE PRE_TEST
        PROPERTIES TIMEOUT 120)
    endif()
  endforeach()
endfunction()

# tests/programs/*.c, *.cpp -> small programs that tests run inside sessions, one per file.
function(gh_test_helper_programs)
  file(GLOB sources CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_SOURCE_DIR}/programs/*.c ${CMAKE_CURRENT_SOURCE_DIR}/programs/*.cpp)
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(program_${name} ${source})
    set_target_properties(program_${name} PROPERTIES OUTPUT_NAME ${name}
      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/programs)
    target_link_libraries(program_${name} PRIVATE gh_test_options Threads::Threads)
  endforeach()
endfunction()

# tests/fuzz/NAME_fuzz.cpp -> fuzz_NAME, only where libFuzzer is (preset fuzz). Who parses outside bytes
# stands in rooms that know no kernel: nothing above them is built.
function(gh_fuzz_targets)
  add_custom_target(fuzz)
  if(NOT GH_FUZZ)
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/*_fuzz.cpp)
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" name ${name})
    add_executable(fuzz_${name} EXCLUDE_FROM_ALL ${source})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(fuzz_${name} PRIVATE gh_test_options gh_reading gh_tables gh_audit gh_control
      gh_reviewers)
    add_dependencies(fuzz fuzz_${name})
  endforeach()
endfunction()

# bench/NAME.cpp -> bench_NAME, bench/NAME/*.cpp -> bench_NAME, bench/programs/NAME.c -> a static NAME,
# all in build/bench.
function(gh_benchmark NAME)
  add_executable(bench_${NAME} ${ARGN})
  set_target_properties(bench_${NAME} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
  target_include_directories(bench_${NAME} PRIVATE ${CMAKE_SOURCE_DIR}/bench)
  target_compile_definitions(bench_${NAME} PRIVATE
    GH_BENCH_PROGRAMS="${CMAKE_BINARY_DIR}/bench/programs")
  target_link_libraries(bench_${NAME} PRIVATE gh_test_options gh_kernel gh_audit # and what they use
    $<TARGET_NAME_IF_EXISTS:benchmark::benchmark>)
endfunction()

function(gh_benchmarks FOLDER)
  set(CMAKE_UNITY_BUILD OFF) # as in tests/CMakeLists.txt
  find_package(benchmark QUIET)
  file(GLOB sources CONFIGURE_DEPENDS ${FOLDER}/*.cpp)
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    gh_benchmark(${name} ${source})
  endforeach()
  file(GLOB more CONFIGURE_DEPENDS ${FOLDER}/*/*.cpp)
  foreach(source IN LISTS more)
    cmake_path(GET source PARENT_PATH folder)
    cmake_path(GET folder FILENAME name)
    list(APPEND sources_of_${name} ${source})
    list(APPEND folders ${name})
  endforeach()
  list(REMOVE_DUPLICATES folders)
  foreach(name IN LISTS folders)
    gh_benchmark(${name} ${sources_of_${name}})
  endforeach()
  file(GLOB programs CONFIGURE_DEPENDS ${FOLDER}/*/*.bpf.c)
  foreach(source IN LISTS programs) # bench/NAME/X.bpf.c -> bench_X.skel.h, for bench_NAME
    cmake_path(GET source PARENT_PATH folder)
    cmake_path(GET folder FILENAME name)
    cmake_path(GET source FILENAME object)
    string(REGEX REPLACE "\\.bpf\\.c$" "" object bench_${object})
    gh_bpf_object(${object} SOURCES ${source})
    target_link_libraries(bench_${name} PRIVATE ${object})
  endforeach()
  file(GLOB programs CONFIGURE_DEPENDS ${FOLDER}/programs/*.c)
  foreach(source IN LISTS programs)
    get_filename_component(name ${source} NAME_WE)
    add_executable(bench_program_${name} ${source})
    set_target_properties(bench_program_${name} PROPERTIES OUTPUT_NAME ${name}
      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench/programs)
    target_link_options(bench_program_${name} PRIVATE -static)
  endforeach()
endfunction()
