"""The table of formats: sorted, complete, and true to the formats' own texts."""

from __future__ import annotations

import mimetypes

import pytest
from PIL import Image

from mediaflow.errors import UnknownNameError, UnsupportedError
from mediaflow.formats import (
    ALIASES,
    AvifOptions,
    JpegOptions,
    PngOptions,
    TiffOptions,
    WebpOptions,
    canonical_name,
    containers,
    image_formats,
    options_of,
    sound_formats,
)
from mediaflow.formats.row import chroma_for

ROWS = [image_formats[name] for name in image_formats.builtin_names()]
WRITTEN = ["avif", "gif", "jpeg", "png", "tiff", "webp"]
READ_ONLY = ["bmp", "heif", "ico", "svg"]

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def test_table_is_sorted():
    assert list(image_formats.builtin_names()) == sorted(image_formats.builtin_names())
    assert list(ALIASES) == sorted(ALIASES)


def test_table_names_what_is_written_and_what_is_read():
    assert [row.name for row in ROWS if row.arguments is not None] == WRITTEN
    assert [row.name for row in ROWS if row.arguments is None] == READ_ONLY


@every_row
def test_row_is_found_under_its_own_name(row):
    assert image_formats[row.name] is row


@every_row
def test_media_type_is_registered_under_the_same_name(row):
    # IANA media types: the subtype is the name of the format.
    registered = {"ico": "image/vnd.microsoft.icon", "svg": "image/svg+xml"}
    assert row.mime_type == registered.get(row.name, f"image/{row.name}")


@every_row
def test_extension_leads_back_to_the_format(row):
    assert canonical_name(row.extension) == row.name


@pytest.mark.parametrize("name", ["bmp", "gif", "ico", "jpeg", "png", "svg", "tiff"])
def test_extension_is_one_that_the_standard_library_knows(name):
    row = image_formats[name]

    assert mimetypes.guess_type(f"a.{row.extension}")[0] == row.mime_type


@pytest.mark.parametrize("name", ["avif", "bmp", "gif", "ico", "jpeg", "png", "tiff", "webp"])
def test_extension_is_the_same_format_for_pillow(name):
    extension = f".{image_formats[name].extension}"

    assert Image.registered_extensions()[extension] == name.upper()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("jpg", "jpeg"),
        ("JPG", "jpeg"),
        (".jpg", "jpeg"),
        ("JPEG", "jpeg"),
        ("jpe", "jpeg"),
        ("tif", "tiff"),
        ("heic", "heif"),
        ("webp", "webp"),
        ("xyz", "xyz"),
    ],
)
def test_common_spellings_lead_to_one_name(text, name):
    assert canonical_name(text) == name


@pytest.mark.parametrize("alias", ALIASES)
def test_alias_leads_into_the_table(alias):
    assert any(ALIASES[alias] in table for table in (image_formats, containers, sound_formats))
    assert alias not in image_formats


@pytest.mark.parametrize(
    ("name", "quality"), [("avif", 63), ("jpeg", 75), ("webp", 80), ("png", None)]
)
def test_default_qualities_look_alike(name, quality):
    # JPEG 75, WebP 80 and AVIF 63 have about the same SSIMULACRA2 score; PNG has no quality.
    assert image_formats[name].default_quality == quality


@pytest.mark.parametrize(
    ("name", "alpha", "lossless"),
    [
        ("avif", True, False),
        ("jpeg", False, False),
        ("png", True, True),
        ("tiff", True, True),
        ("webp", True, True),
    ],
)
def test_abilities_of_what_is_written(name, alpha, lossless):
    row = image_formats[name]

    assert (row.has_alpha, row.can_be_lossless) == (alpha, lossless)


@pytest.mark.parametrize(
    ("name", "longest"),
    [
        ("jpeg", 65_500),  # libjpeg: JPEG_MAX_DIMENSION
        ("webp", 16_383),  # RFC 9649 2.7: 14 bits hold side - 1
        ("avif", 32_768),  # libavif: AVIF_DEFAULT_IMAGE_DIMENSION_LIMIT of its decoder
    ],
)
def test_longest_side_is_the_encoder_s_own(name, longest):
    assert image_formats[name].max_side == longest


@pytest.mark.parametrize(
    ("kind", "cls"),
    [
        ("avif", AvifOptions),
        ("jpeg", JpegOptions),
        ("jpg", JpegOptions),
        ("png", PngOptions),
        ("tif", TiffOptions),
        ("webp", WebpOptions),
    ],
)
def test_options_are_found_by_the_name_of_the_format(kind, cls):
    assert options_of(kind) is cls


@pytest.mark.parametrize("kind", READ_ONLY)
def test_format_that_is_only_read_has_no_options(kind):
    with pytest.raises(UnsupportedError, match=f"{kind} cannot be written"):
        options_of(kind)


def test_unknown_format_has_no_options():
    with pytest.raises(UnknownNameError, match="did you mean 'webp'"):
        options_of("wepb")


@pytest.mark.parametrize("name", WRITTEN)
def test_row_says_how_long_encoding_takes(name):
    assert image_formats[name].encode_seconds_per_megapixel > 0


@pytest.mark.parametrize("name", WRITTEN)
def test_default_options_are_those_of_the_format(name):
    row = image_formats[name]

    assert row.options is not None
    assert row.default_options == row.options()
    assert row.default_options.kind == name


@pytest.mark.parametrize(
    ("asked", "quality", "chroma"),
    [
        ("auto", 1, "4:2:0"),
        ("auto", 89, "4:2:0"),
        ("auto", 90, "4:4:4"),
        ("auto", 100, "4:4:4"),
        ("4:2:2", 100, "4:2:2"),
        ("4:4:4", 1, "4:4:4"),
    ],
)
def test_chroma_follows_the_quality_unless_it_is_asked_for(asked, quality, chroma):
    assert chroma_for(asked, quality) == chroma
