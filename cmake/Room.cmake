# SPDX-License-Identifier: Apache-2.0
# gh_room(NAME [AT DIR] [USES room...] [WITH library...]) declares one room: folder = namespace =
# static library gh_NAME. Rooms are declared bottom-up, and a room may only use rooms above it in the
# list. Each room's headers are reachable through its own include folder (its "door", holding nothing
# but a link to the room), so including a room that is not used does not compile.
#
# A room without .cpp files is header-only. A folder that does not exist yet is an empty room.

set_property(GLOBAL PROPERTY GH_ROOMS "")

function(gh_room NAME)
  cmake_parse_arguments(ARG "" "AT" "USES;WITH" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "gh_room(${NAME}): unexpected ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  get_property(declared GLOBAL PROPERTY GH_ROOMS)
  foreach(room IN LISTS ARG_USES)
    if(NOT room IN_LIST declared)
      message(FATAL_ERROR "Room '${NAME}' uses '${room}', which is not declared before it. "
        "Rooms are listed bottom-up: a room may only use what stands above it in the list.")
    endif()
  endforeach()
  set_property(GLOBAL APPEND PROPERTY GH_ROOMS ${NAME})

  if(NOT ARG_AT)
    set(ARG_AT ${NAME})
  endif()
  get_filename_component(folder ${ARG_AT} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")

  set(door ${CMAKE_BINARY_DIR}/doors/${NAME})
  file(MAKE_DIRECTORY ${door})
  file(CREATE_LINK ${folder} ${door}/${NAME} SYMBOLIC)

  if(sources)
    add_library(gh_${NAME} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(gh_${NAME} PRIVATE gh_options)
  else()
    add_library(gh_${NAME} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(gh_${NAME} ${scope} ${door})
  list(TRANSFORM ARG_USES PREPEND gh_)
  target_link_libraries(gh_${NAME} ${scope} ${ARG_USES} ${ARG_WITH})
endfunction()
