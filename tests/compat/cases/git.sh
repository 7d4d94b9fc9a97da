# SPDX-License-Identifier: Apache-2.0
# git init, commit, branch, merge with a conflict, rebase, stash, tag, log, gc and fsck in the workspace
# Asked: create /srv/compat/work/.git
# Asked: create /srv/compat/work/.git/config
# Asked: delete /srv/compat/work/.git
# Asked: delete /srv/compat/work/.git/config
# Asked: metadata /srv/compat/work/.git/config
# Asked: create /srv/compat/work/.git/hooks
# Varies: *.git/index *.git/ORIG_HEAD
export GIT_AUTHOR_DATE='2026-01-02T03:04:05Z' GIT_COMMITTER_DATE='2026-01-02T03:04:05Z'
set -e
git init -q .
echo one >a && git add a && git commit -qm 'first'
git switch -qc side && echo two >a && git commit -qam 'second'
git switch -q main && echo three >a && git commit -qam 'third'
git merge side || git checkout --theirs a && git add a && git commit -qm 'merged'
git switch -qc more HEAD~1 && echo b >b && git add b && git commit -qm 'fourth' && git rebase -q main
echo changed >>a && git stash -q && git stash pop -q && git restore a
git tag -am 'a tag' v1 && git config user.nick it && git remote add up file:///nowhere
git log --graph --oneline --all && git status --short --branch
git gc -q && git fsck --full && git count-objects -v
