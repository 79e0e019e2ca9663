"""Walks once over the keyframes of a film for all that is made of them.

Law: storyboards, scenes and the choice of the best still share one walk, and the failure of one
stops no other. The best still is only chosen here; whoever makes stills decodes it in full.
"""

from __future__ import annotations

import json
import time
from bisect import bisect
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.errors import CorruptMediaError, MediaflowError
from mediaflow.libav.gate import open_decoder, open_input
from mediaflow.models.result import Notice
from mediaflow.models.serde import to_dict
from mediaflow.planning.film_color import source_color
from mediaflow.planning.preview_steps import ScenesStep, StoryboardStep
from mediaflow.video.backend import MadePreview, Survey
from mediaflow.video.keyframes import FEW, MOST_A_SECOND, Keyframes
from mediaflow.video.scenes import scenes_of
from mediaflow.video.scoring import best_of, distance
from mediaflow.video.seek import moving_picture
from mediaflow.video.small import SmallPictures, Watcher
from mediaflow.video.storyboard import Board

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.video.stream import VideoStream

    from mediaflow.errors import SourceError
    from mediaflow.frames import ByteReader
    from mediaflow.models.context import Context
    from mediaflow.planning import FilmPlan
    from mediaflow.planning.preview_steps import SurveyStep
    from mediaflow.security.limits import Limits
    from mediaflow.video.keyframes import Keyframe
    from mediaflow.video.scoring import Seen

__all__ = ["survey"]

WALK_BEGINS: Final = 0.05
WALK_ENDS: Final = 0.85
"""Shares of a typical job; progress needs an order, not exactness."""

TOLD_EVERY: Final = 0.02
HALF: Final = 2
LOOK_CLOSER: Final = 0.16
"""Distance from which on a keyframe between two is decoded that was passed over."""


def survey(
    plan: FilmPlan,
    steps: Sequence[SurveyStep],
    reader: ByteReader,
    context: Context,
    *,
    best: bool,
    limits: Limits,
) -> Survey:
    """Make storyboards and find scenes and the best still in one walk.

    Args:
        plan: What to do.
        steps: What is made of all keyframes.
        reader: The film.
        context: Progress out, cancellation and budget in.
        best: Whether the best still is looked for.
        limits: Limits in force.

    Raises:
        SourceError: The input cannot be decoded.
        JobCancelledError: The caller gave up.
    """
    walk = _Walk(plan, steps, best=best, context=context, limits=limits)
    walk.run(reader, every=False)
    if walk.needs_every:
        lack = walk.lack
        walk = _Walk(plan, steps, best=best, context=context, limits=limits)
        walk.run(reader, every=True)
        walk.lack = lack or walk.lack
    return walk.outcome()


class _Walk:
    """One walk, and what was found on it so far."""

    def __init__(
        self,
        plan: FilmPlan,
        steps: Sequence[SurveyStep],
        *,
        best: bool,
        context: Context,
        limits: Limits,
    ) -> None:
        self._began = time.perf_counter()
        self._plan, self._steps, self._context, self._limits = plan, steps, context, limits
        small = {step.look: SmallPictures(plan.looks[step.look]) for step in _boards(steps)}
        self._boards = [Board(step, small[step.look], limits) for step in _boards(steps)]
        self._errors: dict[str, MediaflowError] = {}
        self._best = best
        self._watches = best or any(isinstance(step, ScenesStep) for step in steps)
        stream = next(each for each in plan.source.video if each.index == plan.stream)
        self._watcher = Watcher(source_color(stream))
        self._seen: list[Seen] = []
        self._apart: list[float] = []  # of each frame but the first from the one before it
        self._times: list[Fraction] = []
        self._end = self._rest = Fraction(0)
        self._told = 0.0
        self._length = 0.0 if plan.renditions else plan.source.duration_seconds or 0.0
        self.needs_every = False
        """Whether the film has too few keyframes, or none that can be decoded alone."""

        self.count = 0
        """Frames that were decoded."""

        self.lack: SourceError | None = None
        """What is missing of the film."""

    def run(self, reader: ByteReader, *, every: bool) -> None:
        """Walk over the film."""
        source, context, limits = self._plan.source, self._context, self._limits
        self._rest = Fraction(1, MOST_A_SECOND) if every else Fraction(0)
        whole = source.container is not None and source.container.is_truncated is not None
        with open_input(
            reader, format=source.format, limits=limits, where=source.uri, check=context.check
        ) as container:
            stream = moving_picture(container, self._plan.stream)
            open_decoder(
                stream,
                limits,
                threads=context.budget.threads,
                where=source.uri,
                is_for_small=not every and self._is_small(stream),
            )
            keyframes = Keyframes(
                container,
                stream,
                every=every,
                context=context,
                limits=limits,
                is_whole_known=whole,
                watches=self._watches,
                is_wanted=lambda *times: any(board.wants(*times) for board in self._boards),
                where=source.uri,
            )
            for keyframe in keyframes:
                self._take(keyframe, keyframes)
            self.lack, self._end = keyframes.lack, keyframes.end
            self.needs_every = keyframes.total < FEW or not self.count or keyframes.is_blind

    def _is_small(self, stream: VideoStream) -> bool:
        """Tell whether all pictures have at most half as many px along each edge as the film."""
        looks = [self._plan.looks[board.step.look] for board in self._boards]
        return all(
            stream.width >= HALF * look.content.width
            and stream.height >= HALF * look.content.height
            for look in looks
        )

    def _report(self, time: Fraction) -> None:
        """Tell how far the walk is, where it is most of the work."""
        share = min(float(time) / self._length, 1.0)
        if share - self._told >= TOLD_EVERY:
            self._told = share
            self._context.progress(WALK_BEGINS + (WALK_ENDS - WALK_BEGINS) * share, "decode")

    def _take(self, keyframe: Keyframe, keyframes: Keyframes) -> None:
        self.count += 1
        if self._length:
            self._report(keyframe.time)
        if self._watches and keyframe.is_watched and self._is_looked_at(keyframe.time):
            self._look(keyframe, keyframes)
        if keyframe.is_late:
            return
        for board in self._boards:
            if board.step.name in self._errors:
                continue
            try:
                board.take(keyframe)
            except MediaflowError as exc:
                self._errors[board.step.name] = exc

    def _look(self, keyframe: Keyframe, keyframes: Keyframes) -> None:
        """Keep what is seen of a keyframe, in the order of display."""
        found = self._watcher.look(keyframe.frame)
        place = bisect(self._times, keyframe.time)
        self._times.insert(place, keyframe.time)
        self._seen.insert(place, found)
        near = self._seen[max(place - 1, 0) : place + 2]
        self._apart[max(place - 1, 0) : place] = [distance(*pair) for pair in pairwise(near)]
        if not keyframe.is_late and place and self._apart[place - 1] >= LOOK_CLOSER:
            keyframes.look_before(keyframe)

    def _is_looked_at(self, time: Fraction) -> bool:
        """Tell whether enough time has passed where all frames are decoded."""
        return not self._rest or not self._times or time - self._times[-1] >= self._rest

    def outcome(self) -> Survey:
        """Return what was made, and when the best still is displayed."""
        best: Fraction | None = None
        if self._best and self._seen:
            best = max(self._times[best_of(self._seen, self._apart)], Fraction(0))
        return Survey(best=best, made=tuple(self._made(step) for step in self._steps))

    def _made(self, step: SurveyStep) -> MadePreview:
        error = self._errors.get(step.name) or self._refusal()
        if error is not None:
            return self._failed(step, error)
        try:
            match step:
                case StoryboardStep():
                    board = next(one for one in self._boards if one.step is step)
                    made = board.end(self._end_of(step))
                case ScenesStep():
                    made = self._scenes(step)
                case _:
                    assert_never(step)
        except MediaflowError as exc:
            return self._failed(step, exc)
        return MadePreview(
            step=step,
            seconds=self._seconds,
            data=made.data,
            sheets=made.sheets,
            found=made.found,
            frames=made.frames,
            duration_seconds=made.duration_seconds,
            notices=(*made.notices, *self._salvaged()),
        )

    def _scenes(self, step: ScenesStep) -> MadePreview:
        data = scenes_of(self._times, self._apart, self._end_of(step))
        text = json.dumps(to_dict(data), indent=2)
        return MadePreview(
            step=step,
            seconds=0.0,
            data=text.encode(),
            found=data,
            duration_seconds=data.scenes[-1].end_seconds,
            notices=step.notices,
        )

    def _end_of(self, step: SurveyStep) -> Fraction:
        """Return when the film ends: by its header, or else by its packets."""
        last = self._times[-1] + Fraction(1, 1000) if self._times else Fraction(0)
        return max(self._end if step.seconds is None else step.seconds, last)

    def _refusal(self) -> MediaflowError | None:
        """Return why nothing is made of a film that is damaged or empty, or None."""
        where = self._plan.source.uri
        if not self.count:
            return CorruptMediaError("no frame of the film can be decoded", where=where)
        return self.lack if self._plan.fail_on == "error" else None

    def _salvaged(self) -> tuple[Notice, ...]:
        if self.lack is None:
            return ()
        text = f"{self.lack.message}; what is left was used"
        return (Notice(code="source_salvaged", message=text),)

    def _failed(self, step: SurveyStep, error: MediaflowError) -> MadePreview:
        return MadePreview(step=step, seconds=self._seconds, error=error)

    @property
    def _seconds(self) -> float:
        return time.perf_counter() - self._began


def _boards(steps: Sequence[SurveyStep]) -> list[StoryboardStep]:
    return [step for step in steps if isinstance(step, StoryboardStep)]
