"""Upright pictures against stored samples, for the eight orientations of Exif.

Plans are made upright; decoders deliver stored samples. A crop planned upright is mapped to the
samples, and only the small result is turned. Law: it maps sizes and boxes, never pixels.
Source: Exif 3.0 (CIPA DC-008) tag 0x0112; ``irot`` and ``imir`` of HEIF say the same in two boxes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mediaflow.errors import SpecError
from mediaflow.geometry.shapes import Box, Orientation, Size

__all__ = ["Turn", "composed", "matrix_orientation", "stored_box", "stored_size", "upright_size"]


@dataclass(frozen=True, slots=True)
class Turn:
    """Tell what one orientation does to stored samples to make them stand upright."""

    words: str
    """What must be done to the stored samples; empty when nothing."""

    swaps_sides: bool
    """Whether stored rows become upright columns."""

    mirrors_x: bool
    """Whether upright x runs against the stored axis that it lies on."""

    mirrors_y: bool
    """Whether upright y runs against the stored axis that it lies on."""


ORIENTATIONS: Final[dict[Orientation, Turn]] = {
    1: Turn("", False, False, False),
    2: Turn("mirrored left to right", False, True, False),
    3: Turn("turned by 180°", False, True, True),
    4: Turn("mirrored top to bottom", False, False, True),
    5: Turn("mirrored along the main diagonal", True, False, False),
    6: Turn("turned by 90° clockwise", True, True, False),
    7: Turn("mirrored along the other diagonal", True, True, True),
    8: Turn("turned by 270° clockwise", True, False, True),
}
"""What each orientation asks for."""

INVERSE: Final[dict[Orientation, Orientation]] = {
    1: 1,
    2: 2,
    3: 3,
    4: 4,
    5: 5,
    6: 8,
    7: 7,
    8: 6,
}
"""The orientation that undoes each one; all but the quarter turns undo themselves."""


QUARTER_TURNS: Final[dict[int, Orientation]] = {0: 1, 90: 6, 180: 3, 270: 8}
"""The orientation that stands for a turn by so many degrees clockwise."""


STRAIGHT: Final[dict[tuple[bool, bool], Orientation]] = {
    (True, True): 1,
    (False, True): 2,
    (False, False): 3,
    (True, False): 4,
}
"""By whether a and d are positive."""

CROSSED: Final[dict[tuple[bool, bool], Orientation]] = {
    (True, True): 5,
    (True, False): 6,
    (False, False): 7,
    (False, True): 8,
}
"""By whether b and c are positive."""


def matrix_orientation(a: int, b: int, c: int, d: int) -> Orientation:
    """Return the orientation of a display matrix: x' = a x + c y, y' = b x + d y.

    Only signs count; what is no multiple of a quarter turn is taken for damage and left alone.

    Example:
        >>> matrix_orientation(0, 65536, -65536, 0)
        6
    """
    if b == c == 0 and a and d:
        return STRAIGHT[a > 0, d > 0]
    if a == d == 0 and b and c:
        return CROSSED[b > 0, c > 0]
    return 1


def composed(first: Orientation, then: Orientation) -> Orientation:
    """Return the one orientation that does what two do one after the other.

    Args:
        first: What is done to the stored samples, 1 to 8.
        then: What is done to the result, 1 to 8.

    Raises:
        SpecError: An orientation is not 1 to 8.

    Example:
        >>> composed(6, 6)  # two quarter turns
        3
    """
    one, two = _turn(first), _turn(then)
    across, down = one.mirrors_x, one.mirrors_y
    if two.swaps_sides:  # a mirror before a swap acts on the other axis after it
        across, down = down, across
    sought = (
        one.swaps_sides != two.swaps_sides,
        two.mirrors_x != across,
        two.mirrors_y != down,
    )
    return _BY_AXES[sought]


def upright_size(stored: Size, orientation: Orientation) -> Size:
    """Return the size of a picture once it stands upright.

    Args:
        stored: Size of the stored samples in px.
        orientation: 1 to 8.

    Raises:
        SpecError: The orientation is not 1 to 8.

    Example:
        >>> upright_size(Size(4000, 3000), 6)
        Size(width=3000, height=4000)
    """
    return Size(stored.height, stored.width) if _turn(orientation).swaps_sides else stored


def stored_size(upright: Size, orientation: Orientation) -> Size:
    """Return the size of the stored samples of a picture whose upright size is known.

    Args:
        upright: Size of the upright picture in px.
        orientation: 1 to 8.

    Raises:
        SpecError: The orientation is not 1 to 8.
    """
    return upright_size(upright, orientation)


def stored_box(box: Box, upright: Size, orientation: Orientation) -> Box:
    """Map a box in the upright picture to the same part of the stored samples.

    The other way round is ``stored_box(box, stored, INVERSE[orientation])``.

    Args:
        box: A part of the upright picture, in px.
        upright: Size of the upright picture in px.
        orientation: 1 to 8, how the samples are stored.

    Raises:
        SpecError: The orientation is not 1 to 8.

    Example:
        >>> from fractions import Fraction
        >>> top_left = Box(*map(Fraction, (0, 0, 10, 20)))
        >>> box = stored_box(top_left, Size(300, 400), 6)  # samples lie on their left side
        >>> [int(edge) for edge in (box.left, box.top, box.right, box.bottom)]
        [0, 290, 20, 300]
    """
    turn = _turn(orientation)
    left, right = box.left, box.right
    top, bottom = box.top, box.bottom
    if turn.mirrors_x:
        left, right = upright.width - right, upright.width - left
    if turn.mirrors_y:
        top, bottom = upright.height - bottom, upright.height - top
    return Box(top, left, bottom, right) if turn.swaps_sides else Box(left, top, right, bottom)


_BY_AXES: Final[dict[tuple[bool, bool, bool], Orientation]] = {
    (turn.swaps_sides, turn.mirrors_x, turn.mirrors_y): orientation
    for orientation, turn in ORIENTATIONS.items()
}


def _turn(orientation: Orientation) -> Turn:
    turn = ORIENTATIONS.get(orientation)
    if turn is None:
        raise SpecError(f"orientation must be 1 to 8, got {orientation!r}", value=orientation)
    return turn
