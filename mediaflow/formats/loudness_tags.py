"""Reads the gains that tags ask players for.

Law: text in, numbers out; what is no number, or none that a gain can be, is None.

Source: ReplayGain 2.0 specification (hydrogenaudio; reference -18 LUFS, gains in dB, peaks of full
scale); RFC 7845 5.2.1 (R128_TRACK_GAIN, R128_ALBUM_GAIN: Q7.8 in 16 bits, reference -23 LUFS).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from mediaflow.models.streams import LoudnessTags

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediaflow.models.streams import Tag

__all__ = ["loudness_tags_of"]

REPLAY_GAIN_LUFS: Final = -18.0
R128_LUFS: Final = -23.0
Q7_8: Final = 256  # steps a dB
INT16: Final = range(-32_768, 32_768)
MOST_GAIN: Final = 128.0  # dB either way, as Q7.8 holds
MOST_PEAK: Final = 64.0  # of full scale; decoders of lossy codecs go a little beyond 1
GAIN: Final = re.compile(r"[+-]?\d{1,4}(\.\d{1,20})?( ?dB)?", re.IGNORECASE | re.ASCII)
PEAK: Final = re.compile(r"\d{1,4}(\.\d{1,20})?", re.ASCII)
WHOLE: Final = re.compile(r"[+-]?\d{1,6}", re.ASCII)


def loudness_tags_of(tags: Iterable[Tag]) -> LoudnessTags | None:
    """Return what tags say of loudness, or None where they say nothing that can be.

    Where tags of Opus stand beside those of ReplayGain, they alone count (RFC 7845 5.2.1).

    Args:
        tags: Tags of a file, under their names in lower case.

    Example:
        >>> from mediaflow.models.streams import Tag
        >>> loudness_tags_of([Tag("r128_track_gain", "-512")]).track_gain_db
        -2.0
    """
    said = {tag.name: tag.value for tag in tags}
    track, album = (_fixed(said.get(f"r128_{of}_gain")) for of in ("track", "album"))
    if track is not None or album is not None:
        return LoudnessTags(reference_lufs=R128_LUFS, track_gain_db=track, album_gain_db=album)
    found = LoudnessTags(
        reference_lufs=REPLAY_GAIN_LUFS,
        track_gain_db=_gain(said.get("replaygain_track_gain")),
        track_peak=_peak(said.get("replaygain_track_peak")),
        album_gain_db=_gain(said.get("replaygain_album_gain")),
        album_peak=_peak(said.get("replaygain_album_peak")),
    )
    return None if found == LoudnessTags(reference_lufs=REPLAY_GAIN_LUFS) else found


def _fixed(text: str | None) -> float | None:
    if text is None or not WHOLE.fullmatch(text.strip()):
        return None
    steps = int(text)
    return steps / Q7_8 if steps in INT16 else None


def _gain(text: str | None) -> float | None:
    if text is None or not GAIN.fullmatch(text.strip()):
        return None
    gain = float(text.strip().lower().removesuffix("db"))
    return gain if math.fabs(gain) <= MOST_GAIN else None


def _peak(text: str | None) -> float | None:
    if text is None or not PEAK.fullmatch(text.strip()):
        return None
    peak = float(text)
    return peak if peak <= MOST_PEAK else None
