"""What is laid over a picture: another picture as a watermark, or a line of text.

Law: both are placed by shares of the picture they are laid on, so that one filter suits every size
and aspect ratio, and both shrink rather than leave the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Literal, get_args

from mediaflow.errors import SpecError
from mediaflow.filters.base import PictureFilter
from mediaflow.filters.lettering import MAX_FONT_BYTES, Letters
from mediaflow.filters.mark import MAX_MARGIN, Mark, alignment_of, corner_of, margin_of, room_of
from mediaflow.geometry import GravityName
from mediaflow.models.assets import Asset
from mediaflow.models.checking import check_length
from mediaflow.models.color import parse_color
from mediaflow.models.job import Source, as_source, describe_source

if TYPE_CHECKING:
    from PIL import Image

    from mediaflow.filters.base import Assets

__all__ = ["Text", "Watermark"]

MAX_CHARACTERS: Final = 500
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
        margin = margin_of(size, self.margin)
        room = room_of(size, margin)
        width = min(size[0] * self.scale, room[0], mark.width * room[1] / mark.height)
        scaled = (max(1, round(width)), max(1, round(width * mark.height / mark.width)))
        mark = mark.resize((scaled[0], min(scaled[1], room[1])), Image.Resampling.LANCZOS)
        share = round(self.opacity * WHITE)
        mark.putalpha(mark.getchannel("A").point([round(a * share / WHITE) for a in range(256)]))
        return Mark(mark=mark, corner=corner_of(size, mark.size, self.position, margin))


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
        margin = margin_of(size, self.margin)
        data = None if self.font is None else assets.file(self.font)
        letters = Letters(
            text=self.text,
            font=data,
            color=self.color,
            outline=self.outline,
            opacity=self.opacity,
            align=alignment_of(self.position),
        )
        mark = letters.drawn(self._pixels(size[0]), room_of(size, margin))
        return Mark(mark=mark, corner=corner_of(size, mark.size, self.position, margin))

    def _pixels(self, width: int) -> float:
        if isinstance(self.size, int):
            return self.size
        return width * float(self.size.removesuffix("%")) / 100
