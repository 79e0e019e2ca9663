"""Hypothesis strategies for the values that many properties are about."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import get_args

from hypothesis import strategies as st

from mediaflow.geometry import Box, Fit, FocalPoint, GravityName, Orientation, Size

__all__ = [
    "SampledRange",
    "fits",
    "focal_points",
    "gravities",
    "gravity_names",
    "lengths",
    "optional_lengths",
    "orientations",
    "ranges_from_three_to_one",
    "sampled_ranges",
    "sizes",
    "sizes_and_boxes",
]

# Slim, square and large sides alike; 65,535 is the largest side of a JPEG.
lengths = st.one_of(st.integers(1, 12), st.integers(1, 600), st.integers(1, 65_535))
optional_lengths = st.none() | lengths

sizes = st.builds(Size, lengths, lengths)

fits = st.sampled_from(get_args(Fit))
gravity_names = st.sampled_from(get_args(GravityName))
orientations = st.sampled_from(get_args(Orientation))

# Sixteenths, so that 1 - x is exact.
_shares = st.integers(0, 16).map(lambda number: number / 16)
focal_points = st.builds(FocalPoint, _shares, _shares)

gravities = gravity_names | focal_points


@dataclass(frozen=True)
class SampledRange:
    """The arguments of ``sample_grid``."""

    start: Fraction
    stop: Fraction
    count: int
    limit: int

    @property
    def scale(self) -> Fraction:
        """Source px per output px."""
        return (self.stop - self.start) / self.count


def _edges(draw: st.DrawFn, limit: int) -> tuple[Fraction, Fraction]:
    parts = draw(st.integers(1, 12))
    first, second = draw(
        st.lists(st.integers(0, limit * parts), min_size=2, max_size=2, unique=True)
    )
    return Fraction(min(first, second), parts), Fraction(max(first, second), parts)


@st.composite
def sampled_ranges(draw: st.DrawFn) -> SampledRange:
    """Draw a range with fractional edges inside a row of px, and a number of output px."""
    limit = draw(st.one_of(st.integers(1, 40), st.integers(1, 8_000)))
    start, stop = _edges(draw, limit)
    count = draw(st.one_of(st.integers(1, 40), st.integers(1, 3_000)))
    return SampledRange(start, stop, count, limit)


@st.composite
def ranges_from_three_to_one(draw: st.DrawFn) -> SampledRange:
    """Draw a range where at least three source px make an output px."""
    parts = draw(st.integers(1, 12))
    count = draw(st.one_of(st.integers(1, 40), st.integers(1, 3_000)))
    start = Fraction(draw(st.integers(0, 20_000)), parts)
    stop = start + 3 * count + Fraction(draw(st.integers(0, 20_000)), parts)
    return SampledRange(start, stop, count, ceil(stop) + draw(st.integers(0, 100)))


@st.composite
def sizes_and_boxes(draw: st.DrawFn) -> tuple[Size, Box]:
    """Draw a size and a box inside it."""
    size = draw(sizes)
    left, right = _edges(draw, size.width)
    top, bottom = _edges(draw, size.height)
    return size, Box(left, top, right, bottom)
