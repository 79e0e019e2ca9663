"""Takes what programs say of themselves out of coded frames of H.264 and HEVC.

Encoders leave their name and all settings in a message of "user data unregistered"; cameras put
their own there. Nothing that is shown depends on it.

Law: bytes in, bytes out; all but that one message stays as it is, and so does what is damaged.

Source: ITU-T H.264 7.3.1, 7.3.2.3, annex B and D.1.6; ITU-T H.265 7.3.1, annex B; ISO/IEC 14496-15
5.3.3.1 and 8.3.3.1 (the length of a NAL unit's size).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NAL_CODECS", "size_bytes_of", "without_user_data"]

NAL_CODECS: Final = ("h264", "hevc")
"""Codecs whose frames are made of NAL units."""

START: Final = b"\x00\x00\x01"
USER_DATA_UNREGISTERED: Final = 5  # D.1.1, the same number in both
SEI_TYPES: Final[dict[str, tuple[int, ...]]] = {"h264": (6,), "hevc": (39, 40)}
HEADER_BYTES: Final = {"h264": 1, "hevc": 2}
SIZE_FIELD: Final = {"h264": 4, "hevc": 21}  # place in avcC and hvcC
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
    return b"".join(
        len(kept).to_bytes(size_bytes, "big") + kept
        for unit in _sized(data, size_bytes)
        if (kept := _cleaned(unit, codec)) is not None
    )


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


def _sized(data: bytes, size_bytes: int) -> Iterator[bytes]:
    at = 0
    while at + size_bytes <= len(data):
        end = at + size_bytes + int.from_bytes(data[at : at + size_bytes], "big")
        yield data[at + size_bytes : end]
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
    return unit[:header] + _escaped(b"".join(kept) + bytes([STOP_BIT]))


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
