"""Whether footage must be encoded, because of what is asked of it or of what it is. Pure."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError
from mediaflow.formats import video_codecs
from mediaflow.planning.film_times import as_rate, exact, rate_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediaflow.models.film import VideoOutput
    from mediaflow.models.sound import AudioOutput
    from mediaflow.models.streams import VideoStream

__all__ = ["check_copied_footage", "course_reason", "footage_reasons", "is_above", "keeps_hdr"]

EIGHT_BITS: Final = 8
NEARLY: Final = Fraction(1001, 1000)
"""By how much a rate must be above another one to be another: headers round."""


def course_reason(output: VideoOutput | AudioOutput) -> str | None:
    """Return why picture and sound of an output are encoded, as far as its course tells."""
    if output.speed != 1:
        return "speed is asked"
    return "a fade is asked" if output.fade_in or output.fade_out else None


def footage_reasons(output: VideoOutput, stream: VideoStream, codec: str) -> Iterator[str]:
    """Yield why a picture must be encoded.

    Args:
        output: What is wanted.
        stream: The moving picture.
        codec: Name of the codec that is wanted.
    """
    course = course_reason(output)
    if course is not None:
        yield course
    if stream.hdr is not None and not keeps_hdr(output, stream, codec):
        yield f"{stream.hdr.upper()} becomes SDR"
    bits = stream.bit_depth or EIGHT_BITS
    if output.bit_depth not in (None, bits):
        yield f"{bits} bits a sample become {output.bit_depth}"
    is_woven = stream.field_order in ("top_first", "bottom_first")
    if output.deinterlace == "always" or (is_woven and output.deinterlace == "auto"):
        yield "it is interlaced"
    if is_above(output, stream):
        yield f"{float(rate_of(stream)):.6g} frames a second are more than {output.max_fps:g}"


def keeps_hdr(output: VideoOutput, stream: VideoStream, codec: str) -> bool:
    """Return whether HDR stays HDR.

    Args:
        output: What is wanted.
        stream: The moving picture.
        codec: Name of the codec that is wanted.
    """
    if stream.hdr is None or output.dynamic_range == "sdr":
        return False
    row = video_codecs[codec]
    wanted = row.keeps_depth and output.bit_depth != EIGHT_BITS and not output.filters
    return wanted or output.dynamic_range == "keep"


def is_above(output: VideoOutput, stream: VideoStream) -> bool:
    """Return whether a source has more frames a second than are wanted at most, at its speed."""
    if output.max_fps is None:
        return False
    return rate_of(stream) * exact(output.speed) > as_rate(output.max_fps) * NEARLY


def check_copied_footage(output: VideoOutput) -> None:
    """Refuse a copy of which something is asked that a copy cannot do.

    Raises:
        SpecError: It is so.
    """
    asked = {
        "speed": output.speed != 1,
        "fade_in": bool(output.fade_in),
        "fade_out": bool(output.fade_out),
        "max_fps": output.max_fps is not None,
        "bit_depth": output.bit_depth is not None,
        "deinterlace": output.deinterlace == "always",
        "dynamic_range": output.dynamic_range == "sdr",
    }
    name = next((name for name, is_asked in asked.items() if is_asked), None)
    if name is not None:
        raise SpecError(
            f"codec='copy' takes no {name}, got {getattr(output, name)!r:.80}",
            hint="leave the codec out, and the picture is encoded where it must be",
            field=name,
        )
