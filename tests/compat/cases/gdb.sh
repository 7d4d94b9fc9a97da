# SPDX-License-Identifier: Apache-2.0
# gdb: a breakpoint in an own child, its variables and stack, a changed value; and attaching to a process of the session
# Denied: create /usr/share/gdb/python/*__pycache__
set -e
printf '#include <stdio.h>\nint twice(int n) { return 2 * n; }\nint main(void) { printf("%%d\\n", twice(21)); return 0; }\n' >p.c
gcc -g -O0 -o p p.c
gdb -nx -q -batch -ex 'set disable-randomization off' -ex 'break twice' -ex run -ex 'print n' -ex bt -ex 'set var n = 4' -ex continue ./p 2>&1 |
  sed 's/0x[0-9a-f]*/ADDRESS/g; s/process [0-9]*/process PID/; /libthread_db/d; /debuginfod/Id'
sleep 60 &
gdb -nx -q -batch -p $! -ex 'print 6 * 7' -ex detach 2>/dev/null | grep -c '^\$1 = 42'
kill $!
