"""What is wanted of sound as a waveform, and its points as data.

Law: a spec checks what can be checked without the source; data checks that it is what it says, so
that a player may trust it without another look.
"""

from __future__ import annotations

import base64
import binascii
import sys
from array import array
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

from mediaflow.errors import SpecError
from mediaflow.models.checking import (
    check_choice,
    check_count,
    check_flag,
    check_name,
    check_number,
    check_suffix,
)
from mediaflow.models.color import parse_color
from mediaflow.models.film import check_window

__all__ = [
    "MAX_POINTS",
    "TRANSPARENT",
    "WaveformBits",
    "WaveformChannels",
    "WaveformData",
    "WaveformFormat",
    "WaveformOutput",
]

WaveformFormat: TypeAlias = Literal["json", "png", "svg"]
"""What a waveform is written as."""

WaveformChannels: TypeAlias = Literal["mix", "split"]
"""Whether a waveform shows all channels as one, or each."""

WaveformBits: TypeAlias = Literal[8, 16]
"""Bits a number of the points."""

TRANSPARENT: Final = "transparent"
MAX_POINTS: Final = 4_000_000
"""Most points that one waveform may have: eight hours at 138 a second, and 30 MB of JSON."""

MAX_WIDTH: Final = 32_768
MAX_HEIGHT: Final = 8_192
MAX_RATE: Final = 10_000  # points a second
MAX_SAMPLES: Final = 1 << 30
MAX_CHANNELS: Final = 64
MAX_SAMPLE_RATE: Final = 10_000_000
MAX_BAR: Final = 256
MAX_INDEX: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveformOutput:
    """How loud a recording or a soundtrack is over its time, as data for a player or a picture.

    JSON is in the layout of BBC audiowaveform, version 2, which Peaks.js and wavesurfer.js read.

    Example:
        >>> WaveformOutput("png", width=900, color="#2563eb").background
        'transparent'
    """

    kind: Literal["waveform"] = "waveform"

    format: WaveformFormat = field(default="json", kw_only=False)
    """``"json"``, ``"png"`` or ``"svg"``."""

    points_per_second: float | None = None
    """Points a second of JSON; None takes 20, if nothing else says how many."""

    samples_per_point: int | None = None
    """Samples of each point of JSON, in place of ``points_per_second``."""

    width: int | None = None
    """Width of a picture in px, which shows the whole of the sound; None takes 1,800. Of JSON the
    most points, in place of ``points_per_second``."""

    height: int | None = None
    """Height of a picture in px; None takes 280."""

    channels: WaveformChannels = "mix"
    """``"mix"`` shows all channels as one; ``"split"`` each, in a picture one below the other."""

    bits: WaveformBits = 8
    """Bits a number of JSON: 8 (-128 to 127) or 16."""

    color: str = "#2563eb"
    """Colour of the sound: ``#rgb``, ``#rrggbb`` or a CSS basic word."""

    background: str = TRANSPARENT
    """Colour behind it, or ``"transparent"``."""

    bar_width: int | None = None
    """Width of a bar of a picture in px; None draws one outline instead of bars."""

    bar_gap: int | None = None
    """Px between two bars; None takes half of a bar."""

    normalize: bool = False
    """Whether the loudest moment fills the height of a picture; else full scale does."""

    start: float = 0.0
    """Where it starts, in seconds of the source."""

    end: float | None = None
    """Where it ends, in seconds of the source; None is the source's end."""

    track: int | None = None
    """Index of the track among all streams, as the probe tells it; None takes the one of the
    language, else the default track, else the first."""

    language: str | None = None
    """ISO 639 code of the track to take, as the source spells it."""

    suffix: str = ""
    """Text between the file's stem and its extension; ``"_waveform"`` when it is empty."""

    name: str | None = None
    """Name in the result; by default the suffix or ``"waveform"``."""

    def __post_init__(self) -> None:
        check_choice("format", self.format, get_args(WaveformFormat))
        if self.points_per_second is not None:
            check_number("points_per_second", self.points_per_second, MAX_RATE)
        check_count("samples_per_point", self.samples_per_point, 2, MAX_SAMPLES)
        check_count("width", self.width, 1, MAX_WIDTH if self.is_picture else MAX_POINTS)
        check_count("height", self.height, 1, MAX_HEIGHT)
        check_choice("channels", self.channels, get_args(WaveformChannels))
        self._check_bits()
        parse_color(self.color, name="color")
        if self.background != TRANSPARENT:
            parse_color(self.background)
        check_count("bar_width", self.bar_width, 1, MAX_BAR)
        check_count("bar_gap", self.bar_gap, 0, MAX_BAR)
        check_flag("normalize", self.normalize)
        self._check_together()
        check_window(self.start, self.end)
        self._check_track()
        check_name(self.name)
        check_suffix("suffix", self.suffix)

    @property
    def is_picture(self) -> bool:
        """Whether it is drawn."""
        return self.format != "json"

    def _check_bits(self) -> None:
        bits: object = self.bits
        if isinstance(bits, bool) or bits not in get_args(WaveformBits):
            raise SpecError(f"bits must be 8 or 16, got {bits!r:.80}", field="bits", value=bits)

    def _check_together(self) -> None:
        """Refuse fields of the other formats, and two that say the same."""
        if self.is_picture:
            for name in ("points_per_second", "samples_per_point"):
                if getattr(self, name) is not None:
                    raise SpecError(
                        f"{name} is for JSON; a picture shows all of the sound in its width",
                        hint="say width=",
                        field=name,
                    )
        elif self.height is not None:
            raise SpecError("height is for pictures; JSON has none", field="height")
        said = [
            name
            for name in ("points_per_second", "samples_per_point", "width")
            if getattr(self, name) is not None
        ]
        if len(said) > 1:
            raise SpecError(f"{said[0]} and {said[1]} exclude each other", field=said[1])
        if self.bar_gap is not None and self.bar_width is None:
            raise SpecError("bar_gap needs bar_width", field="bar_gap")

    def _check_track(self) -> None:
        check_count("track", self.track, 0, MAX_INDEX)
        language: object = self.language
        if language is not None and not (isinstance(language, str) and language):
            raise SpecError(f"language must be text, got {language!r:.80}", field="language")
        if self.track is not None and self.language is not None:
            raise SpecError("track and language exclude each other", field="language")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveformData:
    """The points of a waveform.

    The numbers are packed: three hours at 20 points a second take 0.6 MB, where a tuple of them
    would take 4 to 15.

    Example:
        >>> data = WaveformData.of([-3, 5, -128, 127], sample_rate=8000, samples_per_point=400)
        >>> data.length, list(data.low()), list(data.high())
        (2, [-3, -128], [5, 127])
    """

    kind: Literal["waveform"] = "waveform"

    sample_rate: int
    """Hz of the sound that was measured."""

    samples_per_point: int
    """Samples that each point is of; the last is of those that are left."""

    channels: int = 1
    """How many are shown; a mix is one."""

    bits: WaveformBits = 8
    """Bits a number."""

    packed: str
    """The numbers in base64: of each point and channel the least, then the greatest, as
    little-endian integers of so many bits."""

    def __post_init__(self) -> None:
        check_count("sample_rate", self.sample_rate, 1, MAX_SAMPLE_RATE)
        check_count("samples_per_point", self.samples_per_point, 1, 1 << 62)
        check_count("channels", self.channels, 1, MAX_CHANNELS)
        bits: object = self.bits
        if isinstance(bits, bool) or bits not in get_args(WaveformBits):
            raise SpecError(f"bits must be 8 or 16, got {bits!r:.80}", field="bits", value=bits)
        if len(self.values()) % (2 * self.channels):
            raise SpecError(
                f"packed must hold two numbers of each of {self.channels} channels",
                field="packed",
            )

    @classmethod
    def of(
        cls,
        values: array[int] | list[int] | tuple[int, ...],
        *,
        sample_rate: int,
        samples_per_point: int,
        channels: int = 1,
        bits: WaveformBits = 8,
    ) -> WaveformData:
        """Return data of numbers that are not packed yet.

        Args:
            values: Of each point and channel the least, then the greatest.
            sample_rate: Hz.
            samples_per_point: Samples that each point is of.
            channels: How many.
            bits: Bits a number.

        Raises:
            SpecError: A number has more bits.
        """
        try:
            numbers = array(_code(bits), values)
        except OverflowError as exc:
            raise SpecError(f"a number has more than {bits} bits", field="packed") from exc
        _to_little_endian(numbers)
        return cls(
            sample_rate=sample_rate,
            samples_per_point=samples_per_point,
            channels=channels,
            bits=bits,
            packed=base64.b64encode(numbers.tobytes()).decode("ascii"),
        )

    @property
    def length(self) -> int:
        """Number of points."""
        size = len(self.packed) // 4 * 3 - self.packed[-2:].count("=")
        return size // (2 * self.channels * self.bits // 8)

    @property
    def duration_seconds(self) -> float:
        """Length of the sound, if its last point were whole."""
        return self.length * self.samples_per_point / self.sample_rate

    def values(self) -> array[int]:
        """Return all numbers: of each point and channel the least, then the greatest."""
        packed: object = self.packed
        try:
            data = base64.b64decode(str(packed), validate=True)
            numbers = array(_code(self.bits), data)
        except (ValueError, binascii.Error) as exc:
            raise SpecError("packed must be base64 of whole numbers", field="packed") from exc
        _to_little_endian(numbers)
        return numbers

    def low(self, channel: int = 0) -> array[int]:
        """Return the least number of each point of a channel, counted from 0."""
        return self.values()[2 * channel :: 2 * self.channels]

    def high(self, channel: int = 0) -> array[int]:
        """Return the greatest number of each point of a channel, counted from 0."""
        return self.values()[2 * channel + 1 :: 2 * self.channels]


def _code(bits: WaveformBits) -> Literal["b", "h"]:
    """Return how :mod:`array` calls integers of so many bits."""
    return "b" if bits == 8 else "h"


def _to_little_endian(numbers: array[int]) -> None:
    if sys.byteorder == "big":
        numbers.byteswap()
