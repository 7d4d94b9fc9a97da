# SPDX-License-Identifier: Apache-2.0
# cmake, ninja and ctest, with ccache in its folder of the home
# Varies: *.ninja_log *.ninja_deps
# Unlisted: /srv/compat/home/.cache/ccache /srv/compat/work/build/Testing/Temporary
set -e
# No language: its checks alone take a minute in the VM.
printf 'cmake_minimum_required(VERSION 3.20)\nproject(p NONE)\nenable_testing()\nadd_test(NAME p COMMAND ./p)\n' >CMakeLists.txt
printf 'add_custom_command(OUTPUT p COMMAND ccache gcc -c -o p.o ../p.c COMMAND gcc -o p p.o DEPENDS p.c)\nadd_custom_target(all_of_it ALL DEPENDS p)\n' >>CMakeLists.txt
printf '#include <stdio.h>\nint main(void) { return puts("built") < 0; }\n' >p.c
cmake -G Ninja -B build >/dev/null
cmake --build build && ctest --test-dir build -Q && ./build/p
ls ~/.cache/ccache | grep -c .
