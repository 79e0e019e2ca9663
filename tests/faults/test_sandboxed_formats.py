"""Whatever the tables list is encoded and decoded in a locked child, to the very bytes of this process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.filters import filters
from mediaflow.formats import audio_codecs, containers, image_formats, sound_formats, video_codecs
from mediaflow.image.backend import installed
from mediaflow.security.sandbox import sandbox_support
from mediaflow.testing.films import counting_film
from tests.media import encode
from tests.rig.losses import painted
from tests.sounds import painted_wav

pytestmark = pytest.mark.skipif(
    sandbox_support().level != "full", reason="this system has no full sandbox"
)

PICTURES = [mf.ImageOutput(name, width=64, suffix="_picture") for name in installed().encoders]
SOUNDS = [
    mf.AudioOutput(name, codec=codec, suffix=f"_{codec}")
    for name in sound_formats.builtin_names()
    for codec in sound_formats[name].audio_codecs
]
FILMS = [
    mf.VideoOutput(name, codec=codec, height=64, suffix=f"_{codec}")
    for name in containers.builtin_names()
    for codec in containers[name].video_codecs
]
SOUNDTRACKS = [
    mf.VideoOutput(name, height=64, audio=mf.AudioTrack(codec=codec), suffix=f"_with_{codec}")
    for name in containers.builtin_names()
    for codec in containers[name].audio_codecs
]
PREVIEWS = [
    mf.PreviewOutput(name, duration=0.2, width=64, suffix="_preview")
    for name in containers.builtin_names()
    if containers[name].is_for_previews
]
VIEWS = [
    mf.StillOutput(at=0.1, suffix="_still"),
    mf.StoryboardOutput(columns=2, width=32, suffix="_board"),
    mf.WaveformOutput("json", suffix="_wave"),
    mf.WaveformOutput("png", suffix="_wave"),
    mf.WaveformOutput("svg", suffix="_wave"),
]

MARK = encode(Image.new("RGB", (20, 10), (250, 10, 120)), "PNG")
CUBE = b"LUT_1D_SIZE 2\n1 1 1\n0 0 0\n"
FILTERS: dict[str, mf.filters.Filter] = {
    "blend": mf.filters.Blend("#ff8040", "soft-light"),
    "blur": mf.filters.Blur(2.5),
    "brightness": mf.filters.Brightness(1.4),
    "contrast": mf.filters.Contrast(1.5),
    "cube_lut": mf.filters.CubeLut(CUBE, strength=0.7),
    "edges": mf.filters.Edges(0.8),
    "gamma": mf.filters.Gamma(1.8),
    "gradient": mf.filters.Gradient("navy", "screen", direction="up"),
    "grayscale": mf.filters.Grayscale(),
    "hue": mf.filters.Hue(90),
    "look": mf.filters.Look("xpro2", strength=0.5),
    "pixelate": mf.filters.Pixelate(7),
    "saturation": mf.filters.Saturation(1.8),
    "sepia": mf.filters.Sepia(0.7),
    "sharpen": mf.filters.Sharpen(1.5, radius=2),
    "temperature": mf.filters.Temperature(0.6),
    "text": mf.filters.Text("words", size="30%", outline="black"),
    "vignette": mf.filters.Vignette(0.8),
    "watermark": mf.filters.Watermark(MARK, opacity=0.5),
}
SUBTITLES = mf.filters.Subtitles(b"00:00,000 --> 00:01,000\nwords", size="30%")

EXACT = mf.VideoOutput("mkv", rate=mf.Lossless(), filters=(SUBTITLES,))

SEEN = (mf.ImageOutput("png", width=32),)
HEARD = (mf.WaveformOutput("json"),)
WATCHED = (mf.StillOutput(at=0.1), mf.AudioOutput("wav"))
"""What tells that a file was decoded."""

# codec of FFmpeg, container, pixel format: what is read only
OTHER_FILMS = [
    ("ffv1", "mkv", "yuv420p"),
    ("mpeg2video", "ts", "yuv420p"),
    ("mpeg4", "avi", "yuv420p"),
    ("prores_ks", "mov", "yuv422p10le"),
]
OTHER_PICTURES = ["BMP", "ICO"]


CASES: list[tuple[str, mf.Output, tuple[mf.Output, ...]]] = [
    *[("photo", output, SEEN) for output in PICTURES],
    *[("talk", output, HEARD) for output in SOUNDS],
    *[("film", output, WATCHED) for output in (*FILMS, *SOUNDTRACKS)],
    *[("film", output, SEEN) for output in PREVIEWS],
    *[("film", output, ()) for output in VIEWS],
]
"""A source, what is made of it, and what is made of that."""


def sums(result: mf.JobResult) -> list[str | None]:
    assert result.status == "completed"
    return [one.sha256 for one in result.outputs]


def named(output: mf.Output) -> str:
    return f"{output.format}{output.suffix}"


@pytest.fixture(scope="module")
def processor() -> Iterator[mf.Processor]:
    with mf.Processor("inline", isolation="worker", sandbox="require") as made:
        yield made


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sources")
    return {
        "film": counting_film(folder / "film.mp4", frames=8),
        "photo": painted(folder / "photo.jpg", 128, 96),
        "talk": painted_wav(folder / "talk.wav", seconds=1),
    }


@pytest.mark.parametrize(
    ("kind", "output", "again"),
    [pytest.param(*case, id=named(case[1])) for case in CASES],
)
def test_a_locked_child_makes_and_reads_it_as_this_process_does(
    kind: str,
    output: mf.Output,
    again: tuple[mf.Output, ...],
    processor: mf.Processor,
    sources: dict[str, Path],
    tmp_path: Path,
) -> None:
    here = mf.process(sources[kind], output, to=tmp_path / "here/")

    there = processor.process(sources[kind], output, to=tmp_path / "there/")

    assert sums(there) == sums(here)
    for one in again:
        made = there.outputs[0].uri
        assert sums(processor.process(made, one, to=tmp_path / "there/again/")) == sums(
            mf.process(made, one, to=tmp_path / "here/again/")
        )


@pytest.mark.parametrize("name", FILTERS)
def test_a_locked_child_filters_as_this_process_does(
    name: str, processor: mf.Processor, sources: dict[str, Path], tmp_path: Path
) -> None:
    output = mf.ImageOutput("png", width=64, filters=(FILTERS[name],))

    there = processor.process(sources["photo"], output, to=tmp_path / "there/")

    assert sums(there) == sums(mf.process(sources["photo"], output, to=tmp_path / "here/"))


@pytest.mark.parametrize(
    "output",
    [
        # exact, since libx264 of PyAV 19 does not always make the same bytes of the same pixels
        pytest.param(EXACT, id="subtitles"),
        pytest.param(replace(EXACT, filters=(FILTERS["blur"],)), id="blur"),
        pytest.param(mf.VideoOutput("mp4", rate=mf.MaxBytes(40_000)), id="two passes"),
    ],
)
def test_a_locked_child_makes_films_that_need_more_than_a_codec(
    output: mf.Output, processor: mf.Processor, sources: dict[str, Path], tmp_path: Path
) -> None:
    there = processor.process(sources["film"], output, to=tmp_path / "there/")

    assert sums(there) == sums(mf.process(sources["film"], output, to=tmp_path / "here/"))


@pytest.mark.parametrize(("codec", "container", "pixel_format"), OTHER_FILMS)
def test_a_locked_child_reads_films_that_nobody_writes(
    codec: str, container: str, pixel_format: str, processor: mf.Processor, tmp_path: Path
) -> None:
    film = counting_film(
        tmp_path / f"film.{container}", codec=codec, pixel_format=pixel_format, sound=None
    )

    there = processor.process(film, WATCHED[0], to=tmp_path / "there/")

    assert sums(there) == sums(mf.process(film, WATCHED[0], to=tmp_path / "here/"))


@pytest.mark.parametrize("name", OTHER_PICTURES)
def test_a_locked_child_reads_pictures_that_nobody_writes(
    name: str, processor: mf.Processor, sources: dict[str, Path], tmp_path: Path
) -> None:
    picture = tmp_path / f"picture.{name.lower()}"
    with Image.open(sources["photo"]) as photo:
        photo.save(picture, name)

    there = processor.process(picture, SEEN, to=tmp_path / "there/")

    assert sums(there) == sums(mf.process(picture, SEEN, to=tmp_path / "here/"))


def test_the_tables_are_all_here() -> None:
    assert {output.format for output in PICTURES} == set(installed().encoders)
    assert {*FILTERS, "subtitles"} == set(filters.builtin_names())
    assert {output.codec for output in FILMS} == set(video_codecs.builtin_names())
    heard = {output.codec for output in SOUNDS} | {
        track.codec
        for output in SOUNDTRACKS
        for track in [output.audio]
        if isinstance(track, mf.AudioTrack)
    }
    assert heard == set(audio_codecs.builtin_names())
    assert set(installed().readable) <= set(image_formats.builtin_names())
