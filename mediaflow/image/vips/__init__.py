"""The optional back end: libvips decodes, transforms and encodes.

It reads SVG, keeps 16 bits a channel, and decodes large PNG and WebP without holding them whole.
Law: what it does, it does as the other back end would, and where it cannot, the plan does not ask it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyvips

from mediaflow.errors import ProcessingError
from mediaflow.image.pillow.analyze import analyze
from mediaflow.image.pillow.raster import as_raster
from mediaflow.image.vips.decode import decode
from mediaflow.image.vips.encode import ENCODERS, encode, flatten
from mediaflow.image.vips.gate import LOADERS
from mediaflow.image.vips.raster import as_pillow, has_alpha
from mediaflow.image.vips.transform import transform
from mediaflow.image.vips.translate import translated
from mediaflow.models.capabilities import Capabilities

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from mediaflow.filters.base import Assets
    from mediaflow.frames import Raster
    from mediaflow.models.analysis import PlaceholderData
    from mediaflow.models.info import MediaInfo
    from mediaflow.models.result import Notice
    from mediaflow.planning.steps import AnalysisStep, DecodeStep, EncodeStep, PictureStep
    from mediaflow.security.limits import Limits

__all__ = ["BACKEND", "VipsBackend", "vips_versions"]

PREVIEW_SIDE: Final = 48  # px
PREVIEW_BACKGROUND: Final = (255, 255, 255)
PREVIEW_QUALITY: Final = 50


class VipsBackend:
    """Decodes, transforms and encodes with libvips."""

    def capabilities(self) -> Capabilities:
        """Return what can be read and written here."""
        return Capabilities(
            backend="vips",
            decoders=tuple(name for name, loader in sorted(LOADERS.items()) if _knows(loader)),
            encoders=tuple(name for name, saver in sorted(ENCODERS.items()) if _knows(saver)),
            upright_decoders=(),
            fast_scaler=False,
            deep_formats=("png", "tiff"),
        )

    def decode(
        self, data: bytes, step: DecodeStep, info: MediaInfo, limits: Limits
    ) -> Raster[pyvips.Image]:
        """Decode a whole file once, at the step's scale."""
        return decode(data, step, info, limits)

    def decode_ahead(
        self, data: bytes, step: DecodeStep, picture: PictureStep, info: MediaInfo, limits: Limits
    ) -> tuple[Raster[pyvips.Image], Raster[pyvips.Image] | None]:
        """Decode a file; nothing is made meanwhile, since libvips decodes in threads already."""
        return decode(data, step, info, limits), None

    def transform(
        self, origin: Raster[pyvips.Image], step: PictureStep, *, threads: int
    ) -> Raster[pyvips.Image]:
        """Make one picture: crop, scale, colour, turn and pad."""
        return transform(origin, step, threads=threads)

    def encode(
        self, picture: Raster[pyvips.Image], step: EncodeStep
    ) -> tuple[bytes, tuple[Notice, ...]]:
        """Encode one picture; return the file and what was lost."""
        return encode(picture, step)

    def filter(
        self, picture: Raster[pyvips.Image], step: PictureStep, assets: Assets
    ) -> Raster[pyvips.Image]:
        """Refuse: the plan gives outputs with filters to the default back end."""
        raise ProcessingError("filters are applied by the default back end")

    def decode_frames(
        self, data: bytes, info: MediaInfo, limits: Limits
    ) -> Iterator[Raster[pyvips.Image]]:
        """Refuse: the plan gives animations to the default back end."""
        raise ProcessingError("animations are decoded by the default back end")

    def encode_frames(
        self, frames: Iterable[tuple[Raster[pyvips.Image], int]], step: EncodeStep, count: int
    ) -> tuple[bytes, tuple[Notice, ...]]:
        """Refuse: the plan gives animations to the default back end."""
        raise ProcessingError("animations are encoded by the default back end")

    def to_array(self, picture: Raster[pyvips.Image]) -> npt.NDArray[np.uint8]:
        """Return the px as (height, width, 4): red, green and blue premultiplied, and alpha."""
        return np.asarray(as_pillow(picture.picture).convert("RGBA").convert("RGBa"))

    def analyze(
        self, picture: Raster[pyvips.Image], step: AnalysisStep
    ) -> tuple[PlaceholderData, tuple[Notice, ...]]:
        """Describe one picture; return the data and what was lost."""
        return analyze(as_raster(as_pillow(picture.picture)), step)

    def preview(self, picture: Raster[pyvips.Image]) -> bytes:
        """Return a JPEG of a few hundred bytes."""
        with translated(stage="encode"):
            image = picture.picture
            if has_alpha(image):
                image = flatten(image, PREVIEW_BACKGROUND)
            if image.format == "ushort":
                image = image.cast("uchar", shift=True)
            scale = min(1.0, PREVIEW_SIDE / max(image.width, image.height))
            small = image.resize(
                max(scale, 1 / image.width), vscale=max(scale, 1 / image.height), kernel="linear"
            )
            return bytes(small.jpegsave_buffer(Q=PREVIEW_QUALITY, keep="none"))


def vips_versions() -> dict[str, str]:
    """Return the versions of pyvips and libvips."""
    numbers = ".".join(str(pyvips.version(part)) for part in range(3))
    return {"pyvips": pyvips.__version__, "libvips": numbers}


def _knows(operation: str) -> bool:
    return bool(pyvips.type_find("VipsOperation", operation))


BACKEND: Final = VipsBackend()
