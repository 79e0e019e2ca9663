"""Lanczos by libswscale, without copies, at fractional positions.

Law: it sees arrays and grids, no files and no decoders. libswscale scales a whole number of px to
a whole number of px, so a fractional edge becomes a slightly larger region and a slightly larger
result, of which a part is kept (see :class:`mediaflow.geometry.SampleGrid`). Results leave as
planes: writing packed RGB is three times as slow inside libswscale.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import numpy as np
from av import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    import numpy.typing as npt

    from mediaflow.geometry import SampleGrid

    Pixels: TypeAlias = npt.NDArray[np.uint8]

__all__ = ["scale_planes"]

PACKED: Final = 3  # dimensions of an array of packed px
SPLIT_PIXELS: Final = 1_500_000  # below it, starting threads costs more than they save
_KERNEL: Final = Interpolation.LANCZOS


def scale_planes(
    rows: Callable[[int, int], Pixels],
    across: SampleGrid,
    down: Sequence[SampleGrid],
    *,
    threads: int,
) -> tuple[Pixels, ...]:
    """Scale a picture band by band and return its planes.

    Args:
        rows: Returns the px of the rows from one number up to another: (rows, width, 4) with red,
            green, blue and an unused byte, or (rows, width) for gray; uint8. They are only read.
        across: Columns to sample.
        down: Rows to sample, a grid for each band from the top.
        threads: Threads that libswscale may use.

    Returns:
        Arrays of (height, width), uint8: red, green and blue, or gray alone.

    Raises:
        ProcessingError: libswscale failed.
    """
    height = sum(band.count for band in down)
    planes: tuple[Pixels, ...] = ()
    done = 0
    for band in down:
        bottom = min(band.first + band.length, band.limit)
        region = _padded(rows(max(band.first, 0), bottom), across, band)
        made = _scale(region, across, band, threads)
        if not planes:
            planes = tuple(np.empty((height, across.count), np.uint8) for _ in made)
        for plane, part in zip(planes, made, strict=True):
            plane[done : done + band.count] = part
        done += band.count
    return planes


class _IdleScalers:
    """Scalers that are set up and not in use.

    Setting one up for a pair of sizes takes about a millisecond of sines, and pictures of one
    camera, like the bands of one picture, come in few sizes. The ones used longest ago go first.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._idle: list[tuple[tuple[int, ...], VideoReformatter]] = []
        self._lock = threading.Lock()

    @contextmanager
    def lent(self, shape: tuple[int, ...]) -> Iterator[VideoReformatter]:
        """Lend a scaler to one thread; after an error it is not used again."""
        scaler = self._take(shape) or VideoReformatter()
        yield scaler
        with self._lock:
            self._idle.append((shape, scaler))
            del self._idle[: -self._limit]

    def _take(self, shape: tuple[int, ...]) -> VideoReformatter | None:
        with self._lock:
            for index, (known, scaler) in enumerate(self._idle):
                if known == shape:
                    del self._idle[index]
                    return scaler
        return None


_IDLE: Final = _IdleScalers(limit=16)


def _scale(
    region: Pixels, across: SampleGrid, down: SampleGrid, threads: int
) -> tuple[Pixels, ...]:
    packed = region.ndim == PACKED
    if region.shape[0] * region.shape[1] < SPLIT_PIXELS:
        threads = 1
    # the process is part of the key: the threads of a scaler do not live on in a forked child
    shape = (os.getpid(), *region.shape, across.produced, down.produced, threads)
    with translated(stage="transform"), _IDLE.lent(shape) as scaler:
        frame = VideoFrame.from_numpy_buffer(region, format="rgba" if packed else "gray")
        scaled = scaler.reformat(
            frame,
            width=across.produced,
            height=down.produced,
            format="gbrp" if packed else "gray",
            interpolation=_KERNEL,
            threads=threads,
        )
    order = (2, 0, 1) if packed else (0,)  # gbrp keeps green, blue, red
    return tuple(_kept(scaled, index, across, down) for index in order)


def _padded(band: Pixels, across: SampleGrid, down: SampleGrid) -> Pixels:
    """Cut the columns out of a band and repeat its edges where the grids reach beyond them."""
    left, right = max(across.first, 0), min(across.first + across.length, across.limit)
    inside = band[:, left:right]
    padding = (
        (down.pad_before, down.pad_after),
        (across.pad_before, across.pad_after),
    )
    if not any(map(any, padding)):
        return inside
    if band.ndim == PACKED:
        # one 32-bit value a px: numpy pads that three times as fast as four bytes
        whole = np.ascontiguousarray(inside).view(np.uint32)[..., 0]
        padded = np.pad(whole, padding, mode="edge")
        return padded.view(np.uint8).reshape(*padded.shape, 4)
    return np.pad(inside, padding, mode="edge")


def _kept(frame: VideoFrame, index: int, across: SampleGrid, down: SampleGrid) -> Pixels:
    plane = frame.planes[index]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    kept = rows[down.skipped : down.skipped + down.count]
    return kept[:, across.skipped : across.skipped + across.count]
