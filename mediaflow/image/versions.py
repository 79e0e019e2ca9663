"""Names the versions of Pillow and of the libraries that it was built with."""

from __future__ import annotations

import PIL
from PIL import features

__all__ = ["codec_versions", "heif_versions"]


def codec_versions() -> dict[str, str | None]:
    """Return the version of Pillow and of each library that pictures pass through.

    Returns:
        Names to versions; None where Pillow was built without the library.
    """
    turbo, fast_zlib = features.check("libjpeg_turbo"), features.check("zlib_ng")
    jpeg = ("libjpeg-turbo", "libjpeg_turbo") if turbo else ("libjpeg", "jpg")
    zlib = ("zlib-ng", "zlib_ng") if fast_zlib else ("zlib", "zlib")
    names = (
        jpeg,
        ("libwebp", "webp"),
        ("libavif", "avif"),
        ("libtiff", "libtiff"),
        zlib,
        ("Little CMS", "littlecms2"),
    )
    return {"Pillow": PIL.__version__} | {shown: _version(feature) for shown, feature in names}


def heif_versions() -> dict[str, str | None]:
    """Return the versions of the optional plug-in for HEIF and of its library."""
    import pillow_heif  # an optional package

    return {"pillow-heif": pillow_heif.__version__, "libheif": pillow_heif.libheif_version()}


def _version(feature: str) -> str | None:
    return features.version(feature) if features.check(feature) else None
