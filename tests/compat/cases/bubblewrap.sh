# SPDX-License-Identifier: Apache-2.0
# bubblewrap in the session, where the policy allows it: user, mount and PID namespaces, a read-only root, a private /tmp
# Privileges: mount user_namespaces
# Writes: /newroot /newroot/** /oldroot
set -e
bwrap --ro-bind / / --bind "$PWD" "$PWD" --dev /dev --proc /proc --tmpfs /tmp --unshare-user --unshare-pid --unshare-ipc \
  --unshare-uts --die-with-parent --chdir "$PWD" bash -c '
  echo $$; id -u; touch /tmp/private inside && ls /tmp; touch /etc/x 2>&1; (: >/dev/null) && echo null; set -- /proc/[0-9]*; echo $#'
ls; test ! -e /tmp/private
