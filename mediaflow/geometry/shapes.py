"""The nouns of geometry: sizes, points, boxes, and the words that say how a picture fits.

Law: values only, checked when they are made; no decision is taken here. Lengths are px, x grows to
the right and y grows down. Source of the fits: sharp's five words and CSS ``object-fit``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from mediaflow.errors import SpecError

__all__ = ["Box", "Fit", "FocalPoint", "Gravity", "GravityName", "Orientation", "Point", "Size"]

Fit: TypeAlias = Literal["inside", "outside", "cover", "contain", "fill"]
"""How a picture meets a width and a height; see :func:`mediaflow.geometry.place`."""

GravityName: TypeAlias = Literal[
    "center",
    "north",
    "northeast",
    "east",
    "southeast",
    "south",
    "southwest",
    "west",
    "northwest",
]
"""The part of a picture that ``cover`` keeps, and the place where ``contain`` puts it."""

Orientation: TypeAlias = Literal[1, 2, 3, 4, 5, 6, 7, 8]
"""How stored samples must be turned to stand upright (Exif 3.0, tag 0x0112)."""


@dataclass(frozen=True, slots=True)
class Size:
    """Give a width and a height in whole px, each at least 1.

    Raises:
        SpecError: A side is not a whole number, or below 1.

    Example:
        >>> Size(720, 588).pixels
        423360
    """

    width: int
    """Columns."""

    height: int
    """Rows."""

    def __post_init__(self) -> None:
        for name, side in (("width", self.width), ("height", self.height)):
            if not _is_whole(side) or side < 1:
                raise SpecError(
                    f"{name} must be a whole number of px from 1, got {side!r}",
                    field=name,
                    value=side,
                )

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Point:
    """Give a place on a canvas in whole px from its top left corner."""

    x: int
    """Columns to the right."""

    y: int
    """Rows down."""


@dataclass(frozen=True, slots=True)
class Box:
    """Give a part of a picture by its edges, which may lie between px.

    Px number n of a row covers n to n + 1, so a whole picture is ``Box(0, 0, width, height)``.

    Raises:
        SpecError: The box has no area.

    Example:
        >>> half = Box.whole(Size(2725, 2225)).scaled(Fraction(1, 2), Fraction(1, 2))
        >>> str(half.width)
        '2725/2'
    """

    left: Fraction
    """Left edge."""

    top: Fraction
    """Upper edge."""

    right: Fraction
    """Right edge, beyond the last px."""

    bottom: Fraction
    """Lower edge, beyond the last px."""

    def __post_init__(self) -> None:
        if not (self.left < self.right and self.top < self.bottom):
            edges = ", ".join(str(edge) for edge in (self.left, self.top, self.right, self.bottom))
            raise SpecError(f"a box needs left < right and top < bottom, got ({edges})")

    @classmethod
    def whole(cls, size: Size) -> Box:
        """Return the box that holds all of a picture."""
        return cls(Fraction(0), Fraction(0), Fraction(size.width), Fraction(size.height))

    @property
    def width(self) -> Fraction:
        """Distance from the left to the right edge in px."""
        return self.right - self.left

    @property
    def height(self) -> Fraction:
        """Distance from the upper to the lower edge in px."""
        return self.bottom - self.top

    def scaled(self, sx: Fraction | int, sy: Fraction | int) -> Box:
        """Return the same part of a picture that is ``sx`` times as wide, ``sy`` times as high."""
        return Box(self.left * sx, self.top * sy, self.right * sx, self.bottom * sy)

    def moved(self, dx: Fraction | int, dy: Fraction | int) -> Box:
        """Return a box of the same size, ``dx`` px to the right and ``dy`` px down."""
        return Box(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)


@dataclass(frozen=True, slots=True)
class FocalPoint:
    """Give the place that matters most, as shares of the upright width and height.

    Raises:
        SpecError: A share is not a number from 0 to 1.

    Example:
        >>> FocalPoint(0.25, 0.5).x
        0.25
    """

    x: float
    """0 is the left edge, 1 the right edge."""

    y: float
    """0 is the upper edge, 1 the lower edge."""

    def __post_init__(self) -> None:
        for name, share in (("x", self.x), ("y", self.y)):
            if not (_is_whole(share) or isinstance(share, float)) or not 0 <= share <= 1:
                raise SpecError(
                    f"{name} of a focal point must be a number from 0 to 1, got {share!r}",
                    field=name,
                    value=share,
                )


Gravity: TypeAlias = GravityName | FocalPoint
"""One of the nine words, or a focal point."""


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
