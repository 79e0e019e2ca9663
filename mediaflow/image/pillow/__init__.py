"""The default back end: Pillow decodes and encodes, Pillow or libswscale scales."""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, features

from mediaflow.image.gate import PLUGINS, UPRIGHT
from mediaflow.image.pillow.analyze import analyze
from mediaflow.image.pillow.decode import decode
from mediaflow.image.pillow.encode import encode, flatten
from mediaflow.image.pillow.filtering import filter_picture
from mediaflow.image.pillow.frames import decode_frames
from mediaflow.image.pillow.motion import encode_frames
from mediaflow.image.pillow.transform import transform
from mediaflow.image.translate import translated
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

__all__ = ["BACKEND", "PillowBackend"]

PREVIEW_SIDE: Final = 48  # px
PREVIEW_BACKGROUND: Final = (255, 255, 255)
PREVIEW_QUALITY: Final = 50
_ALWAYS: Final = {"bmp", "gif", "ico", "png"}  # compiled into Pillow, not asked of features
_FEATURES: Final = {"avif": "avif", "jpeg": "jpg", "tiff": "libtiff", "webp": "webp"}


class PillowBackend:
    """Decodes, transforms and encodes with Pillow."""

    def capabilities(self) -> Capabilities:
        """Return what can be read and written here."""
        readable = {name for name, feature in _FEATURES.items() if features.check(feature)}
        writable = (readable | {"png"}) & set(PLUGINS)
        readable = (readable | _ALWAYS) & set(PLUGINS)
        if find_spec("pillow_heif") is not None:
            readable.add("heif")
        return Capabilities(
            decoders=tuple(sorted(readable)),
            encoders=tuple(sorted(writable | {"gif"})),
            upright_decoders=tuple(sorted(readable & UPRIGHT)),
            fast_scaler=find_spec("av") is not None,
        )

    def decode(
        self, data: bytes, step: DecodeStep, info: MediaInfo, limits: Limits
    ) -> Raster[Image.Image]:
        """Decode a whole file once, at the step's scale."""
        return decode(data, step, info, limits)[0]

    def decode_ahead(
        self, data: bytes, step: DecodeStep, picture: PictureStep, info: MediaInfo, limits: Limits
    ) -> tuple[Raster[Image.Image], Raster[Image.Image] | None]:
        """Decode a file and make a picture from its upper rows meanwhile, where that can be."""
        return decode(data, step, info, limits, ahead=picture)

    def transform(
        self, origin: Raster[Image.Image], step: PictureStep, *, threads: int
    ) -> Raster[Image.Image]:
        """Make one picture: crop, scale, colour, turn, and pad where no filter comes first."""
        return transform(origin, step, threads=threads)

    def filter(
        self, picture: Raster[Image.Image], step: PictureStep, assets: Assets
    ) -> Raster[Image.Image]:
        """Apply the step's filters to what :meth:`transform` made, and pad."""
        return filter_picture(picture, step, assets)

    def encode(
        self, picture: Raster[Image.Image], step: EncodeStep
    ) -> tuple[bytes, tuple[Notice, ...]]:
        """Encode one picture; return the file and what was lost."""
        return encode(picture, step)

    def to_array(self, picture: Raster[Image.Image]) -> npt.NDArray[np.uint8]:
        """Return the px as (height, width, 4): red, green and blue premultiplied, and alpha."""
        image = picture.picture
        with translated(stage="transform"):
            if not image.mode.endswith("A"):
                return np.asarray(image.convert("RGB").convert("RGBA"))
            return np.asarray(image.convert("RGBA").convert("RGBa"))

    def analyze(
        self, picture: Raster[Image.Image], step: AnalysisStep
    ) -> tuple[PlaceholderData, tuple[Notice, ...]]:
        """Describe one picture; return the data and what was lost."""
        return analyze(picture, step)

    def decode_frames(
        self, data: bytes, info: MediaInfo, limits: Limits
    ) -> Iterator[Raster[Image.Image]]:
        """Yield the frames of an animation in their order."""
        return decode_frames(data, info, limits)

    def encode_frames(
        self, frames: Iterable[tuple[Raster[Image.Image], int]], step: EncodeStep, count: int
    ) -> tuple[bytes, tuple[Notice, ...]]:
        """Encode an animation; return the file and what was lost."""
        return encode_frames(frames, step, count)

    def preview(self, picture: Raster[Image.Image]) -> bytes:
        """Return a JPEG of a few hundred bytes."""
        with translated(stage="encode"):
            longest = max(picture.size.width, picture.size.height)
            scale = min(1.0, PREVIEW_SIDE / longest)
            small = picture.picture.resize(
                tuple(max(1, round(side * scale)) for side in picture.picture.size),  # type: ignore[arg-type]  # a pair of ints
                Image.Resampling.BOX,
                reducing_gap=1.0,
            )
            if small.mode.endswith("A"):
                small = flatten(small, PREVIEW_BACKGROUND)
            buffer = io.BytesIO()
            small.convert("RGB").save(buffer, "JPEG", quality=PREVIEW_QUALITY)
        return buffer.getvalue()


BACKEND: Final = PillowBackend()
