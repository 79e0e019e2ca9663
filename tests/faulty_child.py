"""A child that misbehaves when the name of a source says so: the controls of tests of isolation."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Mapping

from mediaflow.jobs import child
from mediaflow.jobs.outputs import OutputFiles
from mediaflow.jobs.place import InPlace, Made, Work
from mediaflow.models.context import Context
from mediaflow.models.info import MediaInfo
from mediaflow.security.limits import Limits
from mediaflow.storage import OpenSource

MEBIBYTE = 1024 * 1024
DAWDLE_SECONDS = 0.7


def _crash(files: OutputFiles) -> None:
    ctypes.string_at(0)


def _abort(files: OutputFiles) -> None:
    os.abort()


def _leave(files: OutputFiles) -> None:
    os._exit(7)


def _hang(files: OutputFiles) -> None:
    time.sleep(600)


def _freeze(files: OutputFiles) -> None:
    signal.raise_signal(signal.SIGSTOP)


def _eat(files: OutputFiles) -> None:
    held = []
    while True:
        held.append(bytearray(b"x") * (16 * MEBIBYTE))
        time.sleep(0.005)


def _gulp(files: OutputFiles) -> None:
    bytearray(64 * 1024 * MEBIBYTE)


def _open(files: OutputFiles) -> None:
    os.close(os.open("/etc/passwd", os.O_RDONLY))


def _lie(files: OutputFiles) -> None:
    files._line.send({"file": "nobody asked"}, b"x")


def _babble(files: OutputFiles) -> None:
    files._line._socket.setblocking(True)
    files._line._socket.sendall(b"\xff" * 4096)
    time.sleep(600)


def _stutter(files: OutputFiles) -> None:
    files._line._socket.setblocking(True)
    files._line._socket.sendall(b"\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00nope")
    time.sleep(600)


def _dawdle(files: OutputFiles) -> None:
    time.sleep(DAWDLE_SECONDS)


DEEDS = {
    "abort": _abort,
    "babble": _babble,
    "crash": _crash,
    "dawdle": _dawdle,
    "eat": _eat,
    "freeze": _freeze,
    "gulp": _gulp,
    "hang": _hang,
    "leave": _leave,
    "lie": _lie,
    "open": _open,
    "stutter": _stutter,
}


class FaultyPlace(InPlace):
    """A place that does what the name of its source says."""

    def probe(self, source: OpenSource, *, limits: Limits, deep: bool = False) -> MediaInfo:
        if (source.name or "").startswith("dawdle."):
            time.sleep(DAWDLE_SECONDS)
        return super().probe(source, limits=limits, deep=deep)

    def render(self, work: Work, files: OutputFiles, context: Context) -> Made:
        deed = DEEDS.get((work.source.source.name or "").partition(".")[0])
        if deed is not None:
            deed(files)
        return super().render(work, files, context)


def main(options: Mapping[str, object]) -> None:
    """Serve as any child does, with another place."""
    child.InPlace = FaultyPlace
    child.main(options)
