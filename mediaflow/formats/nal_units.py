"""Takes what programs say of themselves out of coded frames of H.264 and HEVC.

Encoders leave their name and all settings in a message of "user data unregistered", in frames and in
what a stream says before them; cameras put their own there. Nothing that is shown depends on it.

Law: bytes in, bytes out; all but that one message stays as it is, and so does what is damaged.

Source: ITU-T H.264 7.3.1, 7.3.2.3, annex B and D.1.6; ITU-T H.265 7.3.1, annex B; ISO/IEC 14496-15
5.3.3.1 and 8.3.3.1 (the length of a NAL unit's size, arrays of units).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "NAL_CODECS",
    "configuration_without_user_data",
    "size_bytes_of",
    "without_user_data",
]

NAL_CODECS: Final = ("h264", "hevc")
"""Codecs whose frames are made of NAL units."""

START: Final = b"\x00\x00\x01"
USER_DATA_UNREGISTERED: Final = 5  # D.1.1, the same number in both
SEI_TYPES: Final[dict[str, tuple[int, ...]]] = {"h264": (6,), "hevc": (39, 40)}
HEADER_BYTES: Final = {"h264": 1, "hevc": 2}
SIZE_FIELD: Final = {"h264": 4, "hevc": 21}  # place in avcC and hvcC
FIRST_ARRAY: Final = 23  # place in hvcC, behind the number of arrays
ARRAY_HEADER: Final = 3  # type of its units, and how many
MORE: Final = 0xFF
STOP_BIT: Final = 0x80
ESCAPE: Final = 3
ESCAPED: Final = 3  # bytes up to this one are escaped behind two zeros


def size_bytes_of(codec: str, configuration: bytes) -> int | None:
    """Return how many bytes tell the size of a NAL unit, or None where start codes part them.

    Args:
        codec: ``"h264"`` or ``"hevc"``.
        configuration: The record of avcC or hvcC, or parameter sets with start codes.
    """
    place = SIZE_FIELD[codec]
    if len(configuration) <= place or configuration[0] != 1:
        return None
    return (configuration[place] & 3) + 1


def without_user_data(data: bytes, codec: str, size_bytes: int | None) -> bytes:
    """Return a coded frame without messages of unregistered user data.

    Args:
        data: The frame.
        codec: ``"h264"`` or ``"hevc"``.
        size_bytes: How many bytes tell the size of a NAL unit; None for start codes.
    """
    if size_bytes is None:
        return b"".join(
            lead + kept
            for lead, unit in _started(data)
            if (kept := _cleaned(unit, codec)) is not None
        )
    return b"".join(_sized(data, codec, size_bytes))


def configuration_without_user_data(configuration: bytes, codec: str) -> bytes:
    """Return what a stream says before its first frame without messages of unregistered user data.

    x265 leaves its name and all settings there too. The record of avcC has room for parameter sets
    only, so it stays; one that is damaged does too.

    Args:
        configuration: The record of avcC or hvcC, or units with start codes.
        codec: ``"h264"`` or ``"hevc"``.
    """
    if size_bytes_of(codec, configuration) is None:
        return without_user_data(configuration, codec, None)
    has_arrays = codec == "hevc" and len(configuration) >= FIRST_ARRAY
    return _without_user_data_in_record(configuration) if has_arrays else configuration


def _without_user_data_in_record(record: bytes) -> bytes:
    arrays: list[bytes] = []
    at = FIRST_ARRAY
    for _ in range(record[FIRST_ARRAY - 1]):
        units, end = _array(record, at)
        if end > len(record):
            return record
        kept = [unit for each in units if (unit := _cleaned(each, "hevc")) is not None]
        if kept or not units:
            said = (len(unit).to_bytes(2, "big") + unit for unit in kept)
            count = len(kept).to_bytes(2, "big")
            arrays.append(b"".join((record[at : at + 1], count, *said)))
        at = end
    behind = record[at:]
    return b"".join((record[: FIRST_ARRAY - 1], bytes([len(arrays)]), *arrays, behind))


def _array(record: bytes, at: int) -> tuple[list[bytes], int]:
    """Return the units of an array of hvcC and where it ends: behind a record that is damaged."""
    units: list[bytes] = []
    end = at + ARRAY_HEADER
    for _ in range(int.from_bytes(record[at + 1 : end], "big")):
        begin = end + 2
        end = begin + int.from_bytes(record[end:begin], "big")
        if end > len(record):
            break
        units.append(record[begin:end])
    return units, end


def _started(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield start codes and the NAL units behind them; what comes before the first has none."""
    at = data.find(START)
    if at < 0:
        yield b"", data
        return
    lead = data[: at + len(START)]
    while True:
        begin = at + len(START)
        after = data.find(START, begin)
        end = len(data) if after < 0 else after
        if after > begin and data[after - 1] == 0:
            end -= 1  # the longer start code has one more zero
        yield lead, data[begin:end]
        if after < 0:
            return
        lead, at = data[end : after + len(START)], after


def _sized(data: bytes, codec: str, size_bytes: int) -> Iterator[bytes]:
    """Yield units with their sizes, cleaned; what is no whole unit at the end stays as it is."""
    at = 0
    while at < len(data):
        begin = at + size_bytes
        end = begin + int.from_bytes(data[at:begin], "big")
        if end > len(data):
            yield data[at:]
            return
        kept = _cleaned(data[begin:end], codec)
        if kept is not None:
            yield len(kept).to_bytes(size_bytes, "big") + kept
        at = end


def _cleaned(unit: bytes, codec: str) -> bytes | None:
    """Return a NAL unit without the messages, or None when nothing is left of it."""
    header = HEADER_BYTES[codec]
    if len(unit) <= header or _type_of(unit, codec) not in SEI_TYPES[codec]:
        return unit
    payload = _unescaped(unit[header:])
    messages = list(_messages(payload))
    kept = [body for number, body in messages if number != USER_DATA_UNREGISTERED]
    if len(kept) == len(messages):
        return unit
    if not kept:
        return None
    made = unit[:header] + _escaped(b"".join(kept) + bytes([STOP_BIT]))
    return made if len(made) < len(unit) else unit  # it was not escaped, so it is damaged


def _type_of(unit: bytes, codec: str) -> int:
    return unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F


def _messages(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the number of each message and the whole of it."""
    at = 0
    while at + 2 <= len(payload):  # the stop bit is one byte alone
        number, place = _number(payload, at)
        size, place = _number(payload, place)
        yield number, payload[at : place + size]
        at = place + size


def _number(payload: bytes, at: int) -> tuple[int, int]:
    """Return a number that is told in bytes of up to 255 each, and where it ends."""
    total = 0
    while at < len(payload):
        total += payload[at]
        at += 1
        if payload[at - 1] != MORE:
            break
    return total, at


def _unescaped(data: bytes) -> bytes:
    return data.replace(b"\x00\x00\x03", b"\x00\x00")


def _escaped(data: bytes) -> bytes:
    made, zeros = bytearray(), 0
    for byte in data:
        if zeros >= 2 and byte <= ESCAPED:
            made.append(ESCAPE)
            zeros = 0
        made.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(made)
