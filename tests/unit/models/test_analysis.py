"""The spec of an analysis and its data: checked when made, and safe to write into a page."""

from __future__ import annotations

import pytest

from mediaflow.errors import SpecError
from mediaflow.models.analysis import AnalysisOutput, PlaceholderData
from mediaflow.models.job import Job
from mediaflow.models.outputs import ImageOutput, OutputSpec
from mediaflow.models.serde import from_dict, to_dict

DATA = {
    "dominant_color": "#99b4d8",
    "palette": ("#99b4d8", "#70a0e3"),
    "blurhash": "L?Ddk%a#ofj?yGa#ayofMyayWBj[",
    "thumbhash": "4rYRRYSHd3h/h4hzh3iIiXdweAh3",
    "data_uri": "data:image/webp;base64,UklGRg==",
    "aspect_ratio": 1.5,
    "has_alpha": False,
}


def test_placeholder_is_what_is_found_unless_told_otherwise():
    output = AnalysisOutput()

    assert (output.what, output.store, output.name) == (("placeholder",), False, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("what", ()),
        ("what", "placeholder"),
        ("what", ("placeholders",)),
        ("what", None),
        ("suffix", "a/b"),
        ("suffix", "{x}"),
        ("name", ""),
        ("name", 3),
        ("store", "yes"),
        ("store", 1),
    ],
)
def test_field_that_is_not_what_it_must_be_is_refused(field, value):
    with pytest.raises(SpecError) as caught:
        AnalysisOutput(**{field: value})

    assert caught.value.details["field"] == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("silence_dbfs", 1),
        ("silence_dbfs", -121),
        ("silence_dbfs", float("nan")),
        ("silence_dbfs", None),
        ("silence_seconds", 0.009),
        ("silence_seconds", True),
        ("silence_seconds", 3_601),
        ("track", -1),
        ("track", 1.0),
        ("language", ""),
    ],
)
def test_field_of_a_sound_that_is_not_what_it_must_be_is_refused(field, value):
    with pytest.raises(SpecError) as caught:
        AnalysisOutput(what=("silence",), **{field: value})

    assert caught.value.details["field"] == field


@pytest.mark.parametrize("seen", ["placeholder", "scenes"])
def test_one_analysis_is_of_a_picture_or_of_a_sound(seen):
    with pytest.raises(SpecError, match=f"got {seen}, loudness") as caught:
        AnalysisOutput(what=(seen, "loudness"))

    assert "an AnalysisOutput each" in caught.value.hint


def test_track_is_chosen_once_and_of_sounds_alone():
    with pytest.raises(SpecError, match="exclude each other"):
        AnalysisOutput(what=("loudness",), track=1, language="deu")
    with pytest.raises(SpecError, match="placeholder needs none"):
        AnalysisOutput(language="deu")


@pytest.mark.parametrize(
    ("what", "is_of_sound"),
    [(("loudness",), True), (("silence",), True), (("placeholder",), False), (("scenes",), False)],
)
def test_an_analysis_knows_whether_it_hears(what, is_of_sound):
    assert AnalysisOutput(what=what).is_of_sound is is_of_sound


def test_word_that_is_nearly_right_is_named():
    with pytest.raises(SpecError, match="did you mean 'placeholder'"):
        AnalysisOutput(what=("placeholders",))


def test_what_is_kept_once_and_may_be_a_list():
    assert AnalysisOutput(what=["placeholder", "placeholder"]).what == ("placeholder",)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dominant_color", "red"),
        ("dominant_color", "#99b4d8;x:url(//evil)"),
        ("dominant_color", "#99B4D8"),
        ("palette", ()),
        ("palette", ("#99b4d8",) * 7),
        ("palette", ("#99b4d8", "blue")),
        ("blurhash", "L?Ddk%a#of<"),
        ("blurhash", ""),
        ("thumbhash", "no!"),
        ("data_uri", "https://evil.example/x.png"),
        ("data_uri", "data:text/html;base64,AAAA"),
        ("data_uri", "data:image/webp;base64,AA) url(//evil"),
        ("data_uri", "data:image/webp;base64,AA\n"),
        ("aspect_ratio", 0),
        ("aspect_ratio", float("nan")),
        ("aspect_ratio", float("inf")),
        ("aspect_ratio", "1.5"),
        ("has_alpha", None),
    ],
)
def test_data_that_is_not_what_it_says_is_refused(field, value):
    with pytest.raises(SpecError):
        PlaceholderData(**{**DATA, field: value})


def test_data_survives_json():
    data = PlaceholderData(**DATA)

    assert from_dict(PlaceholderData, to_dict(data)) == data


def test_job_reads_every_kind_of_output_from_dicts():
    job = Job(
        "a.jpg",
        [
            {"kind": "analysis", "store": True},
            {"kind": "image", "format": "webp"},
            {"format": "png"},
        ],
    )

    assert job.outputs == (
        AnalysisOutput(store=True),
        ImageOutput("webp"),
        OutputSpec(format="png"),
    )
    assert from_dict(Job, to_dict(job)) == job


def test_single_analysis_needs_no_list():
    assert Job("a.jpg", AnalysisOutput()).outputs == (AnalysisOutput(),)


def test_unknown_kind_names_those_that_are_known():
    with pytest.raises(
        SpecError, match=r"outputs\[0\]\.kind: 'analisys' .* did you mean 'analysis'"
    ):
        Job("a.jpg", [{"kind": "analisys"}])


def test_field_of_another_kind_is_refused():
    with pytest.raises(SpecError, match="unknown field 'width'"):
        Job("a.jpg", [{"kind": "analysis", "width": 3}])
