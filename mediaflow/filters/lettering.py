"""Letters as a picture: drawn by Pillow, with a line around them, as large as their room allows.

Law: fonts are given as bytes; nothing is opened.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from mediaflow.errors import CorruptMediaError, UnsupportedError
from mediaflow.models.color import parse_color

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from PIL import Image, ImageFont

    Font: TypeAlias = "ImageFont.FreeTypeFont | ImageFont.ImageFont"

__all__ = ["MAX_FONT_BYTES", "Letters", "font_of", "missing_letters"]

MAX_FONT_BYTES: Final = 32 * 1024 * 1024
"""Largest file of a font that is read."""

OUTLINE_SHARE: Final = 0.06  # of the size of the letters
MAX_FONT_PX: Final = 4_000
TRIES: Final = 4  # hinting makes a width not quite proportional to the size
WHITE: Final = 255
REACHING: Final = "bgjpq"  # letters that reach highest and lowest
CHECKED_PX: Final = 16  # size at which two letters are told apart
NO_LETTER: Final = "\uffff"  # Unicode 23.7: never a character
SILENT: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})  # what no font needs to show


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """Lines of text and how they are drawn."""

    text: str
    font: bytes | None = field(default=None, repr=False)
    """The font's file; None for the one that comes with Pillow."""

    color: str = "white"
    outline: str | None = None
    """Colour of the line around the letters, or None."""

    line_share: float = OUTLINE_SHARE
    """Width of that line, as a share of the size of the letters."""

    opacity: float = 1.0
    align: Literal["left", "center", "right"] = "center"
    """How lines of unequal width stand to each other."""

    is_shaped: bool = False
    """Whether letters run from right to left or change with their neighbors."""

    is_steady: bool = False
    """Whether lines keep their place whichever letters are in them, as is wanted of many texts in a
    row."""

    def wrapped(self, pixels: float, width: int) -> Letters:
        """Return the same letters in lines that are no wider than a room, where words can part.

        Args:
            pixels: Size of the letters.
            width: Room in px.

        Raises:
            CorruptMediaError: The font cannot be read.
        """
        font, room = self._font(pixels), width - 2 * self._line(pixels)
        lines = [
            part for line in self.text.split("\n") for part in _broken(line, font.getlength, room)
        ]
        return replace(self, text="\n".join(lines))

    def drawn(self, pixels: float, room: tuple[int, int]) -> Image.Image:
        """Return the letters as RGBA, no larger than the room.

        Args:
            pixels: Size of the letters in px; less where they must fit.
            room: Width and height in px.

        Raises:
            CorruptMediaError: The font cannot be read.
        """
        from PIL import Image

        pixels = min(max(pixels, 1.0), MAX_FONT_PX)
        for _ in range(TRIES):
            left, top, width, height = self._box(pixels)
            shrink = min(room[0] / width, room[1] / height)
            if shrink >= 1 or pixels <= 1:
                break
            pixels = max(1.0, pixels * shrink)
        left, top, width, height = self._box(pixels)
        size = (min(width, room[0]), min(height, room[1]))
        start, font, line = (-left, -top), self._font(pixels), self._line(pixels)
        shape = self._shape(size, start, font, line, around=False)
        mark = Image.new("RGBA", size, (*parse_color(self.color), 0))
        mark.putalpha(shape)
        if self.outline is not None:
            under = Image.new("RGBA", size, (*parse_color(self.outline), 0))
            under.putalpha(self._shape(size, start, font, line, around=True))
            under.alpha_composite(mark)
            mark = under
        faded = [round(alpha * self.opacity) for alpha in range(256)]
        mark.putalpha(mark.getchannel("A").point(faded))
        return mark

    def _shape(
        self,
        size: tuple[int, int],
        start: tuple[float, float],
        font: Font,
        line: float,
        *,
        around: bool,
    ) -> Image.Image:
        """Return the letters, or the letters with the line around them, in white on black."""
        from PIL import Image, ImageDraw

        shape = Image.new("L", size)
        ImageDraw.Draw(shape).multiline_text(
            start,
            self.text,
            fill=WHITE,
            font=font,
            align=self.align,
            stroke_width=line,  # also without a line around, since it moves the lines of a text
            stroke_fill=WHITE if around else 0,
        )
        return shape

    def _box(self, pixels: float) -> tuple[float, float, int, int]:
        """Return left, top, width and height of the drawn letters."""
        left, top, right, bottom = self._edges(self.text, pixels)
        if self.is_steady:
            _, top, _, bottom = self._edges(f"{REACHING}{self.text}{REACHING}", pixels)
        return left, top, max(1, math.ceil(right - left)), max(1, math.ceil(bottom - top))

    def _edges(self, text: str, pixels: float) -> tuple[float, float, float, float]:
        from PIL import Image, ImageDraw

        brush = ImageDraw.Draw(Image.new("L", (1, 1)))
        return brush.multiline_textbbox(
            (0, 0),
            text,
            font=self._font(pixels),
            align=self.align,
            stroke_width=self._line(pixels),
        )

    def _font(self, pixels: float) -> Font:
        return font_of(self.font, min(max(pixels, 1.0), MAX_FONT_PX), is_shaped=self.is_shaped)

    def _line(self, pixels: float) -> float:
        return 0 if self.outline is None else max(1, round(pixels * self.line_share))


def font_of(data: bytes | None, pixels: float, *, is_shaped: bool = False) -> Font:
    """Return a font of its own for each use: one must not be shared by threads.

    Args:
        data: The font's file; None for the one that comes with Pillow.
        pixels: Size of the letters.
        is_shaped: Whether letters run from right to left or change with their neighbors.

    Raises:
        CorruptMediaError: The font cannot be read.
        UnsupportedError: Letters must be shaped, and this Pillow cannot.
    """
    import io

    from PIL import ImageFont, features

    if is_shaped and not features.check("raqm"):
        raise UnsupportedError(
            "this Pillow cannot set letters that run from right to left or join",
            hint="install Pillow from a wheel, which brings libraqm",
        )
    if data is None:
        return ImageFont.load_default(pixels)
    try:
        # without need the same letters whether or not libraqm is installed
        engine = ImageFont.Layout.RAQM if is_shaped else ImageFont.Layout.BASIC
        return ImageFont.truetype(io.BytesIO(data), pixels, layout_engine=engine)
    except (OSError, ValueError) as exc:
        raise CorruptMediaError(
            f"the font cannot be read ({exc})", hint="use a TrueType or OpenType font"
        ) from exc


def missing_letters(data: bytes | None, letters: Iterable[str]) -> tuple[str, ...]:
    """Return the letters that a font does not have, in the order of Unicode.

    Args:
        data: The font's file; None for the one that comes with Pillow.
        letters: Single characters.

    Raises:
        CorruptMediaError: The font cannot be read.
    """
    font = font_of(data, CHECKED_PX)
    box = _mask(font, NO_LETTER)
    shown = sorted(sign for sign in letters if unicodedata.category(sign) not in SILENT)
    return tuple(sign for sign in shown if _mask(font, sign) == box)


def _mask(font: Font, sign: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(sign)
    return mask.size, bytes(mask)


def _broken(line: str, length: Callable[[str], float], room: float) -> Iterator[str]:
    """Yield the parts of a line that fit: between words, else between letters."""
    held = ""
    for word in line.split(" "):
        wider = f"{held} {word}" if held else word
        if length(wider) <= room:
            held = wider
            continue
        if held:
            yield held
        held = ""
        for sign in word:
            if held and length(held + sign) > room:
                yield held
                held = ""
            held += sign
    if held:
        yield held
