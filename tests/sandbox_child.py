"""Locks itself, tries one thing, and says on standard output what came of it.

Run as ``python -m tests.sandbox_child ATTEMPT LOCK FOLDER``. The folder holds ``granted``, which a
lock leaves writable, and ``outside``. The answer is a line of JSON: ``done``, or the name of an error.
"""

from __future__ import annotations

import array
import ctypes
import errno
import fcntl
import json
import mmap
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mediaflow.security.kernel import Kernel
from mediaflow.security.sandbox import ResourceCaps, SandboxReport, lock_down

__all__ = ["ATTEMPTS", "LOCKS", "WORK"]

LIBC: Final = ctypes.CDLL(None, use_errno=True)
GIGABYTE: Final = 1 << 30
X32: Final = 0x4000_0000


class WithoutLandlock(Kernel):
    """A kernel that was built without it."""

    def landlock_version(self) -> int:
        raise OSError(errno.ENOSYS, "not implemented")


class WithoutSeccomp(Kernel):
    """The same for filters."""

    def check_seccomp(self) -> None:
        raise OSError(errno.EINVAL, "invalid")


LOCKS: Final[dict[str, Kernel | None]] = {
    "none": None,
    "full": Kernel(),
    "landlock": WithoutSeccomp(),
    "seccomp": WithoutLandlock(),
}


class Surroundings:
    """What stands around the process before it is locked."""

    def __init__(self, folder: Path) -> None:
        self.granted = folder / "granted"
        self.outside = folder / "outside"
        self.granted.mkdir()
        self.outside.mkdir()
        (self.outside / "secret").write_text("secret")
        (self.granted / "file").write_text("file")
        (self.granted / "link").symlink_to(self.outside / "secret")
        self.source = os.open(self.outside / "secret", os.O_RDONLY)
        self.folder = os.open(self.outside, os.O_RDONLY | os.O_DIRECTORY)
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(os.fspath(self.outside / "socket"))
        self.unix.listen()
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind(b"\0mediaflow-%d" % os.getpid())
        self.abstract.listen()
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.datagrams, self.other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.inbox.bind(os.fspath(self.outside / "inbox"))
        self.victim = _victim()
        self.machine_code = _old_call() if os.uname().machine == "x86_64" else None


def _victim() -> int:
    """Start a process that ends with this one, and could be harmed by it."""
    end, held = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(held)
        os.read(end, 1)
        os._exit(0)
    return child


def _old_call() -> Callable[[], int]:
    """Return a function that asks for the process's id by the way of 32-bit programs."""
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(
        b"\x53\xb8\x14\x00\x00\x00\xcd\x80\x5b\xc3"
    )  # push rbx; mov eax, 20; int 80; pop; ret
    kept = ctypes.c_char.from_buffer(page)
    function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(kept))
    function.page = kept  # type: ignore[attr-defined]  # it lives as long as the function
    return function


def call(number: int, *arguments: int | bytes | None) -> int:
    """Make a system call by its number."""
    passed = [
        ctypes.c_long(value) if isinstance(value, int) else ctypes.c_char_p(value)
        for value in arguments
    ]
    result: int = LIBC.syscall(ctypes.c_long(number), *passed)
    if result == -1:
        raise OSError(ctypes.get_errno(), "")
    return result


def by_machine(x86_64: int, aarch64: int) -> int:
    return x86_64 if os.uname().machine == "x86_64" else aarch64


def fork(_: Surroundings) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def spawn(_: Surroundings) -> None:
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


def run(_: Surroundings) -> None:
    code = 'print(\'{"outcome": "done", "level": null}\')'
    os.execv(sys.executable, [sys.executable, "-c", code])


def connect(to: socket.socket) -> None:
    with socket.socket(to.family, to.type) as ours:
        ours.connect(to.getsockname())


def bind(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as ours:
        ours.bind(("127.0.0.1", 0))


def raise_limit(_: Surroundings) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    resource.prlimit(0, resource.RLIMIT_STACK, (soft, hard))


def reopen(around: Surroundings) -> None:
    os.close(os.open(f"/proc/self/fd/{around.source}", os.O_RDWR))


def cut_off(path: Path) -> None:
    os.close(os.open(path, os.O_RDONLY | os.O_TRUNC))


def send_with_rights(around: Surroundings) -> None:
    """What a locked process passes on is looked at by who gets it; here it only gets that far."""
    around.ours.sendmsg(
        [b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [around.source]))]
    )
    _, control, _, _ = around.theirs.recvmsg(8, socket.CMSG_SPACE(4))
    (passed,) = array.array("i", control[0][2])
    assert os.pread(passed, 6, 0) == b"secret"


def start_threads(_: Surroundings) -> None:
    threads = [threading.Thread(target=time.sleep, args=(0.001,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def work_in_folder(around: Surroundings) -> None:
    folder = around.granted / "deep"
    folder.mkdir()
    with open(folder / "a", "wb+") as file:
        file.write(b"abcdef")
        file.seek(2)
        file.truncate()
        os.posix_fallocate(file.fileno(), 0, 4096)
        os.fsync(file.fileno())
    (folder / "a").rename(around.granted / "b")
    assert (around.granted / "b").stat().st_size == 4096
    with open(around.granted / "b", "wb") as file:
        file.write(b"new")
    assert (around.granted / "b").read_bytes() == b"new"
    assert sorted(os.listdir(around.granted)) == ["b", "deep", "file", "link"]
    assert os.access(around.granted / "b", os.W_OK)
    os.readlink(around.granted / "link")
    (around.granted / "b").unlink()
    folder.rmdir()


def use_descriptors(around: Surroundings) -> None:
    assert os.pread(around.source, 6, 0) == b"secret"
    os.close(os.dup(around.source))
    with os.fdopen(os.dup(around.source), "rb") as file:
        assert file.read() == b"secret"
    with open(os.memfd_create("x"), "wb+") as file:
        file.write(b"x")
    again = socket.socket(fileno=os.dup(around.ours.fileno()))
    again.settimeout(5)
    around.theirs.send(b"hello")
    assert again.recv(8) == b"hello"
    again.close()


def look_around(_: Surroundings) -> None:
    os.urandom(8)
    os.sched_getaffinity(0)
    resource.getrlimit(resource.RLIMIT_STACK)
    resource.getrusage(resource.RUSAGE_SELF)
    time.sleep(0.001)
    threading.Event().wait(0.001)
    os.getcwd()
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)


def trip(_: Surroundings) -> None:
    os.abort()


WORK: Final[dict[str, Callable[[Surroundings], object]]] = {
    "descriptors": use_descriptors,
    "folder": work_in_folder,
    "looking": look_around,
    "messages": send_with_rights,
    "random numbers": lambda _: Path("/dev/urandom").open("rb").close(),
    "threads": start_threads,
}
"""What a locked process must still be able to do."""

ATTEMPTS: Final[dict[str, Callable[[Surroundings], object]]] = {
    **WORK,
    "abort": trip,
    "allocate": lambda _: mmap.mmap(-1, 5 * GIGABYTE),
    "bpf": lambda _: call(by_machine(321, 280), -1, None, 0),
    "change folder": lambda s: os.chdir(s.granted),
    "change mode": lambda s: os.chmod(s.granted / "file", 0o600),
    "change owner": lambda s: os.chown(s.granted / "file", os.getuid(), os.getgid()),
    "change time": lambda s: os.utime(s.granted / "file", (0, 0)),
    "connect abstract": lambda s: connect(s.abstract),
    "connect tcp": lambda s: connect(s.tcp),
    "connect unix": lambda s: connect(s.unix),
    "cut off": lambda s: cut_off(s.outside / "secret"),
    "cut off by link": lambda s: cut_off(s.granted / "link"),
    "dumpable": lambda _: call(by_machine(157, 167), 4, 1, 0, 0, 0),
    "fork": fork,
    "hard link": lambda s: os.link(s.outside / "secret", s.granted / "hard"),
    "io ring": lambda _: call(425, 1, None),
    "keyctl": lambda _: call(by_machine(250, 219), -1, 0, 0),
    "listen tcp": lambda _: bind(socket.SOCK_STREAM),
    "listen udp": lambda _: bind(socket.SOCK_DGRAM),
    "make pipe": lambda s: os.mkfifo(s.granted / "pipe"),
    "mount": lambda _: call(by_machine(165, 40), None, None, None, 0, None),
    "move in": lambda s: os.rename(s.outside / "secret", s.granted / "secret"),
    "move out": lambda s: os.rename(s.granted / "file", s.outside / "file"),
    "namespace": lambda _: call(by_machine(272, 97), 0x4000_0000),
    "new call": lambda _: call(600),
    "open above": lambda s: (s.granted / ".." / "outside" / "secret").read_text(),
    "open at": lambda s: os.open("secret", os.O_RDONLY, dir_fd=s.folder),
    "open by link": lambda s: (s.granted / "link").read_text(),
    "open environment": lambda _: Path("/proc/self/environ").read_bytes(),
    "open memory": lambda s: os.open(f"/proc/{s.victim}/mem", os.O_RDONLY),
    "open passwd": lambda _: Path("/etc/passwd").read_text(),
    "owner of signals": lambda s: fcntl.fcntl(s.tcp, fcntl.F_SETOWN, s.victim),
    "perf": lambda _: call(by_machine(298, 241), None, 0, -1, -1, 0),
    "pidfd": lambda s: call(434, s.victim, 0),
    "ptrace": lambda s: call(by_machine(101, 117), 0x4206, s.victim, 0, 0),
    "raise limit": raise_limit,
    "remove": lambda s: os.unlink(s.outside / "secret"),
    "reopen for writing": reopen,
    "run program": run,
    "send to address": lambda s: s.datagrams.sendto(b"x", os.fspath(s.outside / "inbox")),
    "signal one thread": lambda s: call(by_machine(234, 131), s.victim, s.victim, 0),
    "signal parent": lambda _: os.kill(os.getppid(), 0),
    "soft link": lambda s: os.symlink(s.outside / "secret", s.granted / "soft"),
    "spawn": spawn,
    "terminal": lambda s: call(by_machine(16, 29), s.tcp.fileno(), 0x8905, b"\0" * 8),  # SIOCATMARK
    "walk outside": lambda s: os.listdir(s.outside),
    "write device": lambda _: os.open("/dev/urandom", os.O_WRONLY),
    "write large": lambda s: (s.granted / "large").write_bytes(bytes(2_000_000)),
    "write outside": lambda s: (s.outside / "new").write_text("x"),
    "x32": lambda _: call(X32 | 39),
    "32 bits": lambda s: s.machine_code and s.machine_code(),
}
"""What can be tried, by name."""


def locked(name: str, around: Surroundings) -> SandboxReport | None:
    kernel = LOCKS[name]
    if kernel is None:
        return None
    caps = ResourceCaps(memory_bytes=2 * GIGABYTE, file_bytes=1_000_000)
    return lock_down(writable=[os.fspath(around.granted)], caps=caps, kernel=kernel)


def main(attempt: str, lock: str, folder: Path) -> None:
    around = Surroundings(folder)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    report = locked(lock, around)
    try:
        ATTEMPTS[attempt](around)
        outcome = "done"
    except OSError as exc:
        outcome = errno.errorcode[exc.errno or 0]
    print(json.dumps({"outcome": outcome, "level": report and report.level}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
