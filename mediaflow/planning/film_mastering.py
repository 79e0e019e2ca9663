"""What kept HDR says of the display it was graded on, in the words of the encoders. Pure.

Law: half of it is not written; what cannot be carried is told.
Source: SMPTE ST 2086, CTA-861.3; ``--master-display`` and ``--max-cll`` of x265 (units of 0.00002 and
0.0001 cd/m²), ``mastering-display`` and ``content-light`` of SVT-AV1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.models.result import Notice

if TYPE_CHECKING:
    from mediaflow.formats.codec import VideoCodec
    from mediaflow.formats.row import Arguments
    from mediaflow.models.streams import MasteringDisplay, VideoStream

__all__ = ["mastered_arguments", "mastering_notices"]

_NAMES: Final = {
    "hevc": ("x265-params", "master-display", "max-cll"),
    "av1": ("svtav1-params", "mastering-display", "content-light"),
}
"""Where encoders take it, by codec: the option, and its two keys."""

X265_STEPS: Final = 50_000  # of a chromaticity
X265_LIGHT: Final = 10_000  # of a cd/m²


def mastered_arguments(arguments: Arguments, stream: VideoStream, row: VideoCodec) -> Arguments:
    """Return encoder arguments with what is known of the source's display.

    Args:
        arguments: Those of the codec.
        stream: The moving picture.
        row: The codec.
    """
    if stream.mastering is None or row.name not in _NAMES:
        return arguments
    option, display, light = _NAMES[row.name]
    words: list[str] = []
    if _is_whole(stream.mastering):
        words.append(f"{display}={_display_words(stream.mastering, row.name)}")
    if stream.mastering.max_content_light is not None:
        average = stream.mastering.max_frame_average_light or 0
        words.append(f"{light}={stream.mastering.max_content_light},{average}")
    if not words:
        return arguments
    given = dict(arguments)
    given[option] = ":".join([*([str(given[option])] if option in given else []), *words])
    return tuple(given.items())


def mastering_notices(stream: VideoStream, row: VideoCodec) -> tuple[Notice, ...]:
    """Return what of it is lost in kept HDR.

    Args:
        stream: The moving picture.
        row: The codec.
    """
    mastering = stream.mastering
    if mastering is None:
        return ()
    has_display = mastering.max_luminance is not None
    if row.name in _NAMES and (_is_whole(mastering) or not has_display):
        return ()
    text = "what the source says of the display it was graded on is left out"
    return (Notice(code="mastering_dropped", message=text),)


def _is_whole(mastering: MasteringDisplay) -> bool:
    known = (mastering.chromaticities, mastering.max_luminance, mastering.min_luminance)
    return None not in known


def _display_words(mastering: MasteringDisplay, codec: str) -> str:
    """Return green, blue, red, white, and the brightest and the darkest light."""
    red_x, red_y, green_x, green_y, blue_x, blue_y, white_x, white_y = mastering.chromaticities or (
        (0.0,) * 8
    )
    lights = (mastering.max_luminance or 0.0, mastering.min_luminance or 0.0)
    places = ((green_x, green_y), (blue_x, blue_y), (red_x, red_y), (white_x, white_y))
    pairs = zip(("G", "B", "R", "WP"), places, strict=True)
    if codec == "hevc":
        words = [
            f"{name}({_whole(x, X265_STEPS)},{_whole(y, X265_STEPS)})" for name, (x, y) in pairs
        ]
        return "".join(
            [*words, f"L({_whole(lights[0], X265_LIGHT)},{_whole(lights[1], X265_LIGHT)})"]
        )
    words = [f"{name}({x:.5f},{y:.5f})" for name, (x, y) in pairs]
    return "".join([*words, f"L({lights[0]:.4f},{lights[1]:.4f})"])


def _whole(value: float, unit: int) -> int:
    return round(value * unit)
