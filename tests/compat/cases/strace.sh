# SPDX-License-Identifier: Apache-2.0
# strace -f of an own child and attached to a process of the session; a count with -c
set -e
strace -f -qq -e trace=openat,execve -e signal=none -o trace sh -c 'cat /etc/hostname >/dev/null'
grep -c '/etc/hostname' trace && rm trace
strace -qq -c -o counts true && grep -c execve counts && rm counts
sleep 60 &
sleeper=$!
strace -qq -o attached -p $sleeper &
until grep -qs 'nanosleep\|restart_syscall' attached; do sleep 0.1; done
kill -INT $! && wait $! || true
rm attached && kill $sleeper && echo attached
