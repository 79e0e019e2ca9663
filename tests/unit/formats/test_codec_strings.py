"""Names of codecs are what their bindings derive from the bytes, and what other writers say."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaflow.errors import CorruptMediaError, MediaflowError, UnsupportedError
from mediaflow.formats.codec_strings import codec_string

VISUAL = bytes(78)
SOUND = bytes(28)


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def picture(kind: bytes, name: bytes, config: str, *others: bytes) -> bytes:
    return box(kind, VISUAL, *others, box(name, bytes.fromhex(config)))


def descriptor(tag: int, *content: bytes, size_bytes: int = 1) -> bytes:
    body = b"".join(content)
    size = [len(body) >> 7 * at & 0x7F | (0x80 if at else 0) for at in range(size_bytes)]
    return bytes([tag, *reversed(size)]) + body


def esds(number: int, special: bytes, *, size_bytes: int = 1, flags: int = 0, extra: bytes = b""):
    """Return the box of a stream: its descriptor, the decoder's and what only the codec knows."""
    decoder = descriptor(
        4,
        bytes([number]),
        bytes(12),
        descriptor(5, special, size_bytes=size_bytes) if special else b"",
        size_bytes=size_bytes,
    )
    stream = descriptor(3, b"\0\1", bytes([flags]), extra, decoder, size_bytes=size_bytes)
    return box(b"esds", bytes(4), stream)


def sound(*boxes: bytes) -> bytes:
    return box(b"mp4a", SOUND, *boxes)


@pytest.mark.parametrize(
    ("kind", "config", "said"),
    [
        (b"avc1", "01 64 00 1f ff e1", "avc1.64001f"),  # High 3.1
        (b"avc1", "01 42 c0 1e ff e1", "avc1.42c01e"),  # constrained Baseline 3.0
        (b"avc3", "01 4d 40 29 ff e1", "avc3.4d4029"),  # Main 4.1, parameter sets in the frames
        (b"avc1", "01 64 00 0c ff e1", "avc1.64000c"),  # what FFmpeg 5.1 said of x264 320×180
    ],
)
def test_h264_is_the_three_bytes_of_its_profile(kind, config, said):
    assert codec_string(picture(kind, b"avcC", config)) == said


@pytest.mark.parametrize(
    ("kind", "config", "said"),
    [
        # Main, compatible with flags 1 and 2 (0x60000000 backwards is 6), level 3.1 of 93 / 30
        (b"hvc1", "01 01 60000000 b00000000000 5d", "hvc1.1.6.L93.B0"),
        # Main 10 (flag 2 alone is 4 backwards), what x265 says of itself
        (b"hvc1", "01 02 20000000 900000000000 3c", "hvc1.2.4.L60.90"),
        # annex E: high tier, no constraint, so nothing behind the level
        (b"hev1", "01 22 20000000 000000000000 99", "hev1.2.4.H153"),
        # profile space 1 is A; constraints stay up to their last byte that is not zero
        (b"hev1", "01 44 08000000 b00008000000 5a", "hev1.A4.10.L90.B0.0.8"),
        # all spaces: 3 is C
        (b"hev1", "01 c1 00000001 000000000001 1e", "hev1.C1.80000000.L30.0.0.0.0.0.1"),
    ],
)
def test_hevc_is_written_by_the_rules_of_annex_e(kind, config, said):
    assert codec_string(picture(kind, b"hvcC", config)) == said


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("01000000 00 1f 82 010101 0000", "vp09.00.31.08"),
        ("01000000 00 0b 82 020202 0000", "vp09.00.11.08"),  # colors that nobody told
        ("01000000 02 0b a2 091009 0000", "vp09.02.11.10.01.09.16.09.00"),
        ("01000000 01 29 86 010101 0000", "vp09.01.41.08.03.01.01.01.00"),  # 4:4:4
        ("01000000 00 1f 83 010101 0000", "vp09.00.31.08.01.01.01.01.01"),  # full range
    ],
)
def test_vp9_says_its_colors_where_they_are_unusual(config, said):
    assert codec_string(picture(b"vp09", b"vpcC", config)) == said


def colr(primaries: int, transfer: int, matrix: int, full: int) -> bytes:
    points = b"".join(point.to_bytes(2, "big") for point in (primaries, transfer, matrix))
    return box(b"colr", b"nclx", points, bytes([full << 7]))


@pytest.mark.parametrize(
    ("config", "others", "said"),
    [
        ("81 00 0c 00", (), "av01.0.00M.08"),
        ("81 08 4c 00", (), "av01.0.08M.10"),
        ("81 2d c8 00", (), "av01.1.13H.10"),
        ("81 50 e0 00", (), "av01.2.16H.12"),
        ("81 08 4c 00", (colr(1, 1, 1, 0),), "av01.0.08M.10"),
        ("81 08 4d 00", (colr(9, 16, 9, 0),), "av01.0.08M.10.0.111.09.16.09.0"),
        ("81 08 4e 00", (colr(9, 18, 9, 1),), "av01.0.08M.10.0.112.09.18.09.1"),
        ("81 08 1c 00", (colr(1, 1, 1, 0),), "av01.0.08M.08.1.110.01.01.01.0"),
        ("81 20 00 00", (colr(1, 13, 0, 1),), "av01.1.00M.08.0.000.01.13.00.1"),
        # 4:2:2, where the place of the samples says nothing
        ("81 48 0a 00", (colr(1, 1, 1, 0),), "av01.2.08M.08.0.100.01.01.01.0"),
        ("81 00 0c 00", (box(b"colr", b"prof", b"icc!"),), "av01.0.00M.08"),
    ],
)
def test_av1_says_its_colors_where_a_box_beside_it_does(config, others, said):
    assert codec_string(picture(b"av01", b"av1C", config, *others)) == said


@pytest.mark.parametrize(
    ("special", "said"),
    [
        ("1210", "mp4a.40.2"),  # 00010 0100 0010 000: AAC-LC, 44.1 kHz, two channels
        ("2b920800", "mp4a.40.5"),  # HE-AAC, told openly
        ("eb8a0800", "mp4a.40.29"),  # with parametric stereo
        ("f94c2000", "mp4a.40.42"),  # 11111 001010: 32 + 10, extended HE-AAC
        ("f8400000", "mp4a.40.34"),  # 11111 000010: 32 + 2, layer 3
    ],
)
def test_sound_of_mpeg_4_says_its_kind(special, said):
    assert codec_string(sound(esds(0x40, bytes.fromhex(special)))) == said


@pytest.mark.parametrize(("number", "said"), [(0x6B, "mp4a.6B"), (0x69, "mp4a.69")])
def test_layer_3_is_the_number_of_its_standard(number, said):
    assert codec_string(sound(esds(number, b""))) == said


@pytest.mark.parametrize("size_bytes", [1, 2, 4])
def test_sizes_in_descriptors_may_be_longer_than_needed(size_bytes):
    assert codec_string(sound(esds(0x40, b"\x12\x10", size_bytes=size_bytes))) == "mp4a.40.2"


@pytest.mark.parametrize(
    ("flags", "extra"),
    [
        (0x80, b"\0\2"),  # depends on another stream
        (0x40, b"\3abc"),  # has an address
        (0x20, b"\0\7"),  # takes the clock of another
        (0xE0, b"\0\2\3abc\0\7"),
    ],
)
def test_what_a_stream_may_say_before_its_decoder_is_skipped(flags, extra):
    entry = sound(esds(0x40, b"\x12\x10", flags=flags, extra=extra))

    assert codec_string(entry) == "mp4a.40.2"


@pytest.mark.parametrize(
    ("kind", "said"),
    [(b"Opus", "opus"), (b"ac-3", "ac-3"), (b"ec-3", "ec-3"), (b"fLaC", "fLaC")],
)
def test_some_are_said_by_their_name_alone(kind, said):
    assert codec_string(box(kind, SOUND)) == said


def test_configuration_is_found_behind_other_boxes_and_the_first_counts():
    others = (box(b"pasp", bytes(8)), box(b"avcC", bytes.fromhex("01640028ff")))

    assert codec_string(picture(b"avc1", b"avcC", "01 42 00 1e ff", *others)) == "avc1.640028"


def test_a_box_may_tell_its_size_in_eight_bytes_or_reach_to_the_end():
    config = bytes.fromhex("0164001fff")
    long = (1).to_bytes(4, "big") + b"avcC" + (21).to_bytes(8, "big") + config
    rest = (0).to_bytes(4, "big") + b"avcC" + config

    assert codec_string(box(b"avc1", VISUAL, long)) == "avc1.64001f"
    assert codec_string(box(b"avc1", VISUAL, rest)) == "avc1.64001f"


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\0\0\0\x10avc", id="half a header"),
        pytest.param(box(b"avc1", VISUAL[:70]), id="fields cut"),
        pytest.param(box(b"avc1", VISUAL), id="no configuration"),
        pytest.param(box(b"avc1", VISUAL, b"\0\0\0\x20avcC\1"), id="box beyond its parent"),
        pytest.param(
            box(b"avc1", VISUAL, b"\0\0\0\x20avcC\1\x64\0\x1f\xff"),
            id="whole, but beyond its parent",
        ),
        pytest.param(box(b"avc1", VISUAL, b"\0\0\0\4avcC"), id="box smaller than its header"),
        pytest.param(picture(b"avc1", b"avcC", "02 64001f"), id="other version"),
        pytest.param(picture(b"avc1", b"avcC", "01 64"), id="short avcC"),
        pytest.param(picture(b"hvc1", b"hvcC", "01 01 60000000 b0"), id="short hvcC"),
        pytest.param(picture(b"vp09", b"vpcC", "01000000 00 1f"), id="short vpcC"),
        pytest.param(picture(b"vp09", b"vpcC", "00000000 00 1f 82 010101"), id="old vpcC"),
        pytest.param(picture(b"av01", b"av1C", "01 00 0c 00"), id="av1C without its marker"),
        pytest.param(sound(), id="no esds"),
        pytest.param(sound(box(b"esds", bytes(4))), id="empty esds"),
        pytest.param(sound(box(b"esds", bytes(4), b"\3\1\0")), id="short stream"),
        pytest.param(sound(box(b"esds", bytes(4), b"\3\x7f\0\1\0")), id="stream beyond its box"),
        pytest.param(
            sound(box(b"esds", bytes(4), b"\3\x13\0\1\0\4\x0d\x6b" + bytes(12))),
            id="stream a byte longer than its box",
        ),
        pytest.param(sound(box(b"esds", bytes(4), b"\3\xff\xff\xff\xff\1")), id="endless size"),
        pytest.param(sound(esds(0x40, b"")), id="no kind"),
        pytest.param(sound(esds(0x40, b"\x12")), id="half a kind"),
        pytest.param(sound(esds(0x40, b"\x12\x10", flags=0x40)), id="address without text"),
    ],
)
def test_bytes_that_break_the_rules_are_refused(entry):
    with pytest.raises(CorruptMediaError):
        codec_string(entry)


def test_an_unknown_kind_has_no_string():
    with pytest.raises(UnsupportedError, match="encv"):
        codec_string(box(b"encv", VISUAL))


SAMPLES = [
    picture(b"avc1", b"avcC", "01 64 00 1f ff e1"),
    picture(b"hvc1", b"hvcC", "01 01 60000000 b00000000000 5d"),
    picture(b"vp09", b"vpcC", "01000000 02 0b a2 091009 0000"),
    picture(b"av01", b"av1C", "81 08 4d 00", colr(9, 16, 9, 0)),
    sound(esds(0x40, bytes.fromhex("f94c2000"), size_bytes=4, flags=0xE0, extra=b"\0\2\1a\0\7")),
]


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=6),
    st.integers(0, 200),
)
def test_damaged_bytes_give_a_string_or_a_typed_error(entry, changes, cut):
    damaged = bytearray(entry[: len(entry) - cut % 3 * cut])
    for at, value in changes:
        if at < len(damaged):
            damaged[at] = value

    try:
        said = codec_string(bytes(damaged))
    except MediaflowError:
        return
    assert said.isascii()
    assert said.isprintable()


def made(codec: str, options: dict[str, str] | None = None) -> bytes:
    """Return the sample entry that FFmpeg's muxer writes for a codec."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        if codec in {"aac", "flac", "libopus"}:
            stream = container.add_stream(codec, rate=48_000)
            stream.layout = "stereo"
            frame = av.AudioFrame.from_ndarray(
                np.zeros((1, 2 * 960), "<i2"), format="s16", layout="stereo"
            )
            frame.sample_rate = 48_000
        else:
            stream = container.add_stream(codec, rate=25, options=options or {})
            stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
            stream.time_base = Fraction(1, 25)
            frame = av.VideoFrame.from_ndarray(np.zeros((180, 320, 3), "u1"), format="rgb24")
        frame.pts = 0
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    data = file.getvalue()
    at = data.index(b"stsd")
    return data[at + 12 : at - 4 + int.from_bytes(data[at - 4 : at], "big")]


@pytest.mark.parametrize(
    ("codec", "options", "said"),
    [
        ("libx264", {"profile": "high", "level": "3.1"}, "avc1.64001f"),
        ("libx264", {"profile": "baseline", "level": "3.0"}, "avc1.42c01e"),
        # 57,600 px are more than the 36,864 of level 1 and less than the 73,728 of level 1.1
        ("libvpx-vp9", {"cpu-used": "8"}, "vp09.00.11.08"),
        ("aac", None, "mp4a.40.2"),
        ("flac", None, "fLaC"),
        ("libopus", None, "opus"),
    ],
)
def test_entries_of_a_real_muxer_are_read(codec, options, said):
    assert codec_string(made(codec, options)) == said
