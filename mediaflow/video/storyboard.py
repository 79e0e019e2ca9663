"""Lays small pictures of a film on sheets.

The picture for a moment is the keyframe displayed then or nearest before it, where one lies less
than an interval back; else the keyframe that is nearest at all. So a film with few keyframes shows
one of them several times rather than being decoded whole.

Law: a frame is scaled only where a moment takes it; sheets are cut and encoded, nothing else.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from mediaflow.formats.storyboard_vtt import Cue, storyboard_vtt
from mediaflow.geometry import Size
from mediaflow.image.backend import image_backends
from mediaflow.image.pillow.raster import raster_of
from mediaflow.models.result import Notice
from mediaflow.video.backend import MadePreview, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from mediaflow.frames import Raster
    from mediaflow.planning.preview_steps import StoryboardStep
    from mediaflow.security.limits import Limits
    from mediaflow.video.keyframes import Keyframe
    from mediaflow.video.small import SmallPictures

    Picture = npt.NDArray[np.uint8]

__all__ = ["Board"]

FIRST_INTERVAL: Final = Fraction(1)


class Board:
    """One storyboard while the film is walked over.

    Args:
        step: What is made.
        small: Makes one picture of a frame.
        limits: Limits in force.
    """

    def __init__(self, step: StoryboardStep, small: SmallPictures, limits: Limits) -> None:
        self.step = step
        self._small, self._limits = small, limits
        self._interval = step.interval or FIRST_INTERVAL
        self._tiles: list[tuple[Picture, Fraction]] = []
        self._time = Fraction(0)  # of the next picture
        self._before: Keyframe | None = None
        self._made: tuple[Keyframe, Picture] | None = None

    def wants(self, before: Fraction, time: Fraction, after: Fraction) -> bool:
        """Tell whether a keyframe can be the picture for a moment.

        Args:
            before: When the keyframe before it is displayed.
            time: When it is displayed itself.
            after: When the next one is.
        """
        before, time, after = (one - self.step.start for one in (before, time, after))
        is_sparse = time - before > self._interval  # then it may be the nearest to one before it
        return is_sparse or -(-time // self._interval) * self._interval < after

    def take(self, keyframe: Keyframe) -> None:
        """Take the next keyframe.

        Raises:
            LimitExceededError: The sheets would have more px than the limits allow.
            ProcessingError: libavfilter failed.
        """
        keyframe = replace(keyframe, time=keyframe.time - self.step.start)
        if self._before is not None:
            while self._is_open and self._time < keyframe.time:
                self._choose(self._before, keyframe)
        self._before = keyframe

    def end(self, end: Fraction) -> MadePreview:
        """Return what was made of a film that ends at a moment, after at least one keyframe.

        Raises:
            LimitExceededError: The sheets would have more px than the limits allow.
            ProcessingError: A library failed.
        """
        end -= self.step.start
        last = self._before
        assert last is not None  # noqa: S101  # whoever walks saw to that
        while self._is_open and (
            self.step.tiles is not None or not self._tiles or self._time < end
        ):
            self._choose(last, last)
        seconds = max(self.step.seconds or end, self._interval * (len(self._tiles) - 1))
        sheets = [self._encoded(part) for part in self._sheets()]
        return MadePreview(
            step=self.step,
            seconds=0.0,
            data=storyboard_vtt(self._cues(seconds)).encode(),
            sheets=tuple(sheets),
            frames=len(self._tiles),
            duration_seconds=float(seconds),
            notices=(*self.step.notices, *self._repeated()),
        )

    @property
    def _is_open(self) -> bool:
        return self.step.tiles is None or len(self._tiles) < self.step.tiles

    def _choose(self, before: Keyframe, after: Keyframe) -> None:
        """Add the picture for the next moment."""
        time = self._time
        back, ahead = time - before.time, after.time - time
        chosen = before if back < self._interval or back <= abs(ahead) else after
        if self._made is None or self._made[0] is not chosen:
            self._made = (chosen, self._small.picture(chosen.frame))
        self._tiles.append((self._made[1], chosen.time))
        pixels = len(self._tiles) * self.step.size.pixels
        self._limits.check("max_output_pixels", pixels, who="a storyboard")
        if self.step.interval is None and len(self._tiles) > self.step.most:
            del self._tiles[1::2]
            self._interval *= 2
        self._time = self._interval * len(self._tiles)

    def _repeated(self) -> tuple[Notice, ...]:
        shown = len({time for _, time in self._tiles})
        if shown == len(self._tiles):
            return ()
        text = (
            f"{len(self._tiles)} pictures show {shown} different frames: "
            f"the film has no more keyframes where they are wanted"
        )
        return (Notice(code="frames_repeated", message=text),)

    @property
    def _on_a_sheet(self) -> int:
        return self.step.columns * self.step.rows

    def _sheets(self) -> Iterator[Sequence[Picture]]:
        pictures = [picture for picture, _ in self._tiles]
        for first in range(0, len(pictures), self._on_a_sheet):
            yield pictures[first : first + self._on_a_sheet]

    def _encoded(self, pictures: Sequence[Picture]) -> Sheet:
        tile = self.step.size
        columns = min(self.step.columns, len(pictures))
        rows = -(-len(pictures) // columns)
        sheet = np.zeros((rows * tile.height, columns * tile.width, 3), np.uint8)
        for index, picture in enumerate(pictures):
            left, top = self._place(index)
            sheet[top : top + tile.height, left : left + tile.width] = picture
        raster = cast("Raster[object]", raster_of(sheet))
        data, _ = image_backends["pillow"].encode(raster, self.step.encode)
        return Sheet(data=data, size=Size(sheet.shape[1], sheet.shape[0]))

    def _place(self, index: int) -> tuple[int, int]:
        """Return the left and the upper edge of a picture on its sheet, in px."""
        row, column = divmod(index % self._on_a_sheet, self.step.columns)
        return column * self.step.size.width, row * self.step.size.height

    def _cues(self, end: Fraction) -> Iterator[Cue]:
        starts = [self._interval * index for index in range(len(self._tiles))]
        for index, (start, stop) in enumerate(zip(starts, [*starts[1:], end], strict=True)):
            left, top = self._place(index)
            yield Cue(
                start=start,
                end=stop,
                sheet=posixpath.basename(self.step.sheet_uri(index // self._on_a_sheet + 1)),
                left=left,
                top=top,
                size=self.step.size,
            )
