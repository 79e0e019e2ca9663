"""How FFmpeg's muxer of mp4 writes fragments that players take as segments.

Law: neither ``cmaf`` nor ``negative_cts_offsets``: with them FFmpeg 8.1 shows a picture late by the
delay of its B-frames. Without ``delay_moov`` nobody knows the priming of a sound when its head is
written.

Source: FFmpeg's movenc.c, tried with both generations of PyAV.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mediaflow.formats.row import Arguments

__all__ = ["FRAGMENTED_PICTURE", "FRAGMENTED_SOUND"]

FRAGMENTED_SOUND: Final[Arguments] = (
    ("fflags", "+bitexact"),  # no name and version of the muxer
    ("movflags", "delay_moov+default_base_moof+skip_trailer"),
    ("movie_timescale", 90_000),  # FFmpeg 8 would round an empty edit to 1/1000 s
)
"""Options for a sound: whoever cuts it says where."""

FRAGMENTED_PICTURE: Final[Arguments] = tuple(
    (name, f"frag_keyframe+{value}") if name == "movflags" else (name, value)
    for name, value in FRAGMENTED_SOUND
)
"""Options for a picture: each keyframe starts a fragment."""
