"""What can be said of a source without showing it: an output that is data, not a file.

Law: a spec checks what can be checked without the source; data checks that it is what it says, so
that it may be written into a page without another look.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from mediaflow.errors import SpecError
from mediaflow.models.checking import check_choice, check_count, check_flag, check_suffix
from mediaflow.models.loudness import LEAST_SILENCE_SECONDS, LevelData, SoundData
from mediaflow.models.scenes import ScenesData
from mediaflow.models.stream_data import StreamData
from mediaflow.models.waveform import WaveformData

__all__ = ["Analysis", "AnalysisData", "AnalysisOutput", "PlaceholderData"]

Analysis: TypeAlias = Literal["placeholder", "scenes", "loudness", "silence"]
"""What can be asked of an :class:`AnalysisOutput`."""

MAX_PALETTE: Final = 6
MAX_INDEX: Final = 1_000
MIN_SILENCE_DBFS: Final = -120
MAX_SILENCE_SECONDS: Final = 3_600

_OF_SOUND: Final = frozenset({"loudness", "silence"})

_COLOR: Final = re.compile(r"#[0-9a-f]{6}")
_BLURHASH: Final = re.compile(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,166}")
_BASE64: Final = re.compile(r"[0-9A-Za-z+/]+={0,2}")
_DATA_URI: Final = re.compile(r"data:image/[a-z0-9.+-]+;base64,[0-9A-Za-z+/]+={0,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisOutput:
    """Facts about the source, computed from the same decode as everything else.

    Its data stands on the result (``result["analysis"].data``). It becomes a file only with
    ``store=True``.

    Example:
        >>> AnalysisOutput().what
        ('placeholder',)
    """

    kind: Literal["analysis"] = "analysis"

    what: tuple[Analysis, ...] = ("placeholder",)
    """What is wanted: ``"placeholder"`` gives :class:`PlaceholderData`, of a film that of its best
    still; ``"scenes"`` gives :class:`ScenesData` of a film; ``"loudness"``, ``"silence"`` or both
    give one :class:`SoundData` of a recording, or of the sound of a film."""

    silence_dbfs: float = -60.0
    """Level up to which a sample is silent."""

    silence_seconds: float = 0.5
    """Length from which a silence counts, 0.01 at least."""

    track: int | None = None
    """Index of the track among all streams, as the probe tells it; None takes the one of the
    language, else the default track, else the first. For ``"loudness"`` and ``"silence"`` only."""

    language: str | None = None
    """ISO 639 code of the track to take, as the source spells it."""

    suffix: str = ""
    """Text between the file's stem and ``.json``; ``"_analysis"`` when it is empty."""

    name: str | None = None
    """Name in the result; by default the suffix or ``"analysis"``."""

    store: bool = False
    """Whether the data is also written as JSON at the output's place."""

    def __post_init__(self) -> None:
        if isinstance(self.what, str) or not isinstance(self.what, tuple | list) or not self.what:
            raise SpecError(
                f"what must be a tuple such as ('placeholder',), got {self.what!r:.80}",
                field="what",
            )
        for word in self.what:
            check_choice("what", word, get_args(Analysis))
        object.__setattr__(self, "what", tuple(dict.fromkeys(self.what)))
        self._check_sound()
        if self.name is not None and not (isinstance(self.name, str) and self.name):
            raise SpecError(f"name must be text, got {self.name!r}", field="name")
        check_suffix("suffix", self.suffix)
        check_flag("store", self.store)

    @property
    def is_of_sound(self) -> bool:
        """Whether it is about what is heard, and not about what is seen."""
        return not _OF_SOUND.isdisjoint(self.what)

    def _check_sound(self) -> None:
        if self.is_of_sound and not _OF_SOUND.issuperset(self.what):
            raise SpecError(
                f"one analysis is of a picture or of a sound, got {', '.join(self.what)}",
                hint="ask for an AnalysisOutput each, with names of their own",
                field="what",
                value=self.what,
            )
        _check_between("silence_dbfs", self.silence_dbfs, MIN_SILENCE_DBFS, 0)
        least, most = LEAST_SILENCE_SECONDS, MAX_SILENCE_SECONDS
        _check_between("silence_seconds", self.silence_seconds, least, most)
        check_count("track", self.track, 0, MAX_INDEX)
        language: object = self.language
        if language is not None and not (isinstance(language, str) and language):
            raise SpecError(f"language must be text, got {language!r:.80}", field="language")
        if self.track is not None and language is not None:
            raise SpecError("track and language exclude each other", field="language")
        for name in ("track", "language"):
            if getattr(self, name) is not None and not self.is_of_sound:
                raise SpecError(
                    f"{name} chooses a sound, and {', '.join(self.what)} needs none",
                    hint="what=('loudness', 'silence') measures a sound",
                    field=name,
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceholderData:
    """What a page can show before the picture itself is there.

    The picture is described upright and in sRGB. Every text is checked when the object is made.
    """

    kind: Literal["placeholder"] = "placeholder"

    dominant_color: str
    """The heaviest colour of the palette, as ``"#rrggbb"``."""

    palette: tuple[str, ...]
    """Up to six colours as ``"#rrggbb"``, heaviest first; px weigh by how opaque they are."""

    blurhash: str
    """BlurHash of 4×3 components, 3×4 for portraits, fewer for the fewest px; transparent parts are
    laid on white."""

    thumbhash: str
    """ThumbHash in base64; it holds aspect ratio and transparency."""

    data_uri: str
    """The picture at up to 32 px as a data URI, WebP where it can be written, else JPEG."""

    aspect_ratio: float
    """Width of the upright source divided by its height."""

    has_alpha: bool
    """Whether any part is transparent in fact."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "palette", tuple(self.palette))
        if not 1 <= len(self.palette) <= MAX_PALETTE:
            raise SpecError(
                f"palette must have 1 to {MAX_PALETTE} colours, got {len(self.palette)}",
                field="palette",
            )
        for color in (self.dominant_color, *self.palette):
            _check_text("palette", color, _COLOR, "#rrggbb")
        _check_text("blurhash", self.blurhash, _BLURHASH, "a BlurHash")
        _check_text("thumbhash", self.thumbhash, _BASE64, "base64")
        _check_text("data_uri", self.data_uri, _DATA_URI, "a data URI of a picture in base64")
        ratio = self.aspect_ratio
        if not (isinstance(ratio, int | float) and math.isfinite(ratio) and ratio > 0):
            raise SpecError(f"aspect_ratio must be above 0, got {ratio!r}", field="aspect_ratio")
        check_flag("has_alpha", self.has_alpha)


AnalysisData: TypeAlias = (
    PlaceholderData | ScenesData | SoundData | LevelData | WaveformData | StreamData
)
"""What stands on a result beside its file."""


def _check_text(name: str, value: object, pattern: re.Pattern[str], what: str) -> None:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise SpecError(f"{name} must be {what}, got {value!r:.80}", field=name)


def _check_between(name: str, value: object, least: float, most: float) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not least <= float(str(value)) <= most:
        raise SpecError(
            f"{name} must be a number from {least:g} to {most:g}, got {value!r:.80}",
            field=name,
            value=value,
        )
