"""An output meets the kind of its source."""

from __future__ import annotations

import pytest

from mediaflow import recipes
from mediaflow.errors import UnsupportedError
from mediaflow.filters import Sepia
from mediaflow.geometry import FocalPoint
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.animation import Animation
from mediaflow.models.encoding import Lossless
from mediaflow.models.film import VideoOutput
from mediaflow.models.framing import Trim
from mediaflow.models.outputs import ImageOutput, OutputSpec
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.planning import narrow_for
from mediaflow.planning.narrow import narrow
from tests.film_infos import film_info, sound_info
from tests.infos import media_info


def of_film(spec):
    return narrow_for([narrow(spec)], film_info())[0]


def test_short_form_of_a_film_format_is_a_film():
    spec = OutputSpec(format="M4V", width=640, height=360, quality=70, filename_suffix="_s")

    assert narrow(spec) == VideoOutput("mp4", width=640, height=360, quality=70, suffix="_s")


def test_short_form_that_may_stretch_fills():
    spec = OutputSpec(format="webm", width=640, height=640, maintain_aspect_ratio=False)

    assert narrow(spec).fit == "fill"


@pytest.mark.parametrize("output", [VideoOutput("QT"), VideoOutput("mov")])
def test_container_gets_the_name_of_the_table(output):
    assert narrow(output).format == "mov"


def test_picture_of_a_film_is_its_first_frame():
    output = ImageOutput(
        "webp",
        width=640,
        height="50%",
        fit="cover",
        gravity=FocalPoint(0.5, 0.2),
        quality=70,
        filters=(Sepia(),),
        suffix="_s",
        name="poster",
    )

    assert of_film(output) == StillOutput(
        0.0,
        format="webp",
        width=640,
        height="50%",
        fit="cover",
        gravity=FocalPoint(0.5, 0.2),
        quality=70,
        filters=(Sepia(),),
        suffix="_s",
        name="poster",
    )


@pytest.mark.parametrize("at", [2.5, "25%"])
def test_picture_of_a_moment_is_that_frame(at):
    assert of_film(ImageOutput("gif", still_at=at)) == StillOutput(at, format="gif")


def test_gif_of_a_film_moves_and_webp_does_not():
    assert of_film(OutputSpec(format="gif")) == PreviewOutput("gif")
    assert of_film(ImageOutput("gif", animation=None)) == StillOutput(0.0, format="gif")
    assert of_film(ImageOutput("webp")) == StillOutput(0.0, format="webp")


def test_animation_that_is_asked_becomes_a_preview():
    asked = Animation(fps=12, max_seconds=2.0, start_seconds=1.5, loop=3)

    assert of_film(ImageOutput("webp", width=320, quality=60, animation=asked)) == PreviewOutput(
        "webp", start=1.5, duration=2.0, fps=12, width=320, loop=3, quality=60
    )


def test_animation_of_some_frames_lasts_as_long_as_they():
    output = ImageOutput("gif", animation=Animation(fps=10, max_frames=15))

    assert of_film(output).duration == 1.5


def test_longest_side_and_pixel_ratio_become_px():
    assert of_film(ImageOutput("jpeg", max_side=320, dpr=2)) == StillOutput(
        0.0, width=640, height=640
    )
    assert of_film(ImageOutput("jpeg", width=100, dpr=1.5)).width == 150


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"trim": Trim()}, "trim"),
        ({"aspect": "16:9"}, "aspect"),
        ({"rate": Lossless()}, "rate"),
        ({"linear": True}, "linear"),
        ({"metadata": "keep"}, "metadata"),
        ({"gravity": "smart"}, "gravity"),
    ],
)
def test_what_a_frame_cannot_have_is_refused_by_name(words, field):
    with pytest.raises(UnsupportedError, match=f"takes no {field}"):
        of_film(ImageOutput("webp", **words))


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (ImageOutput("gif", width="50%"), "takes no width and height"),
        (ImageOutput("gif", fit="cover", width=9, height=9), "takes no fit"),
        (ImageOutput("png", animation=Animation()), "no png animation"),
    ],
)
def test_what_means_nothing_for_a_film_is_refused(output, reason):
    with pytest.raises(UnsupportedError, match=reason):
        of_film(output)


def test_thumbnails_of_a_film_are_stills():
    outputs = narrow_for([narrow(each) for each in recipes.thumbnails()], film_info())

    assert {type(output) for output in outputs} == {StillOutput}


def test_outputs_of_a_film_stay_the_objects_they_are():
    outputs = (VideoOutput(), StillOutput(1), PreviewOutput())

    assert all(a is b for a, b in zip(narrow_for(outputs, film_info()), outputs, strict=True))


def test_narrowing_twice_changes_nothing():
    outputs = narrow_for([ImageOutput("gif"), ImageOutput("jpeg")], film_info())

    assert narrow_for(outputs, film_info()) == outputs


def test_still_of_a_picture_is_that_picture():
    (output,) = narrow_for([StillOutput("25%", format="webp", width=640)], media_info())

    assert output == ImageOutput("webp", width=640, still_at="25%")


@pytest.mark.parametrize("output", [VideoOutput(), PreviewOutput("gif")])
def test_film_of_a_picture_is_refused(output):
    with pytest.raises(UnsupportedError, match=r"jpeg picture, of which no (mp4|gif) film"):
        narrow_for([output], media_info())


@pytest.mark.parametrize(
    "output", [VideoOutput(), StillOutput(), PreviewOutput(), ImageOutput("jpeg"), AnalysisOutput()]
)
def test_sound_has_nothing_to_see(output):
    with pytest.raises(UnsupportedError, match="sound only"):
        narrow_for([output], sound_info())
