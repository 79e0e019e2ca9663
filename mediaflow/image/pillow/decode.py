"""Decodes a file once, at the scale that the plan asks for."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image

from mediaflow.errors import DecodeError, TruncatedMediaError
from mediaflow.frames import SourceMetadata
from mediaflow.geometry import Size
from mediaflow.image.color import cmyk_to_srgb
from mediaflow.image.gate import open_image
from mediaflow.image.pillow.ahead import load_ahead
from mediaflow.image.pillow.beside import metadata_of
from mediaflow.image.pillow.normalize import normalize
from mediaflow.image.pillow.raster import as_raster
from mediaflow.image.pillow.salvage import fill_missing, load_rows, unusable
from mediaflow.image.pillow.transform import finish
from mediaflow.image.translate import translated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import ImageFile

    from mediaflow.frames import Raster
    from mediaflow.models.info import MediaInfo
    from mediaflow.planning.steps import DecodeStep, PictureStep
    from mediaflow.security.limits import Limits

__all__ = ["decode"]


def decode(
    data: bytes,
    step: DecodeStep,
    info: MediaInfo,
    limits: Limits,
    *,
    ahead: PictureStep | None = None,
) -> tuple[Raster[Image.Image], Raster[Image.Image] | None]:
    """Decode a whole file.

    Args:
        data: The file.
        step: Format and scale.
        info: What the probe found.
        limits: Limits in force.
        ahead: A picture to make from the upper rows while the lower ones are decoded.

    Returns:
        The decoded source, and the picture that was made meanwhile or None.

    Raises:
        CorruptMediaError: The bytes break the rules of their format.
        TruncatedMediaError: The input ends too early.
        LimitExceededError: The input is larger than the limits allow.
        DecodeError: The decoder did not take the planned scale.
    """
    with _explained(step, info):
        loaded = _load(data, step, info, limits, ahead)
    profile, assumed = loaded.profile, False
    with translated(stage="decode", where=info.uri):
        decoded: Image.Image = normalize(loaded.image)
        if decoded.mode == "CMYK":
            decoded, by_profile = cmyk_to_srgb(decoded, profile)
            profile, assumed = None, not by_profile
    size = Size(*decoded.size)
    if size not in (step.size, info.size):
        raise DecodeError(
            f"the decoder made {size.width}×{size.height} px, planned were "
            f"{step.size.width}×{step.size.height}",
            stage="decode",
            where=info.uri,
        )
    recovered = None
    if loaded.rows is not None and step.fill is not None:
        recovered = loaded.rows / size.height
        decoded = fill_missing(decoded, loaded.rows, step.fill, profile)
    base = replace(
        as_raster(decoded, profile, is_color_assumed=assumed),
        metadata=loaded.metadata,
        recovered=recovered,
    )
    if loaded.scaled is None or ahead is None:
        return base, None
    scaled = replace(as_raster(loaded.scaled, profile), metadata=loaded.metadata)
    return base, finish(scaled, ahead)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """A file whose px are decoded, in whatever mode they are stored."""

    image: Image.Image
    profile: bytes | None
    metadata: SourceMetadata
    rows: int | None
    """Whole rows of a file that is cut off; None for a whole one."""

    scaled: Image.Image | None
    """A picture that was made meanwhile."""


def _load(
    data: bytes, step: DecodeStep, info: MediaInfo, limits: Limits, ahead: PictureStep | None
) -> _Loaded:
    opened = _open(data, step, info, limits)
    image: Image.Image = opened
    scaled = rows = None
    with translated(stage="decode", where=info.uri):
        profile = opened.info.get("icc_profile") or None
        xmp = opened.info.pop("xmp", None)  # a TIFF would be turned by what XMP says of it
    try:
        with translated(stage="decode", where=info.uri):
            if ahead is not None and opened.mode == "RGB":
                scaled = load_ahead(opened, ahead)
            opened.load()
    except TruncatedMediaError:
        if step.fill is None or unusable(info) is not None:
            raise
        del opened, image  # its px go before they are decoded again
        with translated(stage="decode", where=info.uri):
            image, rows = load_rows(lambda: _open(data, step, info, limits), info)
    with translated(stage="decode", where=info.uri):
        nothing = SourceMetadata()
        metadata = metadata_of(image, data, info.format, xmp=xmp) if step.metadata else nothing
    return _Loaded(image=image, profile=profile, metadata=metadata, rows=rows, scaled=scaled)


def _open(data: bytes, step: DecodeStep, info: MediaInfo, limits: Limits) -> ImageFile.ImageFile:
    """Open a file at the step's scale."""
    image = open_image(data, info, limits)
    if step.denominator > 1:
        with translated(stage="decode", where=info.uri):
            # libjpeg takes the largest scale that keeps both sides at least as long as asked
            image.draft(
                image.mode,
                (image.width // step.denominator, image.height // step.denominator),
            )
    return image


@contextmanager
def _explained(step: DecodeStep, info: MediaInfo) -> Iterator[None]:
    """Say why a file that is cut off cannot be used where that was asked for."""
    try:
        yield
    except TruncatedMediaError as exc:
        reason = unusable(info)
        if step.fill is None or reason is None:
            raise
        raise TruncatedMediaError(
            f"{exc.message}; nothing of it can be used: {reason}",
            stage="decode",
            where=info.uri,
        ) from exc
