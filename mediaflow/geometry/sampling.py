"""Fractional edges for tools that know only whole px: scaled decodes and whole-px scalers.

A JPEG decoded at 1/2 from 2725 columns holds 1362.5 of them, and a crop rarely starts on a px.
libswscale maps a whole number of source px to a whole number of output px; rounding the edges to
that moves the picture by up to a px and costs 13 dB. So a little more is scaled than is kept, from
and to whole px, at nearly the same ratio and phase. Law: one axis, numbers only.
Source: libjpeg.txt (``scale_num``/``scale_denom``); the weights below were measured on photos.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Final

from mediaflow.errors import SpecError
from mediaflow.geometry.shapes import Size

__all__ = ["SampleGrid", "sample_grid", "scaled_decode_size"]

_REACH: Final = 24  # extra output px per side when shrinking
_REACH_ENLARGING: Final = 12  # extra source px per side; each of them is several output px
_KERNEL_RADIUS: Final = 3  # Lanczos reaches 3 px of the coarser grid
_RATIO_SPAN: Final = 16  # px; even a tiny picture wants nearly the right kernel width

# Costs count in px of the coarser grid, where a shift is seen. Measured on a photo against Pillow's
# resize(box=...): 0.02 px of error gives 53-55 dB, missing neighbours outside the crop 58-65 dB.
_COST_OF_EXTRA_PX: Final = 0.0002  # so 24 extra px must win 0.005 px
_COST_OF_NO_NEIGHBOURS: Final = 0.005  # per side
_COST_OF_PADDING: Final = 0.02  # replicated edges mean a copy of the source


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleGrid:
    """Tell how to reach fractional positions on one axis with a whole-px scaler.

    Scale source px ``first`` to ``first + length`` to ``produced`` px and keep ``count`` of them
    from ``skipped`` on. Source px outside 0 to ``limit`` are copies of the nearest edge px.
    """

    first: int
    """First source px of the scaled range; negative when padding comes before."""

    length: int
    """Source px in the scaled range."""

    produced: int
    """Output px that the scaler makes."""

    skipped: int
    """Produced px before the first kept one."""

    count: int
    """Kept px."""

    limit: int
    """Source px that exist."""

    error: float
    """Largest distance between the asked and the reached position, in output px."""

    @property
    def pad_before(self) -> int:
        """Copies of the first source px that the range needs before it."""
        return max(-self.first, 0)

    @property
    def pad_after(self) -> int:
        """Copies of the last source px that the range needs after it."""
        return max(self.first + self.length - self.limit, 0)

    def position(self, index: int) -> Fraction:
        """Return the source coordinate that is the middle of kept px ``index``."""
        middle = self.skipped + index + Fraction(1, 2)
        return self.first + middle * Fraction(self.length, self.produced)


def scaled_decode_size(size: Size, denominator: int) -> Size:
    """Return the size of a JPEG decoded at 1/denominator.

    The samples are cut from whole blocks, so a side is rounded up; the picture itself ends at
    exactly side/denominator, which is ``Box.scaled`` by the same fraction.

    Args:
        size: Full size in px.
        denominator: 1, 2, 4 or 8.

    Raises:
        SpecError: The denominator is below 1.

    Example:
        >>> scaled_decode_size(Size(2725, 2225), 2)
        Size(width=1363, height=1113)
    """
    if denominator < 1:
        raise SpecError(f"denominator must be 1 or more, got {denominator!r}", value=denominator)
    return Size(-(-size.width // denominator), -(-size.height // denominator))


def sample_grid(start: Fraction, stop: Fraction, count: int, limit: int) -> SampleGrid:
    """Find whole numbers that sample ``start`` to ``stop`` in ``count`` px.

    Output px j should lie at ``start + (j + 1/2) * (stop - start) / count``. Whole edges are met
    exactly, without extra px. Otherwise the search weighs, in this order, the error, padding,
    neighbours for the kernel at the edges of a crop, and extra px.

    The error is mostly below 0.02 px of the coarser grid (output px when shrinking, source px when
    enlarging). It can reach 0.5, but only near the ratios 1:1, 2:1 and their like with edges between
    two px, which whole numbers cannot shift; when 3 or more source px make an output px it stays
    below 0.25. So look at ``error`` and use another scaler where it is too large. At most 24 output
    px, or 12 source px when enlarging, are added per side.

    Args:
        start: First edge in source px.
        stop: Last edge in source px.
        count: Output px wanted, at least 1.
        limit: Source px that exist; ``0 <= start < stop <= limit``.

    Raises:
        SpecError: The numbers are not in that order, or ``count`` is below 1.

    Example:
        >>> grid = sample_grid(Fraction(0), Fraction(2725, 2), 720, 1363)
        >>> grid.error < 0.03
        True
    """
    if not 0 <= start < stop <= limit or count < 1:
        raise SpecError(
            f"expected 0 <= start < stop <= limit and count >= 1, "
            f"got start {start}, stop {stop}, limit {limit}, count {count}"
        )
    if start.denominator == 1 and stop.denominator == 1:
        first = int(start)
        return SampleGrid(
            first=first,
            length=int(stop) - first,
            produced=count,
            skipped=0,
            count=count,
            limit=limit,
            error=0.0,
        )
    search = _Search(start, stop, count, limit)
    if search.scale >= 1:
        search.shrink()
    else:
        search.enlarge()
    return search.grid()


class _Search:
    """The best whole numbers so far; walks outward from no extra px until nothing can win."""

    __slots__ = (
        "best",
        "centre",
        "coarse",
        "cost",
        "count",
        "limit",
        "neighbours_after",
        "neighbours_before",
        "ramp",
        "scale",
        "start",
        "stop",
    )

    def __init__(self, start: Fraction, stop: Fraction, count: int, limit: int) -> None:
        self.start = float(start)
        self.stop = float(stop)
        self.count = count
        self.limit = limit
        self.scale = float((stop - start) / count)  # source px per output px
        self.centre = float((start + stop) / 2)
        self.coarse = max(self.scale, 1.0)  # source px per px of the coarser grid
        radius = _KERNEL_RADIUS * self.coarse
        self.neighbours_before = max(self.start - radius, 0.0)
        self.neighbours_after = min(self.stop + radius, float(limit))
        # Source px from the middle to the ends, where a wrong ratio shifts the most.
        self.ramp = (max(count, _RATIO_SPAN) - 1) / 2 * self.scale
        self.cost = float("inf")
        self.best = (0, 1, 1, 0)

    def shrink(self) -> None:
        """Try whole output px; the source range follows by rounding."""
        for extra in range(2 * _REACH + 1):
            if extra * _COST_OF_EXTRA_PX >= self.cost:
                return
            produced = self.count + extra
            ideal_length = produced * self.scale
            for length in _two_nearest(ideal_length):
                floor_cost = self._ratio_cost(length, produced) + extra * _COST_OF_EXTRA_PX
                if floor_cost >= self.cost:
                    continue
                ratio = length / produced
                for skipped in range(max(extra - _REACH, 0), min(extra, _REACH) + 1):
                    ideal_first = self.centre - (skipped + self.count / 2) * ratio
                    first = floor(ideal_first + 0.5)
                    shift = abs(first - ideal_first) / self.coarse
                    if floor_cost + shift < self.cost:
                        self._offer(floor_cost + shift, (first, length, produced, skipped))

    def enlarge(self) -> None:
        """Try whole source px; the output range follows by rounding."""
        inner = floor(self.start)
        needed = ceil(self.stop) - inner
        for extra in range(2 * _REACH_ENLARGING + 1):
            if extra * _COST_OF_EXTRA_PX >= self.cost:
                return
            length = needed + extra
            for produced in _two_nearest(length / self.scale):
                floor_cost = self._ratio_cost(length, produced) + extra * _COST_OF_EXTRA_PX
                if floor_cost >= self.cost:
                    continue
                ratio = length / produced
                for before in range(
                    max(extra - _REACH_ENLARGING, 0), min(extra, _REACH_ENLARGING) + 1
                ):
                    first = inner - before
                    ideal_skipped = (self.centre - first) / ratio - self.count / 2
                    skipped = min(max(floor(ideal_skipped + 0.5), 0), produced - self.count)
                    shift = abs(skipped - ideal_skipped) * ratio / self.coarse
                    if floor_cost + shift < self.cost:
                        self._offer(floor_cost + shift, (first, length, produced, skipped))

    def _ratio_cost(self, length: int, produced: int) -> float:
        return abs(length / (produced * self.scale) - 1) * self.ramp / self.coarse

    def _offer(self, cost: float, candidate: tuple[int, int, int, int]) -> None:
        first, length, _, _ = candidate
        last = first + length
        if first < 0 or last > self.limit:
            cost += _COST_OF_PADDING
        lacking = max(first - self.neighbours_before, 0.0) + max(self.neighbours_after - last, 0.0)
        cost += _COST_OF_NO_NEIGHBOURS * lacking / (_KERNEL_RADIUS * self.coarse)
        if cost < self.cost:
            self.cost, self.best = cost, candidate

    def grid(self) -> SampleGrid:
        """Return the winner with its true error."""
        first, length, produced, skipped = self.best
        ratio = length / produced
        half = (self.count - 1) / 2
        shift = first + (skipped + self.count / 2) * ratio - self.centre
        error = (abs(shift) + abs(ratio - self.scale) * half) / self.scale
        return SampleGrid(
            first=first,
            length=length,
            produced=produced,
            skipped=skipped,
            count=self.count,
            limit=self.limit,
            error=error,
        )


def _two_nearest(value: float) -> tuple[int, int]:
    near = max(floor(value + 0.5), 1)
    return near, near + 1 if value >= near else max(near - 1, 1)
