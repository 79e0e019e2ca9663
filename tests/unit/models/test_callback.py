"""A callback keeps its secret: no text and no JSON has it."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from mediaflow.errors import ForbiddenLocationError, SpecError
from mediaflow.models.callback import Callback
from mediaflow.models.job import Job
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.serde import from_dict, json_schema, to_dict
from mediaflow.redact import redact

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
URL = "https://example.com/hush?token=hush"


def test_secret_is_read_as_base64() -> None:
    assert Callback(URL, SECRET).keys() == (KEY,)


def test_old_and_new_secret_stand_side_by_side() -> None:
    new = "whsec_" + base64.b64encode(KEY[::-1]).decode()

    assert Callback(URL, (SECRET, new)).keys() == (KEY, KEY[::-1])


@pytest.mark.parametrize(
    "secret",
    [
        "",
        (),
        None,
        7,
        SECRET.removeprefix("whsec_"),
        "whsec_",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        SECRET + "!",
        SECRET.rstrip("="),
        (SECRET, "another"),
    ],
)
def test_secret_that_is_none_is_refused_and_not_quoted(secret: object) -> None:
    with pytest.raises(SpecError, match="24 to 64 bytes") as caught:
        Callback(URL, secret)  # type: ignore[arg-type]  # the wrong type is the test

    told = f"{caught.value!s}{caught.value!r}{caught.value.details}"
    assert base64.b64encode(KEY).decode().rstrip("=") not in told


def test_secret_of_the_shortest_and_longest_allowed_length_is_taken() -> None:
    for length in (24, 64):
        secret = "whsec_" + base64.b64encode(bytes(length)).decode()
        assert Callback(URL, secret).keys() == (bytes(length),)


@pytest.mark.parametrize("events", [(), "failed", ("finished",)])
def test_events_that_are_none_are_refused(events: object) -> None:
    with pytest.raises(SpecError, match="events"):
        Callback(URL, SECRET, events=events)  # type: ignore[arg-type]  # the wrong type is the test


def test_url_of_two_readings_is_refused() -> None:
    with pytest.raises(ForbiddenLocationError) as caught:
        Callback("https://user:hush@example.com/", SECRET)

    assert "hush" not in str(caught.value)


def test_repr_shows_neither_secret_nor_path() -> None:
    callback = Callback(URL, SECRET)
    job = Job("a.jpg", ImageOutput("webp"), callback=callback)

    assert repr(callback) == str(callback) == "Callback('https://example.com/…')"
    assert "whsec" not in repr(job)


def test_job_with_a_callback_is_not_written_as_json() -> None:
    job = Job("a.jpg", ImageOutput("webp"), callback=Callback(URL, SECRET))

    for value in (job, job.callback):
        with pytest.raises(SpecError, match="secret never travels") as caught:
            to_dict(value)
        assert SECRET not in str(caught.value)
    without = replace(job, callback=None)
    assert from_dict(Job, to_dict(without)) == without


def test_job_is_read_with_a_callback_that_a_person_wrote() -> None:
    told = {"url": URL, "secret": SECRET, "events": ["failed"]}
    job = from_dict(Job, {"source": "a.jpg", "outputs": [{"format": "webp"}], "callback": told})

    assert job.callback == Callback(URL, SECRET, events=("failed",))
    assert "Callback" in str(json_schema(Job))


def test_what_is_no_callback_is_refused() -> None:
    with pytest.raises(SpecError, match="callback"):
        Job("a.jpg", ImageOutput("webp"), callback=URL)  # type: ignore[arg-type]  # the wrong type


def test_secret_is_hidden_wherever_it_is_quoted() -> None:
    assert redact(f"got [{SECRET!r}] here") == "got ['***'] here"
    with pytest.raises(SpecError) as caught:
        from_dict(Callback, {"url": URL, "secret": {"old": SECRET}})
    assert SECRET.removeprefix("whsec_") not in str(caught.value)
