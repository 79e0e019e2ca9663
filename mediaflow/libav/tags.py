"""Makes the text that a file says of itself safe to keep, print and store.

Law: text comes from strangers: no lone surrogates, no control characters, bounded in length and
number. What says how the container is built is no tag. One name means one thing, whatever the
container calls it.

Source: WHATWG Encoding, index windows-1252, for bytes that are no UTF-8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.formats.tag_names import TOTAL_NAMES, tag_name
from mediaflow.models.streams import Tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["clean_text", "merged_tags", "stream_tags"]

MAX_TEXT: Final = 1_000  # characters of one value that is shown in a line
MAX_VALUE: Final = 10_000  # characters of the value of a tag: lyrics, the text of a podcast
MAX_ALL: Final = 100_000  # characters of all values
MAX_NAME: Final = 100  # characters of one name
MAX_TAGS: Final = 200
MAX_LOOKED_AT: Final = 10_000  # names, of which most may be none to keep
OWN_TAGS: Final = "ogg"
"""Demuxer of a container that has no tags but those of its streams."""

OF_STREAM: Final = frozenset({"comment", "language", "title"})
"""What is said of one stream where the container has tags of its own."""

SURROGATES: Final = range(0xD800, 0xE000)
ESCAPED: Final = range(0xDC80, 0xDD00)  # how Python keeps bytes that are no UTF-8 (PEP 383)


def clean_text(text: str, length: int = MAX_TEXT) -> str:
    r"""Return text in which everything can be encoded and printed.

    Args:
        text: Text as the file has it.
        length: How many characters are kept.

    Example:
        >>> clean_text("a\x00b\udcff c ")
        'a b� c'
    """
    kept = text[: 2 * length]  # bounds the work before anything else looks at the text
    valid = kept.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    shown = "".join(char if char.isprintable() or char == "\n" else " " for char in valid)
    return shown.strip()[:length]


def merged_tags(sources: Iterable[Mapping[str, str]]) -> tuple[Tag, ...]:
    """Return the tags of container and streams as one list, sorted by name.

    Args:
        sources: The container's tags first, then those of each stream; Ogg keeps its tags on the
            stream. The first value of a name wins, as most players show it.
    """
    found: dict[str, str] = {}
    totals: dict[str, str] = {}
    left, looked = MAX_ALL, 0
    for source in sources:
        for name, value in source.items():
            looked += 1
            if looked > MAX_LOOKED_AT or len(found) == MAX_TAGS or left <= 0:
                return _sorted(found, totals)
            key = tag_name(clean_text(name, MAX_NAME))
            text = clean_text(_read(value), min(MAX_VALUE, left))
            if not key or not text or key in found:
                continue
            if key in TOTAL_NAMES:
                totals.setdefault(TOTAL_NAMES[key], text)
            else:
                found[key] = text
                left -= len(text)
    return _sorted(found, totals)


def stream_tags(tags: Mapping[str, str], demuxer: str) -> Mapping[str, str]:
    """Return what the tags of a stream say of the whole file.

    Args:
        tags: The tags of the stream.
        demuxer: FFmpeg's name of the demuxer.
    """
    if demuxer == OWN_TAGS:
        return tags
    return {name: value for name, value in tags.items() if name.lower() not in OF_STREAM}


def _sorted(found: dict[str, str], totals: dict[str, str]) -> tuple[Tag, ...]:
    """Return tags by name, with how many there are behind the number of each."""
    for name, total in totals.items():
        number = found.get(name, "")
        if number and "/" not in number:
            found[name] = f"{number}/{total}"
    return tuple(Tag(name, found[name]) for name in sorted(found))


def _read(text: str) -> str:
    """Return text whose line ends are one, read as Windows-1252 where it is no UTF-8."""
    kept = text[: 2 * MAX_VALUE]
    strange = [ord(char) for char in kept if ord(char) in SURROGATES]
    if strange and all(code in ESCAPED for code in strange):
        kept = kept.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return kept.replace("\r\n", "\n").replace("\r", "\n")
