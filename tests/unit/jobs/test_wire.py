"""Errors cross borders between processes as JSON."""

from __future__ import annotations

import json

import pytest

from mediaflow.errors import LimitExceededError, MediaflowError, SpecError
from mediaflow.jobs.wire import ERRORS, error_from_dict, error_to_dict


class OurOwnError(LimitExceededError):
    """An error of a plug-in, which the other side does not know."""


@pytest.mark.parametrize("cls", ERRORS.values(), ids=ERRORS)
def test_every_error_comes_back_as_it_was(cls: type[MediaflowError]) -> None:
    error = cls("too much", hint="take less", stage="probe", where="a.png", retryable=True, seen=7)
    back = error_from_dict(json.loads(json.dumps(error_to_dict(error))))
    assert type(back) is cls
    assert (back.message, back.hint, back.stage, back.where) == (
        "too much",
        "take less",
        "probe",
        "a.png",
    )
    assert back.retryable is True
    assert back.details["seen"] == 7


def test_an_error_of_a_plug_in_comes_back_as_the_nearest_known_one() -> None:
    back = error_from_dict(error_to_dict(OurOwnError("too much", limit="max_pixels")))
    assert type(back) is LimitExceededError
    assert back.details == {"limit": "max_pixels"}


def test_details_that_are_no_plain_values_travel_as_text() -> None:
    data = error_to_dict(MediaflowError("no", given={1, 2}))
    assert json.loads(json.dumps(data))["details"] == {"given": "{1, 2}"}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"error": "SystemExit", "message": "x", "details": {}},
        {"error": "SpecError", "message": 1, "details": {}},
        {"error": "SpecError", "message": "x", "details": []},
        {"error": "SpecError", "message": "x", "details": {str(n): n for n in range(33)}},
    ],
)
def test_what_is_no_error_of_ours_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(SpecError, match="no error of this library"):
        error_from_dict(data)


def test_what_is_endless_is_cut() -> None:
    data = {"error": "SpecError", "message": "x" * 10_000, "details": {"a": "y" * 10_000, "b": []}}
    back = error_from_dict(data)
    assert len(back.message) == 4_000
    assert len(str(back.details["a"])) == 4_000
    assert back.details["b"] is None
