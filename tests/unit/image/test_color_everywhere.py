"""Profiles, gray, CMYK and HDR in every format that can hold them, against independent answers."""

from __future__ import annotations

import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

import mediaflow as mf
from mediaflow.image.color import cmyk_to_srgb
from tests.media import encode, photo
from tests.planted import segment, with_segments
from tests.profiles import display_p3_profile, gray_profile, hdr_profile

FORMATS = ["avif", "jpeg", "png", "webp"]


def _cmyk_profile() -> bytes:
    """Return a header that claims CMYK; its tags are gone."""
    return display_p3_profile()[:16] + b"CMYK" + display_p3_profile()[20:]


MISFITS = {
    "gray profile on RGB": ("RGB", gray_profile()),
    "gray profile on RGBA": ("RGBA", gray_profile()),
    "RGB profile on gray": ("L", display_p3_profile()),
    "RGB profile on gray with alpha": ("LA", display_p3_profile()),
    "CMYK profile on RGB": ("RGB", _cmyk_profile()),
    "unreadable profile on RGB": ("RGB", bytes(range(200))),
}


@pytest.mark.parametrize("color", ["srgb", "preserve"])
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("mode", "profile"), MISFITS.values(), ids=MISFITS.keys())
def test_wrong_profile_leaves_no_trace_in_any_format(
    tmp_path: Path, mode: str, profile: bytes, format: str, color: str
) -> None:
    source = encode(
        Image.new(mode, (32, 32), 90 if mode == "L" else None), "PNG", icc_profile=profile
    )
    spec = mf.ImageOutput(format, color=color)  # type: ignore[arg-type]  # one of two words

    result = mf.process(source, spec, to=f"{tmp_path}/")

    with Image.open(result.outputs[0].uri) as made:
        assert not made.info.get("icc_profile")
    codes = [notice.code for notice in result.notices if notice.code != "alpha_flattened"]
    assert codes in (["color_assumed"], [])
    assert codes or mode == "RGB"  # what is no profile at all cannot be told from none


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("mode", ["L", "LA"])
def test_gray_with_an_rgb_profile_keeps_its_numbers(tmp_path: Path, mode: str, format: str) -> None:
    picture = Image.new("L", (32, 32), 90).convert(mode)
    source = encode(picture, "PNG", icc_profile=display_p3_profile())
    spec = mf.ImageOutput(format, quality=100, color="preserve")

    result = mf.process(source, spec, to=f"{tmp_path}/")

    with Image.open(result.outputs[0].uri) as made:
        assert abs(int(np.asarray(made.convert("L"))[16, 16]) - 90) <= 2


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("container", ["AVIF", "JPEG", "PNG", "TIFF", "WEBP"])
def test_preserved_profile_is_byte_for_byte_the_source_s(
    tmp_path: Path, container: str, format: str
) -> None:
    profile = display_p3_profile()
    source = encode(photo(64, 48), container, icc_profile=profile)

    result = mf.process(source, mf.ImageOutput(format, color="preserve"), to=f"{tmp_path}/")

    with Image.open(result.outputs[0].uri) as made:
        assert made.info["icc_profile"] == profile


@pytest.mark.parametrize("policy", ["strip", "safe", "keep"])
def test_colors_do_not_depend_on_metadata(tmp_path: Path, policy: str) -> None:
    source = encode(photo(64, 48), "PNG", icc_profile=display_p3_profile())
    spec = mf.ImageOutput("png", color="preserve", metadata=policy)  # type: ignore[arg-type]  # one of three words

    mf.process(source, spec, to=f"{tmp_path}/a.png")

    with Image.open(tmp_path / "a.png") as made:
        assert made.info["icc_profile"] == display_p3_profile()


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
@pytest.mark.parametrize("container", ["avif", "jpeg", "png", "png-icc", "webp"])
def test_hdr_transfer_is_said_in_every_container(
    tmp_path: Path, container: str, transfer: int, name: str
) -> None:
    picture, profile = photo(64, 48), hdr_profile(transfer)
    plain = encode(picture, "PNG")
    avif = encode(picture, "AVIF")
    sources = {
        "avif": avif.replace(b"colrnclx\0\1\0\r", b"colrnclx\0\x09\0" + bytes([transfer])),
        "jpeg": encode(picture, "JPEG", icc_profile=profile),
        "png": plain[:33] + _chunk(b"cICP", bytes([9, transfer, 0, 1])) + plain[33:],
        "png-icc": encode(picture, "PNG", icc_profile=profile),
        "webp": encode(picture, "WEBP", icc_profile=profile),
    }

    result = mf.process(sources[container], f"{tmp_path}/a.png")

    said = [note.message for note in result.notices if note.code == "hdr_transfer_ignored"]
    assert len(said) == 1
    assert said[0].startswith(name)


def _chunk(kind: bytes, data: bytes) -> bytes:
    from zlib import crc32

    return len(data).to_bytes(4, "big") + kind + data + crc32(kind + data).to_bytes(4, "big")


GAIN_MAPS = {
    "Ultra HDR": segment(
        0xE1,
        b"http://ns.adobe.com/xap/1.0/\0"
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
        b' xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/></rdf:RDF>'
        b"</x:xmpmeta>",
    ),
    "ISO 21496-1": segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0" + bytes(4)),
}


@pytest.mark.parametrize("extra", GAIN_MAPS.values(), ids=GAIN_MAPS.keys())
@pytest.mark.parametrize("format", FORMATS)
def test_gain_map_is_said_and_claimed_by_no_output(
    tmp_path: Path, extra: bytes, format: str
) -> None:
    source = with_segments(encode(photo(64, 48), "JPEG"), extra)

    for policy in ("strip", "safe", "keep"):
        spec = mf.ImageOutput(format, metadata=policy, suffix=f"_{policy}")  # type: ignore[arg-type]  # one of three words
        result = mf.process(source, spec, to=f"{tmp_path}/")
        codes = [notice.code for notice in result.notices]
        assert codes == ["gain_map_dropped"]
        data = Path(result.outputs[0].uri).read_bytes()
        assert b"hdr-gain-map" not in data
        assert b"21496" not in data


@pytest.fixture(scope="module")
def transicc() -> str:
    """Return the program of Little CMS that converts single colours, or skip."""
    found = shutil.which("transicc")
    if found is None:
        pytest.skip("transicc (liblcms2-utils) is not installed")
    return found


def _by_transicc(
    program: str, profile: Path, inks: np.ndarray[Any, Any], *options: str
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return sRGB of ink mixes (0 to 255), as Little CMS itself computes them in floating point."""
    words = "\n".join(" ".join(f"{ink / 2.55:.6f}" for ink in mix) for mix in inks) + "\nq\n"
    call = [program, f"-i{profile}", "-o*sRGB", "-n", *options]
    said = subprocess.run(call, input=words, capture_output=True, check=True, text=True).stdout
    rows = [[float(word) for word in line.split()] for line in said.splitlines() if line.strip()]
    return np.clip([row for row in rows if len(row) == 3], 0, 255)


def _mixes() -> np.ndarray[Any, np.dtype[np.uint8]]:
    levels = np.array([0, 60, 128, 200, 255], np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels, levels[:4]), axis=-1)
    return grid.reshape(-1, 4)


@pytest.mark.integration
def test_cmyk_is_what_little_cms_itself_computes(
    media: Path, transicc: str, tmp_path: Path
) -> None:
    with Image.open(media / "images/cmyk_with_profile.jpg") as picture:
        profile = picture.info["icc_profile"]
    (tmp_path / "inks.icc").write_bytes(profile)
    mixes = _mixes()
    picture = Image.fromarray(mixes.reshape(-1, 1, 4), "CMYK")

    converted, by_profile = cmyk_to_srgb(picture, profile)

    assert by_profile
    made = np.asarray(converted, np.float64).reshape(-1, 3)
    place = tmp_path / "inks.icc"
    wanted = _by_transicc(transicc, place, mixes, "-t1", "-b")
    without_black_point = _by_transicc(transicc, place, mixes, "-t1")
    perceptual = _by_transicc(transicc, place, mixes, "-t0")
    assert wanted.shape == made.shape
    # the picture goes through a table of 8 bits, single colours through floating point
    assert float(np.abs(made - wanted).mean()) <= 0.5
    assert float(np.quantile(np.abs(made - wanted), 0.99)) <= 4
    assert float(np.abs(made - without_black_point).mean()) > 5
    # other programs take the perceptual tables by default; here they say nearly the same
    assert float(np.abs(perceptual - wanted).mean()) <= 0.5


def test_profile_of_a_space_is_what_the_names_say() -> None:
    profile = ImageCms.ImageCmsProfile(BytesIO(hdr_profile(16)))

    assert profile.profile.xcolor_space.strip() == "RGB"
