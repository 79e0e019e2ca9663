"""Encodes one sound in a thread of its own, for all files that want it.

Law: it owns its mixer and its files; frames that come in are read and never written. Whatever
happens, its files are closed when it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import av

from mediaflow.audio.backend import MadeSound
from mediaflow.audio.finish import Finishing, Hearing, trimmed
from mediaflow.audio.labels import Labels
from mediaflow.audio.sound import Sound, add_sound
from mediaflow.audio.taking import Taking
from mediaflow.errors import MediaflowError, UnsupportedError, let_go
from mediaflow.formats.cover_files import CoverFile, cover_file
from mediaflow.formats.sound_tags import LABELS
from mediaflow.libav.translate import FOREIGN, translated
from mediaflow.models.loudness import LevelData
from mediaflow.models.result import Notice
from mediaflow.planning import SoundFileStep, SoundStep
from mediaflow.planning.loudness import NEAR_LU

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
        cover: The picture that is its cover; None for none.
        more: Options of the muxer beside those of the step.

    Raises:
        UnsupportedError: A cover that was asked for is no picture.
        EncodeError: The file cannot be made.
    """

    def __init__(
        self, step: SoundFileStep, path: str, cover: bytes | None, more: Arguments = ()
    ) -> None:
        self.step = step
        self.until: Fraction = Fraction(0)
        """Where what was packed ends, in seconds."""

        self.notices: tuple[Notice, ...] = ()
        """What it does without."""

        self._path = path
        self._labels = Labels(
            LABELS[step.format],
            tags=step.carried.tags,
            chapters=step.carried.chapters,
            cover=self._cover(cover),
        )
        options = {name: str(value) for name, value in (*step.muxer_options, *more)}
        options |= self._labels.options
        with translated(stage="encode"):
            self.container: OutputContainer = av.open(path, "w", format=step.muxer, options=options)
        self.stream: AudioStream | None = None

    def begin(self) -> None:
        """Say what the file is, once its stream was added."""
        with translated(stage="encode"):
            self._labels.write(self.container, cast("AudioStream", self.stream))
            self.container.start_encoding()
            self._labels.pack(self.container)

    def pack(self, coded: Coded) -> None:
        """Pack what was encoded; it stays as it is."""
        with translated(stage="encode"):
            self.container.mux(coded.packet(cast("AudioStream", self.stream)))
        self.until = max(self.until, coded.until)

    def _cover(self, data: bytes | None) -> CoverFile | None:
        if data is None:
            return None
        found = cover_file(data, bare=self.step.carried.metadata != "keep")
        if found is None and self.step.output.cover is not None:
            raise UnsupportedError(
                "the cover is no JPEG or PNG picture, or larger than 16 MB",
                hint="save it as JPEG or PNG",
                field="cover",
            )
        if found is None:
            text = "the cover is damaged, or no JPEG or PNG, and is left out"
            self.notices = (Notice(code="metadata_dropped", message=text),)
        return found

    def close(self, *, is_whole: bool) -> None:
        """Close the file; of one that is not whole, the error on its way is the one to tell."""
        if is_whole:
            with translated(stage="encode"):
                self.container.close()
            with open(self._path, "r+b") as file:
                self._labels.finish(file)
            return
        with suppress(*FOREIGN):
            self.container.close()


@dataclass(slots=True, kw_only=True, eq=False)
class SoundLane(Taking):
    """One sound, the files that want it, and what waits for it."""

    sound: SoundStep
    steps: Sequence[SoundFileStep]
    finish: Finishing | None = None
    """What was decided after a first hearing; None where none was needed."""

    errors: dict[str, MediaflowError] = field(default_factory=dict)
    """Why a file cannot be made that others of the same sound can, by the name of its step."""

    told: dict[str, tuple[Notice, ...]] = field(default_factory=dict)
    """What each file does without, by the name of its step."""

    hearing: Hearing | None = None
    """What a first hearing told."""

    lacks: tuple[Notice, ...] = ()
    """What is told of the sound once it was heard to its end."""

    @property
    def stream(self) -> int:
        """Index of the track among the streams of the source."""
        return self.sound.stream

    @property
    def end(self) -> Fraction | None:
        """Where it ends, in seconds of the source; None is the source's end."""
        return self.sound.end

    def hear(self, zero: Fraction, context: Context, limits: Limits) -> Hearing:
        """Listen to what the channel brings, and encode nothing.

        Raises:
            MediaflowError: It cannot be heard.
        """
        hearing = Hearing(self.sound)
        try:
            mixer = Sound(self.sound, zero, limits, hearing)
            for _ in self._coded(mixer, context):
                pass  # nothing comes through
        finally:
            self.channel.abandon()
        return hearing

    def make(
        self,
        zero: Fraction,
        files: SoundFiles,
        covers: Mapping[str, bytes],
        context: Context,
        limits: Limits,
    ) -> list[MadeSound]:
        """Make the files from what the channel brings; one entry a file.

        Args:
            zero: Time stamp, in seconds, that counts as 0.
            files: Gives each a private file.
            covers: The cover of each that has one, by the name of its step.
            context: Cancellation.
            limits: Limits in force.
        """
        seconds: Fraction | None = None
        with self.turn() as turn:
            seconds = self._made(zero, files, covers, context, limits)
        return [
            MadeSound(
                step=step,
                seconds=turn.seconds,
                duration_seconds=None if seconds is None else float(seconds),
                notices=(
                    *step.notices,
                    *self.told.get(step.name, ()),
                    *self._limited(),
                    *self.lacks,
                ),
                level=self._level(),
                error=self.errors.get(step.name) or turn.error,
            )
            for step in self.steps
        ]

    def correct(self) -> bool:
        """Take more gain where holding peaks down took too much loudness; tell whether it is so."""
        if self.finish is None or self.hearing is None:
            return False
        more = self.finish.corrected()
        if more is None:
            return False
        self.finish = Finishing(self.sound, self.hearing.heard, more)
        self.renew()
        return True

    def _level(self) -> LevelData | None:
        found = None if self.finish is None else self.finish.decision
        if found is None:
            return None
        measured = None if self.hearing is None else self.hearing.measured
        return LevelData(
            mode=found.mode,
            gain_db=found.gain_db,
            target_lufs=found.target_lufs,
            true_peak_dbtp=found.true_peak_dbtp,
            measured_lufs=found.measured_lufs,
            measured_true_peak_dbtp=found.measured_true_peak_dbtp,
            measured_range_lu=None if measured is None else measured.range_lu,
            reached_lufs=self._reached(),
        )

    def _reached(self) -> float | None:
        reached = None if self.finish is None else self.finish.reached
        return None if reached is None else reached.integrated_lufs

    def _limited(self) -> tuple[Notice, ...]:
        decision = None if self.finish is None else self.finish.decision
        if decision is None or decision.mode == "linear":
            return ()
        text = f"peaks are held down by up to {decision.over_db:.1f} dB to reach the loudness"
        reached = self._reached()
        if reached is not None and abs(reached - decision.target_lufs) > NEAR_LU:
            text += f", which is {reached:.1f} LUFS all the same"
        return (Notice(code="peaks_limited", message=text),)

    def _made(
        self,
        zero: Fraction,
        files: SoundFiles,
        covers: Mapping[str, bytes],
        context: Context,
        limits: Limits,
    ) -> Fraction:
        with ExitStack() as stack:
            mixer = Sound(self.sound, zero, limits, self.finish)
            made: list[SoundFile] = []
            for step in self.steps:
                file = self._opened(step, files, covers)
                if file is not None:
                    stack.push(partial(self._close, file))
                    made.append(file)
            for coded in self._coded(mixer, context):
                made = [file for file in made if self._packed(file, coded)]
                if not made:
                    break
            self.lacks = mixer.lacks()
            return mixer.seconds

    def _coded(self, mixer: Sound, context: Context) -> Iterator[Coded]:
        """Yield what is encoded of what the channel brings."""
        for block in self.channel:
            context.check()
            yield from mixer.push(block.frame())
            if mixer.is_over:
                break
        yield from mixer.end()

    def _opened(
        self, step: SoundFileStep, files: SoundFiles, covers: Mapping[str, bytes]
    ) -> SoundFile | None:
        """Return a file that is begun, or None and remember why it cannot be."""
        file: SoundFile | None = None
        try:
            cut = trimmed(step, None if self.hearing is None else self.hearing.heard)
            file = SoundFile(cut, files.path(step), covers.get(step.name))
            self.told[step.name] = file.notices
            with translated(stage="encode"):
                file.stream = add_sound(file.container, self.sound)
            file.begin()
        except MediaflowError as exc:
            if file is not None:
                file.close(is_whole=False)
            self._fail(step, exc)
            return None
        return file

    def _packed(self, file: SoundFile, coded: Coded) -> bool:
        """Pack into a file; tell whether it goes on."""
        try:
            file.pack(coded)
        except MediaflowError as exc:
            self._fail(file.step, exc)
            return False
        return True

    def _close(self, file: SoundFile, kind: object, _error: object, _trace: object) -> None:
        try:
            file.close(is_whole=kind is None and file.step.name not in self.errors)
        except MediaflowError as exc:
            self._fail(file.step, exc)

    def _fail(self, step: SoundFileStep, error: MediaflowError) -> None:
        """Remember why one file cannot be made; the others go on."""
        let_go(error)  # it is kept until the job ends, the encoder must not be
        self.errors.setdefault(step.name, error.with_traceback(None))
