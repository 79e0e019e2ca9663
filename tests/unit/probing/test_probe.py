"""The front of the probe: what is refused, what limits do, what a probe costs."""

from __future__ import annotations

import pickle

import pytest

from mediaflow.errors import (
    CorruptMediaError,
    LimitExceededError,
    TruncatedMediaError,
    UnidentifiedMediaError,
)
from mediaflow.probing import probe, sniff
from mediaflow.security.limits import Limits, limits_for
from tests.media import alpha_png, animated, encode, oriented_jpeg, photo, photo_jpeg
from tests.unit.probing.readers import CountingReader


def test_an_empty_input_is_named_as_such():
    with pytest.raises(UnidentifiedMediaError, match=r"input is empty \(0 bytes\)"):
        probe(CountingReader(b""))


def test_unknown_bytes_are_shown():
    with pytest.raises(UnidentifiedMediaError, match="00 01 02 03") as caught:
        probe(CountingReader(bytes(range(8)) * 10))

    assert caught.value.stage == "probe"
    assert "jpeg" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (b"%PDF-1.7\n", "a PDF document"),
        (b"just words", "plain text"),
        (b"\x7fELF", "a program"),
    ],
)
def test_what_is_known_and_not_readable_is_called_by_its_name(data, title):
    with pytest.raises(UnidentifiedMediaError, match=f"this is {title}"):
        probe(CountingReader(data))


def test_a_format_that_limits_do_not_allow_is_refused_by_name_before_it_is_parsed():
    limits = Limits(allowed_formats=("png", "webp"))

    with pytest.raises(UnidentifiedMediaError, match=r"a JPEG picture.*allow png, webp"):
        probe(CountingReader(b"\xff\xd8\xff broken"), limits=limits)


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(max_pixels=64 * 48 - 1), "max_pixels"),
        (Limits(max_side=63), "max_side"),
    ],
)
def test_a_picture_above_a_limit_is_refused(limits, name):
    with pytest.raises(LimitExceededError) as caught:
        probe(CountingReader(photo_jpeg(64, 48)), limits=limits)

    assert caught.value.details["limit"] == name


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(max_frames=2), "max_frames"),
        (Limits(max_total_pixels=3 * 64 * 48 - 1), "max_total_pixels"),
    ],
)
@pytest.mark.parametrize("pillow_name", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_above_a_limit_is_refused(limits, name, pillow_name):
    with pytest.raises(LimitExceededError) as caught:
        probe(CountingReader(animated(pillow_name, frames=3)), limits=limits)

    assert caught.value.details["limit"] == name


def test_a_picture_at_its_limits_passes():
    limits = Limits(max_pixels=64 * 48, max_side=64, max_frames=1)

    assert probe(CountingReader(photo_jpeg(64, 48)), limits=limits).width == 64


def test_a_bomb_is_refused_for_strangers_by_its_header():
    bomb = bytearray(alpha_png())
    bomb[16:24] = (10_000).to_bytes(4, "big") + (9_000).to_bytes(4, "big")

    with pytest.raises(LimitExceededError, match="90,000,000"):
        probe(CountingReader(bytes(bomb)), limits=limits_for("strangers"))


def test_errors_say_where_and_hide_secrets():
    with pytest.raises(TruncatedMediaError) as caught:
        probe(CountingReader(photo_jpeg()[:100]), uri="https://host/a.jpg?X-Amz-Signature=hush")

    assert caught.value.where == "https://host/a.jpg?***"


def test_errors_survive_pickling():
    with pytest.raises(CorruptMediaError) as caught:
        probe(CountingReader(b"\xff\xd8\xff\xd9" + bytes(600)))

    copy = pickle.loads(pickle.dumps(caught.value))
    assert (type(copy), copy.message, copy.hint) == (
        CorruptMediaError,
        caught.value.message,
        caught.value.hint,
    )


def test_an_answer_tells_the_file_and_the_upright_size():
    data = oriented_jpeg(6)

    info = probe(CountingReader(data), uri="s3://id:hush@bucket/a.jpg")

    assert (info.uri, info.format, info.mime_type) == (
        "s3://***@bucket/a.jpg",
        "jpeg",
        "image/jpeg",
    )
    assert (info.bytes, info.kind) == (len(data), "image")
    assert (info.width, info.height) == (64, 48)
    assert (info.image.stored_size.width, info.image.stored_size.height) == (48, 64)


@pytest.mark.parametrize(
    ("pillow_name", "calls"),
    [("JPEG", 1), ("PNG", 1), ("WEBP", 1), ("AVIF", 1), ("GIF", 2)],
)
def test_a_header_costs_one_request_and_a_gif_two(pillow_name, calls):
    source = CountingReader(encode(photo(640, 480), pillow_name))

    info = probe(source)

    assert source.calls == calls
    assert info.header_bytes == source.bytes_read <= 64 * 1024


def test_a_source_that_does_not_tell_its_size_gives_the_same_answer():
    data = photo_jpeg()

    unsized = probe(CountingReader(data, tells_size=False))

    assert unsized.bytes is None
    assert unsized.image == probe(CountingReader(data)).image


def test_sniff_stands_beside_probe():
    assert sniff(b"GIF89a") == "gif"
