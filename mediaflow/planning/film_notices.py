"""What a film's outputs lose or change, as far as the header tells. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.models.encoding import Lossless
from mediaflow.models.result import Notice
from mediaflow.planning.names import names_format

if TYPE_CHECKING:
    from collections.abc import Collection

    from mediaflow.models.film import VideoOutput
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.streams import VideoStream
    from mediaflow.planning.film_geometry import Framed

__all__ = [
    "STANDARD_PRIMARIES",
    "dropped_streams",
    "exact_notices",
    "frame_notices",
    "quality_notices",
    "rung_notice",
    "size_notices",
]

EIGHT_BITS: Final = 8
LOW_QUALITY: Final = 40
STANDARD_PRIMARIES: Final = (None, 1, 2, 5, 6, 7)
"""Colour primaries (ITU-T H.273) that are close enough to sRGB's to be taken for them."""


_WRITTEN_AS_THEY_ARE: Final = (None, "nv12", "nv21", "yuv420p", "yuvj420p")
"""Sample layouts of 8 bits and 4:2:0, which only names and the order in memory tell apart."""

_PLURALS: Final = {
    "attached_picture": "attached pictures",
    "attachment": "attachments",
    "data": "data streams",
    "subtitle": "subtitle tracks",
    "unknown": "unknown streams",
}


def frame_notices(
    stream: VideoStream,
    info: MediaInfo,
    claimed: str | None,
    *,
    to_rgb: bool,
    keeps_alpha: bool,
    bits: int = EIGHT_BITS,
) -> tuple[Notice, ...]:
    """Return what every frame of a source loses in an output.

    Args:
        stream: The moving picture.
        info: What the probe found.
        claimed: Format that the source's name claims, or None.
        to_rgb: Whether frames become pictures in sRGB, not frames with tags of their own.
        keeps_alpha: Whether px may stay transparent.
        bits: Bits a sample of the output.
    """
    found: list[Notice] = []
    if not names_format(claimed, info.format):
        text = f"the source is {info.format}; its name says {claimed}"
        found.append(Notice(code="extension_mismatch", message=text))
    if stream.has_alpha and not keeps_alpha:
        text = "transparency is dropped: what lies behind it is shown"
        found.append(Notice(code="alpha_flattened", message=text))
    if (stream.bit_depth or EIGHT_BITS) > bits:
        text = f"{stream.bit_depth} bits a sample become {bits}"
        found.append(Notice(code="depth_reduced", message=text))
    if to_rgb and stream.hdr is None and stream.color.primaries not in STANDARD_PRIMARIES:
        text = f"colour primaries {stream.color.primaries} (ITU-T H.273) are taken as sRGB"
        found.append(Notice(code="color_assumed", message=text))
    return tuple(found)


def size_notices(
    width: int | str | None, height: int | str | None, framed: Framed
) -> tuple[Notice, ...]:
    """Return a notice when a side that was asked, or the source's own, was odd."""
    made, exact = framed.canvas, framed.exact_canvas
    sides = (
        ("width", width, made.width, exact.width),
        ("height", height, made.height, exact.height),
    )
    free = width is None and height is None
    odd = [
        f"{name} {now} in place of {before} px"
        for name, asked, now, before in sides
        if before % 2 and (free or isinstance(asked, str) or asked == before)
    ]
    if not odd:
        return ()
    text = f"{', '.join(odd)}: the codec wants even sides"
    return (Notice(code="size_rounded", message=text),)


def quality_notices(output: VideoOutput) -> tuple[Notice, ...]:
    """Return a notice about a quality that looks bad on film."""
    if output.quality is None or output.quality >= LOW_QUALITY:
        return ()
    text = f"quality {output.quality} shows blocks on film; below {LOW_QUALITY} it is rarely meant"
    return (Notice(code="low_quality", message=text),)


def exact_notices(output: VideoOutput, stream: VideoStream, written: str) -> tuple[Notice, ...]:
    """Return a notice where exact frames are not those of the source."""
    layout = stream.pixel_format
    if not isinstance(output.rate, Lossless) or layout in (written, *_WRITTEN_AS_THEY_ARE):
        return ()
    text = (
        f"samples of the source are {layout} and become {written}; "
        "only from there on nothing is lost"
    )
    return (Notice(code="not_exact", message=text),)


def dropped_streams(info: MediaInfo, kept: Collection[int]) -> tuple[Notice, ...]:
    """Return one notice about all streams that a film leaves out.

    Args:
        info: What the probe found.
        kept: Indexes of all streams that are kept, or that nobody wanted.
    """
    parts: list[str] = []
    films = sum(each.index not in kept for each in info.video)
    tracks = sum(each.index not in kept for each in info.audio)
    counts = {"film": films, "sound track": tracks}
    parts += [_count(number, noun, f"{noun}s") for noun, number in counts.items() if number]
    for kind, plural in _PLURALS.items():
        number = sum(each.kind == kind and each.index not in kept for each in info.others)
        if number:
            parts.append(_count(number, kind.replace("_", " "), plural))
    if not parts:
        return ()
    return (Notice(code="streams_dropped", message=f"left out: {', '.join(parts)}"),)


def rung_notice(name: str, info: MediaInfo) -> Notice:
    """Return why a rung of a ladder is left out.

    Args:
        name: Name of the output that stands for it.
        info: What the probe found.
    """
    size = info.size
    text = (
        f"left out: the source has {size.width}×{size.height} px, which is smaller; "
        f"{name!r} stands for it"
    )
    return Notice(code="rung_above_source", message=text)


def _count(number: int, one: str, many: str) -> str:
    if one in ("data", "subtitle"):
        one = many.removesuffix("s")
    return f"{number} {one if number == 1 else many}"
