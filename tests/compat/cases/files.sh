# SPDX-License-Identifier: Apache-2.0
# cp -a, mv of files and folders, ln, tar, gzip, rsync-like copies, find -delete, sed -i, chmod, touch -d, truncate, patch
# Denied: read /proc/PID/environ
set -e
mkdir -p a/b/c && echo one >a/b/one && ln a/b/one a/b/hard && ln -s one a/b/soft && chmod 640 a/b/one
touch -d 2026-01-02 a/b/one && cp -a a copy && mv a/b a/moved && mv a renamed && mv copy /tmp/compat-copy && mv /tmp/compat-copy copy
tar -czf all.tgz --sort=name --mtime=2026-01-02 --owner=0 --group=0 renamed && mkdir out && tar -xzf all.tgz -C out && diff -r out/renamed renamed
sed -i s/one/two/ copy/b/one && truncate -s 5 copy/b/hard && dd if=/dev/zero of=zeros bs=4k count=4 status=none
install -m 755 copy/b/one script && find copy -name soft -delete && printf '%s\n' '--- a' '+++ b' '@@ -1 +1 @@' '-one' '+three' | patch -s renamed/moved/one
chown "$(id -u):$(id -g)" script
find . -printf '%y %m %n %s %p\n' | grep -v tgz | sort -k5
made=$(mktemp -d) && echo "${made%.*}" && rmdir "$made"; ps -o comm= -p $$; pgrep -c . >/dev/null && echo pgrep; df . >/dev/null && echo df; free >/dev/null && echo free
