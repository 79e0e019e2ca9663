"""Messages of unregistered user data leave coded frames; nothing else does."""

from __future__ import annotations

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaflow.formats.nal_units import (
    configuration_without_user_data,
    size_bytes_of,
    without_user_data,
)

SLICE = bytes([0x65, 1, 2, 3])
CAPTIONS = bytes([4, 3, 0xB5, 0, 0x31])
SETTINGS = bytes([5, 4]) + b"name"
STOP = b"\x80"


def sei(*messages: bytes) -> bytes:
    return bytes([6]) + b"".join(messages) + STOP


def started(*units: bytes) -> bytes:
    return b"".join(b"\x00\x00\x00\x01" + unit for unit in units)


def sized(*units: bytes) -> bytes:
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


@pytest.mark.parametrize(("packed", "size"), [(started, None), (sized, 4)])
def test_a_message_goes_and_its_neighbors_stay(packed, size):
    frame = packed(sei(SETTINGS), sei(CAPTIONS, SETTINGS), SLICE)

    assert without_user_data(frame, "h264", size) == packed(sei(CAPTIONS), SLICE)


def test_hevc_has_its_own_header_and_types():
    prefix = bytes([39 << 1, 1]) + SETTINGS + STOP
    other = bytes([32 << 1, 1]) + SETTINGS + STOP

    assert without_user_data(sized(prefix, other), "hevc", 4) == sized(other)


def test_a_long_message_tells_its_size_in_several_bytes():
    long = bytes([5, 255, 255, 90]) + bytes(range(1, 101)) * 6

    assert without_user_data(sized(sei(long, CAPTIONS), SLICE), "h264", 4) == sized(
        sei(CAPTIONS), SLICE
    )


def test_escapes_are_not_counted_and_are_written_again():
    zeros = bytes([4, 4, 0, 0, 1, 9])
    escaped = bytes([6, 4, 4, 0, 0, 3, 1, 9]) + SETTINGS + STOP

    cleaned = without_user_data(sized(escaped), "h264", 4)

    assert cleaned == sized(bytes([6]) + zeros[:4] + b"\x03" + zeros[4:] + STOP)


@pytest.mark.parametrize(
    "tail",
    [b"\0", b"\0\0\0", b"\0\0\0\x09\x65\x01", sized(sei(SETTINGS))[:-1]],
    ids=["one byte", "no whole size", "half a slice", "half a message"],
)
def test_an_end_that_is_no_whole_unit_stays_as_it_is(tail):
    frame = sized(sei(SETTINGS), SLICE) + tail

    assert without_user_data(frame, "h264", 4) == sized(SLICE) + tail


def test_a_unit_that_was_not_escaped_stays_as_it_is():
    # escaped as it should have been, it were longer than one byte can tell
    unit = sei(b"\x05\x00", bytes([4, 249]) + bytes(249))
    frame = bytes([len(unit)]) + unit

    assert without_user_data(frame, "h264", 1) == frame


@given(st.binary(max_size=200), st.sampled_from(["h264", "hevc"]))
def test_what_has_no_such_message_stays_to_the_byte(data, codec):
    slices = data.replace(b"\x00\x00", b"\x01\x01")
    unit = bytes([0x65 if codec == "h264" else 2]) + b"\x01" + slices

    assert without_user_data(sized(unit), codec, 4) == sized(unit)
    assert without_user_data(started(unit), codec, None) == started(unit)


@given(st.binary(max_size=300), st.sampled_from([None, 1, 2, 4]))
def test_damage_never_raises_nor_grows(data, size):
    made = without_user_data(data, "h264", size)

    assert len(made) <= len(data) + (size or 0) + len(data) // 2


def test_what_is_left_is_decoded_to_the_same_frames():
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.framerate = 64, 48, "yuv420p", 25
    encoder.time_base = 1 / encoder.framerate
    packets = [*encoder.encode(av.VideoFrame(64, 48, "yuv420p")), *encoder.encode(None)]
    data = b"".join(bytes(packet) for packet in packets)

    cleaned = without_user_data(data, "h264", None)

    assert b"x264" in data
    assert b"x264" not in cleaned
    assert _decoded(cleaned) == _decoded(data)


def _decoded(data: bytes) -> list[bytes]:
    decoder = av.CodecContext.create("h264", "r")
    frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
    return [bytes(plane) for frame in frames for plane in frame.planes]


@pytest.mark.parametrize(
    ("codec", "record", "size"),
    [
        ("h264", b"\x01\x64\x00\x28\xff\xe1", 4),
        ("h264", b"\x01\x64\x00\x28\xfd\xe1", 2),
        ("h264", b"\x00\x00\x00\x01\x67\x64", None),
        ("hevc", b"\x01" + bytes(20) + b"\x0f" + b"\x00", 4),
        ("h264", b"", None),
    ],
)
def test_size_of_sizes_is_read_from_the_record(codec, record, size):
    assert size_bytes_of(codec, record) == size


# ISO/IEC 14496-15 8.3.3.1.2: 22 bytes, then the number of arrays; each array tells the type of its
# units, their number in two bytes, and the length of each in two bytes
PROFILE = b"\x01" + bytes(20) + b"\x0f"
VPS, SPS = bytes([32 << 1, 1, 9]), bytes([33 << 1, 1, 8, 7])
MASTERING = bytes([137, 3, 1, 2, 3])


def record(*arrays: tuple[int, list[bytes]]) -> bytes:
    return PROFILE + bytes([len(arrays)]) + b"".join(array(*each) for each in arrays)


def array(head: int, units: list[bytes]) -> bytes:
    said = b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)
    return bytes([head]) + len(units).to_bytes(2, "big") + said


def hevc_sei(*messages: bytes, kind: int = 39) -> bytes:
    return bytes([kind << 1, 1]) + b"".join(messages) + STOP


def test_a_record_of_hvcc_loses_its_messages_of_user_data():
    told = record(
        (0xA0, [VPS]),
        (0xA7, [hevc_sei(SETTINGS)]),
        (0x27, [hevc_sei(SETTINGS), hevc_sei(MASTERING, SETTINGS)]),
        (0xA1, [SPS, SPS]),
        (0xA8, [hevc_sei(SETTINGS, kind=40)]),
        (0xA2, []),
    )

    assert configuration_without_user_data(told, "hevc") == record(
        (0xA0, [VPS]), (0x27, [hevc_sei(MASTERING)]), (0xA1, [SPS, SPS]), (0xA2, [])
    )


@pytest.mark.parametrize("lost", range(1, 22))
def test_a_record_of_hvcc_that_is_cut_off_stays_as_it_is(lost):
    told = record((0xA7, [hevc_sei(SETTINGS)]), (0xA1, [SPS, SPS]))

    assert configuration_without_user_data(told[:-lost], "hevc") == told[:-lost]


def test_what_stands_behind_the_arrays_stays():
    told = record((0xA7, [hevc_sei(SETTINGS)])) + b"behind"

    assert configuration_without_user_data(told, "hevc") == record() + b"behind"


def test_parameters_with_start_codes_lose_them_too():
    told = started(VPS, hevc_sei(SETTINGS), SPS)

    assert configuration_without_user_data(told, "hevc") == started(VPS, SPS)


def test_a_record_of_avcc_has_no_messages():
    # what looks like one is the second parameter set
    told = b"\x01\x64\x00\x28\xff\xe1\x00\x02\x67\x64\x01" + b"\x00\x0a" + sei(SETTINGS)

    assert configuration_without_user_data(told, "h264") == told


@given(st.binary(max_size=200))
def test_damage_of_a_record_never_raises_nor_grows(data):
    assert len(configuration_without_user_data(PROFILE + data, "hevc")) <= len(PROFILE + data)
