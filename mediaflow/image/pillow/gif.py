"""Assembles a GIF from frames that Pillow compresses one at a time.

Law: a colour table serves as long as it shows frames as well as it did the one it was made for, so
that still parts never flicker; px that do not change are left transparent. A frame clears the
canvas only when the next one has a hole in it. Two frames are in memory, and what is compressed.

Source: GIF89a 18 to 23 and appendix F; the NETSCAPE2.0 extension counts extra repeats.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops

from mediaflow.image.pillow.palette import Palettes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["write_gif"]

SOLID: Final = 128  # alpha from which a px counts as opaque
OPAQUE: Final = (255, 255)
MOST_COLORS: Final = 256
MOST_TICKS: Final = 0xFFFF
MOST_REPEATS: Final = 0xFFFF
_KEEP: Final = 1  # disposal methods, GIF89a 23.c.iv
_CLEAR: Final = 2
_TABLE_FLAG: Final = 0x80


@dataclass(slots=True)
class _Frame:
    """A frame as it is shown, and what of it must be drawn."""

    color: Image.Image
    """RGB."""

    solid: Image.Image | None
    """L: 255 where it is opaque; None when it is everywhere."""

    drawn: Image.Image | None
    """L: 255 where it is drawn; None for everywhere."""

    box: tuple[int, int, int, int]
    ticks: int


def write_gif(
    frames: Iterable[tuple[Image.Image, int]],
    arguments: Mapping[str, object],
    *,
    plays: int = 1,
    is_opaque_still: bool = False,
) -> tuple[bytes, bool]:
    """Return a GIF, and whether every px kept its colour.

    Args:
        frames: Pictures of one size, each with its duration in hundredths of a second.
        arguments: ``colors`` and ``dither``, as :class:`GifOptions` has them.
        plays: How often it is played in all, 0 for ever.
        is_opaque_still: Whether no entry of a colour table is needed for what is not drawn.
    """
    most = MOST_COLORS if is_opaque_still else MOST_COLORS - 1
    colors = min(int(str(arguments["colors"])), most)
    palettes = Palettes(colors, dither=arguments["dither"] != "none")
    parts: list[bytes] = []
    for frame, clears in _with_disposal(_frames(frames, palettes)):
        if not parts:
            parts.append(_head(frame.color.size, plays))
        parts.append(_picture(frame, palettes, clears=clears))
    parts.append(b";")
    return b"".join(parts), palettes.is_exact


def _frames(
    pictures: Iterable[tuple[Image.Image, int]], palettes: Palettes
) -> Iterator[tuple[_Frame, bool]]:
    """Yield frames that differ from the one before, each with whether it needs a clear canvas."""
    before: _Frame | None = None
    for picture, ticks in pictures:
        color, solid = _split(picture, palettes)
        whole = (0, 0, *color.size)
        if before is None:
            yield (before := _Frame(color, solid, solid, whole, ticks)), False
            continue
        if _has_new_hole(before.solid, solid):
            before = _Frame(color, solid, solid, whole, ticks)
            yield before, True
            continue
        drawn = _changed(before, color, solid)
        box = drawn.getbbox()
        if box is None:
            before.ticks += ticks
            continue
        before = _Frame(color, solid, drawn, box, ticks)
        yield before, False


def _with_disposal(frames: Iterator[tuple[_Frame, bool]]) -> Iterator[tuple[_Frame, bool]]:
    """Yield each frame once the next one has told whether it must be cleared away."""
    held: _Frame | None = None
    for frame, needs_clear in frames:
        if held is not None:
            yield held, needs_clear
        held = frame
    if held is not None:
        yield held, False


def _split(picture: Image.Image, palettes: Palettes) -> tuple[Image.Image, Image.Image | None]:
    """Return the colours, and where they are opaque."""
    if not picture.mode.endswith("A"):
        return picture.convert("RGB"), None
    alpha = picture.getchannel("A")
    color = picture.convert("RGB")
    if alpha.getextrema() == OPAQUE:
        return color, None
    solid = alpha.point([0] * SOLID + [255] * (256 - SOLID))
    if sum(alpha.histogram()[1:255]):
        palettes.is_exact = False
    color.paste((0, 0, 0), mask=ImageChops.invert(solid))  # what nobody sees takes one colour
    return color, solid


def _has_new_hole(before: Image.Image | None, after: Image.Image | None) -> bool:
    if after is None:
        return False
    hole = ImageChops.invert(after)
    return (hole if before is None else ImageChops.darker(hole, before)).getbbox() is not None


def _changed(before: _Frame, color: Image.Image, solid: Image.Image | None) -> Image.Image:
    red, green, blue = ImageChops.difference(before.color, color).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    changed = most.point([0] + [255] * 255)
    if before.solid is not None:  # what was clear and is not any more
        changed = ImageChops.lighter(changed, ImageChops.invert(before.solid))
    return changed if solid is None else ImageChops.darker(changed, solid)


def _head(size: tuple[int, int], plays: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", *size, 0x70, 0, 0)  # no global colour table
    if plays == 1:
        return head
    repeats = min(max(plays - 1, 0), MOST_REPEATS)
    return head + b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", repeats) + b"\0"


def _picture(frame: _Frame, palettes: Palettes, *, clears: bool) -> bytes:
    """Return one frame: its control block, descriptor, colour table and compressed px."""
    box = (0, 0, *frame.color.size) if clears else frame.box  # what is cleared is what was drawn
    color, drawn = frame.color, frame.drawn
    if box != (0, 0, *color.size):
        color = color.crop(box)
        drawn = None if drawn is None else drawn.crop(box)
    indexed, table = palettes.index(color)
    clear_index = len(table) // 3
    if drawn is not None:
        indexed.paste(clear_index, mask=ImageChops.invert(drawn))
    bits = max((clear_index + (drawn is not None) - 1).bit_length(), 1)
    table = table.ljust(3 * 2**bits, b"\0")
    flags = (_CLEAR if clears else _KEEP) << 2 | (drawn is not None)
    left, top, right, bottom = box
    return b"".join(
        (
            b"!\xf9\x04",
            struct.pack(
                "<BHBB",
                flags,
                min(frame.ticks, MOST_TICKS),
                clear_index if drawn is not None else 0,
                0,
            ),
            b",",
            struct.pack("<HHHHB", left, top, right - left, bottom - top, _TABLE_FLAG | (bits - 1)),
            table,
            _compressed(indexed),
        )
    )


def _compressed(indexed: Image.Image) -> bytes:
    """Return the code size and the blocks of a picture, out of a file that Pillow makes."""
    stream = io.BytesIO()
    indexed.save(stream, "GIF", optimize=False, interlace=False)
    data = stream.getvalue()
    at = 13 + _table_bytes(data[10])
    while data[at] == ord("!"):  # extensions
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    at += 10 + _table_bytes(data[at + 9])
    return data[at:-1]


def _table_bytes(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & _TABLE_FLAG else 0
