"""Whatever Pillow and its C libraries raise becomes one of the library's own errors."""

from __future__ import annotations

import pickle
import struct
import zlib

import pytest
from PIL import Image, ImageCms, UnidentifiedImageError

from mediaflow.errors import (
    CorruptMediaError,
    EncodeError,
    LimitExceededError,
    MediaflowError,
    TruncatedMediaError,
)
from mediaflow.image.translate import FOREIGN, translated
from mediaflow.models.events import Stage


def _name(cls: type[BaseException]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


# Seen on 13,901 public files while opening, decoding, and reading EXIF and profiles.
SEEN = [
    EOFError,
    Image.DecompressionBombError,
    ImageCms.PyCMSError,
    IndexError,
    KeyError,
    MemoryError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    TypeError,
    UnicodeDecodeError,
    UnidentifiedImageError,
    ValueError,
    ZeroDivisionError,
    struct.error,
    zlib.error,
]


def _instance(cls: type[BaseException]) -> BaseException:
    arguments = ("utf-8", b"\xff", 0, 1, "bad") if cls is UnicodeDecodeError else ("boom",)
    return cls(*arguments)


@pytest.mark.parametrize("cls", SEEN, ids=_name)
@pytest.mark.parametrize("stage", ["decode", "transform", "encode"])
def test_every_class_that_was_seen_is_translated(cls: type[BaseException], stage: Stage) -> None:
    with pytest.raises(MediaflowError) as caught, translated(stage=stage, where="a.jpg"):
        raise _instance(cls)

    assert isinstance(caught.value.__cause__, cls)
    assert (caught.value.stage, caught.value.where) == (stage, "a.jpg")
    assert type(pickle.loads(pickle.dumps(caught.value))) is type(caught.value)


@pytest.mark.parametrize("cls", FOREIGN, ids=_name)
def test_every_class_of_the_list_is_translated(cls: type[BaseException]) -> None:
    with pytest.raises(MediaflowError), translated(stage="decode"):
        raise _instance(cls)


@pytest.mark.parametrize("cls", [AttributeError, NameError, AssertionError, KeyboardInterrupt])
def test_bug_of_our_own_shows_itself(cls: type[BaseException]) -> None:
    with pytest.raises(cls), translated(stage="decode"):
        raise cls("boom")


@pytest.mark.parametrize(
    ("error", "stage", "expected"),
    [
        (OSError("image file is truncated (5 bytes not processed)"), "decode", TruncatedMediaError),
        (OSError("Truncated File Read"), "decode", TruncatedMediaError),
        (EOFError(), "decode", TruncatedMediaError),
        (OSError("broken data stream when reading image file"), "decode", CorruptMediaError),
        (SyntaxError("broken PNG file"), "decode", CorruptMediaError),
        (MemoryError(), "decode", LimitExceededError),
        (MemoryError(), "encode", LimitExceededError),
        (Image.DecompressionBombError("too many"), "decode", LimitExceededError),
        (Image.DecompressionBombWarning("too many"), "decode", LimitExceededError),
        (OSError("encoder error -2 when writing image file"), "encode", EncodeError),
        (ValueError("encoding error 5"), "encode", EncodeError),
    ],
)
def test_error_says_whose_fault_it_is(
    error: Exception, stage: Stage, expected: type[MediaflowError]
) -> None:
    with pytest.raises(MediaflowError) as caught, translated(stage=stage):
        raise error

    assert type(caught.value) is expected


def test_failure_between_decoder_and_encoder_is_not_the_input_s_fault() -> None:
    from mediaflow.errors import ProcessingError

    with pytest.raises(ProcessingError), translated(stage="transform"):
        raise ValueError("bad transform")


def test_own_error_passes_untouched() -> None:
    error = LimitExceededError("already ours")

    with pytest.raises(LimitExceededError) as caught, translated(stage="decode"):
        raise error

    assert caught.value is error


def test_quiet_block_stays_quiet() -> None:
    with translated(stage="decode"):
        pass


def test_warning_that_a_caller_made_an_error_is_translated() -> None:
    with pytest.raises(CorruptMediaError), translated(stage="decode"):
        raise UserWarning("Tag data larger than file. Skipping tag 33001")
