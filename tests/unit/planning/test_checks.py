"""Refusals that cost nothing: by the request alone, then with the probe."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediaflow.errors import (
    LimitExceededError,
    MissingExtraError,
    SpecError,
    UnidentifiedMediaError,
    UnknownNameError,
    UnsupportedError,
)
from mediaflow.formats import PngOptions, image_formats
from mediaflow.geometry import Size
from mediaflow.models.animation import Animation
from mediaflow.models.encoding import Lossless
from mediaflow.models.job import Job
from mediaflow.models.outputs import ImageOutput, OutputSpec
from mediaflow.planning.checks import (
    check_encoder_edge,
    check_memory,
    check_request,
    check_source,
)
from mediaflow.security.limits import Limits, limits_for
from tests.infos import CAPABILITIES, media_info

OWN = Limits()


def request(*outputs, capabilities=CAPABILITIES):
    return check_request(Job("a.jpg", outputs), capabilities)


def test_request_becomes_typed_outputs_in_their_order():
    assert request(OutputSpec(format="jpg", width=9), ImageOutput("webp")) == (
        ImageOutput("jpeg", width=9),
        ImageOutput("webp"),
    )


@pytest.mark.parametrize(
    ("output", "error", "message"),
    [
        (ImageOutput("wepb"), UnknownNameError, "did you mean 'webp'"),
        (ImageOutput("bmp"), UnsupportedError, "bmp can be read but not written"),
        (
            ImageOutput("jpeg", animation=Animation()),
            UnsupportedError,
            "jpeg outputs cannot be anim",
        ),
        (
            ImageOutput("avif", animation=Animation()),
            UnsupportedError,
            "avif outputs cannot be anim",
        ),
        (ImageOutput("jpeg", rate=Lossless()), UnsupportedError, "jpeg cannot be lossless"),
        (ImageOutput("jpeg", options=PngOptions()), SpecError, "options of png do not fit"),
        (
            ImageOutput("webp", width=16_384, fit="cover"),
            SpecError,
            r"width 16,384 is more than webp can hold \(16,383 px\)",
        ),
        (
            ImageOutput("jpeg", height=65_501, fit="fill"),
            SpecError,
            r"height 65,501 is more than jpeg can hold \(65,500 px\)",
        ),
    ],
)
def test_wrong_request_is_refused_before_the_source_is_known(output, error, message):
    with pytest.raises(error, match=message):
        request(output)


def test_box_larger_than_the_encoder_takes_may_still_hold_a_small_picture():
    assert request(ImageOutput("webp", width=100_000, height=300)) is not None


def test_two_outputs_with_one_name_are_refused():
    with pytest.raises(SpecError, match="two outputs are called 'a'"):
        request(ImageOutput("jpeg", name="a"), ImageOutput("webp", name="a"))


def test_format_that_this_installation_cannot_write_is_refused_with_a_way_out():
    without = replace(CAPABILITIES, encoders=("jpeg", "png"))

    with pytest.raises(UnsupportedError, match="this installation cannot write avif") as caught:
        request(ImageOutput("avif"), capabilities=without)

    assert "pip install" in (caught.value.hint or "")


def test_format_that_this_installation_cannot_read_is_refused_with_what_it_can():
    without = replace(CAPABILITIES, decoders=("jpeg", "png"))

    with pytest.raises(UnsupportedError, match="this installation cannot read avif") as caught:
        check_source(media_info("avif"), without, OWN)

    assert caught.value.hint == "readable formats: jpeg, png"
    assert caught.value.where == "photos/photo.jpg"


@pytest.mark.parametrize(("name", "extra"), [("heif", "heif"), ("svg", "vips")])
def test_format_that_needs_a_package_is_refused_with_the_line_that_installs_it(name, extra):
    with pytest.raises(MissingExtraError) as caught:
        check_source(media_info(name), CAPABILITIES, OWN)

    assert caught.value.hint == f"pip install 'pymediaflow[{extra}]'"


def test_format_that_strangers_may_not_send_is_refused_with_the_reason():
    strangers = replace(CAPABILITIES, withheld=("heif",))

    with pytest.raises(UnsupportedError, match="only safe for strangers' files in isolation"):
        check_source(media_info("heif"), strangers, OWN)


def test_format_that_the_limits_do_not_allow_is_refused():
    # errors: UnidentifiedMediaError is for "no known or allowed format".
    with pytest.raises(UnidentifiedMediaError, match=r"tiff.*jpeg, png"):
        check_source(media_info("tiff"), CAPABILITIES, Limits(allowed_formats=("jpeg", "png")))


FILMS = {"matroska", "mov", "mp4"}
SOUNDS = {"aac", "flac", "m4a", "mp3", "ogg", "wav"}
PICTURES = set(limits_for("strangers").allowed_formats or ()) - FILMS - SOUNDS


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_formats_that_strangers_may_send_pass(name):
    check_source(media_info(name), CAPABILITIES, limits_for("strangers"))


@pytest.mark.parametrize(
    ("limit", "info"),
    [
        ("max_pixels", media_info(width=1000, height=11)),  # 11,000
        ("max_side", media_info(width=1001, height=1)),
        ("max_side", media_info(width=1, height=1001)),
        ("max_input_bytes", media_info(width=1, height=1, bytes=1001)),
    ],
)
def test_source_over_a_limit_is_refused_by_its_name(limit, info):
    limits = Limits(max_pixels=10_999, max_side=1000, max_input_bytes=1000)

    with pytest.raises(LimitExceededError) as caught:
        check_source(info, CAPABILITIES, limits)

    assert caught.value.details["limit"] == limit
    assert caught.value.where == "photos/photo.jpg"


def test_source_at_its_limits_passes():
    limits = Limits(max_pixels=10_000, max_side=1000, max_input_bytes=1000)

    check_source(media_info(width=1000, height=10, bytes=1000), CAPABILITIES, limits)


def test_source_of_unknown_length_passes():
    check_source(media_info(bytes=None), CAPABILITIES, Limits(max_input_bytes=1))


def test_limits_count_stored_samples_whatever_the_orientation():
    limits = Limits(max_side=4000)

    check_source(media_info(width=4000, height=3000, orientation=6), CAPABILITIES, limits)


@pytest.mark.parametrize(
    ("name", "longest"), [("jpeg", 65_500), ("webp", 16_383), ("avif", 32_768)]
)
def test_picture_longer_than_the_encoder_takes_is_refused(name, longest):
    row = image_formats[name]

    check_encoder_edge(row, Size(longest, 1), OWN)
    check_encoder_edge(row, Size(1, longest), OWN)
    with pytest.raises(SpecError, match=f"is more than {name} can hold") as caught:
        check_encoder_edge(row, Size(longest + 1, 1), OWN)
    assert caught.value.hint is not None


def test_output_with_too_many_pixels_is_refused():
    with pytest.raises(LimitExceededError) as caught:
        check_encoder_edge(image_formats["jpeg"], Size(100, 101), Limits(max_output_pixels=10_000))

    assert caught.value.details["limit"] == "max_output_pixels"


def test_refusal_of_an_output_does_not_blame_the_input():
    with pytest.raises(LimitExceededError) as caught:
        check_encoder_edge(image_formats["jpeg"], Size(100, 101), Limits(max_output_pixels=10_000))

    assert "input" not in str(caught.value)


def test_plan_that_needs_too_much_memory_is_refused():
    check_memory(1000, Limits(max_memory_bytes=1000), where=None)
    with pytest.raises(LimitExceededError) as caught:
        check_memory(1001, Limits(max_memory_bytes=1000), where="a.jpg")

    assert caught.value.details["limit"] == "max_memory_bytes"
    assert caught.value.where == "a.jpg"
