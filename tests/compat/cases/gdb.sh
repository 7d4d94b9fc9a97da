# SPDX-License-Identifier: Apache-2.0
# gdb: a breakpoint in an own child, its variables and stack, a changed value; then attaching to a process of the session
# Denied: create /usr/share/gdb/python/*__pycache__
set -e
cat >p.c <<'C'
#include <stdio.h>
#include <unistd.h>
volatile int waits = 1;
int twice(int n) { return 2 * n; }
int main(int words, char** word) {
  for (; words > 1 && waits; usleep(50000)) (void)word;
  return printf("%d\n", twice(21)) < 0;
}
C
gcc -g -O0 -o p p.c
./p waiting >waited &
gdb -nx -q -batch -ex 'set disable-randomization off' -ex 'break twice' -ex run -ex 'print n' -ex bt -ex 'set var n = 4' \
  -ex continue -ex delete -ex "attach $!" -ex 'print waits' -ex 'set var waits = 0' -ex detach ./p 2>&1 |
  grep -E '^(Breakpoint|#|\$|[0-9]+$|\[Inferior)' | sed 's/0x[0-9a-f]*/ADDRESS/g; s/process [0-9]*/process PID/'
wait $! && cat waited
