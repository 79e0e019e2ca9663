"""Pillow does everything, but what another back end alone can or does much faster."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from mediaflow.errors import MissingExtraError, UnsupportedError
from mediaflow.formats import JpegOptions, PngOptions, TiffOptions
from mediaflow.geometry import Size
from mediaflow.models.capabilities import Capabilities
from mediaflow.models.outputs import ImageOutput
from mediaflow.planning.backends import decode_units
from tests.infos import CAPABILITIES, CMYK, media_info, planned

VIPS = Capabilities(
    decoders=("jpeg", "png", "svg", "tiff", "webp"),
    encoders=("avif", "jpeg", "png", "tiff", "webp"),
    upright_decoders=(),
    fast_scaler=False,
    backend="vips",
    deep_formats=("png", "tiff"),
)
CORE = replace(CAPABILITIES, encoders=("avif", "jpeg", "png", "tiff", "webp"))
BOTH = replace(CORE, others=(VIPS,))
SMALL = ImageOutput("jpeg", width=800)


def decode(info, *outputs, capabilities=BOTH):
    return planned(outputs or (SMALL,), info, capabilities=capabilities).decode


@pytest.mark.parametrize("format", ["png", "webp"])
def test_large_picture_that_becomes_small_is_for_libvips(format):
    step = decode(media_info(format))

    assert step.backend == "vips"
    assert "as fast" in step.why


@pytest.mark.parametrize(
    "info",
    [
        media_info("jpeg"),
        media_info("avif"),
        media_info("png", 900, 900),  # 0.8 MP
        media_info("png", color=CMYK),
        media_info("webp", is_animated=True, frames=3),
        media_info("png", is_progressive=True),
    ],
    ids=["jpeg", "avif", "small", "cmyk", "animated", "interlaced"],
)
def test_other_picture_stays_with_pillow(info):
    assert decode(info).backend == "pillow"


@pytest.mark.parametrize(
    "output",
    [
        ImageOutput("avif", width=800),
        ImageOutput("webp", width=3000),
        ImageOutput("png", width=800, options=PngOptions(colors=64)),
        ImageOutput(
            "jpeg", width=700, suffix="_b", options=JpegOptions(chroma_subsampling="4:2:2")
        ),
    ],
    ids=["avif", "large", "palette", "4:2:2"],
)
def test_output_that_libvips_makes_otherwise_stays_with_pillow(output):
    assert decode(media_info("png"), output, SMALL).backend == "pillow"


def test_without_libvips_everything_is_pillow_s():
    assert decode(media_info("png"), capabilities=CORE).backend == "pillow"


def test_blocks_of_a_png_leave_twice_the_largest_output():
    # 4000 px for 800 are 5 for one: blocks of 2 leave 2000, blocks of 3 would leave 1333
    step = decode(media_info("png"))

    assert (step.denominator, step.size) == (2, Size(2000, 1500))
    assert decode_units(step, Size(4000, 3000)) == (Fraction(1, 2), Fraction(1, 2))


def test_webp_is_decoded_at_one_and_a_half_times_the_largest_output():
    step = decode(media_info("webp"))

    assert (step.denominator, step.size) == (1, Size(1200, 900))
    assert decode_units(step, Size(4000, 3000)) == (Fraction(3, 10), Fraction(3, 10))


def test_drawing_is_drawn_at_the_largest_output():
    plan = planned([SMALL, ImageOutput("png", width=300)], media_info("svg"), capabilities=BOTH)

    assert (plan.decode.backend, plan.decode.size) == ("vips", Size(800, 600))
    assert plan.pictures[0].scaler == "none"
    assert "alone draws SVG" in plan.decode.why


def test_drawing_cannot_become_what_libvips_does_not_write():
    only = replace(BOTH, others=(replace(VIPS, encoders=("jpeg", "png")),))

    with pytest.raises(UnsupportedError, match="svg is read by libvips, which cannot make avif"):
        decode(media_info("svg"), ImageOutput("avif"), capabilities=only)


@pytest.mark.parametrize("format", ["png", "tiff"])
@pytest.mark.parametrize("output", ["png", "tiff"])
def test_sixteen_bits_are_kept_where_both_ends_hold_them(format, output):
    plan = planned(
        [ImageOutput(output), SMALL], media_info(format, bit_depth=16), capabilities=BOTH
    )

    assert (plan.decode.backend, plan.decode.bit_depth) == ("vips", 16)
    assert [step.bit_depth for step in plan.encodes] == [16, 8]
    assert [[note.code for note in step.notices] for step in plan.encodes] == [
        [],
        ["depth_reduced"],
    ]


def test_sixteen_bits_are_not_kept_when_eight_are_asked():
    output = ImageOutput("png", options=PngOptions(bit_depth=8))

    step = decode(media_info("tiff", bit_depth=16), output)

    assert (step.backend, step.bit_depth) == ("pillow", 8)


def test_sixteen_bits_that_nothing_here_keeps_are_refused_when_asked_by_name():
    output = ImageOutput("tiff", options=TiffOptions(bit_depth=16))

    with pytest.raises(MissingExtraError, match=r"pymediaflow\[vips\]"):
        decode(media_info("png", bit_depth=16), output, capabilities=CORE)


def test_sixteen_bits_of_an_8_bit_source_are_ignored_and_said():
    output = ImageOutput("png", options=PngOptions(bit_depth=16))

    (step,) = planned([output], media_info("png"), capabilities=BOTH).encodes

    assert (step.bit_depth, [note.code for note in step.notices]) == (8, ["option_ignored"])


def test_plan_names_its_scaler():
    assert "Lanczos (libvips)" in str(planned([SMALL], media_info("png"), capabilities=BOTH))


def test_large_png_needs_less_memory_when_it_is_streamed():
    streamed = planned([SMALL], media_info("png"), capabilities=BOTH)
    whole = planned([SMALL], media_info("png"), capabilities=CORE)

    assert streamed.peak_bytes < whole.peak_bytes / 2
