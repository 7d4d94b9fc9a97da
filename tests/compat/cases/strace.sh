# SPDX-License-Identifier: Apache-2.0
# strace -f of an own child and attached to a process of the session; a count with -c
set -e
strace -f -qq -e trace=openat,execve -e signal=none -o trace sh -c 'cat /etc/hostname >/dev/null'
grep -c '/etc/hostname' trace && rm trace
strace -qq -c -o counts true && grep -c execve counts && rm counts
sleep 60 &
timeout -s INT 2 strace -qq -o attached -p $! || true
grep -q 'nanosleep\|restart_syscall' attached && echo attached && rm attached
kill $!
