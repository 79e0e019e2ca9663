"""The film that a plan is made for: which of its streams, and whether it may be read. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mediaflow.errors import UnsupportedError
from mediaflow.models.info import MediaInfo
from mediaflow.models.streams import VideoStream
from mediaflow.planning.checks import check_allowed
from mediaflow.planning.names import SourceName
from mediaflow.security.limits import Limits

__all__ = ["FilmSource", "check_film_source", "choose_stream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmSource:
    """What the steps of all outputs share."""

    info: MediaInfo
    stream: VideoStream
    """The moving picture that is taken."""

    template: str
    """Name template of the outputs."""

    source_name: SourceName
    limits: Limits
    is_salvaged: bool = False
    """Whether the source is cut off, and what is left of it is used."""


def choose_stream(info: MediaInfo) -> VideoStream:
    """Return the moving picture that is taken: the default one, else the first.

    Raises:
        UnsupportedError: There is none that can be decoded.
    """
    usable = [stream for stream in info.video if stream.is_decodable]
    if usable:
        return next((each for each in usable if "default" in each.disposition), usable[0])
    if not info.video:
        raise UnsupportedError(
            f"the source is {info.format} without a moving picture", where=info.uri
        )
    found = ", ".join(sorted({stream.codec for stream in info.video}))
    raise UnsupportedError(
        f"the moving picture of the source cannot be decoded here ({found})", where=info.uri
    )


def check_film_source(info: MediaInfo, stream: VideoStream, limits: Limits) -> None:
    """Refuse a film that may not be decoded.

    Raises:
        LimitExceededError: It is larger than the limits in force allow.
        UnidentifiedMediaError: Its format is not among those that the limits allow.
    """
    check_allowed(info, limits)
    coded = stream.coded_size
    limits.check("max_pixels", coded.pixels, where=info.uri)
    limits.check("max_side", max(coded.width, coded.height), where=info.uri)
    if info.bytes is not None:
        limits.check("max_input_bytes", info.bytes, where=info.uri)
