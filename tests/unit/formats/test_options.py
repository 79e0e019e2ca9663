"""Typed options refuse what an encoder would silently ignore, and become its own arguments."""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass, fields

import pytest
from PIL import Image

from mediaflow.errors import SpecError
from mediaflow.formats import (
    AvifOptions,
    GifOptions,
    JpegOptions,
    PngOptions,
    TiffOptions,
    WebpOptions,
    image_formats,
)
from mediaflow.models.plugins import EncoderOptions
from tests.media import photo

ALL = [AvifOptions, GifOptions, JpegOptions, PngOptions, TiffOptions, WebpOptions]
RANGES = [
    (AvifOptions, "speed", 0, 10),
    (GifOptions, "colors", 2, 256),
    (PngOptions, "compression", 0, 9),
    (WebpOptions, "alpha_quality", 1, 100),
    (WebpOptions, "effort", 0, 6),
]
FLAGS = [
    (JpegOptions, "optimize"),
    (JpegOptions, "progressive"),
    (PngOptions, "optimize"),
    (WebpOptions, "keep_hidden_color"),
]
CHROMA = [
    (AvifOptions, ["auto", "4:4:4", "4:2:2", "4:2:0", "4:0:0"]),
    (JpegOptions, ["auto", "4:4:4", "4:2:2", "4:2:0"]),
]

DEEP = [PngOptions, TiffOptions]

every_class = pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)


def arguments(name, quality=80, *, exact=False, options=None):
    row = image_formats[name]
    return dict(row.arguments(quality, exact, options or row.default_options))


@every_class
def test_misspelt_option_is_refused(cls):
    with pytest.raises(TypeError, match="qualty"):
        cls(qualty=5)


@every_class
def test_options_are_named_never_counted(cls):
    with pytest.raises(TypeError):
        cls(cls().kind)


@every_class
def test_options_are_plain_values(cls):
    assert pickle.loads(pickle.dumps(cls())) == cls()
    assert hash(cls()) == hash(cls())


def test_dither_is_one_of_two_words():
    assert dict(arguments("gif", options=GifOptions(dither="floyd_steinberg", colors=9))) == {
        "colors": 9,
        "dither": "floyd_steinberg",
    }
    with pytest.raises(SpecError, match="option 'dither' must be one of none, floyd_steinberg"):
        GifOptions(dither="floyd-steinberg")


@every_class
def test_options_know_their_format(cls):
    assert image_formats[cls().kind].options is cls


def test_every_option_has_a_rule_in_this_file():
    ruled = {(cls, name) for cls, name, *_ in [*RANGES, *FLAGS]}
    ruled |= {(cls, "chroma_subsampling") for cls, _ in CHROMA}
    ruled |= {(cls, "bit_depth") for cls in DEEP}
    ruled |= {(PngOptions, "colors"), (TiffOptions, "compression")}
    ruled |= {(GifOptions, "dither")}

    assert {(cls, field.name) for cls in ALL for field in fields(cls)} - ruled == {
        (cls, "kind") for cls in ALL
    }


@pytest.mark.parametrize(("cls", "name", "low", "high"), RANGES)
def test_number_inside_its_range_is_accepted(cls, name, low, high):
    assert [getattr(cls(**{name: value}), name) for value in (low, high)] == [low, high]


@pytest.mark.parametrize(("cls", "name", "low", "high"), RANGES)
@pytest.mark.parametrize("wrong", ["below", "above", "1", 1.0, True, None], ids=repr)
def test_number_outside_its_range_is_refused(cls, name, low, high, wrong):
    value = {"below": low - 1, "above": high + 1}.get(wrong, wrong)

    with pytest.raises(SpecError) as caught:
        cls(**{name: value})

    assert str(caught.value) == (
        f"{cls().kind} option {name!r} must be a whole number {low} to {high}, got {value!r}"
    )
    assert caught.value.details["field"] == name


@pytest.mark.parametrize(("cls", "name"), FLAGS)
@pytest.mark.parametrize("value", [0, 1, "yes", None])
def test_flag_is_true_or_false(cls, name, value):
    with pytest.raises(SpecError, match=f"option '{name}' must be true or false, got {value!r}"):
        cls(**{name: value})


@pytest.mark.parametrize(("cls", "choices"), CHROMA)
def test_chroma_is_one_of_the_words(cls, choices):
    assert [cls(chroma_subsampling=word).chroma_subsampling for word in choices] == choices


@pytest.mark.parametrize(("cls", "choices"), CHROMA)
@pytest.mark.parametrize("value", ["4:2:1", "420", "", None, 420], ids=repr)
def test_other_chroma_is_refused(cls, choices, value):
    with pytest.raises(SpecError, match=f"must be one of {', '.join(choices)}, got {value!r}"):
        cls(chroma_subsampling=value)


def test_jpeg_cannot_drop_colour():
    with pytest.raises(SpecError):
        JpegOptions(chroma_subsampling="4:0:0")


def test_near_miss_of_a_word_is_named():
    with pytest.raises(SpecError, match="did you mean '4:2:0'"):
        JpegOptions(chroma_subsampling="4:2:0 ")


def test_options_of_a_plugin_check_themselves_with_the_same_words():
    @dataclass(frozen=True, slots=True, kw_only=True)
    class JxlOptions(EncoderOptions):
        kind: str = "jxl"
        effort: int = 7
        modular: bool = False

        def __post_init__(self) -> None:
            self.check_flags()
            self.check_range("effort", 1, 9)

    with pytest.raises(SpecError, match="jxl option 'effort' must be a whole number 1 to 9"):
        JxlOptions(effort=10)
    with pytest.raises(SpecError, match="jxl option 'modular' must be true or false"):
        JxlOptions(modular="no")


def test_jpeg_arguments():
    assert arguments("jpeg", 85) == {
        "quality": 85,
        "progressive": True,
        "optimize": True,
        "subsampling": "4:2:0",
    }


def test_jpeg_arguments_follow_the_options():
    options = JpegOptions(progressive=False, optimize=False, chroma_subsampling="4:2:2")

    assert arguments("jpeg", 95, options=options) == {
        "quality": 95,
        "progressive": False,
        "optimize": False,
        "subsampling": "4:2:2",
    }


def test_png_arguments_know_no_quality():
    assert arguments("png", options=PngOptions(compression=9, optimize=True)) == {
        "compress_level": 9,
        "optimize": True,
    }


def test_webp_arguments():
    assert arguments("webp", 80) == {
        "quality": 80,
        "lossless": False,
        "method": 4,
        "alpha_quality": 100,
        "exact": False,
    }


def test_lossless_webp_reads_quality_as_effort():
    # With lossless=True libwebp takes "quality" for the effort; 100 would be very slow.
    exact = arguments("webp", 100, exact=True, options=WebpOptions(keep_hidden_color=True))

    assert (exact["lossless"], exact["exact"]) == (True, True)
    assert 0 <= exact["quality"] < 100


def test_avif_arguments_pin_the_threads():
    # The number of threads changes the bytes; one keeps them the same on every machine.
    assert arguments("avif", 63, options=AvifOptions(speed=8)) == {
        "quality": 63,
        "speed": 8,
        "subsampling": "4:2:0",
        "max_threads": 1,
    }


@pytest.mark.parametrize("name", ["avif", "jpeg", "webp"])
def test_quality_is_the_encoder_s_own_number(name):
    assert [arguments(name, quality)["quality"] for quality in (1, 50, 100)] == [1, 50, 100]


@pytest.mark.parametrize("name", ["avif", "jpeg", "png", "webp"])
@pytest.mark.parametrize("exact", [False, True])
def test_pillow_takes_the_arguments(name, exact):
    stream = io.BytesIO()

    photo(32, 24).save(stream, name.upper(), **arguments(name, exact=exact))

    assert Image.open(stream).size == (32, 24)


@pytest.mark.parametrize("cls", DEEP)
def test_depth_is_auto_or_8_or_16_bits(cls):
    assert [cls(bit_depth=depth).bit_depth for depth in ("auto", 8, 16)] == ["auto", 8, 16]


@pytest.mark.parametrize("cls", DEEP)
@pytest.mark.parametrize("wrong", [10, "16", True, 16.5, None], ids=repr)
def test_other_depth_is_refused(cls, wrong):
    with pytest.raises(SpecError, match="'bit_depth' must be 'auto', 8 or 16"):
        cls(bit_depth=wrong)


@pytest.mark.parametrize("wrong", [1, 257, "16", True, 16.5], ids=repr)
def test_palette_holds_2_to_256_colors(wrong):
    with pytest.raises(SpecError, match="'colors' must be a whole number 2 to 256"):
        PngOptions(colors=wrong)


def test_a_number_of_colors_is_not_exact():
    assert PngOptions().allows_exact()
    assert not PngOptions(colors=256).allows_exact()


@pytest.mark.parametrize(
    ("word", "name"), [("none", "raw"), ("lzw", "tiff_lzw"), ("deflate", "tiff_adobe_deflate")]
)
def test_compression_of_a_tiff_is_called_as_its_encoder_calls_it(word, name):
    assert arguments("tiff", options=TiffOptions(compression=word)) == {"compression": name}


def test_unknown_compression_is_refused():
    with pytest.raises(SpecError, match="deflate, lzw, none"):
        TiffOptions(compression="jpeg")
