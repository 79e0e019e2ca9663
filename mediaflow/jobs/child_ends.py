"""What a child keeps up with its parent while it works: files as they are made, signs of life, a stop.

Law: all of it goes over the one line; several threads may use it.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Final

from mediaflow.errors import WorkerLostError
from mediaflow.jobs.outputs import OutputFiles

if TYPE_CHECKING:
    from mediaflow.executors.line import Line
    from mediaflow.jobs.rendered import AnyOutputStep
    from mediaflow.planning import FilmStep, SoundFileStep, StreamStep

__all__ = ["Beat", "SentFiles", "Stop"]

BEAT_SECONDS: Final = 0.5
"""How often a child that works says that it lives; how soon it ends when its parent did."""

POLL_SECONDS: Final = 0.02
"""How often a child that works looks whether it is told to stop."""


class SentFiles(OutputFiles):
    """The outputs of a job in a child: what is small goes over the line as soon as it is made."""

    def __init__(self, line: Line, folder: str) -> None:
        super().__init__(folder)
        self._line, self._place = line, folder
        self._turn = threading.Lock()
        self._held: tuple[str, bytes] | None = None
        self.written: dict[str, str] = {}
        """Paths of files that an encoder wrote, by output."""

    def put(self, step: AnyOutputStep, data: bytes) -> None:
        """Send the file that was made before; the last one goes with the answer."""
        with self._turn:
            before, self._held = self._held, (step.name, data)
        if before is not None:
            self._line.send({"file": before[0]}, before[1])

    def last(self) -> tuple[str, bytes] | None:
        """Return the name and the bytes of the last file, or None without any."""
        return self._held

    def put_segment(self, step: StreamStep, path: str, data: bytes) -> None:
        """Send one file of a stream."""
        self._line.send({"segment": step.name, "path": path}, data)

    def path(self, step: FilmStep | SoundFileStep) -> str:
        """Return the path of a file in the folder, which the parent takes over."""
        place = os.path.join(self._place, f"{step.position}.{step.format}")
        self.written[step.name] = self._paths[step.name] = place
        return place


class Stop:
    """Tells whether the parent said stop; may be asked by several threads."""

    def __init__(self, line: Line) -> None:
        self._line, self._lock = line, threading.Lock()
        self._next, self._is_set = 0.0, False

    def is_set(self) -> bool:
        """Look, now and then, whether a stop came."""
        now = time.monotonic()
        if self._is_set or now < self._next:
            return self._is_set
        with self._lock:
            self._next = now + POLL_SECONDS
            if self._line.has_message():
                message = self._line.receive(0)
                self._is_set = message is not None and message.data.get("do") == "cancel"
        return self._is_set


class Beat:
    """Says now and then that a child at work lives; ends it when nobody listens any more.

    Args:
        line: The line to the parent.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._works = threading.Event()
        threading.Thread(target=self._run, name="mediaflow-beat", daemon=True).start()

    def __enter__(self) -> None:
        self._works.set()

    def __exit__(self, *_: object) -> None:
        self._works.clear()

    def _run(self) -> None:
        while self._works.wait():
            time.sleep(BEAT_SECONDS)
            if not self._works.is_set():
                continue
            try:
                self._line.send({"beat": True})
            except WorkerLostError:
                os._exit(1)
