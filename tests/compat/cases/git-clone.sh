# SPDX-License-Identifier: Apache-2.0
# git clone, push, fetch and submodules over file://, and worktrees, all below the workspace
# Varies: *.git/index *.git/worktrees/*/index *.git/modules/*/index *.git/FETCH_HEAD *.git/ORIG_HEAD
# Asked: exec /usr/bin/git
export GIT_AUTHOR_DATE='2026-01-02T03:04:05Z' GIT_COMMITTER_DATE='2026-01-02T03:04:05Z'
set -e
git init -q --bare origin.git
git clone -q "file://$PWD/origin.git" one
cd one && echo a >a && git add a && git commit -qm 'first' && git push -q origin HEAD:main && cd ..
git clone -q "file://$PWD/origin.git" two
cd two && git submodule add -q "file://$PWD/../origin.git" part && git commit -qm 'a submodule' && git push -q
git worktree add -q ../tree -b side && cd ../tree && echo b >b
git add b && git commit -qm 'from the worktree' && cd ../two && git worktree list --porcelain | grep -v '^HEAD'
git worktree remove --force ../tree && cd .. && git clone -q --recurse-submodules "file://$PWD/origin.git" three
cd one && git pull -q --ff-only && git log --oneline && git -C ../three submodule status
