"""Makes the text that a file says of itself safe to keep, print and store.

Law: text comes from strangers: no lone surrogates, no control characters, bounded in length and
number. What says how the container is built is no tag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.models.streams import Tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["clean_text", "merged_tags"]

MAX_TEXT: Final = 1_000  # characters of one value
MAX_NAME: Final = 100  # characters of one name
MAX_TAGS: Final = 200

STRUCTURE: Final = frozenset(
    {
        "compatible_brands",
        "handler_name",
        "language",
        "major_brand",
        "minor_version",
        "vendor_id",
    }
)
"""What FFmpeg puts among the tags, although it describes the container."""


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
    for source in sources:
        for name, value in source.items():
            key = clean_text(name, MAX_NAME).lower()
            text = clean_text(value)
            if key and text and key not in STRUCTURE and len(found) < MAX_TAGS:
                found.setdefault(key, text)
    return tuple(Tag(name, found[name]) for name in sorted(found))
