"""What a plan costs in memory and time, before it runs. Pure.

Law: figures are counted from the steps; rates are medians of the project's own benchmark machine
(two cores, x86-64) and serve estimates only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.formats import image_formats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.info import MediaInfo
    from mediaflow.planning.steps import DecodeStep, EncodeStep, PictureStep

__all__ = ["estimated_seconds", "peak_bytes", "seconds_to_encode"]

BYTES_PER_PIXEL: Final = 4
PROGRESSIVE_BYTES: Final = 6  # libjpeg keeps 2 bytes a coefficient for every sample until the end
WHOLE_FILE_CODECS: Final = {"avif": 9, "heif": 9, "webp": 6, "tiff": 3, "png": 1, "gif": 1}
"""Extra bytes a pixel that a decoder holds beside the picture, measured."""

ENCODER_BYTES: Final = {"avif": 24.0, "jpeg": 3.0, "png": 2.5, "webp": 7.0}
"""Bytes a pixel that an encoder holds beside the picture, measured."""

ENCODERS_AT_ONCE: Final = 3  # small ones end before the large ones have begun
PLANE_BYTES: Final = 3  # libswscale leaves three planes

FRAMES_HELD: Final = 10  # of an animated output: four that wait, the encoder's own and its canvases
STORED_BYTES: Final = 0.25  # a px of an animation as it is compressed and kept until its end
UNTOLD_FRAMES: Final = 50  # of an animation whose header does not tell

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

    The run is followed step by step: the decode, each picture with what its scaler holds beside
    it, then all encoders at once. The decoded source goes after the last picture made from it.
    """
    base = decode.size.pixels * BYTES_PER_PIXEL
    shared = any(_is_origin(step) for step in pictures)
    last = len(pictures) if shared else max(s.index for s in pictures if s.origin is None)
    file = info.bytes or 0
    inks = base if decode.color == "cmyk_to_srgb" else 0
    peak: float = file + base + inks + info.image.stored_size.pixels * _decoder_bytes(info)
    finished = 0
    for step in pictures:
        held = base if step.index <= last else 0
        begun = [encode for encode in encodes if encode.picture < step.index]
        busy = 0.0 if held and decode.release_first else _encoders(begun)
        peak = max(peak, held + finished + busy + _working(step))
        if not _is_origin(step):
            finished += step.canvas.pixels * BYTES_PER_PIXEL
    held = base if shared else 0
    finished += sum(map(_motion_bytes, encodes))
    return int(max(peak, held + finished + _encoders(encodes)))


def _motion_bytes(encode: EncodeStep) -> int:
    """Return what an animated output holds beside its encoder's need for one frame."""
    if encode.animation is None:
        return 0
    stored = (encode.animation.frames or UNTOLD_FRAMES) * STORED_BYTES
    return int(encode.size.pixels * (FRAMES_HELD * BYTES_PER_PIXEL + stored))


def _encoders(encodes: Sequence[EncodeStep]) -> float:
    """Return what the encoders hold that may run at once: those of the largest pictures."""
    needs = sorted(encode.size.pixels * ENCODER_BYTES.get(encode.format, 4) for encode in encodes)
    return sum(needs[-ENCODERS_AT_ONCE:])


def _decoder_bytes(info: MediaInfo) -> int:
    if info.format == "jpeg":
        return PROGRESSIVE_BYTES if info.image.is_progressive else 0
    return WHOLE_FILE_CODECS.get(info.format, BYTES_PER_PIXEL)


def _is_origin(step: PictureStep) -> bool:
    """Whether a picture is its origin itself, not a copy."""
    return step.scaler == "none" and not _is_changed(step)


def _is_changed(step: PictureStep) -> bool:
    return step.orientation != 1 or step.color == "to_srgb" or step.canvas != step.content


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
        case "pillow":
            rows = float(step.crop.height)
            if step.gap is not None:
                rows = min(rows, step.content.height * 2 * step.gap)
            return made + int(step.content.width * rows * BYTES_PER_PIXEL)
        case _:
            assert_never(step.scaler)


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
    walked = _frames(info) if any(s.moves or s.still_at is not None for s in pictures) else 1
    seconds *= walked
    for step in pictures:
        origin = float(step.crop.width * step.crop.height) / MEGAPIXEL
        seconds += origin * _SCALE_SECONDS[step.scaler] * (walked if step.moves else 1)
    return seconds + sum(map(seconds_to_encode, encodes))


def seconds_to_encode(encode: EncodeStep) -> float:
    """Return the time of one encoder on one typical core, in seconds."""
    rate = image_formats[encode.format].encode_seconds_per_megapixel
    motion = encode.animation
    frames = 1 if motion is None else motion.frames or motion.source_frames or UNTOLD_FRAMES
    return encode.size.pixels * frames / MEGAPIXEL * rate


def _frames(info: MediaInfo) -> int:
    return info.image.frames or UNTOLD_FRAMES
