"""What is wanted of footage that a player cannot show as it is: HDR, deep samples, fields, rates.

Law: a spec checks what can be checked without the source; the rest belongs to planning.
Source: ITU-R BT.2100 (PQ and HLG), BT.2390 (the default curve), BT.2408 (SDR white in HDR).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from mediaflow.errors import SpecError
from mediaflow.models.checking import check_choice, check_number

if TYPE_CHECKING:
    from mediaflow.models.film import VideoOutput
    from mediaflow.models.sound import AudioOutput

__all__ = [
    "SDR_WHITE_NITS",
    "BitDepth",
    "Deinterlace",
    "DynamicRange",
    "ToneCurve",
    "ToneKind",
    "ToneMap",
    "check_course",
    "check_footage",
    "check_tone_map",
]

ToneKind: TypeAlias = Literal["bt2390", "hable", "reinhard"]
ToneCurve: TypeAlias = Callable[[float], float]
"""Takes the light of the source in cd/m² and returns what is shown of it, where 1 is SDR's white."""

DynamicRange: TypeAlias = Literal["auto", "sdr", "keep"]
Deinterlace: TypeAlias = Literal["auto", "always", "never"]
BitDepth: TypeAlias = Literal[8, 10]

SDR_WHITE_NITS: Final = 203
"""Light of a white page in HDR, cd/m² (BT.2408 2.2); it becomes the white of SDR."""

MAX_NITS: Final = 10_000  # BT.2100 table 4: where PQ ends
MAX_FPS: Final = 240
SLOWEST: Final = 0.25
FASTEST: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneMap:
    """How HDR is brought to the brightness that SDR has.

    The brightest of red, green and blue is mapped by the curve and takes the other two along, so
    hues stay.

    Example:
        >>> ToneMap("hable", peak_nits=1_000).curve
        'hable'
    """

    curve: ToneKind | ToneCurve = field(default="bt2390", kw_only=False)
    """``"bt2390"`` leaves dark and middle tones as they are and rolls off what is bright, ``"hable"``
    looks like film, ``"reinhard"`` compresses all. Or a function that takes cd/m² and returns the
    share of SDR's white; a function cannot leave the process."""

    peak_nits: float | None = None
    """Brightest light of the source in cd/m²; None asks the source, else it is 1,000."""

    def __post_init__(self) -> None:
        if not callable(self.curve):
            check_choice("curve", self.curve, get_args(ToneKind))
        if self.peak_nits is not None:
            check_number("peak_nits", self.peak_nits, MAX_NITS)
            if self.peak_nits < SDR_WHITE_NITS:
                raise SpecError(
                    f"peak_nits must be at least {SDR_WHITE_NITS}, the white of SDR, "
                    f"got {self.peak_nits!r:.80}",
                    field="peak_nits",
                    value=self.peak_nits,
                )


def check_tone_map(value: object) -> None:
    """Refuse what is no :class:`ToneMap`.

    Raises:
        SpecError: It is something else.
    """
    if not isinstance(value, ToneMap):
        raise SpecError(
            f"tone_map must be a typed value such as ToneMap('hable'), got {value!r:.80}",
            field="tone_map",
        )


def check_footage(output: VideoOutput) -> None:
    """Refuse values of the fields of a film that this file is about.

    Raises:
        SpecError: A value is not what its field takes, or two exclude each other.
    """
    check_tone_map(output.tone_map)
    check_choice("dynamic_range", output.dynamic_range, get_args(DynamicRange))
    check_choice("deinterlace", output.deinterlace, get_args(Deinterlace))
    depth = output.bit_depth
    if depth is not None and (isinstance(depth, bool) or depth not in get_args(BitDepth)):
        raise SpecError(
            f"bit_depth must be 8 or 10 bits a sample, got {depth!r:.80}",
            field="bit_depth",
            value=depth,
        )
    if output.dynamic_range == "keep" and depth == 8:
        raise SpecError("HDR takes 10 bits a sample, got bit_depth 8", field="bit_depth", value=8)
    if output.max_fps is not None:
        check_number("max_fps", output.max_fps, MAX_FPS)
        if output.fps is not None:
            raise SpecError("fps and max_fps exclude each other", field="max_fps")
    check_course(output)
    if output.audio == "copy" and (output.speed != 1 or output.fade_in or output.fade_out):
        raise SpecError(
            "sound that is copied has no other speed and no fades",
            hint="leave audio out, and the sound is encoded",
            field="audio",
        )


def check_course(output: VideoOutput | AudioOutput) -> None:
    """Refuse a speed or fades that cannot be.

    Raises:
        SpecError: A value is not what its field takes, or the fades are longer than the part.
    """
    check_number("speed", output.speed, FASTEST)
    if output.speed < SLOWEST:
        raise SpecError(
            f"speed must be a number {SLOWEST:g} to {FASTEST:g}, got {output.speed!r:.80}",
            hint="1 is as it was, 2 is twice as fast",
            field="speed",
            value=output.speed,
        )
    check_number("fade_in", output.fade_in, 3600, zero=True)
    check_number("fade_out", output.fade_out, 3600, zero=True)
    if output.end is not None:
        seconds = (Fraction(str(output.end)) - Fraction(str(output.start))) / Fraction(
            str(output.speed)
        )
        if Fraction(str(output.fade_in)) + Fraction(str(output.fade_out)) > seconds:
            raise SpecError(
                f"fades of {output.fade_in:g} and {output.fade_out:g} s do not fit into "
                f"{float(seconds):g} s",
                field="fade_out",
            )
