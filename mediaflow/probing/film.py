"""Finds out what film and sound files hold: boxes by own reading, the rest by FFmpeg's demuxers.

Law: nothing is decoded to answer but what FFmpeg itself must look at to know a stream. A header is
a claim; a deep probe reads every packet and says what is there.

Source: ISO/IEC 14496-12 (boxes).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mediaflow.errors import (
    CorruptMediaError,
    TruncatedMediaError,
    UnsupportedError,
)
from mediaflow.frames import ByteReader
from mediaflow.libav.gate import DECODERS, open_input
from mediaflow.libav.streams import Facts, read_facts
from mediaflow.libav.timing import Counted, count_packets, index_end
from mediaflow.libav.translate import translated
from mediaflow.models.info import MediaInfo
from mediaflow.probing.ends import is_cut_off
from mediaflow.probing.moov import Moov, read_moov
from mediaflow.probing.mp3_head import read_mp3_head
from mediaflow.probing.reading import HeaderReader
from mediaflow.probing.sound import with_pictures, with_samples
from mediaflow.security.limits import Limits

if TYPE_CHECKING:
    from av.container import InputContainer

    from mediaflow.formats.magic import Kind
    from mediaflow.models.streams import VideoStream

__all__ = ["read_film"]

BOXED: Final = frozenset({"m4a", "mov", "mp4"})
MISSING_SECONDS: Final = 1.0  # a header may round, and sound may end before the picture
MISSING_PART: Final = 0.02
UNCOUNTED: Final = frozenset({"aac"})  # formats of frames alone, whose number nothing tells


@dataclass(slots=True)
class _Tally:
    """A reader that counts."""

    source: ByteReader
    bytes_read: int = 0

    @property
    def size(self) -> int | None:
        return self.source.size

    def read_at(self, offset: int, length: int) -> bytes:
        data = self.source.read_at(offset, length)
        self.bytes_read += len(data)
        return data


def read_film(
    reader: ByteReader,
    kind: Kind,
    *,
    uri: str | None = None,
    limits: Limits | None = None,
    deep: bool = False,
) -> MediaInfo:
    """Read what a film or a sound file holds.

    Args:
        reader: The file, by position.
        kind: What its leading bytes say it is.
        uri: Where it is, for the answer and for messages.
        limits: What the input may cost; None takes those of a person's own files.
        deep: Whether to read all packets, which tells lengths and missing parts for certain.

    Raises:
        CorruptMediaError: The container is damaged, or holds no stream.
        TruncatedMediaError: The file was cut off before its index.
        LimitExceededError: It is longer or larger, or has more streams, than the limits allow.
        UnsupportedError: The source does not tell its size, or all streams are in codecs that
            nothing here knows.
    """
    limits = limits if limits is not None else Limits()
    if reader.size is None:
        raise UnsupportedError(
            f"{kind.title} can be read only where the size of the file is known",
            hint="store it as a file first",
            stage="probe",
            where=uri,
        )
    tally = _Tally(reader)
    header = HeaderReader(tally, where=uri)
    moov = read_moov(header) if kind.name in BOXED else None
    if moov is not None:
        _refuse_without_index(moov, uri)
    is_uncounted = kind.name == "mp3" and not read_mp3_head(header).is_noted
    with open_input(tally, format=kind.name, limits=limits, where=uri) as container:
        with translated(stage="probe", where=uri):
            facts = read_facts(
                container,
                orientations=moov.orientations if moov else None,
                has_whole_index=moov is None or not moov.is_fragmented,
                is_estimated=is_uncounted or kind.name in UNCOUNTED,
            )
            facts = _boxed(facts, moov, container, reader.size, is_cut_off(header, kind.name))
            is_cut = bool(facts.container.is_truncated)
            heard = with_samples(facts.audio, container, header, kind.name, is_cut=is_cut)
        _check(facts, limits, uri)
        pictures = with_pictures(facts.others, container, where=uri)
        facts = replace(facts, audio=heard, others=pictures)
        if deep:
            packets, broken = count_packets(container, limits, where=uri)
            facts = _counted(facts, packets, broken=broken)
            _check(facts, limits, uri)
    return _info(facts, kind, uri, reader.size, tally.bytes_read)


def _info(facts: Facts, kind: Kind, uri: str | None, size: int, read: int) -> MediaInfo:
    if not facts.video and not facts.audio:
        strange = [one.codec for one in facts.others if one.kind == "unknown"]
        if strange and DECODERS.isdisjoint(strange):
            raise UnsupportedError(
                f"{kind.title} whose streams are in codecs that are not read here: "
                f"{', '.join(sorted(set(strange)))}",
                hint="`mediaflow formats` lists what can be read",
                stage="probe",
                where=uri,
            )
        raise CorruptMediaError(
            f"{kind.title} without any picture or sound that can be made out",
            hint="the file is damaged or was cut off; fetch or export it again",
            stage="probe",
            where=uri,
        )
    shown = facts.video[0].display_size if facts.video else None
    return MediaInfo(
        kind="video" if facts.video else "audio",
        uri=uri,
        format=kind.name,
        mime_type=kind.mime_type,
        bytes=size,
        width=shown.width if shown else None,
        height=shown.height if shown else None,
        container=facts.container,
        video=facts.video,
        audio=facts.audio,
        others=facts.others,
        header_bytes=read,
    )


def _refuse_without_index(moov: Moov, where: str | None) -> None:
    """Say what is wrong with a file that no player opens, since nothing tells where frames are."""
    if moov.offset is not None and not (moov.is_cut and moov.cut_kind == "moov"):
        return
    if moov.is_cut:
        raise TruncatedMediaError(
            "the file ends before its index (the moov box), without which nothing tells where "
            "pictures and sound are",
            hint="the upload or recording was cut off; fetch or export it again",
            stage="probe",
            where=where,
        )
    raise CorruptMediaError(
        "the file has no index (no moov box), without which nothing tells where pictures and "
        "sound are",
        hint="a recording that was not ended properly looks like this; export it again",
        stage="probe",
        where=where,
    )


def _boxed(
    facts: Facts,
    moov: Moov | None,
    container: InputContainer,
    size: int,
    is_cut: bool | None,
) -> Facts:
    """Add what the boxes say, and whether the file ends before its index or header says."""
    end = max((index_end(stream) for stream in container.streams), default=0)
    if moov is None:
        truncated = True if end > size else is_cut
        return replace(facts, container=replace(facts.container, is_truncated=truncated))
    return replace(
        facts,
        container=replace(
            facts.container,
            moov_offset=moov.offset,
            is_faststart=moov.is_faststart,
            is_fragmented=moov.is_fragmented,
            is_truncated=moov.is_cut or end > size or (None if moov.is_fragmented else False),
        ),
    )


def _check(facts: Facts, limits: Limits, where: str | None) -> None:
    length = facts.container.duration_seconds
    if length is not None:
        limits.check("max_duration_seconds", math.ceil(length), where=where)
    limits.check("max_gap_seconds", int(facts.longest_frame_seconds or 0), where=where)
    for stream in facts.video:
        size = stream.coded_size
        limits.check("max_side", max(size.width, size.height), where=where)
        limits.check("max_pixels", size.pixels, where=where)
        limits.check("max_film_frames", stream.frames_from_header or 0, where=where)


def _counted(facts: Facts, packets: dict[int, Counted], *, broken: bool) -> Facts:
    """Add what all packets say; what was counted stands beside what the header claims."""
    wanted = {one.index for one in facts.video} | {one.index for one in facts.audio}
    ends = [
        (one.start * one.time_base, one.end * one.time_base)
        for index, one in packets.items()
        if index in wanted and one.start is not None and one.end is not None
    ]
    length = float(max(end for _, end in ends) - min(start for start, _ in ends)) if ends else None
    container = facts.container
    claimed = container.duration_seconds_from_header
    known = container.is_truncated if claimed is None else bool(container.is_truncated)
    missing = broken or _is_missing(claimed, length)
    return replace(
        facts,
        container=replace(
            container,
            duration_seconds_from_packets=length if length and length > 0 else None,
            is_truncated=True if missing else known,
        ),
        video=tuple(_counted_video(stream, packets.get(stream.index)) for stream in facts.video),
        audio=tuple(replace(one, samples=None) for one in facts.audio) if missing else facts.audio,
    )


def _counted_video(stream: VideoStream, packets: Counted | None) -> VideoStream:
    if packets is None:
        return stream
    timing = packets.timing
    return replace(
        stream,
        frames_from_packets=packets.packets,
        is_variable_rate=timing.is_variable,
        keyframe_seconds=timing.keyframe_seconds,
    )


def _is_missing(claimed: float | None, counted: float | None) -> bool:
    """Tell whether packets end so much before the header says that a part must be missing."""
    if claimed is None:
        return False
    gap = claimed - (counted or 0.0)
    return gap > MISSING_SECONDS and gap > claimed * MISSING_PART
