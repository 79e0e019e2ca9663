"""Templates become the names of files: safe, unique, true to what they hold."""

from __future__ import annotations

import os

import pytest

from mediaflow.errors import SpecError, UnknownNameError
from mediaflow.geometry import Size
from mediaflow.models.outputs import ImageOutput
from mediaflow.planning.names import (
    FIELDS,
    SourceName,
    check_template,
    find_duplicates,
    format_of_name,
    format_of_template,
    names_format,
    needs_key,
    output_uri,
    safe_component,
    template_for,
)
from mediaflow.planning.output_names import output_names

SOURCE = SourceName(stem="photo", parent="holidays", key="0123abcd")
WEBP = ImageOutput("webp", suffix="_m")
FOLDER = "{stem}{suffix}.{ext}"


def uri(template, output=WEBP, source=SOURCE):
    return output_uri(template, source, output, "m", Size(640, 480))


@pytest.mark.parametrize(
    ("to", "template"),
    [
        ("out/", "out/{stem}{suffix}.{ext}"),
        ("out", "out/{stem}{suffix}.{ext}"),
        ("a/b.d/c", "a/b.d/c/{stem}{suffix}.{ext}"),
        (".hidden", ".hidden/{stem}{suffix}.{ext}"),
        ("s3://bucket/x/", "s3://bucket/x/{stem}{suffix}.{ext}"),
        ("s3://bucket", "s3://bucket/{stem}{suffix}.{ext}"),
        ("{parent}/", "{parent}/{stem}{suffix}.{ext}"),
        ("out/a.webp", "out/a.webp"),
        ("out/{stem}.{ext}", "out/{stem}.{ext}"),
        ("https://host/a.webp?sig=1", "https://host/a.webp?sig=1"),
    ],
)
def test_place_is_a_folder_or_a_template(to, template):
    assert template_for(to, is_folder=False, beside=None) == template


def test_existing_folder_may_have_a_dot_in_its_name():
    assert template_for("v1.2", is_folder=True, beside=None) == "v1.2/{stem}{suffix}.{ext}"


def test_existing_folder_may_have_braces_in_its_name():
    template = template_for("a{b}", is_folder=True, beside=None)

    assert uri(template) == "a{b}/photo_m.webp"


def test_without_a_place_outputs_stand_beside_a_local_source():
    assert template_for(None, is_folder=False, beside="photos") == f"photos/{FOLDER}"
    assert template_for(None, is_folder=False, beside="") == FOLDER


def test_braces_in_the_folder_of_the_source_are_taken_literally():
    template = template_for(None, is_folder=False, beside="/srv/{stem}")

    assert uri(template) == "/srv/{stem}/photo_m.webp"


def test_without_a_place_and_a_folder_a_place_is_asked_for():
    with pytest.raises(SpecError, match="outputs need a place") as caught:
        template_for(None, is_folder=False, beside=None)

    assert "to='folder/'" in (caught.value.hint or "")


def test_there_are_nine_fields_in_order():
    assert list(FIELDS) == sorted(FIELDS)
    assert set(FIELDS) == {
        "stem",
        "suffix",
        "ext",
        "width",
        "height",
        "format",
        "name",
        "parent",
        "key",
    }


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("stem", "photo"),
        ("suffix", "_m"),
        ("ext", "webp"),
        ("width", "640"),
        ("height", "480"),
        ("format", "webp"),
        ("name", "m"),
        ("parent", "holidays"),
        ("key", "0123abcd"),
    ],
)
def test_field_is_filled_in(field, text):
    assert uri(f"out/{{{field}}}.webp") == f"out/{text}.webp"


def test_extension_of_jpeg_is_short_and_its_format_is_not():
    assert uri("{format}.{ext}", ImageOutput("jpeg")) == "jpeg.jpg"


def test_doubled_braces_are_braces():
    assert uri("{{x}}/{stem}.webp") == "{x}/photo.webp"


def test_unknown_field_is_refused_with_the_nearest():
    with pytest.raises(SpecError, match=r"unknown field \{widht\}; did you mean 'width'") as caught:
        template_for("out/{widht}.webp", is_folder=False, beside=None)

    assert caught.value.hint == f"known fields: {', '.join(FIELDS)}"


@pytest.mark.parametrize(
    "template",
    [
        "{}.webp",
        "{0}.webp",
        "{stem.__class__}.webp",
        "{stem[0]}.webp",
        "{stem!r}.webp",
        "{width:>10}.webp",
        "{stem:{width}}.webp",
        "{stem.webp",
        "stem}.webp",
        "{{stem}.webp",
    ],
)
def test_anything_but_a_plain_field_is_refused(template):
    with pytest.raises(SpecError, match="template"):
        check_template(template)


@pytest.mark.parametrize("template", ["{stem!r}.webp", "{width:>10}.webp"])
def test_known_field_with_formatting_is_not_called_unknown(template):
    with pytest.raises(SpecError) as caught:
        check_template(template)

    assert "unknown field" not in str(caught.value)


def test_secret_in_a_refused_template_is_hidden():
    with pytest.raises(SpecError) as caught:
        check_template("https://host/{widht}.webp?X-Amz-Signature=hush")

    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("template", "needed"),
    [
        ("{key}.webp", True),
        ("a/{key}/{stem}.webp", True),
        ("{stem}.webp", False),
        ("{{key}}", False),
    ],
)
def test_digest_is_made_only_where_a_name_holds_it(template, needed):
    assert needs_key(template) is needed


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("out/{stem}_{width}.webp", "webp"),
        ("a.JPG", "jpeg"),
        ("a.tar.png", "png"),
        ("s3://bucket/a.avif", "avif"),
    ],
)
def test_extension_of_a_template_names_the_format(template, name):
    assert format_of_template(template) == name


def test_query_is_no_part_of_the_extension():
    assert format_of_template("https://host/{stem}.webp?X-Amz-Signature=1") == "webp"


@pytest.mark.parametrize("template", ["out/", "out/{stem}", "out/{stem}.{ext}", "a."])
def test_template_without_an_extension_names_no_format(template):
    with pytest.raises(SpecError, match="does not say which format to write"):
        format_of_template(template)


def test_template_with_a_strange_extension_is_refused():
    with pytest.raises(UnknownNameError, match="no image format called 'docx'"):
        format_of_template("a.docx")


@pytest.mark.parametrize(
    ("outputs", "names"),
    [
        ([ImageOutput("jpeg")], ("jpeg",)),
        ([ImageOutput("jpeg", suffix="_thumb_150")], ("thumb_150",)),
        ([ImageOutput("jpeg", suffix="_a", name="b")], ("b",)),
        ([ImageOutput("jpeg"), ImageOutput("jpeg")], ("jpeg", "jpeg_2")),
        ([ImageOutput("jpeg")] * 3, ("jpeg", "jpeg_2", "jpeg_3")),
        ([ImageOutput("jpeg"), ImageOutput("png", name="jpeg")], ("jpeg_2", "jpeg")),
        ([ImageOutput("jpeg", suffix="_-. ")], ("jpeg",)),
    ],
)
def test_output_is_called_by_its_name_its_suffix_or_its_format(outputs, names):
    assert output_names(outputs) == names


def test_many_outputs_are_named_in_no_time():
    outputs = [ImageOutput("png", name="png_7"), *[ImageOutput("png")] * 20_000]

    names = output_names(outputs)

    assert names[1:8] == ("png", "png_2", "png_3", "png_4", "png_5", "png_6", "png_8")
    assert len(set(names)) == len(outputs)


def test_two_outputs_with_one_name_are_refused():
    outputs = [ImageOutput("jpeg", name="a"), ImageOutput("png", name="a")]

    with pytest.raises(SpecError, match="two outputs are called 'a'"):
        output_names(outputs)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("photo", "photo"),
        ("Ünïcödé 写真", "Ünïcödé 写真"),
        ("a/b", "a_b"),
        ("a\\b", "a_b"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "image"),
        (".", "image"),
        ("", "image"),
        (" . ", "image"),
        (".profile", "profile"),
        ("name. ", "name"),
        ("-rf", "rf"),
        ("--", "image"),
        ("a\0b\nc\x7f", "a_b_c_"),
        ('a:b*c?d"e<f>g|h', "a_b_c_d_e_f_g_h"),
        ("con", "_con"),
        ("CON", "_CON"),
        ("Nul.tar", "_Nul.tar"),
        ("com1", "_com1"),
        ("lpt9.x", "_lpt9.x"),
        ("console", "console"),
        ("e\u0301", "\u00e9"),  # NFC
    ],
)
def test_component_is_safe(text, safe):
    assert safe_component(text) == safe


def test_braces_in_a_name_are_no_fields():
    assert uri("{stem}.webp", source=SourceName(stem="{width}")) == "{width}.webp"


def test_name_of_the_source_cannot_leave_the_folder():
    source = SourceName(stem="../../x", parent="..")

    made = uri("out/{parent}/{stem}{suffix}.{ext}", source=source)

    assert made.startswith("out/")
    assert ".." not in made.split("/")
    assert made.count("/") == 2


@pytest.mark.parametrize("letter", ["x", "é", "写", "😀"])
def test_long_name_leaves_room_for_suffix_and_extension(letter):
    # POSIX NAME_MAX: 255 bytes for a name.
    safe = safe_component(letter * 400)

    assert len(safe.encode()) <= 255 - 64
    assert safe == letter * len(safe)


def test_file_name_that_is_no_unicode_stays_safe():
    # os.fsdecode gives a lone surrogate for a byte that is no UTF-8.
    assert "?" not in safe_component(os.fsdecode(b"a\xffb"))


@pytest.mark.parametrize("text", ["-.profile", "a" * 190 + " " + "b" * 60, "-con", "- con"])
def test_safe_name_stays_as_it_is(text):
    safe = safe_component(text)

    assert safe_component(safe) == safe


def test_very_long_name_is_cut_in_no_time():
    assert len(safe_component("x" * 100_000)) <= 255


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ("a.jpg", ImageOutput("webp")),
        ("a.webp", ImageOutput("jpeg")),
        ("a.docx", ImageOutput("jpeg")),
        ("a.jpg.exe", ImageOutput("jpeg")),
        ("{stem}.{width}", ImageOutput("jpeg")),
    ],
)
def test_extension_that_names_another_format_is_refused(template, output):
    with pytest.raises(SpecError, match="which its extension does not say") as caught:
        uri(template, output)

    assert ".{ext}" in (caught.value.hint or "")


@pytest.mark.parametrize("template", ["a.jpg", "a.JPG", "a.jpeg", "a.jpe"])
def test_every_spelling_of_an_extension_is_accepted(template):
    assert uri(template, ImageOutput("jpeg")) == template


@pytest.mark.parametrize("template", ["out/", "out/..", "out/."])
def test_name_that_is_none_is_refused(template):
    with pytest.raises(SpecError, match="is no usable file name"):
        uri(template)


def test_name_that_is_too_long_for_a_file_system_is_refused():
    output = ImageOutput("webp", suffix="x" * 100)

    with pytest.raises(SpecError, match="is no usable file name"):
        uri(FOLDER, output, SourceName(stem="y" * 400))


def test_query_of_a_signed_place_is_kept():
    assert (
        uri("https://host/{stem}.webp?X-Amz-Signature=a/b.c")
        == "https://host/photo.webp?X-Amz-Signature=a/b.c"
    )


@pytest.mark.parametrize(
    ("uris", "found"),
    [
        ([], None),
        (["a.jpg"], None),
        (["a.jpg", "b.jpg"], None),
        (["a.jpg", "b.jpg", "a.jpg"], "a.jpg"),
        (["a.jpg", "A.JPG"], "A.JPG"),  # one file on Windows and macOS
        (["\u00e9.jpg", "e\u0301.jpg"], "e\u0301.jpg"),  # one file on macOS
        (["stra\u00dfe.jpg", "STRASSE.jpg"], "STRASSE.jpg"),
    ],
)
def test_places_are_told_apart_as_every_file_system_does(uris, found):
    assert find_duplicates(iter(uris)) == found


def test_parent_of_a_source_without_a_folder_is_refused():
    # An empty part would turn "{parent}/a.webp" into a file at the root of the system.
    with pytest.raises(SpecError, match=r"\{parent\}"):
        uri("{parent}/{stem}{suffix}.{ext}", source=SourceName(stem="photo"))


@pytest.mark.parametrize(
    ("name", "format"),
    [("clip.MP4", "mp4"), ("clip.m4v", "mp4"), ("a.webm", "webm"), ("a.ts", "ts"), ("a.txt", None)],
)
def test_name_of_a_film_claims_its_format(name, format):
    assert format_of_name(name) == format


@pytest.mark.parametrize(
    ("claimed", "found", "expected"),
    [
        (None, "mp4", True),
        ("mp4", "mov", True),
        ("mov", "mp4", True),
        ("webm", "matroska", True),
        ("mpg", "mpegts", True),
        ("mp4", "m3u", False),
        ("mp4", "jpeg", False),
        ("jpeg", "mp4", False),
        ("heif", "heif", True),
    ],
)
def test_name_may_say_less_than_the_bytes_but_nothing_else(claimed, found, expected):
    assert names_format(claimed, found) is expected
