"""Probe results and plans written by hand: facts of a file that need no file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mediaflow.geometry import Size, upright_size
from mediaflow.models.capabilities import Capabilities
from mediaflow.models.info import ColorInfo, ImageInfo, MediaInfo
from mediaflow.planning import SourceName, plan_image
from mediaflow.planning.narrow import narrow
from mediaflow.security.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediaflow.models.outputs import ImageOutput, OutputSpec
    from mediaflow.planning import PicturePlan

__all__ = [
    "CAPABILITIES",
    "CMYK",
    "DISPLAY_P3",
    "GRAY",
    "PHOTO",
    "RGB",
    "SRGB",
    "TEMPLATE",
    "media_info",
    "planned",
]

TEMPLATE: Final = "out/{stem}{suffix}.{ext}"
PHOTO: Final = SourceName(stem="photo", parent="photos")

CAPABILITIES: Final = Capabilities(
    decoders=("avif", "gif", "jpeg", "png", "tiff", "webp"),
    encoders=("avif", "gif", "jpeg", "png", "webp"),
    upright_decoders=("tiff",),
    fast_scaler=True,
)

RGB: Final = ColorInfo(model="rgb")
GRAY: Final = ColorInfo(model="gray")
SRGB: Final = ColorInfo(
    model="rgb", icc_space="RGB", icc_description="sRGB IEC61966-2.1", icc_bytes=3144
)
DISPLAY_P3: Final = ColorInfo(
    model="rgb", icc_space="RGB", icc_description="Display P3", icc_bytes=536
)
CMYK: Final = ColorInfo(
    model="cmyk", icc_space="CMYK", icc_description="Coated FOGRA39", icc_bytes=654_352
)


def media_info(
    format: str = "jpeg",
    width: int = 4000,
    height: int = 3000,
    *,
    uri: str | None = "photos/photo.jpg",
    bytes: int | None = 1_000_000,
    color: ColorInfo = RGB,
    orientation: int = 1,
    **facts: Any,
) -> MediaInfo:
    """Return what a probe would find; width and height are those of the stored samples."""
    stored = Size(width, height)
    upright = upright_size(stored, orientation)  # type: ignore[arg-type]  # tests pass 1 to 8
    image = ImageInfo(stored_size=stored, orientation=orientation, color=color, **facts)  # type: ignore[arg-type]  # the same
    return MediaInfo(
        uri=uri,
        format=format,
        mime_type=f"image/{format}",
        bytes=bytes,
        width=upright.width,
        height=upright.height,
        image=image,
    )


def planned(
    outputs: Sequence[ImageOutput | OutputSpec],
    info: MediaInfo | None = None,
    *,
    template: str = TEMPLATE,
    source_name: SourceName = PHOTO,
    capabilities: Capabilities = CAPABILITIES,
    limits: Limits | None = None,
) -> PicturePlan:
    """Return the plan of outputs for a 12 MP JPEG, or for another picture."""
    return plan_image(
        [narrow(output) for output in outputs],
        media_info() if info is None else info,
        template=template,
        source_name=source_name,
        capabilities=capabilities,
        limits=Limits() if limits is None else limits,
    )
