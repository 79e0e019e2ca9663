"""No error of a system or a storage package reaches a caller under its own name."""

from __future__ import annotations

import errno
import os
import traceback

import pytest

from mediaflow.errors import (
    MediaflowError,
    SourceError,
    SourceNotFoundError,
    StorageError,
    UnsupportedError,
)
from mediaflow.storage.translate import foreign_errors, translated


def _raised(error, *, writing=False):
    with pytest.raises(MediaflowError) as caught, translated("s3://bucket/a.jpg", writing=writing):
        raise error
    return caught.value


def _os_error(code):
    return OSError(code, os.strerror(code))


@pytest.mark.parametrize("error", [FileNotFoundError("gone"), _os_error(errno.ENOTDIR)])
def test_missing_file_is_no_source_or_no_place_to_write(error):
    assert type(_raised(error)) is SourceNotFoundError

    written = _raised(error, writing=True)
    assert type(written) is StorageError
    assert written.retryable is False
    assert written.hint == "create the folder or bucket first"


def test_server_out_of_reach_is_no_missing_file() -> None:
    class ClientConnectorError(OSError):
        """What aiohttp raises; fsspec's HTTP puts a FileNotFoundError before it."""

    missing = FileNotFoundError("https://host/a.jpg")
    missing.__cause__ = ClientConnectorError("Cannot connect to host")

    error = _raised(missing)

    assert type(error) is StorageError
    assert error.retryable is True
    assert "Cannot connect to host" in error.message


@pytest.mark.parametrize("error", [IsADirectoryError("a"), _os_error(errno.ENXIO)])
def test_what_is_no_file_is_no_source(error):
    assert type(_raised(error)) is SourceError


@pytest.mark.parametrize(
    "error",
    [
        PermissionError("Access Denied"),
        _os_error(errno.EACCES),
        _os_error(errno.EROFS),
        _os_error(errno.ENAMETOOLONG),
        FileExistsError("a"),
        ValueError("embedded null byte"),
    ],
)
def test_lasting_error_is_not_retryable(error):
    assert _raised(error, writing=True).retryable is False


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError("slow"),
        ConnectionResetError("reset"),
        BrokenPipeError("pipe"),
        _os_error(errno.EIO),
        _os_error(errno.EBUSY),
        _os_error(errno.ENOSPC),
        EOFError("short"),
    ],
)
@pytest.mark.parametrize("writing", [True, False])
def test_passing_error_is_retryable(error, writing):
    translation = _raised(error, writing=writing)

    assert type(translation) is StorageError
    assert translation.retryable is True
    assert translation.__cause__ is error


def test_missing_ability_is_unsupported():
    assert type(_raised(NotImplementedError())) is UnsupportedError


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, StorageError, False),
        (401, StorageError, False),
        (403, StorageError, False),
        (404, SourceNotFoundError, False),
        (408, StorageError, True),
        (429, StorageError, True),
        (500, StorageError, True),
        (503, StorageError, True),
    ],
)
def test_status_of_a_server_decides(status, kind, retryable):
    answer = OSError("no")
    answer.response = {"ResponseMetadata": {"HTTPStatusCode": status}}

    error = _raised(answer)

    assert type(error) is kind
    assert error.retryable is retryable


@pytest.mark.parametrize("status", [401, 403])
def test_refusal_hints_at_credentials(status):
    error = OSError("no")
    error.status = status

    assert "credentials" in _raised(error).hint


def test_every_error_of_botocore_is_translated():
    exceptions = pytest.importorskip("botocore.exceptions", reason="the extra s3 is not installed")

    def family(cls):
        return [cls, *(one for child in cls.__subclasses__() for one in family(child))]

    roots = (exceptions.BotoCoreError, exceptions.ClientError)
    for cls in {one for root in roots for one in family(root)}:
        error = cls.__new__(cls)
        Exception.__init__(error, "boom")
        assert isinstance(_raised(error, writing=True), StorageError)


def test_every_error_of_aiohttp_is_translated():
    aiohttp = pytest.importorskip("aiohttp", reason="the extra s3 is not installed")

    class Answer(aiohttp.ClientError):
        pass

    assert type(_raised(Answer("payload is not completed"))) is StorageError


def test_missing_credentials_hint_at_profiles():
    exceptions = pytest.importorskip("botocore.exceptions", reason="the extra s3 is not installed")

    error = _raised(exceptions.NoCredentialsError())

    assert error.retryable is False
    assert "MEDIAFLOW_PROFILES" in error.hint


def test_classes_are_named_one_by_one():
    assert Exception not in foreign_errors()
    assert BaseException not in foreign_errors()


def test_own_error_passes_untouched():
    error = StorageError("already ours", retryable=False)

    assert _raised(error) is error


def test_secret_of_a_cause_is_in_no_traceback():
    error = _raised(OSError("403, url='https://host/a.jpg?X-Amz-Signature=hush'"))

    text = "".join(traceback.format_exception(error))
    assert "hush" not in text
    assert "https://host/a.jpg" in text
