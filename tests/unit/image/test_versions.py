from __future__ import annotations

from importlib.metadata import version

from PIL import features

from mediaflow.image.versions import codec_versions


def test_versions_are_those_of_the_installed_libraries() -> None:
    found = codec_versions()

    assert found["Pillow"] == version("pillow")
    assert found["libwebp"] == features.version("webp")
    assert found["Little CMS"] == features.version("littlecms2")


def test_library_that_was_left_out_has_no_version(monkeypatch) -> None:
    monkeypatch.setattr(features, "check", lambda name: name not in ("avif", "libjpeg_turbo"))

    found = codec_versions()

    assert found["libavif"] is None
    assert "libjpeg" in found
