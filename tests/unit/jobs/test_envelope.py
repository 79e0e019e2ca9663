"""An envelope says all that another process needs, in little JSON, and comes back the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import mediaflow as mf
from mediaflow.errors import SpecError
from mediaflow.filters import OnFrames, Text
from mediaflow.jobs.envelope import MAX_BYTES, Envelope, pack, unpack
from mediaflow.security.limits import Limits

JOB = mf.Job("/in/a.jpg", mf.recipes.thumbnails(), to="/out/", limits=Limits(max_pixels=5))


def envelope(**words: Any) -> Envelope:
    return Envelope(**{"job_id": "j1", "job": JOB, "limits": Limits()} | words)


def test_envelope_comes_back_the_same() -> None:
    sent = envelope(attempt=2, trust="strangers", threads=3, memory_bytes=7, isolation="worker")

    assert unpack(pack(sent)) == sent


def test_envelope_of_an_ordinary_job_is_small_and_says_its_version() -> None:
    text = pack(envelope())

    assert len(text) < 2_000
    assert json.loads(text)["version"] == 1


def test_job_that_is_too_large_is_refused_with_both_sizes() -> None:
    texts = [mf.ImageOutput("webp", suffix=str(n), filters=[Text("x" * 500)]) for n in range(130)]

    with pytest.raises(SpecError, match=r"bytes of JSON; 65,536 may travel"):
        pack(envelope(job=mf.Job("/a.jpg", texts, to="/out/")))


def test_callable_in_a_spec_is_refused() -> None:
    output = mf.ImageOutput("webp", filters=[OnFrames(lambda pixels: pixels)])

    with pytest.raises(SpecError, match="cannot travel"):
        pack(envelope(job=mf.Job("/a.jpg", output, to="/out/")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ("{}", "field 'job_id' is missing"),
        (" " * (MAX_BYTES + 1), "at most 65,536 bytes"),
        ('{"version": 2}', "version 2 is not supported"),
    ],
)
def test_what_is_no_envelope_is_refused(text: str, expected: str) -> None:
    with pytest.raises(SpecError, match=expected):
        unpack(text)


@pytest.mark.parametrize(
    "words", [{"attempt": 0}, {"threads": 0}, {"memory_bytes": 0}, {"isolation": "yes"}]
)
def test_wrong_value_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        envelope(**words)


def test_no_secret_of_a_profile_travels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAFLOW_PROFILE_PROD_PROTOCOL", "s3")
    monkeypatch.setenv("MEDIAFLOW_PROFILE_PROD_SECRET", "hush-hush")

    text = pack(envelope(job=mf.Job("prod://a.jpg", mf.ImageOutput("webp"), to="prod://out/")))

    assert "hush" not in text
    assert unpack(text).job.source == "prod://a.jpg"
