"""The one place where FFmpeg opens an input.

Law: the demuxer is the one that the leading bytes name and no other; no protocol, no second file;
only listed codecs, within limits, from the first probing on; no decoder before its size was looked
at. Whoever opens closes.

Source: the options ``format_whitelist``, ``protocol_whitelist``, ``codec_whitelist``,
``max_streams``, ``probesize`` and ``analyzeduration`` of libavformat, ``enable_drefs`` and
``use_absolute_path`` of its demuxer of MP4, ``max_pixels`` and ``max_samples`` of libavcodec.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from math import isqrt
from typing import TYPE_CHECKING, Final, NoReturn

import av
from av.video.codeccontext import VideoCodecContext

from mediaflow.errors import (
    CorruptMediaError,
    LimitExceededError,
    MediaflowError,
    TruncatedMediaError,
    UnidentifiedMediaError,
    UnsupportedError,
)
from mediaflow.formats.demuxers import AUDIO_DECODERS, DEMUXERS, VIDEO_DECODERS
from mediaflow.libav.compat import TAG_ERRORS
from mediaflow.libav.mov_index import check_index
from mediaflow.libav.options import refuse_unused
from mediaflow.libav.reader import FilmReader
from mediaflow.libav.tag_count import check_tag_count
from mediaflow.libav.translate import translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from mediaflow.frames import ByteReader
    from mediaflow.security.limits import Limits

__all__ = ["DECODERS", "open_count", "open_decoder", "open_input"]

DECODERS: Final = frozenset((*VIDEO_DECODERS, *AUDIO_DECODERS))
"""FFmpeg's names of all decoders that are used."""

CODECS: Final = ",".join(sorted(DECODERS))
PROBE_BYTES: Final = 5_000_000  # FFmpeg's own default, said so that nobody can raise it
PROBE_MICROSECONDS: Final = 5_000_000
BY_DEMUXER: Final = {"wav": {"probesize": str(1 << 16), "max_size": str(1 << 16)}}
"""Options of some demuxers.

A WAV file says what it holds at its head; FFmpeg looks through 5 MB for DTS in disguise all the same,
which the first packets show. Large packets have little to do for each.
"""

ALIGNMENT: Final = 64  # px that decoders may add to each edge
ASPECT: Final = 5  # edges together, in square roots of the area, at 16 to 1 and below
MAX_SAMPLES: Final = 1 << 23  # of one frame of sound, all channels together; 20 s of stereo
SANE_SECONDS: Final = 10**8  # what claims to be longer is damaged, and says nothing
MICROSECONDS: Final = 1_000_000  # AV_TIME_BASE
NO_REFERENCES: Final = {"enable_drefs": "0", "use_absolute_path": "0"}
"""FFmpeg's own defaults for tracks that name another file, said so that nobody can change them."""

WITHOUT_SMOOTHING: Final = {"skip_loop_filter": "all"}
MANY_STREAMS: Final = 1  # beyond the limit, so that a file with more is seen to have more

_open = 0
_lock = threading.Lock()


def open_count() -> int:
    """Return how many inputs are open now."""
    return _open


@contextmanager
def open_input(
    reader: ByteReader,
    *,
    format: str,
    limits: Limits,
    where: str | None = None,
    check: Callable[[], None] = lambda: None,
) -> Iterator[InputContainer]:
    """Open a film or a sound file for reading.

    Args:
        reader: The input.
        format: Name of the format that its leading bytes tell, such as ``"mp4"``.
        limits: Limits in force.
        where: Location of the input, for errors.
        check: Asked before each read; what it raises ends everything.

    Raises:
        UnidentifiedMediaError: The format is none that is read as film or sound.
        CorruptMediaError: The container is damaged, or holds nothing.
        LimitExceededError: It is longer, or has more streams or frames, than the limits allow.
        UnsupportedError: Its index is compressed.
    """
    source = FilmReader(reader, check)
    container = _opened(source, format, limits, where)
    _count(1)
    try:
        limits.check("max_streams", len(container.streams), where=where)
        length = (container.duration or 0) // MICROSECONDS
        if length <= SANE_SECONDS:
            limits.check("max_duration_seconds", length, where=where)
        yield container
    except BaseException as exc:
        if source.error is not None and exc is not source.error:
            raise source.error from exc
        raise
    else:
        if source.error is not None:
            raise source.error
    finally:
        container.close()
        _count(-1)


def open_decoder(
    stream: VideoStream | AudioStream,
    limits: Limits,
    *,
    threads: int,
    where: str | None = None,
    is_for_small: bool = False,
) -> None:
    """Open the decoder of a stream before its first packet.

    Args:
        stream: The stream.
        limits: Limits in force.
        threads: How many threads it may use.
        where: Location of the input, for errors.
        is_for_small: Whether only keyframes are decoded, and only small pictures are made of them,
            which do without smoothed edges of blocks.

    Raises:
        UnsupportedError: The codec is unknown, or none of those that are used.
        LimitExceededError: The picture is larger than the limits allow.
        CorruptMediaError: The stream's header is damaged.
    """
    context = stream.codec_context
    name = "an unknown codec" if context is None else context.name
    if context is None or name not in DECODERS:
        raise UnsupportedError(
            f"stream {stream.index} is in {name}, which is not decoded here",
            hint=f"decoded are {', '.join(sorted(DECODERS))}",
            stage="decode",
            where=where,
        )
    if isinstance(context, VideoCodecContext):
        limits.check("max_side", max(context.width, context.height), where=where)
        limits.check("max_pixels", context.width * context.height, where=where)
    bounds = {"max_pixels": _aligned_pixels(limits), "max_samples": MAX_SAMPLES}
    context.thread_count = threads
    context.thread_type = "AUTO"
    context.options = {
        "codec_whitelist": CODECS,
        **{name: str(value) for name, value in bounds.items()},
        **(WITHOUT_SMOOTHING if is_for_small else {}),
    }
    with translated(stage="decode", where=where):
        context.open(strict=False)
    refuse_unused(context, where=where)


def _aligned_pixels(limits: Limits) -> int:
    """Return FFmpeg's bound on pixels, which counts rows and columns that decoders add.

    A picture of exactly as many as allowed passes up to a ratio of sixteen to one.
    """
    return limits.max_pixels + ALIGNMENT * (ASPECT * isqrt(limits.max_pixels) + ALIGNMENT)


def _opened(source: FilmReader, name: str, limits: Limits, where: str | None) -> InputContainer:
    demuxer = DEMUXERS.get(name)
    if demuxer is None:
        raise UnidentifiedMediaError(f"{name} is not read as film or sound", where=where)
    if demuxer == "mov":
        check_index(source.read_at, source.size, limits, where=where)
    check_tag_count(source.read_at, source.size, demuxer, where=where)
    try:
        with translated(stage="probe", where=where):
            container: InputContainer = av.open(  # type: ignore[call-overload]  # ** hides what 18 takes
                source,
                "r",
                format=demuxer,
                container_options={
                    "format_whitelist": demuxer,
                    "protocol_whitelist": "none",
                    "codec_whitelist": CODECS,
                    "max_streams": str(limits.max_streams + MANY_STREAMS),
                    "probesize": str(PROBE_BYTES),
                    "analyzeduration": str(PROBE_MICROSECONDS),
                    **NO_REFERENCES,
                    **BY_DEMUXER.get(demuxer, {}),
                },
                options={"max_pixels": str(_aligned_pixels(limits))},
                io_open=_denied,
                **TAG_ERRORS,
            )
            return container
    except MediaflowError as exc:
        if source.error is not None:
            raise source.error from exc
        raise _said(exc, name, where) from exc.__cause__


def _said(exc: MediaflowError, name: str, where: str | None) -> MediaflowError:
    """Return an error in words that help: FFmpeg says the same for many faults."""
    if isinstance(exc, TruncatedMediaError):
        return TruncatedMediaError(
            f"the {name} file ends before anything that can be shown or heard",
            stage="probe",
            where=where,
        )
    if isinstance(exc, LimitExceededError):
        return LimitExceededError(
            "the file has more streams than the limits allow, or claims more than memory holds",
            hint="raise limits.max_streams if you trust this input",
            stage="probe",
            where=where,
        )
    return CorruptMediaError(
        f"the {name} container cannot be read; its index is missing or damaged",
        hint="an upload or a recording that was cut off looks like this; fetch or export it again",
        stage="probe",
        where=where,
    )


def _denied(url: str, flags: int, options: object) -> NoReturn:
    raise PermissionError("an input may not open another one")


def _count(change: int) -> None:
    global _open
    with _lock:
        _open += change
