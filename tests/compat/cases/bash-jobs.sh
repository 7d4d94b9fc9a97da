# SPDX-License-Identifier: Apache-2.0
# bash: job control on a terminal of its own (fg, bg, Ctrl-Z), traps, pipelines, coprocess, process substitution, here documents
cat >terminal.py <<'P'
import os, pty
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(PS1="prompt>", HISTFILE="/dev/null"); os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
text = b""
def until(mark):
    global text
    while mark not in text:
        text += os.read(fd, 1024)
def type(line): os.write(fd, line.encode() + b"\n")
type("stty -echo; echo rea''dy"); until(b"ready")
type("set -m; echo go''ing; cat; echo sta''tus $?"); until(b"going"); type("there"); until(b"there")
os.write(fd, b"\x1a"); until(b"status 148")
type("jobs | grep -c Stopped; bg >/dev/null; until jobs -s | grep -q cat; do sleep 0.1; done; echo ba''ck"); until(b"back")
type("echo aga''in; fg >/dev/null"); until(b"again"); type("around"); until(b"around"); text = b""; os.write(fd, b"\x03"); until(b"prompt>")
type("echo en''ded $?"); until(b"ended 130")
type("sleep 60 & until grep -q sleep /proc/$!/comm; do sleep 0.1; done; kill -STOP $!; until jobs -s | grep -q sleep; do sleep 0.1; done; kill -CONT $!; until jobs -r | grep -q sleep; do sleep 0.1; done; kill $!; wait $!; echo wai''ted $?"); until(b"waited 143")
type("exit 3")
try:
    while os.read(fd, 1024): pass
except OSError: pass
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
P
python3 terminal.py
trap 'echo trapped' USR1; kill -USR1 $$
coproc cat; echo through >&"${COPROC[1]}"; read -r line <&"${COPROC[0]}"; echo "$line"; kill "$COPROC_PID"; wait 2>/dev/null
diff <(seq 3) <(seq 4); seq 100000 | head -n 1; echo "${PIPESTATUS[*]}"
mkfifo pipe; (echo by fifo >pipe &) ; cat pipe
(ulimit -n 64; ulimit -n); (umask 077; : >private); ls -l private | cut -c1-10
exec 9>lock; flock -n 9 && (flock -n lock true || echo locked)
nice -n 5 nice; taskset -c 0 true && renice -n 6 $$ >/dev/null && nice; timeout 0.2 sleep 5; echo $?
