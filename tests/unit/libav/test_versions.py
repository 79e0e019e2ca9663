from __future__ import annotations

from importlib.metadata import version

from mediaflow.libav.versions import libav_versions


def test_versions_are_those_of_the_installed_libraries() -> None:
    found = libav_versions()

    assert found["PyAV"] == version("av")
    assert list(found) == ["PyAV", "FFmpeg", "libavcodec", "libavformat", "libavutil", "libswscale"]
    assert all(part.isdecimal() for part in found["libswscale"].split("."))
