"""Short forms and shares become exact pixels, formats and qualities."""

from __future__ import annotations

import pytest

from mediaflow.errors import MediaflowError, SpecError, UnknownNameError, UnsupportedError
from mediaflow.formats import JpegOptions, PngOptions, WebpOptions
from mediaflow.geometry import Box, Size
from mediaflow.models.encoding import Lossless, Quality
from mediaflow.models.outputs import ImageOutput, OutputSpec
from mediaflow.planning.narrow import choose_encoder, narrow, place_output

PHOTO = Size(4000, 3000)
PORTRAIT = Size(3000, 4000)


def canvas(output, source=PHOTO):
    size = place_output(output, source).canvas
    return size.width, size.height


def test_short_form_fits_the_picture_inside():
    spec = OutputSpec(format="webp", quality=70, width=640, height=480, filename_suffix="_m")

    assert narrow(spec) == ImageOutput(
        "webp", quality=70, width=640, height=480, fit="inside", suffix="_m"
    )


def test_short_form_without_the_aspect_ratio_stretches():
    spec = OutputSpec(format="jpeg", width=640, height=640, maintain_aspect_ratio=False)

    assert canvas(narrow(spec)) == (640, 640)
    assert place_output(narrow(spec), PHOTO).crop == Box.whole(PHOTO)


@pytest.mark.parametrize("spelling", ["jpeg", "jpg", "JPG", ".jpg", "jpe"])
@pytest.mark.parametrize("cls", [ImageOutput, OutputSpec])
def test_format_gets_the_name_of_the_table(cls, spelling):
    assert narrow(cls(format=spelling)).format == "jpeg"


def test_typed_output_stays_the_object_it_is():
    output = ImageOutput("jpeg", width=640)

    assert narrow(output) is output


def test_unknown_format_is_refused_with_the_nearest():
    with pytest.raises(
        UnknownNameError, match="no image format called 'wepb'; did you mean 'webp'"
    ):
        narrow(ImageOutput("wepb"))


@pytest.mark.parametrize(
    ("output", "quality", "exact"),
    [
        (ImageOutput("jpeg"), 75, False),
        (ImageOutput("webp"), 80, False),
        (ImageOutput("avif"), 63, False),
        (ImageOutput("jpeg", quality=1), 1, False),
        (ImageOutput("jpeg", quality=100), 100, False),
        (ImageOutput("jpeg", rate=Quality(33)), 33, False),
        (ImageOutput("png"), 100, True),
        (ImageOutput("png", rate=Lossless()), 100, True),
        (ImageOutput("webp", rate=Lossless()), 100, True),
    ],
)
def test_quality_is_what_was_asked_or_the_format_s_own(output, quality, exact):
    choice = choose_encoder(output)

    assert (choice.quality, choice.exact) == (quality, exact)


@pytest.mark.parametrize("name", ["jpeg", "avif"])
def test_lossless_is_refused_where_the_format_cannot(name):
    with pytest.raises(UnsupportedError, match=f"{name} cannot be lossless") as caught:
        choose_encoder(ImageOutput(name, rate=Lossless()))

    assert caught.value.hint == "lossless formats: png, tiff, webp"


@pytest.mark.parametrize("name", ["bmp", "heif", "ico", "svg"])
def test_format_that_is_only_read_is_refused(name):
    with pytest.raises(UnsupportedError, match=f"{name} can be read but not written"):
        choose_encoder(ImageOutput(name))


def test_options_reach_the_encoder():
    output = ImageOutput("webp", options=WebpOptions(effort=6))

    assert ("method", 6) in choose_encoder(output).arguments


def test_options_of_another_format_are_refused():
    with pytest.raises(SpecError, match="options of png do not fit a jpeg output") as caught:
        choose_encoder(ImageOutput("jpeg", options=PngOptions()))

    assert caught.value.hint == "use formats.JpegOptions"


@pytest.mark.parametrize("options", [{"progressive": False}, "progressive"])
def test_options_of_the_wrong_type_never_leak_a_foreign_error(options):
    with pytest.raises(MediaflowError):
        choose_encoder(ImageOutput("jpeg", options=options))


def test_options_of_an_alias_fit():
    output = narrow(ImageOutput("jpg", options=JpegOptions(progressive=False)))

    assert ("progressive", False) in choose_encoder(output).arguments


@pytest.mark.parametrize(
    ("output", "made"),
    [
        (ImageOutput("jpeg"), (4000, 3000)),
        (ImageOutput("jpeg", width=800), (800, 600)),
        (ImageOutput("jpeg", height=600), (800, 600)),
        (ImageOutput("jpeg", width=800, height=800), (800, 600)),
        (ImageOutput("jpeg", width=800, height=800, fit="outside"), (1067, 800)),  # 1066.67
        (ImageOutput("jpeg", width=800, height=800, fit="cover"), (800, 800)),
        (ImageOutput("jpeg", width=800, height=800, fit="contain"), (800, 800)),
        (ImageOutput("jpeg", width=800, height=800, fit="fill"), (800, 800)),
        (ImageOutput("jpeg", width="50%"), (2000, 1500)),
        (ImageOutput("jpeg", height="10%"), (400, 300)),
        (ImageOutput("jpeg", width="50%", height="10%", fit="fill"), (2000, 300)),
        (ImageOutput("jpeg", width="33.3%"), (1332, 999)),
        (ImageOutput("jpeg", width="0.001%"), (1, 1)),  # 0.04 px
        (ImageOutput("jpeg", width="200%"), (4000, 3000)),
        (ImageOutput("jpeg", width="200%", upscale=True), (8000, 6000)),
        (ImageOutput("jpeg", max_side=1000), (1000, 750)),
        (ImageOutput("jpeg", max_side=5000), (4000, 3000)),
        (ImageOutput("jpeg", max_side=5000, upscale=True), (5000, 3750)),
    ],
)
def test_size_by_hand(output, made):
    assert canvas(output) == made


@pytest.mark.parametrize(("source", "made"), [(PHOTO, (1000, 750)), (PORTRAIT, (750, 1000))])
def test_longest_side_is_the_upright_one(source, made):
    assert canvas(ImageOutput("jpeg", max_side=1000), source) == made


@pytest.mark.parametrize(
    ("output", "made"),
    [
        (ImageOutput("jpeg", aspect="16:9"), (4000, 2250)),
        (ImageOutput("jpeg", aspect="1:1"), (3000, 3000)),
        (ImageOutput("jpeg", aspect="9/16"), (1688, 3000)),  # 1687.5
        (ImageOutput("jpeg", aspect="16x9", width=1600), (1600, 900)),
        (ImageOutput("jpeg", aspect="16:9", height=900), (1600, 900)),
        (ImageOutput("jpeg", aspect="9:16", width=900), (900, 1600)),
        (ImageOutput("jpeg", aspect="16:9", width="25%"), (1000, 563)),  # 562.5
        (ImageOutput("jpeg", aspect="4:3"), (4000, 3000)),
    ],
)
def test_aspect_gives_the_missing_side_or_crops_the_largest_part(output, made):
    assert canvas(output) == made


def test_aspect_keeps_the_middle():
    crop = place_output(ImageOutput("jpeg", aspect="1:1"), PHOTO).crop

    assert crop == Box(500, 0, 3500, 3000)


def test_aspect_keeps_what_gravity_says():
    crop = place_output(ImageOutput("jpeg", aspect="1:1", gravity="east"), PHOTO).crop

    assert crop == Box(1000, 0, 4000, 3000)


@pytest.mark.parametrize(
    ("aspect", "made"), [("16:9", (900, 506)), ("9:16", (506, 900)), ("1:1", (900, 900))]
)
def test_aspect_and_longest_side_hold_together(aspect, made):
    # 900 * 9 / 16 = 506.25
    assert canvas(ImageOutput("jpeg", aspect=aspect, max_side=900)) == made


def test_ten_thousand_to_one_keeps_a_row():
    assert canvas(ImageOutput("jpeg", width=100, height=100), Size(10_000, 1)) == (100, 1)
