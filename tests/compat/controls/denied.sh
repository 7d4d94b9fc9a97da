# SPDX-License-Identifier: Apache-2.0
# What the policy denies shows in status, output and files
# Denied: create /srv/compat/home/notes
# Denied: read /srv/compat/home/.ssh/id_ed25519
cat ~/.ssh/id_ed25519
echo kept >~/notes
