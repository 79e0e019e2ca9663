"""What an error says, to whom, and what it keeps to itself."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import pytest

from mediaflow import errors
from mediaflow.errors import MediaflowError, OutputsFailedError, SpecError
from mediaflow.models.result import JobReport, JobResult

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("SpecError", ValueError),
        ("UnknownNameError", LookupError),
        ("ForbiddenLocationError", PermissionError),
        ("MissingExtraError", ImportError),
        ("SourceNotFoundError", FileNotFoundError),
        ("StorageError", OSError),
        ("OutputExistsError", FileExistsError),
        ("JobTimeoutError", TimeoutError),
    ],
)
def test_error_can_be_caught_by_its_builtin_name(name, builtin):
    with pytest.raises(builtin, match="so it is"):
        raise getattr(errors, name)("so it is")


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("UnknownNameError", "SpecError"),
        ("ForbiddenLocationError", "SpecError"),
        ("MissingExtraError", "UnsupportedError"),
        ("SourceNotFoundError", "SourceError"),
        ("UnidentifiedMediaError", "SourceError"),
        ("CorruptMediaError", "SourceError"),
        ("TruncatedMediaError", "SourceError"),
        ("LimitExceededError", "SourceError"),
        ("SourceChangedError", "SourceError"),
        ("OutputExistsError", "StorageError"),
        ("DecodeError", "ProcessingError"),
        ("EncodeError", "ProcessingError"),
        ("WorkerLostError", "ProcessingError"),
        ("OutputsFailedError", "ProcessingError"),
    ],
)
def test_error_stands_under_whose_fault_it_is(name, parent):
    assert issubclass(getattr(errors, name), getattr(errors, parent))


@pytest.mark.parametrize(
    "name", ["SpecError", "UnsupportedError", "SourceError", "StorageError", "ProcessingError"]
)
def test_the_faults_do_not_overlap(name):
    faults = {"SpecError", "UnsupportedError", "SourceError", "StorageError", "ProcessingError"}
    others = tuple(getattr(errors, other) for other in faults - {name})

    assert not issubclass(getattr(errors, name), others)


@pytest.mark.parametrize(
    "name", ["StorageError", "SourceChangedError", "WorkerLostError", "JobTimeoutError"]
)
def test_trouble_that_may_pass_is_retryable(name):
    assert getattr(errors, name)("busy").retryable is True


@pytest.mark.parametrize(
    "name", ["CorruptMediaError", "LimitExceededError", "OutputExistsError", "SpecError"]
)
def test_what_stays_wrong_is_not_retryable(name):
    assert getattr(errors, name)("wrong").retryable is False


def test_hint_is_shown_below_the_message_and_not_inside_it():
    error = SpecError("width must be 1 or more, got 0", hint="leave it out")

    assert str(error) == "width must be 1 or more, got 0"
    assert error.__notes__ == ["hint: leave it out"]


def test_error_without_a_hint_has_no_note():
    assert not hasattr(SpecError("no"), "__notes__")


def test_everything_else_is_kept_as_a_detail():
    error = SpecError("no", field="width", value=0)

    assert error.details == {"field": "width", "value": 0}
    assert (error.hint, error.stage, error.where) == (None, None, None)


def test_where_is_a_text_without_secrets():
    error = MediaflowError("no", where="https://host/a.jpg?X-Amz-Signature=hush")

    assert error.where == "https://host/a.jpg?***"


def test_hint_is_redacted_too():
    error = MediaflowError("no", hint="try s3://id:hush@bucket/a.jpg")

    assert error.__notes__ == ["hint: try s3://***@bucket/a.jpg"]


def test_failed_outputs_carry_the_result_of_their_job():
    result = JobResult(
        id="j",
        status="failed",
        outputs=(),
        source=None,
        report=JobReport(),
        created_at=NOON,
        completed_at=NOON,
    )

    error = pickle.loads(pickle.dumps(OutputsFailedError("1 of 1 outputs failed", result=result)))

    assert error.result == result


def test_error_about_an_object_that_cannot_be_pickled_still_travels(tmp_path):
    with (tmp_path / "a").open("wb") as file:
        error = SpecError("quality must be a whole number 1 to 100", value=file)
        twin = pickle.loads(pickle.dumps(error))

    assert str(twin) == "quality must be a whole number 1 to 100"
