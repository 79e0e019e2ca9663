"""GIF headers, painted by Pillow and cut by hand."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from mediaflow.errors import CorruptMediaError, TruncatedMediaError
from mediaflow.geometry import Size
from mediaflow.models.info import ImageInfo
from mediaflow.probing import probe
from tests.media import QUADRANTS, animated, encode, photo
from tests.unit.probing.readers import CountingReader

SCREEN = b"GIF89a" + bytes([3, 0, 2, 0, 0, 0, 0])
LOOP = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
END = b";"


def read(data: bytes) -> ImageInfo:
    return probe(CountingReader(data)).image


def picture(*, at=(0, 0), size=(3, 2), flags=0, data: bytes = b"\x01\x00") -> bytes:
    numbers = (*at, *size)
    edges = b"".join(number.to_bytes(2, "little") for number in numbers)
    return b"," + edges + bytes([flags, 2]) + data + b"\0"


def control(flags: int) -> bytes:
    return b"!\xf9\x04" + bytes([flags, 5, 0, 0]) + b"\0"


def test_a_painted_gif_is_read():
    info = read(encode(photo(64, 48), "GIF"))

    assert (info.stored_size, info.color.model, info.bit_depth) == (Size(64, 48), "palette", 8)
    assert (info.frames, info.is_animated, info.has_alpha) == (1, False, False)


@pytest.mark.parametrize("frames", [2, 3, 9])
def test_frames_of_a_short_animation_are_counted(frames):
    data = animated("GIF", frames=frames)

    info = read(data)

    assert (info.frames, info.is_animated) == (frames, True)
    assert Image.open(BytesIO(data)).n_frames == frames


def test_a_long_animation_that_loops_moves_and_costs_one_request():
    frames = [photo(200, 150 + index).resize((200, 150)) for index in range(6)]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0)
    source = CountingReader(data)

    info = probe(source).image

    assert len(data) > 64 * 1024
    assert (info.frames, info.is_animated) == (None, True)
    assert source.calls == 1


def test_a_long_animation_without_a_loop_moves_when_its_second_picture_is_near():
    far = picture(data=b"\xff" + bytes(255)) * 400
    source = CountingReader(SCREEN + far + END)

    info = probe(source).image

    assert (info.frames, info.is_animated) == (None, True)
    assert source.bytes_read <= 64 * 1024


def test_a_long_still_picture_counts_as_still():
    source = CountingReader(SCREEN + picture(data=(b"\xff" + bytes(255)) * 400) + END)

    info = probe(source).image

    assert (info.frames, info.is_animated) == (None, False)
    assert source.bytes_read <= 64 * 1024


def test_a_loop_extension_alone_does_not_make_it_move():
    info = read(SCREEN + LOOP + picture() + END)

    assert (info.frames, info.is_animated) == (1, False)


def test_a_gif_without_its_end_byte_tells_the_frames_that_it_has():
    assert read(SCREEN + picture() * 3).frames == 3


@pytest.mark.parametrize(
    ("blocks", "has_alpha"),
    [
        (picture(), False),
        (control(1) + picture(), True),
        (control(0) + picture() + control(1) + picture(), False),  # unchanged pixels show through
        (control(2 << 2) + picture() + control(0) + picture(), True),  # the canvas is cleared
        (picture(size=(2, 2)), True),
        (picture(at=(1, 0), size=(2, 2)), True),
    ],
)
def test_transparency_is_what_shows_through_the_canvas(blocks, has_alpha):
    assert read(SCREEN + blocks + END).has_alpha is has_alpha


def test_pillow_agrees_on_transparency():
    clear = Image.new("P", (8, 8), 1)
    clear.putpalette([channel for color in QUADRANTS for channel in color])

    data = encode(clear, "GIF", transparency=1)

    assert Image.open(BytesIO(data)).has_transparency_data
    assert read(data).has_alpha


def test_the_canvas_grows_to_hold_the_first_picture():
    data = SCREEN + picture(at=(2, 1), size=(4, 4)) + END

    assert read(data).stored_size == Size(6, 5)


def test_color_tables_comments_and_padding_are_stepped_over():
    screen = SCREEN[:10] + b"\x81\0\0" + b",;!" * 4  # a table of four colours
    local = picture(flags=0xC0)
    body = b"!\xfe\x05,;!,;\x02;;\0" + b"\0\0" + local[:10] + b",;" * 3 + local[10:]

    info = read(screen + body + picture() + END)

    assert (info.frames, info.is_progressive) == (2, True)


def test_a_gif_that_ends_without_a_picture_is_corrupt():
    with pytest.raises(CorruptMediaError, match="without a picture"):
        probe(CountingReader(SCREEN + LOOP + END))


def test_a_gif_without_area_is_corrupt():
    data = SCREEN[:6] + bytes(7) + picture(size=(0, 0)) + END

    with pytest.raises(CorruptMediaError, match="0×0 px"):
        probe(CountingReader(data))


@pytest.mark.parametrize("length", [6, 12, 13, 14, 18, 22])
def test_a_gif_cut_before_its_first_picture_is_truncated(length):
    with pytest.raises(TruncatedMediaError):
        probe(CountingReader((SCREEN + picture())[:length]))
