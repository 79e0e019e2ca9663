"""Reads how bright HDR content and the display it was graded on are, from side data of a stream.

Law: bytes of FFmpeg's own structures, in the byte order of the machine; what is shorter than they
are, or without a denominator, is unknown. Only PyAV 19 and later tell of them.

Source: AVMasteringDisplayMetadata and AVContentLightMetadata of libavutil/mastering_display_metadata.h;
SMPTE ST 2086, CTA-861.3.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from mediaflow.models.streams import MasteringDisplay

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["mastering_of"]

Chromaticities: TypeAlias = tuple[float, float, float, float, float, float, float, float]

DISPLAY: Final = struct.Struct("=22i")
"""Six ratios of primaries, two of white, darkest and brightest, then whether either half is set."""

LIGHT: Final = struct.Struct("=2I")
DARKEST: Final = 16
BRIGHTEST: Final = 18
HAS_PRIMARIES: Final = 20
HAS_LUMINANCE: Final = 21
CHROMATICITIES: Final = 8


def mastering_of(sides: Mapping[str, bytes]) -> MasteringDisplay | None:
    """Return what side data say, or None where they say nothing.

    Args:
        sides: Side data by FFmpeg's names, as a codec context gives them.

    Example:
        >>> mastering_of({"content_light_level": LIGHT.pack(1000, 400)}).max_content_light
        1000
    """
    display = bytes(sides.get("mastering_display_metadata", b""))
    light = bytes(sides.get("content_light_level", b""))
    darkest = brightest = places = None
    if len(display) >= DISPLAY.size:
        numbers = DISPLAY.unpack_from(display)
        if numbers[HAS_LUMINANCE]:
            darkest, brightest = _ratio(numbers, DARKEST), _ratio(numbers, BRIGHTEST)
        if numbers[HAS_PRIMARIES]:
            places = _places(numbers)
    content, average = LIGHT.unpack_from(light) if len(light) >= LIGHT.size else (0, 0)
    found = MasteringDisplay(
        max_luminance=brightest,
        min_luminance=darkest,
        chromaticities=places,
        max_content_light=content or None,
        max_frame_average_light=average or None,
    )
    return None if found == MasteringDisplay() else found


def _places(numbers: tuple[int, ...]) -> Chromaticities | None:
    found = [_ratio(numbers, 2 * index) for index in range(CHROMATICITIES)]
    whole = [each for each in found if each is not None]
    return cast("Chromaticities", tuple(whole)) if len(whole) == CHROMATICITIES else None


def _ratio(numbers: tuple[int, ...], at: int) -> float | None:
    return numbers[at] / numbers[at + 1] if numbers[at] >= 0 and numbers[at + 1] > 0 else None
