# SPDX-License-Identifier: Apache-2.0
# unshare and mount in the session, where the policy allows it: user, mount and PID namespaces, a private tmpfs, a bind mount
# Privileges: mount user_namespaces
set -e
mkdir from to
unshare --user --map-root-user --mount --pid --fork --mount-proc bash -ec '
  echo $$; id -u; mount -t tmpfs private to; echo hidden >to/file; mount --bind to from; cat from/file
  set -- /proc/[0-9]*; echo $#; umount from; ls from'
ls to
