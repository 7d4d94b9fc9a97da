# SPDX-License-Identifier: Apache-2.0
# gh_bpf_object(NAME [DEFINES X=Y...] [SOURCES file...]) compiles bpf/gatehouse.bpf.c (which includes the rest, in
# order), or the given files, and makes the skeleton. Linking the interface library NAME gives "NAME.skel.h".

find_program(GH_CLANG NAMES clang-14 clang REQUIRED)
find_program(GH_BPFTOOL bpftool HINTS /usr/sbin /sbin REQUIRED)

set(GH_BPF_DIR ${CMAKE_SOURCE_DIR}/bpf)
# Debian keeps <asm/types.h> in a folder that clang does not search for the bpf target.
set(GH_BPF_FLAGS -target bpf -mcpu=v3 -O2 -g -Wall -Werror -D__TARGET_ARCH_x86
  -I${GH_BPF_DIR} -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE})

function(gh_bpf_object NAME)
  cmake_parse_arguments(ARG "" "" "DEFINES;SOURCES" ${ARGN})
  if(NOT ARG_SOURCES)
    set(ARG_SOURCES ${GH_BPF_DIR}/gatehouse.bpf.c) # one unit: docs/decisions/002
  endif()
  list(TRANSFORM ARG_DEFINES PREPEND -D)

  set(out ${CMAKE_BINARY_DIR}/bpf/${NAME})
  set(skeleton ${out}/${NAME}.skel.h)
  file(MAKE_DIRECTORY ${out})
  add_library(${NAME} INTERFACE)
  target_include_directories(${NAME} SYSTEM INTERFACE ${out})
  target_link_libraries(${NAME} INTERFACE gh_libbpf)
  if(NOT EXISTS ${GH_BPF_DIR})
    return() # nothing written yet
  endif()

  set(objects "")
  foreach(source IN LISTS ARG_SOURCES)
    file(RELATIVE_PATH stem ${GH_BPF_DIR} ${source})
    string(REPLACE "/" "_" stem ${stem})
    set(object ${out}/${stem}.o)
    file(RELATIVE_PATH label ${CMAKE_SOURCE_DIR} ${source})
    add_custom_command(OUTPUT ${object}
      COMMAND ${GH_CLANG} ${GH_BPF_FLAGS} ${ARG_DEFINES} -MMD -MF ${object}.d -MT ${object}
              -c ${source} -o ${object}
      DEPENDS ${source} DEPFILE ${object}.d
      COMMENT "BPF ${NAME}: ${label}" VERBATIM)
    list(APPEND objects ${object})
  endforeach()

  # bpftool writes its output before it knows that it succeeded: go through a temporary name.
  add_custom_command(OUTPUT ${out}/${NAME}.bpf.o ${skeleton}
    COMMAND ${GH_BPFTOOL} gen object ${out}/${NAME}.bpf.o ${objects}
    COMMAND ${GH_BPFTOOL} gen skeleton ${out}/${NAME}.bpf.o name ${NAME} > ${skeleton}.new
    COMMAND ${CMAKE_COMMAND} -E rename ${skeleton}.new ${skeleton}
    DEPENDS ${objects} COMMENT "BPF ${NAME}: skeleton" VERBATIM)
  add_custom_target(${NAME}_skeleton DEPENDS ${skeleton})
  add_dependencies(${NAME} ${NAME}_skeleton)
endfunction()
