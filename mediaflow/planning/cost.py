"""What a plan costs in memory and time, before it runs. Pure.

Law: figures are counted from the steps; rates are medians of the project's own benchmark machine
(two cores, x86-64) and serve estimates only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.formats import image_formats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.geometry import Size
    from mediaflow.models.info import MediaInfo
    from mediaflow.planning.steps import DecodeStep, EncodeStep, PictureStep

__all__ = ["estimated_seconds", "peak_bytes"]

BYTES_PER_PIXEL: Final = 4
PROGRESSIVE_BYTES: Final = 6  # libjpeg keeps 2 bytes a coefficient for every sample until the end
WHOLE_FILE_CODECS: Final = {"avif": 9, "heif": 9, "webp": 6, "tiff": 3, "png": 1, "gif": 1}
"""Extra bytes a pixel that a decoder holds beside the picture, measured."""

MEGAPIXEL: Final = 1_000_000
_DECODE_SECONDS: Final = {"jpeg": 0.0032, "png": 0.023, "webp": 0.017, "avif": 0.02}  # per MP
_JPEG_SCALED: Final = {1: 1.0, 2: 0.75, 4: 0.65, 8: 0.6}
_SCALE_SECONDS: Final = {"none": 0.0, "swscale": 0.0025, "pillow": 0.012}  # per MP of the origin
FIXED_SECONDS: Final = 0.001


def peak_bytes(
    info: MediaInfo,
    decode: DecodeStep,
    pictures: Sequence[PictureStep],
    encodes: Sequence[EncodeStep],
) -> int:
    """Return the working memory of a plan above the idle process, in bytes.

    Two moments can be the peak: while the decoded source stands beside what is made of it, and
    later when the finished pictures stand beside their encoders.
    """
    file = info.bytes or 0
    base = decode.size.pixels * BYTES_PER_PIXEL
    held = info.image.stored_size.pixels * _decoder_bytes(info)
    first = sum(_working(step) for step in pictures if step.origin is None)
    finished = sum(_pixels(step.canvas) for step in pictures)
    encoders = sum(_pixels(step.size) for step in encodes)
    if any(step.origin is None and step.scaler == "none" for step in pictures):
        finished = max(finished, base)  # the decoded source is itself a picture
        base_and_pictures = finished
    else:
        base_and_pictures = base + first
    return int(file + max(base + held, base_and_pictures, finished + encoders))


def _decoder_bytes(info: MediaInfo) -> int:
    if info.format == "jpeg":
        return PROGRESSIVE_BYTES if info.image.is_progressive else 0
    return WHOLE_FILE_CODECS.get(info.format, BYTES_PER_PIXEL)


def _working(step: PictureStep) -> int:
    if step.scaler == "none":
        return 0
    reduced = _pixels(step.content) * 2
    if step.reduce > 1:
        reduced += int(step.crop.width * step.crop.height * BYTES_PER_PIXEL) // step.reduce**2
    return reduced


def _pixels(size: Size) -> int:
    return size.pixels * BYTES_PER_PIXEL


def estimated_seconds(
    info: MediaInfo,
    decode: DecodeStep,
    pictures: Sequence[PictureStep],
    encodes: Sequence[EncodeStep],
) -> float:
    """Return the time of a plan on one typical core, in seconds."""
    stored = info.image.stored_size.pixels / MEGAPIXEL
    seconds = (
        FIXED_SECONDS
        + stored * _DECODE_SECONDS.get(decode.format, 0.02) * (_JPEG_SCALED[decode.denominator])
    )
    for step in pictures:
        origin = float(step.crop.width * step.crop.height) / MEGAPIXEL
        seconds += origin * _SCALE_SECONDS[step.scaler]
    for encode in encodes:
        rate = image_formats[encode.format].encode_seconds_per_megapixel
        seconds += encode.size.pixels / MEGAPIXEL * rate
    return seconds
