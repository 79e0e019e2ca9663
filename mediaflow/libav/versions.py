"""Names the versions of PyAV and of the FFmpeg that it carries."""

from __future__ import annotations

from typing import Final

import av

__all__ = ["libav_versions"]

USED: Final = ("libavcodec", "libavformat", "libavutil", "libswscale")


def libav_versions() -> dict[str, str]:
    """Return the versions of PyAV, of FFmpeg, and of those of its libraries that are used."""
    versions = {"PyAV": av.__version__, "FFmpeg": av.ffmpeg_version_info}
    for name in USED:
        numbers = av.library_versions.get(name)
        if numbers is not None:
            versions[name] = ".".join(map(str, numbers))
    return versions
