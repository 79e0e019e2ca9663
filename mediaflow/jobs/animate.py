"""Walks an animation once and feeds every output of it, moving or still, frame by frame.

Law: as many frames are in memory as wait for the slowest encoder, and no more. With one thread the
encoder pulls and each animated output costs a pass of its own; with more, one pass feeds as many
outputs as there are threads. Whatever goes wrong, every thread has ended before it is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from mediaflow.errors import MediaflowError, TruncatedMediaError
from mediaflow.frames import Raster, SourceMetadata
from mediaflow.image.backend import ImageBackend
from mediaflow.jobs.rendered import Rendered
from mediaflow.libav.channel import Channel
from mediaflow.models.context import Context
from mediaflow.models.result import Notice
from mediaflow.planning import EncodeStep, OutputStep, PicturePlan, PictureStep
from mediaflow.planning.animation import cut_of
from mediaflow.planning.timing import Kept, choose_frames, frame_at
from mediaflow.probing.times import frame_seconds
from mediaflow.security.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["FrameWalk"]

WALKED: Final = 0.85  # share of a typical job that the frames take
_Timed: TypeAlias = tuple[Raster[object], int]


@dataclass(slots=True, kw_only=True, eq=False)
class _Target:
    """One animated output while it is made."""

    step: EncodeStep
    kept: tuple[Kept, ...]
    channel: Channel[_Timed] = field(default_factory=Channel)


@dataclass(slots=True, kw_only=True)
class FrameWalk:
    """What one walk over the frames of a source needs, and what it has made."""

    plan: PicturePlan
    steps: Sequence[OutputStep]
    """All outputs that are to be made, still ones too."""

    backend: ImageBackend[object]
    context: Context
    limits: Limits
    data: bytes
    keep: Callable[[EncodeStep, bytes, tuple[Notice, ...]], None]
    """Takes each encoded animation; may be called from several threads at once."""

    pictures: dict[int, Raster[object]]
    """Where the pictures of still outputs go, and the first one of each that moves."""

    failures: dict[int, MediaflowError]
    """Where the reasons go why pictures could not be made."""

    filtered: Callable[[Raster[object], PictureStep], Raster[object]]
    """Applies the filters of a step to what the transform made of a frame."""

    _stills: dict[int, list[PictureStep]] = field(default_factory=dict)
    _metadata: SourceMetadata = field(default_factory=SourceMetadata)
    """What the source says beside its pixels; frames come without."""

    _done: int = 0
    _total: int = 1
    _broken: BaseException | None = None

    def run(self, threads: int) -> list[Rendered]:
        """Make every animated output and the pictures of all others.

        Args:
            threads: How many encoders may run beside each other.

        Returns:
            One entry for each animated output, in no order that matters.

        Raises:
            SourceError: The input cannot be decoded.
            JobCancelledError: The caller gave up.
        """
        source = self.plan.source
        if self.plan.decode.metadata:
            with self.context.tally.timed("decode"):
                first = self.backend.decode(self.data, self.plan.decode, source, self.limits)
            self._metadata = first.metadata
        seconds = frame_seconds(
            self.data,
            source.format,
            where=source.uri,
            canvas=source.picture.stored_size,
            limits=self.limits,
        )
        for picture in self._needed():
            if not picture.moves:
                at = frame_at(seconds, picture.still_at)
                self._stills.setdefault(at, []).append(picture)
        targets = [
            _Target(step=step, kept=choose_frames(seconds, cut_of(step.animation)))
            for step in self.steps
            if isinstance(step, EncodeStep) and step.animation is not None
        ]
        size = max(threads, 1)
        groups = [targets[at : at + size] for at in range(0, len(targets), size)] or [[]]
        self._total = max(sum(map(self._last, groups)) + len(groups), 1)
        made: list[Rendered] = []
        for group in groups:
            made += self._alone(group) if threads == 1 else self._beside(group)
            self._stills = {}
        return made

    def _needed(self) -> list[PictureStep]:
        """Return the pictures that the outputs need, and those that they are made from."""
        needed = {step.picture for step in self.steps}
        for picture in reversed(self.plan.pictures):
            if picture.index in needed and picture.origin is not None:
                needed.add(picture.origin)
        return [picture for picture in self.plan.pictures if picture.index in needed]

    def _last(self, group: Sequence[_Target]) -> int:
        ends = [target.kept[-1].index for target in group if target.kept]
        return max([*ends, *self._stills], default=0)

    def _alone(self, group: Sequence[_Target]) -> list[Rendered]:
        """Encode at most one output in this thread, which pulls its frames."""
        walk = self._walk(group)
        made = [self._encode(target, self._pulled(walk)) for target in group]
        if self._broken is not None:
            raise self._broken
        for _ in walk:  # frames after the last one kept may be stills of others
            pass
        return made

    def _pulled(self, walk: Iterator[tuple[_Target, _Timed | MediaflowError]]) -> Iterator[_Timed]:
        """Yield what an encoder takes; what breaks the walk itself is kept for the job."""
        while True:
            try:
                _, item = next(walk)
            except StopIteration:
                return
            except BaseException as exc:
                self._broken = exc
                raise
            if isinstance(item, MediaflowError):
                raise item
            yield item

    def _beside(self, group: Sequence[_Target]) -> list[Rendered]:
        """Encode each output of a group in a thread of its own, all fed from here."""
        with ThreadPoolExecutor(
            max(len(group), 1), thread_name_prefix="mediaflow-animation"
        ) as pool:
            futures = [pool.submit(self._encode, target, target.channel) for target in group]
            try:
                for target, item in self._walk(group):
                    if isinstance(item, MediaflowError):
                        target.channel.finish(item)
                    else:
                        target.channel.put(item)
            except BaseException as exc:
                for target in group:
                    target.channel.finish(exc)
                raise
            for target in group:
                target.channel.finish()
            return [future.result() for future in futures]

    def _walk(self, group: Sequence[_Target]) -> Iterator[tuple[_Target, _Timed | MediaflowError]]:
        """Decode once; make stills on the way and yield what each output of the group takes."""
        wanted: dict[int, list[tuple[_Target, int]]] = {}
        for target in group:
            for kept in target.kept:
                wanted.setdefault(kept.index, []).append((target, kept.ticks))
        last, reached = self._last(group), -1
        source = self.plan.source
        decoded = self.backend.decode_frames(self.data, source, self.limits)
        for index, bare in enumerate(self.context.tally.each_decoded(decoded)):
            self.context.check()
            frame = replace(bare, metadata=self._metadata)
            for still in self._stills.get(index, ()):
                self._make_still(still, frame)
            pictures: dict[int, Raster[object]] = {}
            for target, ticks in wanted.get(index, ()):
                yield target, self._timed(target, frame, pictures, ticks)
            reached = index
            self._done += 1
            self.context.progress(WALKED * self._done / self._total, "encode")
            if index >= last:
                return
        raise TruncatedMediaError(
            f"the animation ends after {reached + 1} of {last + 1} frames",
            hint="the file was cut off; fetch or export it again",
            where=source.uri,
        )

    def _timed(
        self, target: _Target, frame: Raster[object], made: dict[int, Raster[object]], ticks: int
    ) -> _Timed | MediaflowError:
        try:
            with self.context.tally.timed("transform"):
                picture = self._picture(target.step.picture, frame, made)
        except MediaflowError as exc:
            return exc
        self.pictures.setdefault(target.step.picture, picture)
        return picture, ticks

    def _picture(
        self, index: int, frame: Raster[object], made: dict[int, Raster[object]]
    ) -> Raster[object]:
        """Make a picture of a frame, and the ones that it is made from."""
        if index not in made:
            step = self.plan.pictures[index]
            origin = frame if step.origin is None else self._picture(step.origin, frame, made)
            plain = self.backend.transform(origin, step, threads=self.context.budget.threads)
            made[index] = self.filtered(plain, step)
        return made[index]

    def _make_still(self, step: PictureStep, frame: Raster[object]) -> None:
        origin = frame if step.origin is None else self.pictures.get(step.origin)
        if origin is None:
            return  # whoever needs it is told why its origin could not be made
        try:
            with self.context.tally.timed("transform"):
                self.pictures[step.index] = self.backend.transform(
                    origin, step, threads=self.context.budget.threads
                )
        except MediaflowError as exc:
            self.failures[step.index] = exc

    def _encode(self, target: _Target, frames: Iterable[_Timed]) -> Rendered:
        started = time.perf_counter()
        step, count = target.step, len(target.kept)
        notices: tuple[Notice, ...] = ()
        error: MediaflowError | None = None
        try:
            self.context.check()
            if count > 1:
                data, notices = self.backend.encode_frames(frames, step, count)
            else:
                picture, _ = next(iter(frames))
                data, notices = self.backend.encode(picture, step)
            self.keep(step, data, notices)
        except MediaflowError as exc:
            error = exc
        finally:
            target.channel.abandon()
        moved = error is None and count > 1 and step.animation is not None
        ticks = sum(kept.ticks for kept in target.kept)
        return Rendered(
            step=step,
            seconds=time.perf_counter() - started,
            notices=notices,
            error=error,
            frames=count if moved else None,
            duration_seconds=ticks * step.animation.tick_ms / 1000
            if moved and step.animation
            else None,
        )
