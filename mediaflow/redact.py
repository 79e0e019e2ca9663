"""Removes secrets from texts that people and logs will see.

Law: whatever leaves the library as text (a repr, an error, a log line, a label) passes here first.
It knows the shapes of secrets (URL user parts, signed query strings, key=value pairs), nothing else.
Source: RFC 3986 3.2.1 (userinfo), the query parameters of AWS SigV4, GCS V4 and Azure SAS URLs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HIDDEN", "redact", "redact_mapping"]

HIDDEN: Final = "***"

_SECRET_NAME: Final = (  # names of secrets, not one
    r"(?:[\w.-]*(?:secret|passw(?:or)?d|passwd|token|signature|credential|api[_-]?key|access[_-]?key"
    r"|account[_-]?key|private[_-]?key|connection[_-]?string|authorization)[\w.-]*|key|sig|pwd|auth)"
)
_USERINFO: Final = re.compile(
    r"(?P<scheme>[a-zA-Z][\w+.-]*://)"
    r"(?:[^/:?#\s]+:(?!\d{1,5}/)[^?#\s'\"]*@"  # id:secret@, where a secret may hold any sign
    r"|[^/?#\s'\"]*@)"
)
_QUERY: Final = re.compile(r"(?P<path>[a-zA-Z][\w+.-]*://[^\s'\"?]*)\?[^\s#]+")
_AUTHORIZATION: Final = re.compile(
    r"(?P<scheme>\bBearer\s+|\bAuthorization[\"']?\s*[:=]\s*[\"']?\w+\s+)\S+", re.IGNORECASE
)
_PAIR: Final = re.compile(
    rf"(?P<name>[\"']?\b{_SECRET_NAME}[\"']?\s*[=:]\s*)(?P<value>\"[^\"]*\"|'[^']*'|[^\s,;&)}}]+)",
    re.IGNORECASE,
)
_SECRET_KEY: Final = re.compile(rf"^{_SECRET_NAME}$", re.IGNORECASE)
_AWS_KEY_ID: Final = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")


def redact(text: str) -> str:
    """Return the text without user parts, query strings and secret values.

    Args:
        text: Any text that may hold a URL or a ``name=value`` pair.

    Returns:
        The same text with each secret replaced by ``***``.

    Example:
        >>> redact("s3://id:hush@bucket/a.jpg?X-Amz-Signature=abc")
        's3://***@bucket/a.jpg?***'
    """
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
        name: HIDDEN if _SECRET_KEY.match(name) else _redact_value(value)
        for name, value in options.items()
    }


def _redact_value(value: object) -> object:
    if isinstance(value, dict):
        return redact_mapping(value)
    if isinstance(value, list | tuple):
        return type(value)(_redact_value(item) for item in value)
    return redact(value) if isinstance(value, str) else value
