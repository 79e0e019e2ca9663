"""What is laid over a picture: another picture as a watermark, or a line of text.

Law: both are placed by shares of the picture they are laid on, so that one filter suits every size
and aspect ratio, and both shrink rather than leave the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias, cast, get_args

from mediaflow.errors import CorruptMediaError, SpecError
from mediaflow.filters.base import PictureFilter
from mediaflow.geometry import GravityName
from mediaflow.models.assets import Asset
from mediaflow.models.checking import check_length
from mediaflow.models.color import parse_color
from mediaflow.models.job import Source, as_source, describe_source

if TYPE_CHECKING:
    from PIL import Image, ImageFont

    from mediaflow.filters.base import Assets

    Font: TypeAlias = "ImageFont.FreeTypeFont | ImageFont.ImageFont"

__all__ = ["Text", "Watermark"]

MAX_CHARACTERS: Final = 500
MAX_MARGIN: Final = 0.45  # more on both sides leaves nothing
MAX_FONT_BYTES: Final = 32 * 1024 * 1024
OUTLINE_SHARE: Final = 0.06  # of the size of the letters
MAX_FONT_PX: Final = 4_000
TRIES: Final = 4  # hinting makes a width not quite proportional to the size
WHITE: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark(PictureFilter):
    """Lay another picture over this one.

    Example:
        >>> Watermark("logo.png", opacity=0.6).position
        'southeast'
    """

    kind: Literal["watermark"] = "watermark"

    picture: Source = field(kw_only=False, repr=False)
    """Where the other picture is; acquired like the job's source. Transparency is honoured."""

    position: GravityName = "southeast"
    """One of nine words."""

    opacity: float = 1.0
    """0 shows nothing of it, 1 all."""

    scale: float = 0.2
    """Width of the mark as a share of the picture's; less where its height would not fit."""

    margin: float = 0.03
    """Space to the edges as a share of the picture's shorter side, 0 to 0.45."""

    keeps_alpha: ClassVar[bool] = False
    seconds_per_megapixel: ClassVar[float] = 0.005

    def __post_init__(self) -> None:
        object.__setattr__(self, "picture", as_source(self.picture))
        self.check_choice("position", get_args(GravityName))
        self.check_number("opacity", 0, 1)
        self.check_number("scale", 0.001, 1)
        self.check_number("margin", 0, MAX_MARGIN)

    def assets(self) -> tuple[Asset, ...]:
        """Return the other picture."""
        return (Asset(self.picture, holds="picture"),)

    def words(self) -> str:
        """Return it in a few words, without secrets."""
        return f"watermark {describe_source(self.picture)} at {self.position}"

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        """Return the picture with the mark on it."""
        return self.fitted(image.size, assets).apply(image, assets)

    def fitted(self, size: tuple[int, int], assets: Assets) -> PictureFilter:
        """Return the mark at its size and place."""
        from PIL import Image

        mark = assets.picture(self.picture)
        margin = _margin(size, self.margin)
        room = _room(size, margin)
        width = min(size[0] * self.scale, room[0], mark.width * room[1] / mark.height)
        scaled = (max(1, round(width)), max(1, round(width * mark.height / mark.width)))
        mark = mark.resize((scaled[0], min(scaled[1], room[1])), Image.Resampling.LANCZOS)
        share = round(self.opacity * WHITE)
        mark.putalpha(mark.getchannel("A").point([round(a * share / WHITE) for a in range(256)]))
        return _Mark(mark=mark, corner=_corner(size, mark.size, self.position, margin))


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(PictureFilter):
    """Write text on the picture; a newline in it begins a new line.

    Fonts are read by FreeType: take them from people that you trust.

    Example:
        >>> Text("© Ada 2025", size="4%", color="white", outline="black").position
        'southeast'
    """

    kind: Literal["text"] = "text"

    text: str = field(kw_only=False)
    """Up to 500 characters."""

    font: Source | None = field(default=None, repr=False)
    """Where a TrueType or OpenType font is; None takes the one that comes with Pillow."""

    size: int | str = "5%"
    """Size of the letters in px, or as a share of the picture's width; less where it must fit."""

    color: str = "white"
    """``#rrggbb``, ``#rgb`` or a CSS basic colour word."""

    outline: str | None = None
    """Colour of a thin line around the letters, which keeps them readable on any ground."""

    position: GravityName = "southeast"
    """One of nine words."""

    opacity: float = 1.0
    """0 shows nothing of it, 1 all."""

    margin: float = 0.03
    """Space to the edges as a share of the picture's shorter side, 0 to 0.45."""

    keeps_alpha: ClassVar[bool] = False
    seconds_per_megapixel: ClassVar[float] = 0.005

    def __post_init__(self) -> None:
        if self.font is not None:
            object.__setattr__(self, "font", as_source(self.font))
        self._check_text()
        check_length("size", self.size)
        if self.size is None:
            raise SpecError("size must be px or a share such as '5%', got None", field="size")
        self.check_choice("position", get_args(GravityName))
        self.check_number("opacity", 0, 1)
        self.check_number("margin", 0, MAX_MARGIN)
        parse_color(self.color)
        if self.outline is not None:
            parse_color(self.outline)

    def _check_text(self) -> None:
        text: object = self.text
        if not isinstance(text, str) or not text.strip():
            raise SpecError(f"text must not be empty, got {text!r:.80}", field="text")
        if len(text) > MAX_CHARACTERS:
            raise SpecError(
                f"text has {len(text):,} characters; {MAX_CHARACTERS} are allowed", field="text"
            )
        if any(ord(sign) < ord(" ") and sign != "\n" for sign in text):
            raise SpecError(f"text holds a control character: {text!r:.80}", field="text")

    def assets(self) -> tuple[Asset, ...]:
        """Return the font, if one is named."""
        if self.font is None:
            return ()
        return (Asset(self.font, holds="file", max_bytes=MAX_FONT_BYTES),)

    def words(self) -> str:
        """Return it in a few words, without secrets."""
        return f"text {self.text[:40]!r} at {self.position}"

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        """Return the picture with the text on it.

        Raises:
            CorruptMediaError: The font cannot be read.
        """
        return self.fitted(image.size, assets).apply(image, assets)

    def fitted(self, size: tuple[int, int], assets: Assets) -> PictureFilter:
        """Return the letters at their size and place.

        Raises:
            CorruptMediaError: The font cannot be read.
        """
        margin = _margin(size, self.margin)
        data = None if self.font is None else assets.file(self.font)
        mark = self._drawn(self._pixels(size[0]), _room(size, margin), data)
        return _Mark(mark=mark, corner=_corner(size, mark.size, self.position, margin))

    def _pixels(self, width: int) -> float:
        if isinstance(self.size, int):
            return self.size
        return width * float(self.size.removesuffix("%")) / 100

    def _drawn(self, pixels: float, room: tuple[int, int], data: bytes | None) -> Image.Image:
        """Return the letters as RGBA, no larger than the room."""
        from PIL import Image

        pixels = min(max(pixels, 1.0), MAX_FONT_PX)
        for _ in range(TRIES):
            left, top, width, height = self._box(data, pixels)
            shrink = min(room[0] / width, room[1] / height)
            if shrink >= 1 or pixels <= 1:
                break
            pixels = max(1.0, pixels * shrink)
        left, top, width, height = self._box(data, pixels)
        size = (min(width, room[0]), min(height, room[1]))
        start, font, line = (-left, -top), _font(data, pixels), self._line(pixels)
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
            align=self._alignment(),
            stroke_width=line,  # also without a line around, since it moves the lines of a text
            stroke_fill=WHITE if around else 0,
        )
        return shape

    def _alignment(self) -> Literal["left", "center", "right"]:
        if "west" in self.position:
            return "left"
        return "right" if "east" in self.position else "center"

    def _box(self, data: bytes | None, pixels: float) -> tuple[float, float, int, int]:
        """Return left, top, width and height of the drawn letters."""
        from PIL import Image, ImageDraw

        brush = ImageDraw.Draw(Image.new("L", (1, 1)))
        left, top, right, bottom = brush.multiline_textbbox(
            (0, 0),
            self.text,
            font=_font(data, pixels),
            align=self._alignment(),
            stroke_width=self._line(pixels),
        )
        return left, top, max(1, math.ceil(right - left)), max(1, math.ceil(bottom - top))

    def _line(self, pixels: float) -> float:
        return 0 if self.outline is None else max(1, round(pixels * OUTLINE_SHARE))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Mark(PictureFilter):
    """A picture that lies at one place of all others."""

    kind: Literal["mark"] = "mark"

    mark: object = field(repr=False)
    """A Pillow image, RGBA; not named so that a request is written without Pillow."""

    corner: tuple[int, int]

    keeps_alpha: ClassVar[bool] = False

    def apply(self, image: Image.Image, assets: Assets) -> Image.Image:
        return _laid(image, cast("Image.Image", self.mark), self.corner)


def _font(data: bytes | None, pixels: float) -> Font:
    """Return a font of its own for each use: one must not be shared by threads."""
    import io

    from PIL import ImageFont

    if data is None:
        return ImageFont.load_default(pixels)
    try:
        return ImageFont.truetype(
            io.BytesIO(data), pixels, layout_engine=ImageFont.Layout.BASIC
        )  # the same letters whether or not libraqm is installed
    except (OSError, ValueError) as exc:
        raise CorruptMediaError(
            f"the font cannot be read ({exc})", hint="use a TrueType or OpenType font"
        ) from exc


def _margin(size: tuple[int, int], share: float) -> int:
    return round(min(size) * share)


def _room(size: tuple[int, int], margin: int) -> tuple[int, int]:
    return max(1, size[0] - 2 * margin), max(1, size[1] - 2 * margin)


def _corner(
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


def _laid(image: Image.Image, mark: Image.Image, corner: tuple[int, int]) -> Image.Image:
    """Return a copy of a picture with another one over it."""
    made = image.copy()
    if image.mode == "RGBA":  # where the picture is transparent, the mark is seen all the same
        made.alpha_composite(mark, corner)
    else:
        made.paste(mark.convert("RGB"), corner, mark.getchannel("A"))
    return made
