"""What all manifests of a stream say alike: lengths, rates, codecs, labels and addresses.

Law: what is told of a track is what was measured of it; nothing is read, written or looked up, and
the same data gives the same text.

Source: RFC 8216 4.1 (text that playlists may hold, rates of segments), 4.3.3.1 (target duration);
XML 1.0 2.2 (characters); RFC 3986 (what an address must escape); RFC 6381 3.3 (names of codecs).
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from mediaflow.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediaflow.models.stream_data import StreamData, TrackData

__all__ = [
    "MICROSECONDS",
    "base_address",
    "codec_family",
    "peak_bit_rate",
    "plain_label",
    "rounded_seconds",
    "segment_lengths",
    "target_seconds",
]

MICROSECONDS: Final = 1_000_000
"""In a second."""

_UNPRINTABLE: Final = re.compile('["\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+')


def segment_lengths(track: TrackData) -> tuple[int, ...]:
    """Return the lengths of segments in microseconds, so that any number of them adds up.

    Start times are rounded, so a sum of lengths is off by one microsecond at most.
    """
    ticks, start, lengths = 0, 0, []
    for length in track.durations:
        ticks += length
        end = (2 * ticks * MICROSECONDS + track.timescale) // (2 * track.timescale)
        lengths.append(end - start)
        start = end
    return tuple(lengths)


def rounded_seconds(lengths: Iterable[int]) -> int:
    """Return the longest of some lengths in whole seconds, halves upwards, at least one second.

    Args:
        lengths: Microseconds.
    """
    return max(1, (max(lengths) + MICROSECONDS // 2) // MICROSECONDS)


def target_seconds(data: StreamData) -> int:
    """Return the length that no segment of any track exceeds, once rounded to whole seconds."""
    return max(rounded_seconds(segment_lengths(track)) for track in (*data.video, *data.audio))


def peak_bit_rate(track: TrackData, target: int) -> int:
    """Return the greatest rate of neighboring segments that last about the target together.

    One short segment alone, such as the last, says nothing of what a line must carry: RFC 8216 4.1
    takes sets of 0.5 to 1.5 times the target duration.

    Args:
        track: The track.
        target: Target duration of its set, in seconds.

    Returns:
        Bits a second; the mean where all segments together are shorter than such a set.
    """
    whole = target * track.timescale
    peak = 0
    for start in range(len(track.sizes)):
        ticks = size = 0
        for at in range(start, len(track.sizes)):
            ticks, size = ticks + track.durations[at], size + track.sizes[at]
            if 2 * ticks > 3 * whole:
                break
            if 2 * ticks >= whole:
                peak = max(peak, -(-8 * size * track.timescale // ticks))
    return peak or track.mean_bit_rate


def codec_family(track: TrackData) -> str:
    """Return what all profiles of a codec share in its name, such as ``"avc1"``."""
    return track.codecs.partition(".")[0]


def plain_label(label: str) -> str:
    """Return a label in its composed form, without what neither playlists nor XML can hold."""
    return _UNPRINTABLE.sub(" ", unicodedata.normalize("NFC", label)).strip()


def base_address(base: str) -> str:
    """Return what stands before paths in a manifest: the base, escaped, with a slash, or nothing.

    Raises:
        SpecError: The base is no relative path.

    Example:
        >>> base_address("my film"), base_address("")
        ('my%20film/', '')
    """
    if "://" in base or "\\" in base or base.startswith("/"):
        raise SpecError(
            f"base must be a relative path such as 'film', got {base!r:.80}", field="base"
        )
    path = base.rstrip("/")
    return f"{quote(path)}/" if path else ""
