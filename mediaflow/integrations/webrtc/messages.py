"""Reads what a stranger's peer sends: an offer, and what it asks for over a data channel.

Law: text in, values out; nothing is logged and nothing of an offer stands in an error, as it holds
addresses and keys. It knows no aiortc and no loop.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

from mediaflow.errors import MediaflowError, SpecError
from mediaflow.integrations.webrtc.work import live_filters
from mediaflow.models.plugins import Filter
from mediaflow.models.serde import from_dict, to_dict

if TYPE_CHECKING:
    from mediaflow.integrations.webrtc.pump import TrackStats

__all__ = [
    "MAX_MESSAGE_BYTES",
    "MAX_OFFER_BYTES",
    "LiveChange",
    "read_change",
    "read_offer",
    "reply",
]

MAX_OFFER_BYTES: Final = 64 * 1024
"""Offers of browsers have 5 to 10 KiB."""
MAX_MESSAGE_BYTES: Final = 16 * 1024
MEDIA: Final = ("application", "audio", "video")
"""What an offer may hold, one of each."""
BUNDLE: Final = "a=group:BUNDLE"
CANDIDATE: Final = "a=candidate:"
NAME: Final = "a=mid:"
TRANSPORT, ADDRESS = 2, 4  # words of a candidate (RFC 8839 5.1)
MAX_CANDIDATES: Final = 64
"""Each is sent checks until the peer is connected; a browser with four addresses writes fewer."""
NOT_GLOBAL: Final = tuple(
    ipaddress.ip_network(one)
    for one in ("::/8", "2002::/16", "fec0::/10")  # IPv4 within (RFC 6052, 3056), and of a site
)
"""What ``ipaddress`` calls global and may end in a private network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveChange:
    """What a peer may ask for while it is connected."""

    filters: tuple[Filter, ...] | None = None
    """The filters from now on; an empty list shows the frames as they are, None changes nothing."""

    stats: bool = False
    """Whether the answer tells what was done so far."""


def read_offer(offer: Mapping[str, object], *, private_candidates: bool) -> str:
    """Return the session description of an offer, without candidates that are not to be tried.

    Args:
        offer: ``{"sdp": …, "type": "offer"}``, as browsers send it.
        private_candidates: Whether addresses of private networks and this machine are tried.

    Raises:
        SpecError: It is no offer, is too large, or asks for more than one medium of a kind.
    """
    if not isinstance(offer, Mapping) or set(offer) != {"sdp", "type"}:
        raise SpecError("an offer is an object of sdp and type", field="offer")
    sdp = offer["sdp"]
    if offer["type"] != "offer" or not isinstance(sdp, str):
        raise SpecError("an offer has a text as sdp and 'offer' as type", field="offer")
    if len(sdp.encode("utf-8", "replace")) > MAX_OFFER_BYTES:
        raise SpecError(f"an offer may have {MAX_OFFER_BYTES} bytes", field="offer")
    lines = sdp.splitlines()
    media = [line[2:].split(" ")[0] for line in lines if line.startswith("m=")]
    if not media or len(set(media)) < len(media) or not set(media) <= set(MEDIA):
        raise SpecError(
            f"an offer holds at most one each of {', '.join(MEDIA)}, and at least one",
            field="offer",
        )
    if not _is_bundled_well(lines):
        raise SpecError("an offer bundles media that it has", field="offer")
    kept, tried = [], 0
    for line in lines:
        if not line.startswith(CANDIDATE):
            kept.append(line)
        elif tried < MAX_CANDIDATES and _may_try(line, private_candidates):
            kept.append(line)
            tried += 1
    if not tried:
        raise SpecError(
            "an offer has no candidate that may be tried",
            hint="send the offer when gathering is complete; "
            "private_candidates=True tries addresses of private networks too",
            field="offer",
        )
    return "\r\n".join([*kept, ""])


def _is_bundled_well(lines: list[str]) -> bool:
    """Return whether each medium has a name of its own, and bundles name these alone.

    aiortc loses the transports of media whose bundle names another one first, which RFC 9143 7.3
    forbids, and then can neither answer nor close.
    """
    parts: list[list[str]] = [[]]
    for line in lines:
        if line.startswith("m="):
            parts.append([])
        parts[-1].append(line)
    session, *media = parts
    names = [[line[len(NAME) :] for line in part if line.startswith(NAME)] for part in media]
    known = {name for one in names for name in one}
    bundles = [line[len(BUNDLE) :].split() for line in lines if line.startswith(BUNDLE)]
    return (
        all(len(one) == 1 for one in names)
        and len(known) == len(media)
        and not any(line.startswith(NAME) for line in session)
        and len(bundles) <= 1
        and all(set(one) <= known for one in bundles)
    )


def _may_try(line: str, private: bool) -> bool:
    """Return whether a candidate may be tried; it is cut into words at what aiortc cuts at."""
    words = line.split()
    try:
        address = ipaddress.ip_address(words[ADDRESS])
    except (IndexError, ValueError):  # a name of a local network, which would be looked up
        return False
    if words[TRANSPORT].lower() != "udp" or address.is_multicast:
        return False
    return private or (address.is_global and not any(address in one for one in NOT_GLOBAL))


def read_change(message: object) -> LiveChange:
    """Return what a message of a data channel asks for.

    Raises:
        SpecError: It is too large, no JSON, or asks for what is not known.
    """
    if not isinstance(message, str) or len(message.encode("utf-8", "replace")) > MAX_MESSAGE_BYTES:
        raise SpecError(f"a message is a text of at most {MAX_MESSAGE_BYTES} bytes")
    data = _parsed(message)
    if not isinstance(data, dict):
        raise SpecError("a message is a JSON object such as {'filters': []}")
    try:
        change = from_dict(LiveChange, cast("dict[str, Any]", data))
    except RecursionError as exc:
        raise SpecError("a message is nested too deeply") from exc
    if change.filters is None and not change.stats:
        raise SpecError("a message asks for nothing")
    live_filters(change.filters or ())
    return change


def _parsed(message: str) -> object:
    try:
        return json.loads(message)
    except RecursionError as exc:
        raise SpecError("a message is nested too deeply") from exc
    except json.JSONDecodeError as exc:
        raise SpecError(f"a message is no JSON: {exc.msg}") from exc
    except ValueError as exc:  # json says no more of a number with thousands of digits
        raise SpecError("a message holds a number that is too long") from exc


def reply(error: MediaflowError | None = None, stats: TrackStats | None = None) -> str:
    """Return the answer to a message.

    Args:
        error: Why it was refused, or None.
        stats: What was done so far, where the message asked.
    """
    if error is None:
        told = {} if stats is None else {"stats": to_dict(replace(stats, error=None))}
        return json.dumps({"ok": True, **told})
    return json.dumps({"ok": False, "code": error.code, "message": error.message})
