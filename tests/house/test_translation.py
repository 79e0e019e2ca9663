"""No exception of Pillow or PyAV reaches a caller under its own name."""

from __future__ import annotations

from typing import Any

import av
import pytest
from PIL import Image, ImageCms

from mediaflow.errors import MediaflowError
from mediaflow.image import translate as image_translate
from mediaflow.libav import translate as libav_translate
from mediaflow.models.events import Stage

Image.init()  # loads every plug-in of Pillow, so that the classes exist
AV_ERROR = -22  # EINVAL, as good as any number


def _exceptions_of(package: str, root: type[Exception] = Exception) -> set[type[Exception]]:
    found: set[type[Exception]] = set()
    for cls in root.__subclasses__():
        if cls.__module__.partition(".")[0] == package and not issubclass(cls, Warning):
            found.add(cls)
        found |= _exceptions_of(package, cls)
    return found


def _by_name(classes: set[type[Exception]]) -> list[type[Exception]]:
    return sorted(classes, key=lambda cls: cls.__qualname__)


# What Pillow raises beside its own classes when a file breaks its format's rules.
BUILT_IN = [EOFError, IndexError, KeyError, OSError, OverflowError, SyntaxError, ValueError]


@pytest.mark.parametrize(
    "cls", [*_by_name(_exceptions_of("PIL")), *BUILT_IN], ids=lambda cls: cls.__qualname__
)
@pytest.mark.parametrize("stage", ["decode", "encode"])
def test_error_of_pillow_is_translated(cls: type[Exception], stage: Stage) -> None:
    with pytest.raises(MediaflowError) as caught, image_translate.translated(stage=stage):
        raise cls("boom")

    assert isinstance(caught.value.__cause__, cls)


@pytest.mark.parametrize("cls", _by_name(_exceptions_of("av")), ids=lambda cls: cls.__qualname__)
@pytest.mark.parametrize("stage", ["decode", "encode"])
def test_error_of_pyav_is_translated(cls: type[Exception], stage: Stage) -> None:
    arguments = (AV_ERROR, "boom") if issubclass(cls, av.FFmpegError) else ("boom",)

    with pytest.raises(MediaflowError) as caught, libav_translate.translated(stage=stage):
        raise cls(*arguments)

    assert isinstance(caught.value.__cause__, cls)


def test_the_walk_finds_the_classes_it_is_about() -> None:
    assert {Image.DecompressionBombError, ImageCms.PyCMSError} <= _exceptions_of("PIL")
    assert {av.FFmpegError, av.InvalidDataError, av.EOFError} <= _exceptions_of("av")


@pytest.mark.parametrize(
    "translated",
    [
        pytest.param(image_translate.translated, id="Pillow"),
        pytest.param(libav_translate.translated, id="PyAV"),
    ],
)
def test_own_error_passes_untouched(translated: Any) -> None:
    error = MediaflowError("already ours")

    with pytest.raises(MediaflowError) as caught, translated(stage="decode"):
        raise error

    assert caught.value is error
