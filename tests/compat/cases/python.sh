# SPDX-License-Identifier: Apache-2.0
# Python: socketpair with a descriptor passed over it, subprocess, multiprocessing by fork and spawn, a
# shared memory, a pool, a manager with its socket, mmap, xattrs, inotify by ctypes, a pseudo terminal
cat >all.py <<'P'
import array, ctypes, mmap, multiprocessing as mp, os, pty, socket, subprocess, tempfile
from multiprocessing import shared_memory
def square(n): return n * n
def main():
    a, b = socket.socketpair()
    with tempfile.TemporaryFile() as file:
        file.write(b"passed"); file.flush(); file.seek(0)
        socket.send_fds(a, [b"x"], [file.fileno()])
    _, fds, _, _ = socket.recv_fds(b, 1, 1)
    print(os.read(fds[0], 16))
    with open("named", "w+b") as file:
        file.write(b"named"); file.flush(); file.seek(0)
        socket.send_fds(a, [b"x"], [file.fileno()])
    print(os.read(socket.recv_fds(b, 1, 1)[1][0], 16))
    reader, writer = os.pipe()
    socket.send_fds(a, [b"x"], [reader, a.fileno()])
    print(len(socket.recv_fds(b, 1, 2)[1]))
    print(subprocess.run("echo $((6*7)); cat", shell=True, input=b"in\n", capture_output=True).stdout)
    for how in "fork", "spawn":
        with mp.get_context(how).Pool(2) as pool: print(how, pool.map(square, range(5)))
    with mp.Manager() as manager:
        kept = manager.dict(); kept["a"] = 1; print(dict(kept))
    block = shared_memory.SharedMemory(create=True, size=64); block.buf[:2] = b"ok"
    other = shared_memory.SharedMemory(block.name); print(bytes(other.buf[:2])); other.close(); block.close(); block.unlink()
    area = mmap.mmap(-1, 4096); area[:3] = b"map"; print(area[:3])
    libc = ctypes.CDLL(None, use_errno=True); watch = libc.inotify_init()
    print(libc.inotify_add_watch(watch, b".", 0x100) > 0); open("made", "w").close(); print(len(os.read(watch, 64)))
    os.setxattr("made", "user.note", b"kept"); print(os.listxattr("made"))
    pid, terminal = pty.fork()
    if pid == 0: os.execvp("sh", ["sh", "-c", "test -t 0 && tty | cut -c1-9 && stty size"])
    said = b""
    try:
        while more := os.read(terminal, 1024): said += more
    except OSError: pass
    print(said, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    fd = os.memfd_create("m"); os.write(fd, b"memory"); print(os.pread(fd, 9, 0))
if __name__ == "__main__": main()
P
PYTHONDONTWRITEBYTECODE=1 python3 all.py
