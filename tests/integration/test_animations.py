"""Real animations, and real files that only look like some."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import mediaflow as mf
from tests.measure import listing, psnr
from tests.motion import read_motion, shown

pytestmark = pytest.mark.integration

NAMES = ["animated_loop_3.gif", "animated_loop_3.webp"]


@pytest.mark.parametrize("name", NAMES)
def test_both_twins_are_played_three_times(media: Path, name: str) -> None:
    # the GIF stores 2 repeats, the WebP 3 plays
    image = mf.probe(media / "images" / name).image

    assert (image.frames, image.loop_plays, image.duration_seconds) == (10, 3, 42.0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("format", ["gif", "png", "webp"])
def test_time_plays_and_look_are_kept(media: Path, tmp_path: Path, name: str, format: str) -> None:
    source = media / "images" / name
    spec = mf.ImageOutput(format, animation=mf.Animation())

    result = mf.process(source, spec, to=f"{tmp_path}/made.{{ext}}")

    data = Path(result.outputs[0].uri).read_bytes()
    motion = read_motion(data)
    assert (motion.plays, motion.total) == (3, Fraction(42))
    assert motion.seconds == (*[Fraction(3)] * 9, Fraction(15))
    frames, originals = shown(data), shown(source.read_bytes())
    for index in (0, 4, 8):
        assert psnr(frames[index][..., :3], originals[index][..., :3]) > 30


def test_first_frame_is_taken_where_a_format_is_still(media: Path, tmp_path: Path) -> None:
    result = mf.process(media / "images/animated_loop_3.gif", f"{tmp_path}/a.jpg")

    assert [notice.code for notice in result.notices] == ["animation_flattened"]
    assert result.outputs[0].frames is None


def test_poster_is_the_frame_at_its_moment(media: Path, tmp_path: Path) -> None:
    source = media / "images/animated_loop_3.gif"
    outputs = [
        mf.ImageOutput("png", still_at=4.5, suffix="_second"),
        mf.ImageOutput("png", still_at="100%", suffix="_last"),
    ]

    result = mf.process(source, outputs, to=f"{tmp_path}/")

    frames = shown(source.read_bytes())
    for name, index in (("second", 1), ("last", 9)):
        still = shown(Path(result[name].uri).read_bytes())[0]
        assert np.array_equal(still[..., :3], frames[index][..., :3])


@pytest.mark.parametrize("name", ["apple_gain_map_mpo.jpg", "ultra_hdr_gain_map.jpg"])
def test_gain_map_is_no_animation(media: Path, tmp_path: Path, name: str) -> None:
    spec = mf.ImageOutput("webp", width=320, animation=mf.Animation())

    result = mf.process(media / "images" / name, spec, to=f"{tmp_path}/a.webp")

    assert result.source is not None
    assert (result.source.image.is_animated, result.outputs[0].frames) == (False, None)
    assert b"ANIM" not in (tmp_path / "a.webp").read_bytes()


def test_heic_burst_brand_is_no_animation_here(media: Path) -> None:
    image = mf.probe(media / "images/rotated.heic").image

    assert (image.is_animated, image.loop_plays, image.duration_seconds) == (False, None, None)


@pytest.mark.parametrize("name", NAMES)
def test_cut_off_animation_leaves_nothing(media: Path, tmp_path: Path, name: str) -> None:
    data = (media / "images" / name).read_bytes()

    with pytest.raises(mf.errors.SourceError):
        mf.process(data[: len(data) * 2 // 3], mf.ImageOutput("webp"), to=f"{tmp_path}/")

    assert listing(tmp_path) == {}
