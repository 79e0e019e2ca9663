"""Filters on an output: accepted loosely once, refused in words that help."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Literal

import pytest

import mediaflow as mf
from mediaflow.errors import SpecError, UnknownNameError
from mediaflow.filters import Blur, ColorFilter, Look, Sepia, Watermark, filter_of, filters
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.plugins import EncoderOptions, Filter
from mediaflow.models.serde import from_dict, json_schema, to_dict

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")


def test_list_and_dicts_become_a_tuple_of_filters():
    output = ImageOutput("png", filters=[Sepia(0.4), {"kind": "blur", "radius": 2}])

    assert output.filters == (Sepia(0.4), Blur(2))
    assert hash(output) == hash(ImageOutput("png", filters=(Sepia(0.4), Blur(2))))
    assert pickle.loads(pickle.dumps(output)) == output


def test_output_with_filters_travels_as_json():
    output = ImageOutput("png", filters=(Look("moon"), Watermark("s3://a/logo.png")))
    data = to_dict(output, omit_defaults=True)

    assert data["filters"] == [
        {"kind": "look", "name": "moon"},
        {"kind": "watermark", "picture": "s3://a/logo.png"},
    ]
    assert from_dict(ImageOutput, data) == output
    jsonschema.validate(to_dict(output), json_schema(ImageOutput))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Sepia(), r"filters must be a tuple of filters, got one Sepia"),
        ([Sepia], r"filters\[0\] must be a filter .* got the class Sepia"),
        ([3], r"filters\[0\] must be a filter such as filters.Sepia\(0.4\), got 3"),
        ("sepia", "filters must be a tuple"),
        (None, "filters must be a tuple"),
        ([{"kind": "sepai"}], r"filters\[0\].kind: no filter called 'sepai'; did you mean 'sepia'"),
        ([{"amount": 1}], r"filters\[0\]: field 'kind' is missing"),
        ([{"kind": "sepia", "amont": 1}], r"unknown field 'amont'; did you mean 'amount'"),
        ([{"kind": "sepia", "amount": 3}], r"filters\[0\]: sepia value 'amount' must be a number"),
        ([Sepia()] * 33, "up to 32 filters, got 33"),
    ],
    ids=range(10),
)
def test_what_is_no_filter_is_refused_in_words_that_help(value, words):
    with pytest.raises(SpecError, match=words):
        ImageOutput("png", filters=value)


def test_hint_says_how_a_filter_is_written():
    with pytest.raises(SpecError) as refused:
        ImageOutput("png", filters=[Sepia])

    assert refused.value.hint == "write Sepia()"


def test_two_open_bases_keep_apart():
    assert Filter.member_of_kind("sepia") is Sepia
    with pytest.raises(UnknownNameError, match="no image format called 'sepia'"):
        EncoderOptions.member_of_kind("sepia")


def test_unknown_filter_is_named_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'watermark'"):
        filter_of("watermarks")


def test_filter_of_an_application_is_found_by_its_kind(monkeypatch):
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Negative(ColorFilter):
        kind: Literal["negative"] = "negative"

        def map_colors(self, rgb):
            return 1 - rgb

    monkeypatch.setitem(filters._loaded, "negative", Negative)

    assert mf.ImageOutput("png", filters=[{"kind": "negative"}]).filters == (Negative(),)


def test_every_public_filter_has_a_row():
    classes = {filters[name] for name in filters.builtin_names()}
    public = {getattr(mf.filters, name) for name in mf.filters.__all__}

    assert classes <= public
    assert [
        filters[name].__dataclass_fields__["kind"].default for name in filters.builtin_names()
    ] == list(filters.builtin_names())
