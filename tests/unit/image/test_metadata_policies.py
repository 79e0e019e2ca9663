"""What leaves under each policy, as exiftool and a search through all bytes find it."""

from __future__ import annotations

import json
import shutil
import subprocess
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

import mediaflow as mf
from tests.planted import CREDITS, SECRETS, planted

FORMATS = ["avif", "jpeg", "png", "webp"]
SOURCES = ["avif", "jpeg", "png", "tiff", "webp"]
NEEDED_TO_READ = {"Composite", "ExifTool", "File", "ICC_Profile", "JFIF", "SourceFile"}
"""Groups that exiftool makes up or that say how the file is built."""

STRUCTURE = {
    "AVIF": {"QuickTime", "Meta"},
    "PNG": {"PNG"},
    "WEBP": {"RIFF"},
    "JPEG": set[str](),
    "TIFF": set[str](),
}
PNG_HEADER = {
    "BitDepth",
    "ColorType",
    "Compression",
    "Filter",
    "ImageHeight",
    "ImageWidth",
    "Interlace",
}
ALLOWED = {
    *(f"EXIF:{name}" for name in ("Artist", "Copyright", "ImageDescription")),
    *(f"XMP:{name}" for name in ("Creator", "Description", "Rights", "Title", "Title-de")),
    *(f"XMP:{name}" for name in ("Marked", "UsageTerms", "WebStatement")),
}


@pytest.fixture(scope="module")
def exiftool() -> str:
    """Return the program that knows more tags than any other reader, or skip."""
    found = shutil.which("exiftool")
    if found is None:
        pytest.skip("exiftool is not installed")
    return found


def _tags(exiftool: str, place: str | Path, *options: str) -> dict[str, object]:
    """Return what exiftool finds, by group and name, without what describes the file itself."""
    call = [exiftool, "-j", "-G", "-a", "-u", "-U", *options, str(place)]
    found = json.loads(subprocess.run(call, capture_output=True, check=True).stdout)[0]
    structure = STRUCTURE[str(found["File:FileType"]).split()[-1]]
    return {
        name: value
        for name, value in found.items()
        if name.partition(":")[0] not in NEEDED_TO_READ | (structure - {"PNG"})
        and name.partition(":")[2] not in (PNG_HEADER if "PNG" in structure else set())
    }


def _made(source: str, format: str, policy: str, folder: Path, **words: object) -> Path:
    spec = mf.ImageOutput(format, metadata=policy, width=48, **words)  # type: ignore[arg-type]  # words of the tests
    result = mf.process(planted(source), spec, to=f"{folder}/")
    return Path(result.outputs[0].uri)


def _spoken(data: bytes) -> bytes:
    """Return a file with its compressed PNG text unfolded."""
    found, position = data, 8
    while data.startswith(b"\x89PNG") and position < len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        body = data[position + 8 : position + 8 + length]
        if data[position + 4 : position + 8] in (b"zTXt", b"iTXt"):
            start = body.find(b"\x78")
            found += zlib.decompressobj().decompress(body[start:]) if b"\x78\x9c" in body else body
        position += length + 12
    return found


@pytest.mark.parametrize("source", SOURCES)
def test_the_sources_do_carry_what_is_looked_for(source: str) -> None:
    data = _spoken(planted(source))

    assert data.count(SECRETS) >= 8
    assert [word for word in CREDITS if word not in data] == []


@pytest.mark.parametrize("format", [*FORMATS, "tiff"])
@pytest.mark.parametrize("source", SOURCES)
def test_no_secret_leaves_under_strip_or_safe(tmp_path: Path, source: str, format: str) -> None:
    stripped = _made(source, format, "strip", tmp_path / "strip").read_bytes()
    safe = _made(source, format, "safe", tmp_path / "safe").read_bytes()

    assert SECRETS not in _spoken(stripped)
    assert SECRETS not in _spoken(safe)
    assert b"CREDIT" not in _spoken(stripped)
    assert [word for word in CREDITS if word not in _spoken(safe)] == []


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("source", SOURCES)
def test_exiftool_finds_nothing_under_strip(
    exiftool: str, tmp_path: Path, source: str, format: str
) -> None:
    place = _made(source, format, "strip", tmp_path)

    assert _tags(exiftool, place) == {}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("source", SOURCES)
def test_exiftool_finds_the_allowed_tags_alone_under_safe(
    exiftool: str, tmp_path: Path, source: str, format: str
) -> None:
    place = _made(source, format, "safe", tmp_path)

    found = _tags(exiftool, place)
    assert set(found) == ALLOWED
    assert found["EXIF:Copyright"] == "CREDIT-copyright"
    assert found["XMP:Title-de"] == "CREDIT-xmp-titel ä€"
    assert found["XMP:Creator"] == ["CREDIT-xmp-creator", "Zoë & Co"]


@pytest.mark.parametrize("source", SOURCES)
def test_safe_adds_the_allowed_tags_to_a_tiff_and_no_other(
    exiftool: str, tmp_path: Path, source: str
) -> None:
    # a TIFF file is made of tags; those of a stripped one describe the picture alone
    bare = set(_tags(exiftool, _made(source, "tiff", "strip", tmp_path / "strip")))
    safe = set(_tags(exiftool, _made(source, "tiff", "safe", tmp_path / "safe")))

    assert bare & ALLOWED == set()
    assert safe - bare == ALLOWED


def test_tiff_says_which_directories_it_cannot_keep(tmp_path: Path) -> None:
    result = mf.process(planted("jpeg"), mf.ImageOutput("tiff", metadata="keep"), to=f"{tmp_path}/")

    lost = [note.message for note in result.notices if note.code == "metadata_dropped"]
    assert any("EXIF and GPS directories" in text for text in lost)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("source", ["avif", "jpeg", "png", "webp"])
def test_exiftool_finds_the_place_and_no_thumbnail_under_keep(
    exiftool: str, tmp_path: Path, source: str, format: str
) -> None:
    place = _made(source, format, "keep", tmp_path)

    found = _tags(exiftool, place, "-n")
    assert found["EXIF:GPSLatitude"] == pytest.approx(48 + 8 / 60 + 14 / 3600)
    assert found["EXIF:Make"] == "PLANTED-maker"
    assert found["XMP:Subject"] == "PLANTED-keyword"
    assert not any("Thumbnail" in name or "Orientation" in name for name in found)
    spoken = _spoken(place.read_bytes())
    for gone in (b"PLANTED-thumbnail", b"PLANTED-xmp-thumbnail", b"PLANTED-maker-note"):
        assert gone not in spoken
    for gone in (b"PLANTED-resource", b"PLANTED-comment", b"PLANTED-text", b"PLANTED-city"):
        assert gone not in spoken


@pytest.mark.parametrize("format", FORMATS)
def test_exiftool_calls_the_files_sound(exiftool: str, tmp_path: Path, format: str) -> None:
    for policy in ("safe", "keep"):
        place = _made("jpeg", format, policy, tmp_path / policy)
        call = [exiftool, "-validate", "-warning", "-error", "-a", "-s3", str(place)]
        said = subprocess.run(call, capture_output=True, check=True, text=True).stdout.split("\n")
        # a block with credits alone has no EXIF directory, in which these would stand
        missing = [line for line in said if line and "Missing required" not in line]
        assert [line for line in missing if line != "OK" and "Warning" not in line] == []


@pytest.mark.parametrize("policy", ["strip", "safe", "keep"])
@pytest.mark.parametrize("format", FORMATS)
def test_orientation_is_applied_once_under_every_policy(
    tmp_path: Path, policy: str, format: str
) -> None:
    spec = mf.ImageOutput(format, metadata=policy)  # type: ignore[arg-type]  # one of three words

    result = mf.process(planted("jpeg", orientation=6), spec, to=f"{tmp_path}/")

    with Image.open(result.outputs[0].uri) as made:
        assert made.size == (64, 96)
        assert made.getexif().get(0x0112, 1) == 1
    assert b"tiff:Orientation" not in Path(result.outputs[0].uri).read_bytes()
    assert mf.probe(result.outputs[0].uri).image.orientation == 1


@pytest.mark.parametrize("policy", ["safe", "keep"])
def test_metadata_survives_every_path_to_an_output(tmp_path: Path, policy: str) -> None:
    # scaled, made from another picture, padded, turned and colour converted
    specs = [
        mf.ImageOutput("png", metadata=policy, width=90, suffix="_a"),  # type: ignore[arg-type]  # one of two words
        mf.ImageOutput("png", metadata=policy, width=20, suffix="_b"),  # type: ignore[arg-type]  # the same
        mf.ImageOutput("png", metadata=policy, width=50, height=50, fit="contain", suffix="_c"),  # type: ignore[arg-type]  # the same
    ]

    result = mf.process(planted("jpeg", orientation=8), specs, to=f"{tmp_path}/")

    for output in result.outputs:
        assert b"CREDIT-artist" in Path(output.uri).read_bytes()


def test_policies_stand_beside_each_other(tmp_path: Path) -> None:
    specs = [
        mf.ImageOutput("jpeg", width=40, metadata=policy, suffix=f"_{policy}")  # type: ignore[arg-type]  # one of three words
        for policy in ("strip", "safe", "keep")
    ]

    result = mf.process(planted("jpeg"), specs, to=f"{tmp_path}/")

    data = [Path(output.uri).read_bytes() for output in result.outputs]
    assert [b"CREDIT-artist" in each for each in data] == [False, True, True]
    assert [b"PLANTED-serial" in each for each in data] == [False, False, True]


def test_only_those_who_asked_are_told_what_is_missing(tmp_path: Path) -> None:
    specs = [
        mf.ImageOutput("jpeg", width=40, metadata=policy, suffix=f"_{policy}")  # type: ignore[arg-type]  # one of three words
        for policy in ("strip", "safe", "keep")
    ]

    result = mf.process(planted("png"), specs, to=f"{tmp_path}/")

    codes = [[notice.code for notice in output.notices] for output in result.outputs]
    assert codes == [[], [], ["metadata_dropped"]]
    message = result["keep"].notices[0].message
    assert "maker notes of 24 bytes" in message
    assert "2 text chunks" in message


def test_strict_refuses_what_cannot_be_kept(tmp_path: Path) -> None:
    spec = mf.ImageOutput("jpeg", metadata="keep")

    with pytest.raises(mf.errors.OutputsFailedError, match="maker notes"):
        mf.process(planted("webp"), spec, to=f"{tmp_path}/", strict=True)


def test_broken_exif_is_no_metadata_and_said(tmp_path: Path) -> None:
    stream = BytesIO()
    Image.new("RGB", (32, 32)).save(stream, "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")

    result = mf.process(
        stream.getvalue(), mf.ImageOutput("webp", metadata="safe"), to=f"{tmp_path}/"
    )

    assert [notice.code for notice in result.notices] == ["metadata_dropped"]


def test_animated_png_is_not_decoded_to_the_end_for_its_text(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (32, 32), (shade, 0, 0)) for shade in (10, 90, 170)]
    stream = BytesIO()
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:])

    mf.process(stream.getvalue(), mf.ImageOutput("png", metadata="keep"), to=f"{tmp_path}/a.png")

    with Image.open(tmp_path / "a.png") as made:
        assert made.convert("RGB").getpixel((9, 9)) == (10, 0, 0)
