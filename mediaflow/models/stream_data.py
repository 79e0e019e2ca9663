"""What an adaptive stream came out as: its tracks, their segments and what they cost to play.

Law: data checks that it is what it says: manifests are written of it, and it may come from a child.
Source: RFC 8216 4.4.6.2 (rates of a variant), RFC 6381 (codecs).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from mediaflow.errors import SpecError
from mediaflow.models.checking import check_choice, check_count, check_flag, check_type

__all__ = [
    "INIT_NAME",
    "StreamData",
    "TextTrackData",
    "TrackData",
    "VideoRange",
    "segment_name",
]

VideoRange: TypeAlias = Literal["SDR", "PQ", "HLG"]
"""How the numbers of a picture become light."""

INIT_NAME: Final = "init.mp4"
"""What precedes each segment of a track."""

MAX_BYTES: Final = 1 << 50
MAX_TICKS: Final = 1 << 53
MAX_TIMESCALE: Final = 1 << 32
MAX_SIDE: Final = 1 << 16

_FOLDER: Final = re.compile(r"[a-z0-9][a-z0-9_\-]{0,63}")
_CODECS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,63}")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,5}")
_UNPRINTABLE: Final = re.compile(r'["\x00-\x1f\x7f]')


def segment_name(number: int) -> str:
    """Return the name of a segment, counted from 1.

    Example:
        >>> segment_name(1)
        'seg_00001.m4s'
    """
    return f"seg_{number:05}.m4s"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackData:
    """One picture or one sound in segments: an ``init.mp4`` and ``seg_00001.m4s`` and so on."""

    kind: Literal["audio", "video"]
    folder: str
    """Folder of its files, beside the manifests."""

    codecs: str
    """What a player must decode, as RFC 6381 writes it: ``"avc1.64001f"``."""

    timescale: int
    """Ticks a second."""

    first: int = 0
    """When its first segment is shown, in ticks."""

    durations: tuple[int, ...]
    """Length of each segment, in ticks."""

    sizes: tuple[int, ...]
    """Bytes of each segment."""

    init_bytes: int
    """Bytes of ``init.mp4``."""

    width: int | None = None
    """Px; of pictures only."""

    height: int | None = None
    frame_rate: Fraction | None = None
    """Frames a second, in the mean; of pictures only."""

    video_range: VideoRange = "SDR"
    channels: int | None = None
    """Of sounds only."""

    sample_rate: int | None = None
    """Hz; of sounds only."""

    language: str | None = None
    """Tag of BCP 47."""

    label: str = ""
    """What a player calls it."""

    is_default: bool = False
    """Whether it plays where nothing else is chosen."""

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, ("audio", "video"))
        _check_place(self.folder, self.language, self.label, is_default=self.is_default)
        if not isinstance(self.codecs, str) or not _CODECS.fullmatch(self.codecs):
            raise SpecError(f"codecs are not {self.codecs!r:.80}", field="codecs")
        _check_whole("timescale", self.timescale, 1, MAX_TIMESCALE)
        _check_whole("first", self.first, 0, MAX_TICKS)
        _check_whole("init_bytes", self.init_bytes, 1, MAX_BYTES)
        for name, most in (("durations", MAX_TICKS), ("sizes", MAX_BYTES)):
            object.__setattr__(self, name, tuple(getattr(self, name)))
            for one in getattr(self, name):
                _check_whole(name, one, 1, most)
        if not self.sizes or len(self.sizes) != len(self.durations):
            raise SpecError("a track has a length and a size for each segment", field="sizes")
        for name in ("width", "height", "channels"):
            check_count(name, getattr(self, name), 1, MAX_SIDE)
        check_count("sample_rate", self.sample_rate, 1, MAX_TIMESCALE)
        check_type("frame_rate", self.frame_rate, (Fraction,), "Fraction(25)")
        check_choice("video_range", self.video_range, ("SDR", "PQ", "HLG"))

    @property
    def init(self) -> str:
        """Path of what precedes each segment, from the manifests."""
        return f"{self.folder}/{INIT_NAME}"

    @property
    def segments(self) -> tuple[str, ...]:
        """Paths of the segments in order, from the manifests."""
        return tuple(f"{self.folder}/{segment_name(n)}" for n in range(1, len(self.sizes) + 1))

    @property
    def seconds(self) -> tuple[Fraction, ...]:
        """Length of each segment, in seconds."""
        return tuple(Fraction(ticks, self.timescale) for ticks in self.durations)

    @property
    def duration(self) -> Fraction:
        """Length of all, in seconds."""
        return Fraction(sum(self.durations), self.timescale)

    @property
    def peak_bit_rate(self) -> int:
        """Greatest rate of a segment, in bits a second."""
        return max(
            -(-8 * size * self.timescale // ticks)
            for size, ticks in zip(self.sizes, self.durations, strict=True)
        )

    @property
    def mean_bit_rate(self) -> int:
        """Rate of all segments together, in bits a second."""
        return -(-8 * sum(self.sizes) * self.timescale // sum(self.durations))


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTrackData:
    """One track of subtitles: a WebVTT file, ``subtitles.vtt``, in a folder of its own."""

    folder: str
    language: str | None = None
    """Tag of BCP 47."""

    label: str = ""
    """What a player calls it."""

    is_default: bool = False
    is_forced: bool = False
    """Whether it holds only what everybody is to read."""

    def __post_init__(self) -> None:
        _check_place(self.folder, self.language, self.label, is_default=self.is_default)
        check_flag("is_forced", self.is_forced)

    @property
    def file(self) -> str:
        """Path of the file, from the manifests."""
        return f"{self.folder}/subtitles.vtt"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamData:
    """The tracks of a stream. Manifests say the same to a player."""

    kind: Literal["stream"] = "stream"

    video: tuple[TrackData, ...] = ()
    """Renditions of the picture, largest first; their segments start at the same times."""

    audio: tuple[TrackData, ...] = ()
    texts: tuple[TextTrackData, ...] = ()

    def __post_init__(self) -> None:
        for name, kind in (("video", TrackData), ("audio", TrackData), ("texts", TextTrackData)):
            object.__setattr__(self, name, tuple(getattr(self, name)))
            if not all(isinstance(one, kind) for one in getattr(self, name)):
                raise SpecError(f"{name} must be some {kind.__name__}", field=name)
        if any(one.kind != "video" for one in self.video):
            raise SpecError("video holds a sound", field="video")
        if any(one.kind != "audio" for one in self.audio):
            raise SpecError("audio holds a picture", field="audio")
        if not self.video and not self.audio:
            raise SpecError("a stream has a picture or a sound", field="video")
        tracks: tuple[TrackData | TextTrackData, ...] = (*self.video, *self.audio, *self.texts)
        folders = [one.folder for one in tracks]
        if len(folders) != len(set(folders)):
            raise SpecError("two tracks share a folder", field="folder")

    @property
    def duration(self) -> Fraction:
        """Length of the longest track, in seconds."""
        return max(one.duration for one in (*self.video, *self.audio))

    @property
    def longest_segment(self) -> Fraction:
        """Length of the longest segment of all tracks, in seconds."""
        return max(max(one.seconds) for one in (*self.video, *self.audio))


def _check_place(folder: object, language: object, label: object, *, is_default: object) -> None:
    if not isinstance(folder, str) or not _FOLDER.fullmatch(folder):
        raise SpecError(f"a track's folder is not {folder!r:.80}", field="folder")
    if language is not None and not (isinstance(language, str) and _LANGUAGE.fullmatch(language)):
        raise SpecError(f"a tag of a language is not {language!r:.80}", field="language")
    if not isinstance(label, str) or len(label) > 200 or _UNPRINTABLE.search(label):
        raise SpecError(f"a label is not {label!r:.80}", field="label")
    check_flag("is_default", is_default)


def _check_whole(name: str, value: object, least: int, most: int) -> None:
    if value is None:
        raise SpecError(f"{name} must be a whole number", field=name)
    check_count(name, value, least, most)
