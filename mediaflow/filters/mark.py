"""A picture that lies at one place of others: what watermarks and letters become.

Law: places are computed from sizes and words; nothing is drawn here but the mark itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Literal, cast

from mediaflow.filters.base import PictureFilter

if TYPE_CHECKING:
    from PIL import Image

    from mediaflow.filters.base import Assets
    from mediaflow.geometry import GravityName

__all__ = ["MAX_MARGIN", "Mark", "alignment_of", "corner_of", "laid", "margin_of", "room_of"]

MAX_MARGIN: Final = 0.45
"""Largest margin; more on both sides leaves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mark(PictureFilter):
    """A picture that lies at one place of all others."""

    kind: Literal["mark"] = "mark"

    mark: object = field(repr=False)
    """A Pillow image, RGBA; not named so that a request is written without Pillow."""

    corner: tuple[int, int]

    keeps_alpha: ClassVar[bool] = False

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        """Return the picture with the mark on it."""
        return laid(image, cast("Image.Image", self.mark), self.corner)


def margin_of(size: tuple[int, int], share: float) -> int:
    """Return the space to the edges in px, from a share of the shorter side."""
    return round(min(size) * share)


def room_of(size: tuple[int, int], margin: int) -> tuple[int, int]:
    """Return the width and height in px that the margins leave."""
    return max(1, size[0] - 2 * margin), max(1, size[1] - 2 * margin)


def corner_of(
    whole: tuple[int, int], size: tuple[int, int], position: GravityName, margin: int
) -> tuple[int, int]:
    """Return the upper left corner of what is laid over a picture."""
    free = (whole[0] - size[0], whole[1] - size[1])
    left = margin if "west" in position else free[0] - margin
    top = margin if "north" in position else free[1] - margin
    if "west" not in position and "east" not in position:
        left = free[0] // 2
    if "north" not in position and "south" not in position:
        top = free[1] // 2
    return min(max(left, 0), max(free[0], 0)), min(max(top, 0), max(free[1], 0))


def alignment_of(position: GravityName) -> Literal["left", "center", "right"]:
    """Return how lines of text stand to each other at a place."""
    if "west" in position:
        return "left"
    return "right" if "east" in position else "center"


def laid(image: Image.Image, mark: Image.Image, corner: tuple[int, int]) -> Image.Image:
    """Return a copy of a picture with another one over it."""
    made = image.copy()
    if image.mode == "RGBA":  # where the picture is transparent, the mark is seen all the same
        made.alpha_composite(mark, corner)
    else:
        made.paste(mark.convert("RGB"), corner, mark.getchannel("A"))
    return made
