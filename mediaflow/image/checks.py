"""What is checked of every input before any decoder sees a byte of it, whichever library decodes.

Law: pure arithmetic over bytes and the probe's facts; no codec is imported. Each gate calls both
functions: one before it opens, one after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.errors import CorruptMediaError, TruncatedMediaError
from mediaflow.formats.jpeg_markers import count_scans
from mediaflow.formats.magic import HEAD_BYTES, sniff
from mediaflow.formats.png_chunks import count_chunks
from mediaflow.formats.svg_text import check_svg

if TYPE_CHECKING:
    from mediaflow.geometry import Size
    from mediaflow.models.info import MediaInfo
    from mediaflow.security.limits import Limits

__all__ = ["check_input", "check_opened"]

RIFF_HEAD: Final = 8  # "RIFF" and the length of the rest


def check_input(data: bytes, info: MediaInfo, limits: Limits) -> None:
    """Refuse a file that is not what was probed, or that the limits do not allow.

    Args:
        data: The whole file.
        info: What the probe found.
        limits: Limits in force.

    Raises:
        CorruptMediaError: The file is of another format than the probe found.
        TruncatedMediaError: A WebP file is shorter than it says.
        LimitExceededError: The picture is larger than the limits allow.
    """
    where = info.uri
    if sniff(data[:HEAD_BYTES]) != info.format:
        raise CorruptMediaError("the input changed its format after the probe", where=where)
    limits.check("max_input_bytes", len(data), where=where)
    limits.check("max_pixels", info.picture.stored_size.pixels, where=where)
    if info.format == "webp":
        _check_riff_length(data, where)
    if info.format == "png":
        limits.check("max_png_chunks", count_chunks(data, limits.max_png_chunks), where=where)
    if info.format == "jpeg":  # each scan may be a pass over the picture, sequential ones too
        limits.check("max_jpeg_scans", count_scans(data, limits.max_jpeg_scans), where=where)
    if info.format == "svg":
        check_svg(data, where=where)


def check_opened(opened: Size, info: MediaInfo) -> None:
    """Refuse a picture whose decoder reads another size than the probe.

    Raises:
        CorruptMediaError: The sizes differ.
    """
    if opened not in (info.picture.stored_size, info.size):
        raise CorruptMediaError(
            f"the header says {info.width}×{info.height} px, the decoder "
            f"{opened.width}×{opened.height}",
            where=info.uri,
        )


def _check_riff_length(data: bytes, where: str | None) -> None:
    # RFC 9649 2.4; Pillow only says that it cannot identify such a file
    stated = RIFF_HEAD + int.from_bytes(data[4:RIFF_HEAD], "little")
    if len(data) < stated:
        raise TruncatedMediaError(
            f"the input ends too early: {len(data):,} of {stated:,} bytes", where=where
        )
