# SPDX-License-Identifier: Apache-2.0
# cmake, ninja and ctest, with ccache in its folder of the home
# Varies: *CMakeConfigureLog.yaml *CMakeOutput.log *CMakeError.log *.ninja_log *.ninja_deps *Testing/* *TestPIDs*
# Unlisted: /srv/compat/home/.cache/ccache /srv/compat/work/build/Testing/Temporary
set -e
printf 'cmake_minimum_required(VERSION 3.20)\nproject(p C)\nadd_executable(p p.c)\nenable_testing()\nadd_test(NAME p COMMAND p)\n' >CMakeLists.txt
printf '#include <stdio.h>\nint main(void) { return puts("built") < 0; }\n' >p.c
cmake -G Ninja -B build -DCMAKE_C_COMPILER_LAUNCHER=ccache >/dev/null
cmake --build build && ctest --test-dir build -Q && ./build/p
ls ~/.cache/ccache | grep -c .
