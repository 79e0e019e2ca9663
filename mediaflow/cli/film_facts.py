"""What ``mediaflow probe`` says of film and sound: words for people, unknown facts left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.geometry.orientation import ORIENTATIONS

if TYPE_CHECKING:
    from fractions import Fraction

    from mediaflow.models.info import MediaInfo
    from mediaflow.models.streams import (
        AudioStream,
        ContainerInfo,
        LoudnessTags,
        OtherStream,
        VideoStream,
    )

__all__ = ["clock", "film_facts"]

SHOWN_TAGS: Final = 12
SHOWN_TEXT: Final = 100  # characters of a tag
PRIMARIES: Final = {1: "BT.709", 5: "BT.601 (625)", 6: "BT.601 (525)", 9: "BT.2020", 12: "P3"}
FIELDS: Final = {
    "bottom_first": "interlaced, bottom field first",
    "top_first": "interlaced, top field first",
}
HDR: Final = {"hlg": "HDR (HLG)", "pq": "HDR (PQ)"}


def film_facts(info: MediaInfo) -> list[tuple[str, str]]:
    """Return the rows of the table, without those that every file has.

    Args:
        info: A film or sound file.
    """
    container = info.container
    facts: list[tuple[str, str]] = []
    if container is not None:
        facts += [
            ("length", _length(container)),
            ("bit rate", _bit_rate(container.bit_rate)),
            ("index", _index(container)),
            ("complete", _complete(container)),
        ]
    facts += [(f"picture #{stream.index}", _video(stream)) for stream in info.video]
    facts += [(f"sound #{stream.index}", _audio(stream)) for stream in info.audio]
    facts += [(f"other #{stream.index}", _other(stream)) for stream in info.others]
    if container is not None:
        facts += [("chapters", str(len(container.chapters) or ""))]
        facts += [("loudness", _loudness(container.loudness_tags))]
        facts += [(f"tag {tag.name}", _line(tag.value)) for tag in container.tags[:SHOWN_TAGS]]
        more = len(container.tags) - SHOWN_TAGS
        facts += [("more tags", str(more) if more > 0 else "")]
    return facts


def clock(seconds: float) -> str:
    """Return seconds as people read them.

    Example:
        >>> clock(3723.5)
        '1:02:03.5'
    """
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    start = f"{hours}:{minutes:02}" if hours else str(minutes)
    return f"{start}:{rest // 10:02}.{rest % 10}"


def _length(container: ContainerInfo) -> str:
    length = container.duration_seconds
    if length is None:
        return "unknown"
    text = clock(length)
    if container.duration_seconds_from_packets is not None:
        claimed = container.duration_seconds_from_header
        text += ", counted" + (f"; the header says {clock(claimed)}" if claimed else "")
    elif container.duration_seconds_from_header is None:
        text += ", estimated"
    return text


def _index(container: ContainerInfo) -> str:
    if container.is_fragmented:
        return "in fragments"
    if container.is_faststart is None:
        return ""
    return "at the front (faststart)" if container.is_faststart else "behind the media"


def _complete(container: ContainerInfo) -> str:
    if container.is_truncated is None:
        return ""
    return "no, a part is missing" if container.is_truncated else "yes"


def _video(stream: VideoStream) -> str:
    shown, stored = stream.display_size, stream.coded_size
    size = f"{shown.width}×{shown.height}"
    if shown != stored:
        size += f" (stored as {stored.width}×{stored.height})"
    parts = [
        " ".join(filter(None, (stream.codec, stream.profile))),
        size,
        _frame_rate(stream),
        stream.pixel_format or "",
        f"{stream.bit_depth} bits" if stream.bit_depth else "",
        ORIENTATIONS[stream.orientation].words,
        FIELDS.get(stream.field_order or "", ""),
        HDR[stream.hdr] if stream.hdr else "",
        PRIMARIES.get(stream.color.primaries or 0, ""),
        {True: "full range", False: "", None: ""}[stream.color.full_range],
        "alpha" if stream.has_alpha else "",
        f"{stream.frames_from_packets:,} frames" if stream.frames_from_packets else "",
        f"keyframes up to {stream.keyframe_seconds:.2f} s apart" if stream.keyframe_seconds else "",
        *_common(stream),
    ]
    return ", ".join(filter(None, parts))


def _frame_rate(stream: VideoStream) -> str:
    rate: Fraction | None = stream.frame_rate_average or stream.frame_rate_base
    if rate is None:
        return ""
    about = "about " if stream.is_variable_rate else ""
    variable = " (variable)" if stream.is_variable_rate else ""
    return f"{about}{float(rate):.3f}".rstrip("0").rstrip(".") + f" fps{variable}"


def _audio(stream: AudioStream) -> str:
    parts = [
        " ".join(filter(None, (stream.codec, stream.profile))),
        f"{stream.sample_rate:,} Hz" if stream.sample_rate else "",
        stream.channel_layout or (f"{stream.channels} channels" if stream.channels else ""),
        f"{stream.bit_depth} bits" if stream.bit_depth else "",
        _samples(stream),
        *_common(stream),
    ]
    return ", ".join(filter(None, parts))


def _samples(stream: AudioStream) -> str:
    if stream.samples is None:
        return ""
    around = (
        f"{stream.encoder_delay_samples:,} before" if stream.encoder_delay_samples else "",
        f"{stream.padding_samples:,} behind" if stream.padding_samples else "",
    )
    said = " and ".join(filter(None, around))
    return f"{stream.samples:,} samples" + (f" ({said})" if said else "")


def _other(stream: OtherStream) -> str:
    picture = stream.picture
    parts = [stream.kind.replace("_", " "), stream.codec, stream.language or ""]
    if picture is not None:
        parts += [
            (picture.kind or "").replace("_", " "),
            f"{picture.size.width}×{picture.size.height}" if picture.size else "",
            f"{picture.bytes:,} bytes" if picture.bytes else "",
            "" if picture.mime_type else "no picture that is known",
        ]
    return ", ".join(filter(None, parts))


def _loudness(tags: LoudnessTags | None) -> str:
    """Return gains as players apply them."""
    if tags is None:
        return ""
    gains = (("track", tags.track_gain_db), ("album", tags.album_gain_db))
    said = [f"{name} {gain:+.2f} dB" for name, gain in gains if gain is not None]
    return f"{', '.join(said)} to {tags.reference_lufs:g} LUFS" if said else ""


def _line(text: str) -> str:
    """Return the start of a text in one line."""
    line = " / ".join(filter(None, text.splitlines()))
    return line if len(line) <= SHOWN_TEXT else f"{line[: SHOWN_TEXT - 1]}…"


def _common(stream: VideoStream | AudioStream) -> tuple[str, ...]:
    return (
        _bit_rate(stream.bit_rate),
        stream.language or "",
        "" if stream.is_decodable else "cannot be decoded here",
    )


def _bit_rate(rate: int | None) -> str:
    return "" if rate is None else f"{rate / 1000:,.0f} kbit/s"
