"""The message that tells the end of a job: its text, its signature, its headers.

Law: a message is thin. It says what became of a job and where its outputs are, without pictures,
data and facts about the original; secrets in its texts are hidden. Nothing is sent here.
Source: Standard Webhooks 1.0 (https://www.standardwebhooks.com), RFC 9110 10.2.3 (Retry-After).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from mediaflow.models.result import JobReport
from mediaflow.models.serde import to_dict
from mediaflow.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediaflow.models.callback import CallbackEvent
    from mediaflow.models.result import JobResult
    from mediaflow.models.serde import Json

__all__ = [
    "failure_data",
    "message_body",
    "message_headers",
    "result_data",
    "retry_after",
    "sign",
    "told_from",
]

MAX_BODY: Final = 20_000  # bytes; the standard's advice for payloads
MAX_ERROR: Final = 1_000  # characters of a text
MAX_DIGITS: Final = 9  # of seconds to wait; more is thirty years
_LARGE: Final = ("preview", "report", "source")
"""What a message leaves out of a result."""


def sign(keys: Iterable[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signatures of a message, one a key.

    Args:
        keys: The bytes of each secret.
        message_id: Its name, the same for every try.
        timestamp: When it is sent, in seconds since 1970.
        body: What is sent.
    """
    content = b".".join((message_id.encode(), str(timestamp).encode(), body))
    digests = (hmac.new(key, content, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def message_headers(
    keys: Iterable[bytes], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the headers of a message."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "mediaflow",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(keys, message_id, timestamp, body),
    }


def result_data(result: JobResult) -> dict[str, Json]:
    """Return what a message tells of a result: its states and places."""
    outputs = tuple(replace(output, data=None) for output in result.outputs)
    thin = replace(result, outputs=outputs, source=None, preview=None, report=JobReport())
    told = to_dict(thin, swap=_hide)
    data = {name: value for name, value in told.items() if name not in _LARGE}
    return {**data, "seconds": result.report.seconds}


def failure_data(
    *,
    job_id: str,
    status: CallbackEvent,
    error: str,
    error_code: str,
    created_at: datetime,
    completed_at: datetime,
) -> dict[str, Json]:
    """Return what a message tells of a job that has no result."""
    return {
        "id": job_id,
        "status": status,
        "outputs": [],
        "error": redact(error)[:MAX_ERROR],
        "error_code": error_code,
        "created_at": created_at.isoformat(),
        "completed_at": completed_at.isoformat(),
    }


def told_from(root: str | None, data: dict[str, Json]) -> dict[str, Json]:
    """Return what is told, with places as seen from a folder.

    Args:
        root: The folder; None leaves all as it is.
        data: What is told.

    Example:
        >>> told_from("/srv/media", {"uri": "/srv/media/a.jpg", "error": "/srv/media/b is cut off"})
        {'uri': 'a.jpg', 'error': 'b is cut off'}
    """
    if root is None:
        return data
    return {name: _from(root.rstrip("/") + "/", value) for name, value in data.items()}


def _from(prefix: str, value: Json) -> Json:
    match value:
        case str():
            return value.replace(prefix, "")
        case list():
            return [_from(prefix, one) for one in value]
        case dict():
            return {name: _from(prefix, one) for name, one in value.items()}
        case _:
            return value


def message_body(event: CallbackEvent, data: dict[str, Json], at: datetime) -> bytes:
    """Return the text of a message.

    What is too long loses the notices and files of its outputs, then the outputs; ``shortened``
    says so.

    Args:
        event: How the job ended.
        data: What :func:`result_data` or :func:`failure_data` returned.
        at: When it ended (UTC).
    """
    whole = _dumped(event, data, at)
    if len(whole) <= MAX_BODY:
        return whole
    outputs = data.get("outputs")
    slim = [
        {**output, "notices": [], "files": []} if isinstance(output, dict) else output
        for output in (outputs if isinstance(outputs, list) else [])
    ]
    less = _dumped(event, {**data, "outputs": slim, "shortened": True}, at)
    if len(less) <= MAX_BODY:
        return less
    error = None if data.get("error") is None else str(data["error"])[:MAX_ERROR]
    return _dumped(event, {**data, "outputs": [], "error": error, "shortened": True}, at)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return how many seconds a receiver asks to be left alone, or None.

    Args:
        value: The header ``Retry-After``: seconds, or a date.
        now: The time (UTC).
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:MAX_DIGITS])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def _dumped(event: CallbackEvent, data: dict[str, Json], at: datetime) -> bytes:
    message = {"type": f"job.{event}", "timestamp": at.isoformat(), "data": data}
    text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
    return text.encode(errors="backslashreplace")  # a name that is no UTF-8 becomes escapes of JSON


def _hide(value: object) -> object:
    return redact(value) if isinstance(value, str) else value
