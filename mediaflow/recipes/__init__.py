"""Ready-made sets of outputs, each a tuple that a caller may change like any other.

Law: data only; a recipe knows no source and decides nothing that depends on one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaflow.models.outputs import ImageOutput, Length
from mediaflow.recipes.film import adaptive, gif_preview, poster, previews, streaming
from mediaflow.recipes.loudness import loudness_chart
from mediaflow.recipes.markup import picture_markup, srcset

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "adaptive",
    "gif_preview",
    "looks",
    "loudness_chart",
    "picture_markup",
    "poster",
    "previews",
    "responsive",
    "srcset",
    "streaming",
    "thumbnails",
    "web_images",
]

PHOTO_JPEG_QUALITY = 85
PHOTO_WEBP_QUALITY = 80
PHOTO_AVIF_QUALITY = 75


def looks(
    names: tuple[str, ...] | None = None, *, width: Length | None = 1080
) -> tuple[ImageOutput, ...]:
    """Return one JPEG a look, which share one decode and one scale.

    Args:
        names: Names of looks, such as ``("moon", "xpro2")``; None takes all of them.
        width: Width in px or as a share of the source; None keeps the source's.

    Raises:
        SpecError: No look has such a name.

    Example:
        >>> [output.suffix for output in looks(("moon", "xpro2"))]
        ['_moon', '_xpro2']
    """
    from mediaflow.filters import Look, look_names  # nobody else pays for that room

    chosen = look_names() if names is None else tuple(names)
    return tuple(
        ImageOutput(
            "jpeg",
            width=width,
            quality=PHOTO_JPEG_QUALITY,
            filters=(Look(name),),
            suffix=f"_{name}",
        )
        for name in chosen
    )


_QUALITY = {"avif": PHOTO_AVIF_QUALITY, "jpeg": PHOTO_JPEG_QUALITY, "webp": PHOTO_WEBP_QUALITY}


def responsive(
    widths: Sequence[int] = (320, 640, 960, 1280, 1920),
    formats: Sequence[str] = ("avif", "webp", "jpeg"),
    *,
    quality: int | None = None,
) -> tuple[ImageOutput, ...]:
    """Return the picture at several widths and formats, for ``<picture>`` and ``srcset``.

    Nothing is enlarged. The first width above the source's gives the source's own width; further
    ones would be the same file again and are left out, with a notice. So a source of 1000 px gives
    320, 640, 960 and 1000 px.

    Args:
        widths: Widths in px, in any order.
        formats: Names of formats, in any order.
        quality: 1 to 100 for all formats; None takes what suits photos in each.

    Example:
        >>> [output.name for output in responsive((320, 640), ("webp", "jpeg"))]
        ['webp_320', 'webp_640', 'jpeg_320', 'jpeg_640']
    """
    return tuple(
        ImageOutput(
            name,
            width=width,
            quality=_QUALITY.get(name) if quality is None else quality,
            suffix=f"_{width}",
            name=f"{name}_{width}",
            skip_duplicate=True,
        )
        for name in dict.fromkeys(formats)
        for width in sorted(set(widths))
    )


def thumbnails() -> tuple[ImageOutput, ...]:
    """Return four small pictures: JPEG 150, 300 and 800×600 px, WebP 300 px.

    Example:
        >>> [output.suffix for output in thumbnails()]
        ['_thumb_150', '_thumb_300', '_thumb_800', '_thumb_300_webp']
    """
    return (
        _thumbnail("jpeg", 150, 150, PHOTO_JPEG_QUALITY, "_thumb_150"),
        _thumbnail("jpeg", 300, 300, PHOTO_JPEG_QUALITY, "_thumb_300"),
        _thumbnail("jpeg", 800, 600, PHOTO_JPEG_QUALITY, "_thumb_800"),
        _thumbnail("webp", 300, 300, PHOTO_WEBP_QUALITY, "_thumb_300_webp"),
    )


def web_images() -> tuple[ImageOutput, ...]:
    """Return the picture at its own size as JPEG, WebP and AVIF.

    Example:
        >>> [(output.format, output.quality) for output in web_images()]
        [('jpeg', 85), ('webp', 80), ('avif', 75)]
    """
    return (
        ImageOutput("jpeg", quality=PHOTO_JPEG_QUALITY, suffix="_optimized"),
        ImageOutput("webp", quality=PHOTO_WEBP_QUALITY, suffix="_webp"),
        ImageOutput("avif", quality=PHOTO_AVIF_QUALITY, suffix="_avif"),
    )


def _thumbnail(name: str, width: int, height: int, quality: int, suffix: str) -> ImageOutput:
    return ImageOutput(name, width=width, height=height, quality=quality, suffix=suffix)
