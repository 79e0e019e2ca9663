"""Encodes one sound in a thread of its own, for all files that want it.

Law: it owns its mixer and its files; frames that come in are read and never written. Whatever
happens, its files are closed when it ends.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

import av

from mediaflow.audio.backend import MadeSound
from mediaflow.audio.block import Block
from mediaflow.audio.sound import Sound, add_sound
from mediaflow.errors import MediaflowError, let_go
from mediaflow.libav.channel import Channel, StoppedError
from mediaflow.libav.translate import FOREIGN, translated
from mediaflow.planning import SoundFileStep, SoundStep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from av.audio.stream import AudioStream
    from av.container import OutputContainer

    from mediaflow.audio.backend import SoundFiles
    from mediaflow.audio.sound import Coded
    from mediaflow.formats.row import Arguments
    from mediaflow.models.context import Context
    from mediaflow.security.limits import Limits

__all__ = ["SoundFile", "SoundLane"]

MILLION: Final = 1_000_000


class SoundFile:
    """One file while it is written.

    Args:
        step: What is made.
        path: Where it is written.
        more: Options of the muxer beside those of the step.
    """

    def __init__(self, step: SoundFileStep, path: str, more: Arguments = ()) -> None:
        self.step = step
        self.until: Fraction = Fraction(0)
        """Where what was packed ends, in seconds."""

        options = {name: str(value) for name, value in (*step.muxer_options, *more)}
        with translated(stage="encode"):
            self.container: OutputContainer = av.open(path, "w", format=step.muxer, options=options)
        self.stream: AudioStream | None = None

    def begin(self) -> None:
        """Say what the file is, once its stream was added."""
        carried = self.step.carried
        with translated(stage="encode"):
            for tag in carried.tags:
                self.container.metadata[tag.name] = tag.value
            self.container.start_encoding()

    def pack(self, coded: Coded) -> None:
        """Pack what was encoded; it stays as it is."""
        with translated(stage="encode"):
            self.container.mux(coded.packet(cast("AudioStream", self.stream)))
        self.until = max(self.until, coded.until)

    def close(self, *, is_whole: bool) -> None:
        """Close the file; of one that is not whole, the error on its way is the one to tell."""
        if is_whole:
            with translated(stage="encode"):
                self.container.close()
            return
        with suppress(*FOREIGN):
            self.container.close()


@dataclass(slots=True, kw_only=True, eq=False)
class SoundLane:
    """One sound, the files that want it, and what waits for it."""

    sound: SoundStep
    steps: Sequence[SoundFileStep]
    channel: Channel[Block] = field(default_factory=Channel)
    is_over: bool = False
    """Whether it takes no more frames."""

    def put(self, block: Block) -> None:
        """Hand samples over, waiting for room."""
        if not self.is_over:
            self.is_over = not self.channel.put(block)

    def make(
        self, zero: Fraction, files: SoundFiles, context: Context, limits: Limits
    ) -> list[MadeSound]:
        """Make the files from what the channel brings; one entry a file."""
        began = time.perf_counter()
        error: MediaflowError | None = None
        seconds: Fraction | None = None
        try:
            seconds = self._made(zero, files, context, limits)
        except StoppedError:
            found = self.channel.error
            error = found if isinstance(found, MediaflowError) else None
        except MediaflowError as exc:
            let_go(exc)  # it is kept until the job ends, the encoder must not be
            error = exc.with_traceback(None)
        finally:
            self.channel.abandon()
        return [
            MadeSound(
                step=step,
                seconds=time.perf_counter() - began,
                duration_seconds=None if seconds is None else float(seconds),
                notices=step.notices,
                error=error,
            )
            for step in self.steps
        ]

    def _made(
        self, zero: Fraction, files: SoundFiles, context: Context, limits: Limits
    ) -> Fraction:
        with ExitStack() as stack:
            mixer = Sound(self.sound, zero, limits)
            made: list[SoundFile] = []
            for step in self.steps:
                file = SoundFile(step, files.path(step))
                stack.push(lambda kind, _e, _t, file=file: file.close(is_whole=kind is None))
                with translated(stage="encode"):
                    file.stream = add_sound(file.container, self.sound)
                file.begin()
                made.append(file)
            for block in self.channel:
                context.check()
                _pack(mixer.push(block.frame()), made)
                if mixer.is_over:
                    break
            _pack(mixer.end(), made)
            return mixer.seconds


def _pack(coded: Iterable[Coded], files: Sequence[SoundFile]) -> None:
    for one in coded:
        for file in files:
            file.pack(one)
