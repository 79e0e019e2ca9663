"""What FFmpeg raises becomes an error of this library, without names of files."""

from __future__ import annotations

import av
import pytest

from mediaflow.errors import (
    CorruptMediaError,
    EncodeError,
    LimitExceededError,
    MediaflowError,
    ProcessingError,
    TruncatedMediaError,
)
from mediaflow.libav.translate import translated


def raised(stage, error):
    with pytest.raises(MediaflowError) as caught, translated(stage=stage, where="films/a.mp4"):
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("stage", "error", "expected"),
    [
        ("decode", av.error.InvalidDataError(1, "damaged"), CorruptMediaError),
        ("probe", av.error.EOFError(1, "end"), TruncatedMediaError),
        ("encode", av.error.ExternalError(1, "failed"), EncodeError),
        ("transform", ValueError("no such option"), ProcessingError),
        ("decode", MemoryError(), LimitExceededError),
    ],
)
def test_the_stage_says_whom_an_error_blames(stage, error, expected):
    found = raised(stage, error)

    assert type(found) is expected
    assert (found.stage, found.where, found.__cause__) == (stage, "films/a.mp4", error)


def test_names_of_files_do_not_leave_the_room():
    error = av.error.InvalidDataError(22, "Invalid data found", "/tmp/scratch/secret-7.mp4")

    assert "secret" in str(error)
    assert "secret" not in str(raised("encode", error))
    assert "Invalid data found" in str(raised("encode", error))


def test_errors_of_this_library_pass_as_they_are():
    error = LimitExceededError("too many")

    assert raised("decode", error) is error
