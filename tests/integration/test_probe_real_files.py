"""Real files, each a trap; Pillow is the independent reader where it can read them."""

from __future__ import annotations

import pytest
from PIL import Image

from mediaflow.errors import UnidentifiedMediaError
from mediaflow.formats.jpeg_markers import count_scans
from mediaflow.geometry import Size
from mediaflow.probing import probe
from mediaflow.security.limits import Limits
from tests.unit.probing.readers import CountingReader

pytestmark = pytest.mark.integration

JPEGS = (
    *(f"orientation_{number}.jpg" for number in range(1, 9)),
    "apple_gain_map_mpo.jpg",
    "cmyk_with_profile.jpg",
    "photo_2725x2225.jpg",
    "truncated.jpg",
    "ultra_hdr_gain_map.jpg",
)
OTHERS = (
    "alpha_2048x1536.png",
    "animated_loop_3.gif",
    "animated_loop_3.webp",
    "display_p3.png",
    "irot90.avif",
)
MODELS = {"L": "gray", "RGB": "rgb", "RGBA": "rgb", "CMYK": "cmyk", "P": "palette"}


def read(path):
    return probe(CountingReader(path.read_bytes()))


@pytest.mark.parametrize("name", [*JPEGS, *OTHERS])
def test_pillow_reads_the_same(media, name):
    path = media / "images" / name

    info = read(path)

    with Image.open(path) as picture:
        assert info.image.stored_size == Size(*picture.size)
        assert info.image.color.model == MODELS[picture.mode]
        assert info.image.color.icc_bytes == len(picture.info.get("icc_profile") or b"")


@pytest.mark.parametrize("name", [*JPEGS, "irot90.avif"])
def test_pillow_reads_the_same_orientation(media, name):
    path = media / "images" / name

    with Image.open(path) as picture:
        assert read(path).image.orientation == picture.getexif().get(0x0112, 1)


@pytest.mark.parametrize("number", range(1, 9))
def test_all_eight_orientations_stand_upright_alike(media, number):
    info = read(media / "images" / f"orientation_{number}.jpg")

    assert (info.size, info.image.orientation) == (Size(1800, 1200), number)


@pytest.mark.parametrize(("name", "frames"), [("gif", 10), ("webp", 10)])
def test_animations_tell_their_frames(media, name, frames):
    info = read(media / "images" / f"animated_loop_3.{name}")

    assert (info.image.frames, info.image.is_animated) == (frames, True)


@pytest.mark.parametrize("name", ["ultra_hdr_gain_map.jpg", "apple_gain_map_mpo.jpg"])
def test_gain_maps_are_told_and_are_no_frames(media, name):
    info = read(media / "images" / name).image

    assert info.has_gain_map
    assert (info.frames, info.is_animated) == (1, False)


@pytest.mark.parametrize(
    ("name", "space", "description"),
    [
        ("apple_gain_map_mpo.jpg", "RGB", "Display P3"),
        ("cmyk_with_profile.jpg", "CMYK", "U.S. Web Coated (SWOP) v2"),
        ("display_p3.png", "RGB", "Display P3"),
        ("rotated.heic", "RGB", "Display P3"),
    ],
)
def test_profiles_are_described(media, name, space, description):
    color = read(media / "images" / name).image.color

    assert (color.icc_space, color.icc_description) == (space, description)


def test_a_rotated_heic_is_upright(media):
    info = read(media / "images" / "rotated.heic")

    assert (info.format, info.mime_type) == ("heif", "image/heic")
    assert (info.size, info.image.stored_size) == (Size(3024, 4032), Size(4032, 3024))
    assert (info.image.orientation, info.image.bit_depth) == (6, 8)


def test_a_rotated_avif_is_upright(media):
    info = read(media / "images" / "irot90.avif")

    assert (info.size, info.image.orientation) == (Size(722, 1024), 6)


def test_soft_edges_have_alpha(media):
    assert read(media / "images" / "alpha_2048x1536.png").image.has_alpha


@pytest.mark.parametrize("name", [*JPEGS, *OTHERS, "rotated.heic"])
def test_a_header_costs_little(media, name):
    source = CountingReader((media / "images" / name).read_bytes())

    probe(source)

    assert source.bytes_read <= 32 * 1024
    assert source.calls <= 25  # the printer's profile lies in 18 segments


@pytest.mark.parametrize("name", JPEGS)
def test_real_jpeg_of_one_scan_has_one(media, name):
    data = (media / "images" / name).read_bytes()

    assert count_scans(data, 100) == 1


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("video/bikes.mp4", "an MP4 film"),
        ("video/rotated_90.mov", "a QuickTime film"),
        ("video/testsrc2_vp8.webm", "a Matroska or WebM film"),
        ("video/start_offset_10s.ts", "an MPEG transport stream"),
        ("audio/speech.mp3", "an MP3 sound file"),
        ("audio/sine_s24.wav", "a WAV sound file"),
    ],
)
def test_films_and_sounds_that_are_not_allowed_are_called_by_name(media, name, title):
    source = CountingReader((media / name).read_bytes())

    with pytest.raises(UnidentifiedMediaError, match=f"this is {title}.*allow jpeg"):
        probe(source, limits=Limits(allowed_formats=("jpeg",)))
