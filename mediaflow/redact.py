"""Removes secrets, and what moves a terminal's cursor, from texts that people and logs will see.

Law: whatever leaves the library as text (a repr, an error, a log line, a label) passes here first.
It knows the shapes of secrets (URL user parts, signed query strings, key=value pairs), nothing else.
Texts may come from strangers, so every pattern is bounded and long texts are cut.
Source: RFC 3986 3.2.1 (userinfo), the query parameters of AWS SigV4, GCS V4 and Azure SAS URLs,
Standard Webhooks 1.0 (secrets of webhooks).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HIDDEN", "MAX_LENGTH", "printable", "redact", "redact_mapping"]

HIDDEN: Final = "***"
MAX_LENGTH: Final = 4_000  # characters of a text that are kept; paths on Linux end at 4,096 bytes

_SECRET_NAME: Final = (
    r"[\w.-]{0,40}(?:secret|passw(?:or)?d|passwd|token|signature|credential|api[_-]?key"
    r"|access[_-]?key|account[_-]?key|private[_-]?key|connection[_-]?string|authorization)"
    r"[\w.-]{0,40}"
)
_SHORT_NAME: Final = r"(?:key|sig|pwd|auth)"
_SUSPICIOUS: Final = re.compile(r"[=:]|AKIA|ASIA|Bearer|whsec_", re.IGNORECASE)
_USERINFO: Final = re.compile(
    r"(?P<scheme>[a-zA-Z][\w+.-]{0,30}://)"
    r"(?:[^/:?#\s]{1,256}:(?!\d{1,5}/)[^?#\s'\"]{0,1024}@"  # id:secret@; a secret may hold any sign
    r"|[^/?#\s'\"]{0,1024}@)"
)
_QUERY: Final = re.compile(r"(?P<path>[a-zA-Z][\w+.-]{0,30}://[^\s'\"?]*)\?[^\s#]+")
_AUTHORIZATION: Final = re.compile(
    r"(?P<scheme>\bBearer\s{1,9}|\bAuthorization[\"']?\s{0,9}[:=]\s{0,9}[\"']?\w{1,20}\s{1,9})\S+",
    re.IGNORECASE,
)
_PAIR: Final = re.compile(
    rf"(?P<name>[\"']?\b(?:{_SECRET_NAME}[\"']?\s{{0,9}}[=:]|{_SHORT_NAME}[\"']?=)\s{{0,9}})"
    r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s,;&)}]+)",
    re.IGNORECASE,
)
_SECRET_KEY: Final = re.compile(rf"(?:{_SECRET_NAME}|{_SHORT_NAME})", re.IGNORECASE)
_AWS_KEY_ID: Final = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")
_WEBHOOK_SECRET: Final = re.compile(r"whsec_[A-Za-z0-9+/=_-]+")


def printable(text: str) -> str:
    r"""Return the text with control characters written out, as names of files may hold them.

    Example:
        >>> printable("a\x1b[31m\n.jpg")
        'a\\x1b[31m\\n.jpg'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def redact(text: str) -> str:
    """Return the text without user parts, query strings and secret values.

    Args:
        text: Any text that may hold a URL or a ``name=value`` pair; a very long one is cut.

    Returns:
        The same text with each secret replaced by ``***``.

    Example:
        >>> redact("s3://id:hush@bucket/a.jpg?X-Amz-Signature=abc")
        's3://***@bucket/a.jpg?***'
    """
    if len(text) > MAX_LENGTH:
        text = f"{text[:MAX_LENGTH]}…"
    if not _SUSPICIOUS.search(text):
        return text
    text = _WEBHOOK_SECRET.sub(HIDDEN, text)
    if "://" in text:
        text = _USERINFO.sub(rf"\g<scheme>{HIDDEN}@", text)
        text = _QUERY.sub(rf"\g<path>?{HIDDEN}", text)
    text = _AUTHORIZATION.sub(rf"\g<scheme>{HIDDEN}", text)
    text = _PAIR.sub(rf"\g<name>{HIDDEN}", text)
    return _AWS_KEY_ID.sub(HIDDEN, text)


def redact_mapping(options: Mapping[str, object]) -> dict[str, object]:
    """Return a copy whose secret-looking values are hidden, at any depth.

    Example:
        >>> redact_mapping({"secret": "hush", "client_kwargs": {"region_name": "eu-1"}})
        {'secret': '***', 'client_kwargs': {'region_name': 'eu-1'}}
    """
    return {
        name: HIDDEN if _SECRET_KEY.fullmatch(name) else _redact_value(value)
        for name, value in options.items()
    }


def _redact_value(value: object) -> object:
    if isinstance(value, dict):
        return redact_mapping(value)
    if isinstance(value, list | tuple):
        return type(value)(_redact_value(item) for item in value)
    return redact(value) if isinstance(value, str) else value


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
