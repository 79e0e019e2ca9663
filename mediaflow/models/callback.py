"""Whom to tell when a job has ended.

Law: the secret stands in no text and no JSON: it signs messages in the process that was given it,
and goes nowhere else. Nothing is called or looked up here.
Source: Standard Webhooks 1.0 (https://www.standardwebhooks.com), Signature scheme and Secrets.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast, get_args

from mediaflow.errors import SpecError
from mediaflow.models.checking import check_choice
from mediaflow.security.addresses import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediaflow.security.addresses import Target

__all__ = ["Callback", "CallbackEvent", "CallbackState"]

CallbackEvent: TypeAlias = Literal["completed", "partial", "failed", "cancelled"]
"""How a job may end."""

CallbackState: TypeAlias = Literal["pending", "delivered", "failed", "skipped"]
"""What became of a callback: on its way, taken by its receiver, given up, or not asked for."""

PREFIX: Final = "whsec_"
MIN_KEY: Final = 24  # bytes
MAX_KEY: Final = 64


@dataclass(frozen=True, slots=True, repr=False)
class Callback:
    """A receiver that is told the end of a job, by a signed message.

    Example:
        >>> Callback("https://example.com/done?token=1", "whsec_" + "c2VjcmV0" * 4)
        Callback('https://example.com/…')
    """

    url: str
    """Where the message is posted; ``http`` and private networks only where the processor's
    ``callback_policy`` allows them."""

    secret: str | tuple[str, ...] = field(metadata={"secret": True})
    """``whsec_`` and 24 to 64 random bytes in base64, known to the receiver; several while one is
    replaced by another, each of which signs."""

    events: tuple[CallbackEvent, ...] = get_args(CallbackEvent)
    """The ends that are told."""

    root: str | None = None
    """Folder of this machine that messages name places from, so that they hold no path of it; None
    names them as results do."""

    def __post_init__(self) -> None:
        parse_url(self.url)
        secrets = (self.secret,) if isinstance(self.secret, str) else self.secret
        if not isinstance(secrets, list | tuple) or not secrets:
            raise _no_secret()
        object.__setattr__(self, "secret", tuple(secrets))
        for secret in secrets:
            _key(secret)
        if isinstance(self.events, str) or not self.events:
            raise SpecError(
                "events must be a tuple such as ('completed', 'failed')", field="events"
            )
        object.__setattr__(self, "events", tuple(cast("Iterable[CallbackEvent]", self.events)))
        for event in self.events:
            check_choice("events", event, get_args(CallbackEvent))

    def __repr__(self) -> str:
        return f"Callback({self.target.shown!r})"

    @property
    def target(self) -> Target:
        """The URL taken apart."""
        return parse_url(self.url)

    def keys(self) -> tuple[bytes, ...]:
        """Return the bytes of each secret."""
        return tuple(_key(secret) for secret in self.secret)


def _key(secret: object) -> bytes:
    if not isinstance(secret, str) or not secret.startswith(PREFIX):
        raise _no_secret()
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise _no_secret() from None  # its text may quote the secret
    if not MIN_KEY <= len(key) <= MAX_KEY:
        raise _no_secret()
    return key


def _no_secret() -> SpecError:
    return SpecError(
        f"secret must be {PREFIX!r} and {MIN_KEY} to {MAX_KEY} bytes in base64",
        hint="'whsec_' + base64.b64encode(secrets.token_bytes(32)).decode() makes one",
        field="secret",
    )
