"""What a plan costs in memory and time, before it runs. Pure.

Law: figures are counted from the steps; rates are medians of the project's own benchmark machine
(two cores, x86-64) and serve estimates only.
"""

from __future__ import annotations

from math import fsum  # Python 3.12 changed how sum adds floats; plans are the same on all
from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.formats import image_formats
from mediaflow.geometry import Size
from mediaflow.planning.steps import AnalysisStep, EncodeStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.info import MediaInfo
    from mediaflow.models.plugins import Filter
    from mediaflow.planning.steps import AssetStep, DecodeStep, OutputStep, PictureStep

__all__ = ["estimated_seconds", "peak_bytes", "seconds_to_filter", "seconds_to_make"]

BYTES_PER_PIXEL: Final = 4
PROGRESSIVE_BYTES: Final = 6  # libjpeg keeps 2 bytes a coefficient for every sample until the end
WHOLE_FILE_CODECS: Final = {"avif": 9, "heif": 9, "webp": 6, "tiff": 3, "png": 1, "gif": 1}
"""Extra bytes a pixel that a decoder holds beside the picture, measured."""

STREAMED: Final = ("png", "svg", "tiff")
"""Formats that libvips decodes in strips of rows or at their final size."""

ENCODER_BYTES: Final = {"avif": 24.0, "jpeg": 3.0, "png": 2.5, "webp": 7.0}
"""Bytes a pixel that an encoder holds beside the picture, measured."""

ENCODERS_AT_ONCE: Final = 3  # small ones end before the large ones have begun
FILTER_COPIES: Final = 3  # what a filter reads, what it blends, what it returns
FLOAT_BYTES: Final = 4  # one channel of light is held at a time
LINEAR_BAND_BYTES: Final = 16_000_000
PLANE_BYTES: Final = 3  # libswscale leaves three planes

ANALYSIS_BYTES: Final = 200  # floats of three colours, twice, and their waves
FRAMES_HELD: Final = 10  # of an animated output: four that wait, the encoder's own and its canvases
STORED_BYTES: Final = 0.25  # a px of an animation as it is compressed and kept until its end
UNTOLD_FRAMES: Final = 50  # of an animation whose header does not tell

MEGAPIXEL: Final = 1_000_000
_DECODE_SECONDS: Final = {"jpeg": 0.0032, "png": 0.023, "webp": 0.017, "avif": 0.02}  # per MP
_JPEG_SCALED: Final = {1: 1.0, 2: 0.75, 4: 0.65, 8: 0.6}
_SCALE_SECONDS: Final = {
    "none": 0.0,
    "swscale": 0.0025,
    "pillow": 0.012,
    "vips": 0.005,
    "linear": 0.04,
}  # per MP of the origin
FIXED_SECONDS: Final = 0.001
ANALYSIS_SECONDS: Final = 0.006


def peak_bytes(
    info: MediaInfo,
    decode: DecodeStep,
    pictures: Sequence[PictureStep],
    outputs: Sequence[OutputStep],
    assets: Sequence[AssetStep] = (),
) -> int:
    """Return the working memory of a plan above the idle process, in bytes.

    The run is followed step by step: the decode, each picture with what its scaler holds beside
    it, then all encoders at once. The decoded source goes after the last picture made from it.
    """
    base = decode.size.pixels * BYTES_PER_PIXEL
    shared = any(_is_origin(step) for step in pictures)
    last = len(pictures) if shared else max(s.index for s in pictures if s.origin is None)
    file = info.bytes or 0
    inks = base if decode.color == "cmyk_to_srgb" else 0
    filtering = FILTER_COPIES * BYTES_PER_PIXEL * max(map(_filtered_pixels, pictures), default=0)
    twice = base if decode.fill else 0  # a source that is cut off is decoded twice and compared
    coded = info.picture.stored_size.pixels * _decoder_bytes(info, decode)
    peak: float = file + base + twice + inks + coded
    finished = 0
    for step in pictures:
        held = base if step.index <= last else 0
        begun = [output for output in outputs if output.picture < step.index]
        busy = 0.0 if held and decode.release_first else _encoders(begun)
        peak = max(peak, held + finished + busy + _working(step))
        if not _is_origin(step):
            finished += step.canvas.pixels * BYTES_PER_PIXEL
    held = base if shared else 0
    finished += sum(map(_motion_bytes, outputs))
    kept = sum(map(_asset_bytes, assets))
    return int(max(peak, held + finished + _encoders(outputs) + filtering) + kept)


def _asset_bytes(step: AssetStep) -> int:
    """Return what a second input holds from the beginning to the end."""
    decoded = 0 if step.info is None else step.info.size.pixels * BYTES_PER_PIXEL
    return decoded + (step.bytes or 0)


def _filtered_pixels(step: PictureStep) -> int:
    return step.content.pixels if step.filters else 0


def _motion_bytes(step: OutputStep) -> int:
    """Return what an animated output holds beside its encoder's need for one frame."""
    if step.animation is None:
        return 0
    stored = (step.animation.frames or UNTOLD_FRAMES) * STORED_BYTES
    return int(step.size.pixels * (FRAMES_HELD * BYTES_PER_PIXEL + stored))


def _encoders(outputs: Sequence[OutputStep]) -> float:
    """Return what the encoders hold that may run at once: those of the largest pictures."""
    return sum(sorted(map(_held, outputs))[-ENCODERS_AT_ONCE:])


def _held(step: OutputStep) -> float:
    match step:
        case EncodeStep():
            return step.size.pixels * ENCODER_BYTES.get(step.format, 4)
        case AnalysisStep():
            return step.seen.pixels * ANALYSIS_BYTES
        case _:
            assert_never(step)


def _decoder_bytes(info: MediaInfo, decode: DecodeStep) -> int:
    if decode.backend == "vips" and decode.format in STREAMED:
        return 0
    if info.format == "jpeg":
        return PROGRESSIVE_BYTES if info.picture.is_progressive else 0
    return WHOLE_FILE_CODECS.get(info.format, BYTES_PER_PIXEL)


def _is_origin(step: PictureStep) -> bool:
    """Whether a picture is its origin itself, not a copy."""
    return step.scaler == "none" and not _is_changed(step)


def _is_changed(step: PictureStep) -> bool:
    turned = step.orientation != 1 or step.canvas != step.content
    return turned or step.color == "to_srgb" or bool(step.filters)


def _working(step: PictureStep) -> int:
    """Return what stands beside the origin while a picture is made, the picture included."""
    made = step.content.pixels * BYTES_PER_PIXEL
    if _is_changed(step):
        made += step.canvas.pixels * BYTES_PER_PIXEL  # turned, converted or padded into a copy
    match step.scaler:
        case "none":
            return 0 if _is_origin(step) else made - step.content.pixels * BYTES_PER_PIXEL
        case "swscale":
            planes = step.content.pixels * PLANE_BYTES
            bands = max(len(step.grids.down), 1) if step.grids else 1
            copied = int(step.crop.width * step.crop.height * BYTES_PER_PIXEL) // step.reduce**2
            return made + planes + planes // bands + (copied // bands if bands > 1 else 0)
        case "vips":
            alpha = 3  # premultiplied samples are floating point, four bytes for one
            return made + step.content.pixels * BYTES_PER_PIXEL * alpha
        case "pillow":
            rows = float(step.crop.height)
            if step.gap is not None:
                rows = min(rows, step.content.height * 2 * step.gap)
            return made + int(step.content.width * rows * BYTES_PER_PIXEL)
        case "linear":
            rows = float(step.crop.height) / step.reduce
            return made + int(step.content.width * rows * FLOAT_BYTES) + LINEAR_BAND_BYTES
        case _:
            assert_never(step.scaler)


def estimated_seconds(
    info: MediaInfo,
    decode: DecodeStep,
    pictures: Sequence[PictureStep],
    outputs: Sequence[OutputStep],
) -> float:
    """Return the time of a plan on one typical core, in seconds."""
    stored = info.picture.stored_size.pixels / MEGAPIXEL
    seconds = FIXED_SECONDS + stored * _DECODE_SECONDS.get(decode.format, 0.02) * _decode_share(
        decode
    )
    walked = _frames(info) if any(s.moves or s.still_at is not None for s in pictures) else 1
    seconds *= walked
    for step in pictures:
        origin = float(step.crop.width * step.crop.height) / MEGAPIXEL
        once = origin * _SCALE_SECONDS[step.scaler] + seconds_to_filter(step.filters, step.content)
        seconds += once * (walked if step.moves else 1)
    return seconds + fsum(map(seconds_to_make, outputs))


def seconds_to_make(step: OutputStep) -> float:
    """Return the time of one encoder or analysis on one typical core, in seconds."""
    match step:
        case EncodeStep():
            rate = image_formats[step.format].encode_seconds_per_megapixel
            motion = step.animation
            frames = 1 if motion is None else motion.frames or motion.source_frames or UNTOLD_FRAMES
            return step.size.pixels * frames / MEGAPIXEL * rate
        case AnalysisStep():
            return ANALYSIS_SECONDS
        case _:
            assert_never(step)


def seconds_to_filter(filters: Sequence[Filter], size: Size) -> float:
    """Return the time of filters on one typical core, in seconds.

    Args:
        filters: Filters, in order.
        size: Size of the picture that they are applied to, in px.
    """
    rate = 0.0
    for one in filters:
        parts = one.parts()
        if parts == (one,):
            rate += one.seconds_per_megapixel
        else:
            rate += seconds_to_filter(parts, Size(1_000, 1_000))
    return size.pixels / MEGAPIXEL * rate


def _decode_share(decode: DecodeStep) -> float:
    return _JPEG_SCALED[decode.denominator] if decode.format == "jpeg" else 1.0


def _frames(info: MediaInfo) -> int:
    return info.picture.frames or UNTOLD_FRAMES
