"""What a film or a sound file holds: its container and its streams.

Law: facts only, named by where they come from. Unknown is None. What a header says is a claim; what
packets say was counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from mediaflow.geometry import Orientation, Size
from mediaflow.models.colorinfo import ColorInfo

__all__ = [
    "AttachedPicture",
    "AudioStream",
    "Chapter",
    "ContainerInfo",
    "FieldOrder",
    "LoudnessTags",
    "MasteringDisplay",
    "OtherStream",
    "Tag",
    "VideoStream",
]

FieldOrder: TypeAlias = Literal["progressive", "top_first", "bottom_first"]


@dataclass(frozen=True, slots=True)
class Tag:
    """One piece of text that a file says of itself."""

    name: str
    """Name in lower case; what several containers call differently bears one name, such as
    ``"album_artist"``. The table is in ``mediaflow.formats.tag_names``."""

    value: str
    """Text; what is no valid text in the file is replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A named part of a film or a book."""

    start_seconds: float
    end_seconds: float
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MasteringDisplay:
    """The display on which HDR was graded (SMPTE ST 2086) and how bright the content is."""

    max_luminance: float | None = None
    """Brightest white of the mastering display, in cd/m²."""

    min_luminance: float | None = None
    """Darkest black of the mastering display, in cd/m²."""

    chromaticities: tuple[float, float, float, float, float, float, float, float] | None = None
    """CIE 1931 x and y of red, green, blue and white of the mastering display."""

    max_content_light: int | None = None
    """MaxCLL (CTA-861.3), in cd/m²."""

    max_frame_average_light: int | None = None
    """MaxFALL (CTA-861.3), in cd/m²."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoudnessTags:
    """What tags say of loudness: by how much a player turns the sound up or down."""

    reference_lufs: float
    """Loudness at which sound is heard with these gains: -18 of ReplayGain 2, -23 of the tags of
    Opus (RFC 7845 5.2.1)."""

    track_gain_db: float | None = None
    track_peak: float | None = None
    """Largest sample of the track; 1.0 is full scale."""

    album_gain_db: float | None = None
    """One gain for all tracks of an album, which keeps how loud they are beside each other."""

    album_peak: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerInfo:
    """Facts of the whole file."""

    demuxer: str
    """FFmpeg's name of the demuxer that reads it."""

    duration_seconds_from_header: float | None = None
    """Length that the header claims."""

    duration_seconds_estimated: float | None = None
    """Length worked out of size and bit rate, where the header claims none."""

    duration_seconds_from_packets: float | None = None
    """Length from the first to the end of the last packet; a deep probe counts it."""

    start_seconds: float | None = None
    """Time stamp of the first thing shown or heard."""

    bit_rate: int | None = None
    """Bits a second of everything together."""

    tags: tuple[Tag, ...] = ()
    """What the file says of itself, from container and streams; sorted by name."""

    chapters: tuple[Chapter, ...] = ()
    loudness_tags: LoudnessTags | None = None
    """Gains for players that the tags ask for; None where there are none."""

    moov_offset: int | None = None
    """Where the index of an ISO media file stands, in bytes."""

    is_faststart: bool | None = None
    """Whether the index stands before the media, so that playing starts at once; None where the
    format has no such index."""

    is_fragmented: bool | None = None
    """Whether an ISO media file is stored in fragments; None for other formats."""

    is_truncated: bool | None = None
    """Whether a part is missing: by the index, or by a deep probe; None when unknown."""

    @property
    def duration_seconds(self) -> float | None:
        """Best known length."""
        known = (
            self.duration_seconds_from_packets,
            self.duration_seconds_from_header,
            self.duration_seconds_estimated,
        )
        return next((seconds for seconds in known if seconds is not None), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoStream:
    """One moving picture."""

    index: int
    """Position among all streams of the file, from 0."""

    codec: str
    """Name of the codec, such as ``"h264"``; ``"unknown"`` where nothing knows it."""

    is_decodable: bool = True
    """Whether the codec is among those that the gate allows and the installation has."""

    profile: str | None = None
    level: int | None = None
    """Level in the codec's own numbers, such as 40 for H.264 level 4.0."""

    pixel_format: str | None = None
    """FFmpeg's name of the sample layout, such as ``"yuv420p"``."""

    bit_depth: int | None = None
    """Bits a sample."""

    has_alpha: bool = False
    """Whether px can be transparent."""

    coded_size: Size
    """Width and height of the stored frames in px."""

    sample_aspect_ratio: Fraction = Fraction(1)
    """Width of a px divided by its height."""

    orientation: Orientation = 1
    """How stored frames must be turned to stand upright (the eight of Exif), by the display matrix."""

    display_size: Size
    """Width and height in square px as a viewer shows it: with SAR, upright."""

    frame_rate_average: Fraction | None = None
    """Frames divided by duration."""

    frame_rate_base: Fraction | None = None
    """Lowest rate whose ticks hold all time stamps, as guessed from the first packets."""

    is_variable_rate: bool | None = None
    """Whether frames are shown for unequal times, by the index or the packets."""

    field_order: FieldOrder | None = None
    """Whether frames are whole or made of two fields; None where the stream does not say."""

    color: ColorInfo = ColorInfo()
    """Colour tags of the stream; None where it has none."""

    hdr: Literal["pq", "hlg"] | None = None
    """Kind of high dynamic range (ITU-R BT.2100)."""

    mastering: MasteringDisplay | None = None
    time_base: Fraction = Fraction(1, 90_000)
    """Seconds a tick of its time stamps."""

    start_seconds: float | None = None
    """Time stamp of its first frame."""

    duration_seconds_from_header: float | None = None
    """Length by the index, or in Matroska by the track's own tag; None where neither tells."""

    frames_from_header: int | None = None
    """Number of frames that the header claims."""

    frames_from_packets: int | None = None
    """Number of packets; a deep probe counts them."""

    keyframe_seconds: float | None = None
    """Longest time from one keyframe to the next, by the index or the packets."""

    hidden_seconds: float | None = None
    """For how long frames last that are stored but never shown, as an edit list wants it; None where
    no index tells."""

    bit_rate: int | None = None
    language: str | None = None
    """ISO 639 code; None where none is set."""

    title: str | None = None
    """What the file calls the stream."""

    disposition: tuple[str, ...] = ()
    """What the stream is meant for, such as ``"default"``; sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStream:
    """One sound track."""

    index: int
    codec: str
    is_decodable: bool = True
    profile: str | None = None
    sample_rate: int | None = None
    """Samples a second and channel."""

    channels: int | None = None
    channel_layout: str | None = None
    """FFmpeg's name of the layout, such as ``"stereo"`` or ``"5.1"``."""

    bit_depth: int | None = None
    """Bits a sample of exact codecs; None for lossy ones."""

    time_base: Fraction = Fraction(1, 48_000)
    start_seconds: float | None = None
    hidden_seconds: float | None = None
    """For how long packets last that are stored but never heard, as an edit list wants it: mostly
    what primes a decoder at the start. None where no index tells."""

    encoder_delay_samples: int | None = None
    """Samples that its encoder put before the first one that is heard: the edit list or the note of
    iTunes in MP4, LAME's field of MP3 (a decoder adds 529 more), the pre-skip of Opus; 0 of exact
    codecs. None where nothing tells."""

    padding_samples: int | None = None
    """Samples that its encoder put behind the last one that is heard; None where nothing tells."""

    samples: int | None = None
    """Samples of each channel that are heard, where the header says so exactly."""

    duration_seconds_from_header: float | None = None
    """Length by the index, or in Matroska by the track's own tag; None where neither tells."""

    bit_rate: int | None = None
    language: str | None = None
    title: str | None = None
    """What the file calls the track."""

    disposition: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedPicture:
    """A picture that lies in a film or a sound file, such as its cover."""

    kind: str | None = None
    """What it shows, such as ``"front_cover"`` (the kinds of ID3v2 and FLAC); None where the file
    does not say, as MP4 never does."""

    mime_type: str | None = None
    """Media type that its own leading bytes tell; None for what is no picture."""

    bytes: int | None = None
    """Length of the picture."""

    size: Size | None = None
    """Width and height in px as a viewer shows it; None where its header does not tell."""

    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherStream:
    """A stream that is neither moving picture nor sound."""

    index: int
    kind: Literal["subtitle", "attached_picture", "attachment", "data", "unknown"]
    codec: str
    duration_seconds_from_header: float | None = None
    """Length of a track of subtitles, to the end of its last text; None of all others."""

    language: str | None = None
    title: str | None = None
    disposition: tuple[str, ...] = ()
    picture: AttachedPicture | None = None
    """What is known of an attached picture; None for all other streams."""
