"""What a caller writes at the front door becomes one job, or a refusal that helps."""

from __future__ import annotations

from typing import Any

import pytest

import mediaflow as mf
from mediaflow.errors import SpecError, UnknownNameError
from mediaflow.jobs.request import Shape, build_job

Output = mf.ImageOutput


def _job(source: Any = "a.jpg", outputs: object = None, **words: Any) -> mf.Job:
    shape = {name: words.pop(name, None) for name in ("width", "height", "fit", "quality")}
    defaults = {
        "to": None,
        "if_exists": "replace",
        "on_failure": "raise",
        "fail_on": "error",
        "strict": False,
        "limits": None,
    }
    return build_job(source, outputs, Shape(**shape), **(defaults | words))


def test_template_says_place_and_format() -> None:
    job = _job("a.jpg", "out/{stem}.webp", width=640, quality=70)

    assert job.to == "out/{stem}.webp"
    assert job.outputs == (Output("webp", width=640, quality=70),)


def test_template_may_be_named_by_to() -> None:
    assert _job("a.jpg", to="out/a.jpg").outputs == (Output("jpeg"),)


def test_outputs_are_kept() -> None:
    job = _job("a.jpg", [Output("webp"), Output("png")], to="out/")

    assert job.outputs == (Output("webp"), Output("png"))


def test_whole_job_passes_through() -> None:
    job = mf.Job("a.jpg", Output("webp"), to="out/")

    assert _job(job) is job


@pytest.mark.parametrize(
    "words",
    [{"width": 5}, {"to": "out/"}, {"outputs": Output("png")}, {"quality": 5}, {"fit": "cover"}],
)
def test_whole_job_takes_no_second_word(words: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match="already says"):
        _job(mf.Job("a.jpg", Output("webp"), to="out/"), **words)


@pytest.mark.parametrize(
    "words",
    [
        {"fail_on": "none"},
        {"strict": True},
        {"if_exists": "error"},
        {"on_failure": "partial"},
        {"limits": mf.Limits(max_pixels=5)},
    ],
)
def test_no_word_beside_a_whole_job_is_dropped_in_silence(words: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        _job(mf.Job("a.jpg", Output("webp"), to="out/"), **words)


@pytest.mark.parametrize(
    "words", [{"width": 5}, {"height": "50%"}, {"quality": 5}, {"fit": "fill"}]
)
def test_shape_belongs_into_the_outputs(words: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match=f"{next(iter(words))} cannot stand beside outputs"):
        _job("a.jpg", Output("webp"), to="out/", **words)


@pytest.mark.parametrize("words", [{"width": 0}, {"height": 0}, {"quality": 0}])
def test_zero_is_a_word_too(words: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        _job("a.jpg", Output("webp"), to="out/", **words)


def test_two_places_are_one_too_many() -> None:
    with pytest.raises(SpecError, match="both say where"):
        _job("a.jpg", "out/{stem}.webp", to="other/")


def test_nothing_to_make_is_refused_with_an_example() -> None:
    with pytest.raises(SpecError, match="nothing says what to make") as caught:
        _job("a.jpg")

    assert "recipes.thumbnails()" in str(caught.value.hint)


@pytest.mark.parametrize("template", ["out/", "out/{stem}", "out/{stem}.{ext}"])
def test_template_without_a_format_is_refused(template: str) -> None:
    with pytest.raises(SpecError, match="which format"):
        _job("a.jpg", template)


def test_extension_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(UnknownNameError, match="'wepb'; did you mean 'webp'"):
        _job("a.jpg", "out/a.wepb")


@pytest.mark.parametrize(
    ("extension", "format"), [("mp4", "mp4"), ("m4v", "mp4"), ("webm", "webm")]
)
def test_template_of_a_film_asks_for_a_film(extension: str, format: str) -> None:
    job = _job("a.mov", f"out/{{stem}}.{extension}", height=480, quality=70)

    assert job.outputs == (mf.VideoOutput(format, height=480, quality=70),)
