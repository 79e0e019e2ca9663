"""Frames of ID3v2.4 that FFmpeg does not write: a comment, lyrics, the mark of a compilation.

FFmpeg's muxer puts them where no other program looks for them. It leaves as many zeros behind its
own frames as it is told to, and these frames go into them, so that no byte of the sound moves.

Law: bytes in, bytes out; the tag keeps its length.

Source: id3.org ID3v2.4 structure 3.1 (header), 3.3 (padding), 4 (frames), frames 4.2.6, 4.8, 4.10; TCMP
as iTunes writes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LEAST_PADDING", "filled_tag", "frames_of", "tag_length"]

HEADER: Final = 10
LEAST_PADDING: Final = 10  # bytes that FFmpeg always leaves
UTF_8: Final = b"\x03"
NO_LANGUAGE: Final = "XXX"  # 4.10: a language that is not known
CODE: Final = 3  # letters of ISO 639-2


def frames_of(fields: Iterable[tuple[str, str]], language: str | None = None) -> bytes:
    """Return frames for values that FFmpeg's muxer has no frame for.

    Args:
        fields: ``"comment"``, ``"compilation"`` or ``"lyrics"``, and what they say.
        language: ISO 639-2 code of the words, where it is known.
    """
    code = language if language and len(language) == CODE and language.isascii() else NO_LANGUAGE
    return b"".join(_frame(name, value, code.encode()) for name, value in fields)


def tag_length(head: bytes) -> int:
    """Return the length of a tag with its header, 0 where none begins.

    Args:
        head: The first ten bytes of a file.
    """
    if len(head) < HEADER or not head.startswith(b"ID3\x04"):
        return 0
    size = 0
    for byte in head[6:HEADER]:  # seven bits each
        size = size << 7 | byte & 0x7F
    return HEADER + size


def filled_tag(tag: bytes, frames: bytes) -> bytes:
    """Return a tag with frames in its padding, as long as before.

    Args:
        tag: A whole tag of version 4 without extended header, as FFmpeg writes it.
        frames: What :func:`frames_of` made.

    Raises:
        SpecError: The frames are longer than the padding.
    """
    at = HEADER
    while tag[at : at + 1].strip(b"\0") and at + HEADER <= len(tag):
        size = 0
        for byte in tag[at + 4 : at + 8]:
            size = size << 7 | byte & 0x7F
        at += HEADER + size
    room = len(tag) - at
    if len(frames) > room:
        raise SpecError(f"{len(frames):,} bytes of frames go into {room:,} bytes of padding")
    return tag[:at] + frames + bytes(room - len(frames))


def _frame(name: str, value: str, language: bytes) -> bytes:
    text = value.replace("\0", " ").encode("utf-8", "replace")
    match name:
        case "comment":
            return _framed(b"COMM", UTF_8 + language + b"\0" + text)
        case "lyrics":
            return _framed(b"USLT", UTF_8 + language + b"\0" + text)
        case "compilation":
            return _framed(b"TCMP", UTF_8 + text)
        case _:
            raise SpecError(f"there is no frame for {name!r}", field="tags", value=name)


def _framed(name: bytes, content: bytes) -> bytes:
    size = bytes(len(content) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return name + size + b"\0\0" + content
