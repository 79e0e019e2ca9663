"""What the extension of a file's name claims, and which contents keep that promise.

Law: an extension is never trusted; it is only compared with what the bytes say.
"""

from __future__ import annotations

from typing import Final

__all__ = ["MEDIA_CLAIMS"]

_ISO: Final = frozenset({"m4a", "mov", "mp4"})  # one family: brands and names are mixed freely
_MATROSKA: Final = frozenset({"matroska"})
_MPEG: Final = frozenset({"mpeg", "mpegts"})
_OGG: Final = frozenset({"ogg"})
_TS: Final = frozenset({"mpegts"})

MEDIA_CLAIMS: Final[dict[str, frozenset[str]]] = {
    "3gp": _ISO,
    "aac": frozenset({"aac"}),
    "avi": frozenset({"avi"}),
    "flac": frozenset({"flac"}),
    "flv": frozenset({"flv"}),
    "m2ts": _TS,
    "m4a": _ISO,
    "m4b": _ISO,
    "mka": _MATROSKA,
    "mkv": _MATROSKA,
    "mov": _ISO,
    "mp3": frozenset({"mp3"}),
    "mp4": _ISO,
    "mpeg": _MPEG,
    "mpg": _MPEG,
    "mts": _TS,
    "oga": _OGG,
    "ogg": _OGG,
    "ogv": _OGG,
    "opus": _OGG,
    "ts": _TS,
    "vob": _MPEG,
    "wav": frozenset({"wav"}),
    "webm": _MATROSKA,
}
"""Names of film and sound files, and what the leading bytes of such a file may say it is."""
