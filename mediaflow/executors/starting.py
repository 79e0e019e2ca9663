"""Starts children: our own interpreter, with an environment of a few names and one line to it.

Law: a child inherits no descriptor but its line, reads nothing, and what it says before it is ready is
kept for the error that tells why it is not.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from mediaflow.errors import UnsupportedError
from mediaflow.executors.children import Child, not_started
from mediaflow.executors.line import line_pair
from mediaflow.security.janitor import PrivateFolder

__all__ = ["StartOptions", "start_child"]

BOOT: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]);"
    "import importlib; importlib.import_module(sys.argv[2]).main(json.loads(sys.argv[3]))"
)
KEPT_NAMES: Final = (
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "MEDIAFLOW_PLUGINS",
    "PATH",
    "SYSTEMROOT",
    "TZ",
)
"""Names of the environment that a child gets; there is no secret among them."""

MOST_WORDS: Final = 2_000  # characters of what a child says that cannot start
MOST_READ: Final = 64 * 1024  # bytes: what a pipe holds


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    """What is started, and how."""

    module: str
    """The module whose ``main`` runs in the child."""

    options: Mapping[str, object] = field(default_factory=dict)
    """What ``main`` is told, as JSON values."""

    threads: int = 1
    """Threads that native code may use."""

    scratch: str | None = None
    """Folder for the child's own folder, or None for the system's own."""

    def with_option(self, name: str, value: object) -> StartOptions:
        """Return the same with one thing more that ``main`` is told."""
        return replace(self, options={**self.options, name: value})


class _Popen:
    """A process that was started by ``subprocess``."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid: int = process.pid

    def ended(self) -> int | None:
        return self._process.poll()

    def wait(self, seconds: float) -> int | None:
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def last_words(self) -> str:
        if self._process.stderr is None:
            return ""
        said = b""
        with self._process.stderr as pipe, suppress(BlockingIOError):
            os.set_blocking(pipe.fileno(), False)  # what it started may hold the other end for good
            while len(said) < MOST_READ and (part := os.read(pipe.fileno(), MOST_READ)):
                said += part
        lines = said.decode(errors="replace").strip().splitlines()
        return lines[-1][:MOST_WORDS] if lines else ""

    def forget(self) -> None:
        if self._process.stderr is not None:
            self._process.stderr.close()

    def close(self) -> None:
        self.forget()

    def kill(self) -> None:
        if self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.kill()


def start_child(start: StartOptions, *, takes_descriptors: bool = False) -> Child:
    """Start a child, and do not wait until it is ready.

    Args:
        start: What is started, and how.
        takes_descriptors: Whether it may hand open files to this process.

    Raises:
        UnsupportedError: The platform has no pair of sockets that pass descriptors.
        WorkerLostError: It could not be started.
    """
    if not hasattr(socket, "AF_UNIX") or not hasattr(socket.socket, "recvmsg"):
        raise UnsupportedError(
            "jobs cannot be isolated on this platform", hint='leave isolation="none"'
        )
    try:
        folder = PrivateFolder(start.scratch)
    except OSError as exc:
        raise not_started(str(exc)) from exc
    try:
        line, theirs = line_pair(takes_descriptors=takes_descriptors)
    except OSError as exc:
        folder.remove()
        raise not_started(str(exc)) from exc
    try:
        with theirs:
            process = _started(start, theirs.fileno(), folder.path)
    except OSError as exc:
        line.close()
        folder.remove()
        raise not_started(str(exc)) from exc
    return Child(_Popen(process), line, folder)


def _started(start: StartOptions, line: int, folder: str) -> subprocess.Popen[bytes]:
    """Start a process that has one end of a line.

    Raises:
        OSError: The system refuses it.
    """
    told = {"line": line, "folder": folder, "parent": os.getpid()}
    command = [sys.executable, "-I", "-X", "utf8", "-c", BOOT]
    command += [json.dumps(sys.path), start.module, json.dumps({**start.options, **told})]
    # subprocess.DEVNULL would stay open when there is no descriptor left for the pipe
    with open(os.devnull, "r+b", buffering=0) as nothing:
        return subprocess.Popen(  # noqa: S603  # our own interpreter and words
            command,
            stdin=nothing,
            stdout=nothing,
            stderr=subprocess.PIPE,
            pass_fds=(line,),
            env=_environment(start.threads),
            cwd=folder,
            start_new_session=True,
        )


def _environment(threads: int) -> dict[str, str]:
    """Return the environment of a child."""
    kept = {name: os.environ[name] for name in KEPT_NAMES if name in os.environ}
    return kept | {
        "MALLOC_ARENA_MAX": "2",  # each arena counts as memory that is never used
        "MEDIAFLOW_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": "1",
        "SVT_LOG": "0",
    }
