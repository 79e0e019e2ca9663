"""Every error survives the way from a worker to its caller."""

from __future__ import annotations

import copy
import pickle

import pytest

from mediaflow import errors
from mediaflow.errors import MediaflowError


def _family(cls: type[MediaflowError]) -> list[type[MediaflowError]]:
    return [cls, *(member for child in cls.__subclasses__() for member in _family(child))]


FAMILY = sorted(
    {cls for cls in _family(MediaflowError) if cls.__module__.startswith("mediaflow.")},
    key=lambda cls: cls.__name__,
)

every_error = pytest.mark.parametrize("cls", FAMILY, ids=lambda cls: cls.__name__)


@every_error
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_error_survives_pickling(cls: type[MediaflowError], protocol: int) -> None:
    error = cls(
        "width must be 1 or more, got 0", hint="give a width", stage="plan", where="a.jpg", value=0
    )

    twin = pickle.loads(pickle.dumps(error, protocol))

    assert type(twin) is cls
    assert str(twin) == "width must be 1 or more, got 0"
    assert (twin.hint, twin.stage, twin.where) == ("give a width", "plan", "a.jpg")
    assert twin.details == error.details
    assert twin.retryable is error.retryable
    assert twin.__notes__ == ["hint: give a width"]


@every_error
def test_error_needs_a_message_only(cls: type[MediaflowError]) -> None:
    assert str(copy.copy(cls("so it is"))) == "so it is"


@every_error
def test_error_hides_secrets(cls: type[MediaflowError]) -> None:
    error = cls("s3://id:hush@bucket/a.jpg is gone", where="https://h/a?X-Amz-Signature=hush")

    assert "hush" not in f"{error} {error!r} {error.where} {error.details} {error.args}"


@every_error
def test_error_is_exported_and_drawn_in_the_tree(cls: type[MediaflowError]) -> None:
    assert cls.__module__ == "mediaflow.errors"
    assert cls.__name__ in errors.__all__
    assert cls.__name__ in (errors.__doc__ or "")


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [cls.code for cls in FAMILY]

    assert len(set(codes)) == len(codes)


def test_retryable_can_be_said_for_one_error() -> None:
    twin = pickle.loads(pickle.dumps(errors.StorageError("refused", retryable=False)))

    assert errors.StorageError("busy").retryable is True
    assert twin.retryable is False
