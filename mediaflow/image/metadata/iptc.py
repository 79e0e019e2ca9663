"""Reads four texts out of IPTC-IIM records, for pictures that carry no others.

Law: fixed datasets, each of bounded length; anything out of shape ends the reading.
Source: IPTC-IIM 4.2 1.5 (dataset header), 5.5 and 5.6 (1:90, 2:05, 2:80, 2:116, 2:120).
"""

from __future__ import annotations

from typing import Final

from mediaflow.image.metadata.exif import decoded

__all__ = ["read_iptc"]

MAX_DATASETS: Final = 2000
EXTENDED: Final = 0x8000  # lengths of 32 KiB and more; no text that is read here has one
_RECORD: Final = 2
_NAMES: Final = {5: "title", 80: "creator", 116: "rights", 120: "description"}


def read_iptc(records: bytes) -> dict[str, tuple[str, ...]]:
    """Return title, creator, rights and description, as far as the records hold them.

    Args:
        records: The datasets, without the Photoshop resource around them.
    """
    found: dict[str, tuple[str, ...]] = {}
    position = 0
    for _ in range(MAX_DATASETS):
        head = records[position : position + 5]
        length = int.from_bytes(head[3:], "big")
        start = position + 5
        if len(head) < 5 or head[0] != 0x1C or length >= EXTENDED or start + length > len(records):
            break
        if head[1] == _RECORD and head[2] in _NAMES:
            text = decoded(records[start : start + length])[0]
            name = _NAMES[head[2]]
            if text and (name == "creator" or name not in found):  # creators repeat
                found[name] = (*found.get(name, ()), text)
        position = start + length
    return found
