# SPDX-License-Identifier: Apache-2.0
# tmux: a server with its socket in /tmp, a pane with a shell, keys, capture, a second window, the end
set -e
tmux -f /dev/null new-session -d -x 80 -y 24 -s one -n first 'PS1=: exec sh'
# The windows have names: those that tmux finds by itself come a moment later.
# What is typed before there is a prompt is answered on the prompt's own line.
until tmux capture-pane -p -t one | grep -q '^:'; do sleep 0.1; done
tmux send-keys -t one 'tty | cut -c1-9; echo in $((6*7)) panes; tmux wait-for -S done' Enter
tmux wait-for done
tmux capture-pane -p -t one | grep -E '^(/dev/pts/|in )'
tmux new-window -t one -n second 'sleep 60' && tmux list-windows -t one -F '#I #W #{window_panes}'
ls -l "/tmp/tmux-$(id -u)" | cut -c1-10
tmux kill-server
