"""Decodes an animation frame by frame, each composed as a viewer would show it.

Law: one frame is in memory at a time beside the decoder's own; limits are counted while decoding,
because a header may say too little. A PNG's default picture that is no frame is passed over.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from mediaflow.errors import CorruptMediaError
from mediaflow.image.gate import open_image
from mediaflow.image.pillow.normalize import normalize
from mediaflow.image.pillow.raster import as_raster
from mediaflow.image.translate import translated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from mediaflow.frames import Raster
    from mediaflow.models.info import MediaInfo
    from mediaflow.security.limits import Limits

__all__ = ["decode_frames"]


def decode_frames(data: bytes, info: MediaInfo, limits: Limits) -> Iterator[Raster[Image.Image]]:
    """Yield the frames of an animation in their order.

    Args:
        data: The whole file.
        info: What the probe found.
        limits: Limits in force.

    Raises:
        CorruptMediaError: The bytes break the rules of their format.
        TruncatedMediaError: The input ends inside a frame.
        LimitExceededError: There are more frames, or more px in all, than the limits allow.
    """
    pixels = info.picture.stored_size.pixels
    with closing(open_image(data, info, limits)) as image:
        opened = image.size
        first = int(getattr(image, "default_image", False))
        count = 0
        while True:
            with translated(stage="decode", where=info.uri):
                if not _seek(image, first + count):
                    return
                if image.size != opened:  # Pillow enlarges a GIF for a frame beyond its canvas
                    raise CorruptMediaError(
                        f"frame {count} makes the picture {image.width}×{image.height} px",
                        where=info.uri,
                    )
                image.load()
                profile = image.info.get("icc_profile")
                frame = normalize(image.copy())
            count += 1
            limits.check("max_frames", count, where=info.uri)
            limits.check("max_total_pixels", count * pixels, where=info.uri)
            yield as_raster(frame, profile or None)


def _seek(image: Image.Image, index: int) -> bool:
    """Go to a frame; False when there is none."""
    try:
        image.seek(index)
    except EOFError:
        return False
    return True
