"""Subtitles that are part of the picture: text drawn on the frames of a film at its times.

Law: times are those of the film, whatever part of it an output shows. What a font cannot show is
refused before the first frame: boxes in place of letters help nobody.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Final, Literal, get_args

from mediaflow.errors import SpecError, UnsupportedError
from mediaflow.filters.base import START, PictureFilter, TimedFilter
from mediaflow.filters.lettering import MAX_FONT_BYTES, Letters, missing_letters
from mediaflow.filters.mark import MAX_MARGIN, Mark, alignment_of, corner_of, margin_of, room_of
from mediaflow.geometry import GravityName
from mediaflow.models.assets import Asset
from mediaflow.models.checking import check_length
from mediaflow.models.color import parse_color
from mediaflow.models.job import Source, as_source, describe_source

if TYPE_CHECKING:
    from mediaflow.filters.base import Assets

__all__ = ["Subtitles"]

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_CHARACTERS: Final = 500  # drawn at once; some 12 lines
MAX_AT_ONCE: Final = 8  # subtitles that overlap
MAX_BEGUN: Final = 64  # of which so many are remembered
OUTLINE_SHARE: Final = 0.1  # of the size of the letters; film moves below them
NAMED: Final = 5  # letters that a message names


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtitles(TimedFilter):
    """Draw the subtitles of an SRT, WebVTT or ASS file on the frames of a film.

    Bold, italics, colours and places of the file are not drawn: all subtitles look alike. Fonts are
    read by FreeType: take them from people that you trust.

    Example:
        >>> Subtitles("talk.en.srt", size="6%").position
        'south'
    """

    kind: Literal["subtitles"] = "subtitles"

    source: Source = field(kw_only=False, repr=False)
    """Where the file of subtitles is; acquired like the job's source."""

    font: Source | None = field(default=None, repr=False)
    """Where a TrueType or OpenType font is; None takes the one that comes with Pillow, which has
    the letters of English alone."""

    size: int | str = "5%"
    """Size of the letters in px, or as a share of the picture's shorter side; less where they must
    fit."""

    color: str = "white"
    """``#rrggbb``, ``#rgb`` or a CSS basic colour word."""

    outline: str | None = "black"
    """Colour of a thin line around the letters, which keeps them readable on any ground."""

    position: GravityName = "south"
    """One of nine words."""

    margin: float = 0.05
    """Space to the edges as a share of the picture's shorter side, 0 to 0.45."""

    needs_film: ClassVar[bool] = True
    keeps_alpha: ClassVar[bool] = False
    seconds_per_megapixel: ClassVar[float] = 0.005

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", as_source(self.source))
        if self.font is not None:
            object.__setattr__(self, "font", as_source(self.font))
        check_length("size", self.size)
        if self.size is None:
            raise SpecError("size must be px or a share such as '5%', got None", field="size")
        self.check_choice("position", get_args(GravityName))
        self.check_number("margin", 0, MAX_MARGIN)
        parse_color(self.color)
        if self.outline is not None:
            parse_color(self.outline)

    def assets(self) -> tuple[Asset, ...]:
        """Return the file of subtitles, and the font if one is named."""
        file = Asset(self.source, holds="file", max_bytes=MAX_BYTES)
        if self.font is None:
            return (file,)
        return file, Asset(self.font, holds="file", max_bytes=MAX_FONT_BYTES)

    def words(self) -> str:
        """Return it in a few words, without secrets."""
        return f"subtitles {describe_source(self.source)} at {self.position}"

    def fitted(self, size: tuple[int, int], assets: Assets) -> TimedFilter:
        """Return the subtitles with all that does not depend on the moment.

        Raises:
            CorruptMediaError: The file of subtitles or the font cannot be read.
            UnsupportedError: The font has no letters for the text, or Pillow cannot set it.
        """
        cues = assets.cues(self.source)
        data = None if self.font is None else assets.file(self.font)
        letters = frozenset("".join(cue.text for cue in cues))
        self._check_font(data, letters)
        style = Letters(
            text="",
            font=data,
            color=self.color,
            outline=self.outline,
            line_share=OUTLINE_SHARE,
            is_steady=True,
            align=alignment_of(self.position),
            is_shaped=_needs_shaping(letters),
        )
        return _Shown(
            spec=self,
            texts=tuple(cue.text for cue in cues),
            starts=tuple(cue.start for cue in cues),
            ends=tuple(cue.end for cue in cues),
            size=size,
            style=style,
        )

    def pixels(self, size: tuple[int, int]) -> float:
        """Return the size of the letters in px on a picture."""
        if isinstance(self.size, int):
            return self.size
        return min(size) * float(self.size.removesuffix("%")) / 100

    def _check_font(self, data: bytes | None, letters: frozenset[str]) -> None:
        missing = missing_letters(data, letters)
        if not missing:
            return
        named = ", ".join(f"{sign!r} (U+{ord(sign):04X})" for sign in missing[:NAMED])
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        whose = "the font that comes with Pillow" if data is None else "the font"
        raise UnsupportedError(
            f"{whose} has no letter for {named}{more}; subtitles need a font that has",
            hint="name one that has: Subtitles(…, font='NotoSans-Regular.ttf')",
            stage="transform",
        )


@dataclass(slots=True)
class _Place:
    """Where a film is, and what was drawn there; one thread works on it."""

    seconds: Fraction = START
    following: int = 0
    """Index of the first text that has not begun."""

    begun: list[int] = field(default_factory=list)
    """Indexes of those that have begun and not ended."""

    text: str = ""
    mark: PictureFilter | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shown(TimedFilter):
    """Subtitles on pictures of one size; what was drawn last is kept."""

    kind: Literal["shown"] = "shown"

    spec: Subtitles
    texts: tuple[str, ...] = field(repr=False)
    """What is shown, by start."""

    starts: tuple[Fraction, ...] = field(repr=False)
    ends: tuple[Fraction, ...] = field(repr=False)
    size: tuple[int, int]
    style: Letters
    place: _Place = field(default_factory=_Place, repr=False)

    def at(self, seconds: Fraction) -> PictureFilter | None:
        text = self._text(seconds)
        if text != self.place.text:
            self.place.mark = self._mark(text) if text else None
            self.place.text = text
        return self.place.mark

    def _text(self, seconds: Fraction) -> str:
        """Return what is shown at a moment, what began first above; fastest in the order of time."""
        place = self.place
        if seconds < place.seconds:
            place.following, place.begun = 0, []
        place.seconds = seconds
        begun = [at for at in place.begun if self.ends[at] > seconds]
        while place.following < len(self.starts) and self.starts[place.following] <= seconds:
            if self.ends[place.following] > seconds:
                begun.append(place.following)
            place.following += 1
        place.begun = begun[-MAX_BEGUN:]
        return "\n".join(self.texts[at] for at in place.begun[-MAX_AT_ONCE:])[:MAX_CHARACTERS]

    def _mark(self, text: str) -> Mark:
        spec, size = self.spec, self.size
        margin = margin_of(size, spec.margin)
        room, pixels = room_of(size, margin), spec.pixels(size)
        lines = replace(self.style, text=text).wrapped(pixels, room[0])
        mark = lines.drawn(pixels, room)
        return Mark(mark=mark, corner=corner_of(size, mark.size, spec.position, margin))


def _needs_shaping(letters: frozenset[str]) -> bool:
    """Tell whether letters run from right to left, or change with their neighbors."""
    return any(
        unicodedata.bidirectional(sign) in ("R", "AL") or unicodedata.category(sign) in ("Mn", "Mc")
        for sign in letters
    )
