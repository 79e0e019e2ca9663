"""Filters pictures where they are encoded, so that several looks run beside each other.

Law: each picture is filtered once, by the first encoder that needs it; the others of the same
picture wait for it. A picture that nobody needs any more is let go.
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mediaflow.errors import MediaflowError
from mediaflow.jobs.assets import JobAssets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mediaflow.frames import Raster
    from mediaflow.image.backend import ImageBackend
    from mediaflow.planning import OutputStep, PicturePlan, PictureStep
    from mediaflow.security.limits import Limits

__all__ = ["Filtering"]


class Filtering:
    """The filtered pictures of one render.

    Args:
        plan: What to do.
        steps: The outputs that are made.
        data: Second inputs, in the order of the plan's.
        backend: Applies the filters.
        limits: Limits in force.
    """

    def __init__(
        self,
        plan: PicturePlan,
        steps: Sequence[OutputStep],
        data: Sequence[bytes],
        backend: ImageBackend[object],
        limits: Limits,
    ) -> None:
        self._steps = {step.index: step for step in plan.pictures if step.filters}
        self._assets = JobAssets(plan.assets, data, limits)
        self._backend = backend
        self._locks = {index: threading.Lock() for index in self._steps}
        self._users = Counter(step.picture for step in steps)
        self._done: set[int] = set()
        self._failures: dict[int, MediaflowError] = {}
        # the preview is made of the smallest picture when all is done
        self._kept = min(plan.pictures, key=lambda step: step.canvas.pixels).index

    @contextmanager
    def finished(self, index: int, pictures: dict[int, Raster[object]]) -> Iterator[Raster[object]]:
        """Hand out a finished picture; it may be let go afterwards.

        Args:
            index: Which picture.
            pictures: All pictures as they were transformed; a filtered one takes its place there.

        Raises:
            MediaflowError: The picture could not be filtered.
        """
        step = self._steps.get(index)
        if step is None:
            yield pictures[index]
            return
        try:
            yield self._filtered(step, pictures)
        finally:
            with self._locks[index]:
                self._users[index] -= 1
                if not self._users[index] and index != self._kept:
                    pictures.pop(index, None)

    def apply(self, picture: Raster[object], step: PictureStep) -> Raster[object]:
        """Return a frame of an animation with the filters of its step applied.

        Raises:
            MediaflowError: It could not be filtered.
        """
        return self._backend.filter(picture, step, self._assets) if step.filters else picture

    def _filtered(self, step: PictureStep, pictures: dict[int, Raster[object]]) -> Raster[object]:
        index = step.index
        with self._locks[index]:
            if index in self._failures:
                raise self._failures[index]
            if index not in self._done:
                try:
                    pictures[index] = self._backend.filter(pictures[index], step, self._assets)
                except MediaflowError as exc:
                    self._failures[index] = exc
                    raise
                self._done.add(index)
            return pictures[index]
