"""Knowledge of formats and codecs, one row each; pure tables and arithmetic.

Law: this room knows what formats can do and how options are named, and never touches a codec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.errors import UnknownNameError, UnsupportedError
from mediaflow.formats.av1 import Av1Options
from mediaflow.formats.avif import AvifOptions
from mediaflow.formats.codec import AudioCodec, Container, VideoCodec, quality_crf
from mediaflow.formats.gif import GifOptions
from mediaflow.formats.h264 import H264Options
from mediaflow.formats.hevc import HevcOptions
from mediaflow.formats.jpeg import JpegOptions
from mediaflow.formats.png import PngOptions
from mediaflow.formats.row import Argument, ImageFormat
from mediaflow.formats.subtitle_codecs import SIDECARS
from mediaflow.formats.tiff import TiffOptions
from mediaflow.formats.vp9 import Vp9Options
from mediaflow.formats.webp import WebpOptions
from mediaflow.registry import Entry, Registry

if TYPE_CHECKING:
    from mediaflow.models.plugins import EncoderOptions

__all__ = [
    "ALIASES",
    "Argument",
    "AudioCodec",
    "Av1Options",
    "AvifOptions",
    "Container",
    "GifOptions",
    "H264Options",
    "HevcOptions",
    "ImageFormat",
    "JpegOptions",
    "PngOptions",
    "TiffOptions",
    "VideoCodec",
    "Vp9Options",
    "WebpOptions",
    "audio_codecs",
    "canonical_name",
    "containers",
    "image_formats",
    "is_film_format",
    "options_of",
    "output_format",
    "quality_crf",
    "sound_formats",
    "video_codecs",
]

image_formats: Final[Registry[ImageFormat]] = Registry(
    "image format",
    group="mediaflow.formats",
    builtin={
        "avif": Entry("mediaflow.formats.avif:AVIF"),
        "bmp": Entry("mediaflow.formats.inputs:BMP"),
        "gif": Entry("mediaflow.formats.gif:GIF"),
        "heif": Entry("mediaflow.formats.inputs:HEIF"),
        "ico": Entry("mediaflow.formats.inputs:ICO"),
        "jpeg": Entry("mediaflow.formats.jpeg:JPEG"),
        "png": Entry("mediaflow.formats.png:PNG"),
        "svg": Entry("mediaflow.formats.inputs:SVG"),
        "tiff": Entry("mediaflow.formats.tiff:TIFF"),
        "webp": Entry("mediaflow.formats.webp:WEBP"),
    },
)

containers: Final[Registry[Container]] = Registry(
    "container",
    group="mediaflow.containers",
    builtin={
        "avif": Entry("mediaflow.formats.muxers:AVIF_CLIP"),
        "gif": Entry("mediaflow.formats.muxers:GIF_CLIP"),
        "mkv": Entry("mediaflow.formats.muxers:MKV"),
        "mov": Entry("mediaflow.formats.muxers:MOV"),
        "mp4": Entry("mediaflow.formats.muxers:MP4"),
        "webm": Entry("mediaflow.formats.muxers:WEBM"),
        "webp": Entry("mediaflow.formats.muxers:WEBP_CLIP"),
    },
)

video_codecs: Final[Registry[VideoCodec]] = Registry(
    "video codec",
    group="mediaflow.video_codecs",
    builtin={
        "av1": Entry("mediaflow.formats.av1:AV1"),
        "h264": Entry("mediaflow.formats.h264:H264"),
        "hevc": Entry("mediaflow.formats.hevc:HEVC"),
        "vp9": Entry("mediaflow.formats.vp9:VP9"),
    },
    meant={
        **dict.fromkeys(("av01", "libaom-av1", "libsvtav1"), "av1"),
        **dict.fromkeys(("avc", "avc1", "h.264", "libx264", "x264"), "h264"),
        **dict.fromkeys(("h.265", "h265", "hvc1", "libx265", "x265"), "hevc"),
        **dict.fromkeys(("libvpx-vp9", "vp09"), "vp9"),
    },
)

audio_codecs: Final[Registry[AudioCodec]] = Registry(
    "audio codec",
    group="mediaflow.audio_codecs",
    builtin={
        "aac": Entry("mediaflow.formats.sound:AAC"),
        "alac": Entry("mediaflow.formats.sound:ALAC"),
        "flac": Entry("mediaflow.formats.sound:FLAC"),
        "mp3": Entry("mediaflow.formats.sound:MP3"),
        "opus": Entry("mediaflow.formats.sound:OPUS"),
        "pcm_s16le": Entry("mediaflow.formats.sound:PCM_S16"),
        "pcm_s24le": Entry("mediaflow.formats.sound:PCM_S24"),
        "pcm_s32le": Entry("mediaflow.formats.sound:PCM_S32"),
        "vorbis": Entry("mediaflow.formats.sound:VORBIS"),
    },
)

sound_formats: Final[Registry[Container]] = Registry(
    "sound format",
    group="mediaflow.sound_formats",
    builtin={
        "aac": Entry("mediaflow.formats.sound_files:AAC_FILE"),
        "flac": Entry("mediaflow.formats.sound_files:FLAC_FILE"),
        "m4a": Entry("mediaflow.formats.sound_files:M4A"),
        "mp3": Entry("mediaflow.formats.sound_files:MP3_FILE"),
        "ogg": Entry("mediaflow.formats.sound_files:OGG"),
        "opus": Entry("mediaflow.formats.sound_files:OPUS_FILE"),
        "wav": Entry("mediaflow.formats.sound_files:WAV"),
    },
)

ALIASES: Final[dict[str, str]] = {
    "heic": "heif",
    "jfif": "jpeg",
    "jpe": "jpeg",
    "jpg": "jpeg",
    "m4b": "m4a",
    "m4v": "mp4",
    "oga": "ogg",
    "qt": "mov",
    "tif": "tiff",
    "wave": "wav",
}


def canonical_name(name: str) -> str:
    """Return the table's name of a format: lower case, aliases resolved.

    Example:
        >>> canonical_name("JPG")
        'jpeg'
    """
    lower = name.lower().removeprefix(".")
    return ALIASES.get(lower, lower)


def is_film_format(name: str) -> bool:
    """Return whether a name is that of a container which holds films and nothing else.

    Example:
        >>> is_film_format("mp4"), is_film_format("gif")
        (True, False)
    """
    return name not in image_formats.builtin_names() and name in containers


def output_format(text: str) -> str:
    """Return the table's name of a format of pictures, films, sounds or subtitles.

    Raises:
        UnknownNameError: No format has that name.

    Example:
        >>> output_format("JPG"), output_format(".m4v")
        ('jpeg', 'mp4')
    """
    name = canonical_name(text)
    if is_film_format(name) or name in sound_formats or name in SIDECARS:
        return name
    try:
        return image_formats[name].name
    except UnknownNameError as exc:
        films = [each for each in containers.names() if is_film_format(each)]
        raise UnknownNameError(
            exc.message,
            hint=f"films are {', '.join(films)}; sounds {', '.join(sound_formats.names())}",
            value=text,
        ) from exc


def options_of(kind: str) -> type[EncoderOptions]:
    """Return the options class of an image format or of a codec.

    Raises:
        UnknownNameError: Nothing has that name.
        UnsupportedError: The format has no encoder.
    """
    name = canonical_name(kind)
    if name not in image_formats.builtin_names() and name in video_codecs:
        return video_codecs[name].options
    row = image_formats[name]
    if row.options is None:
        raise UnsupportedError(f"{row.name} cannot be written; it is read only", value=kind)
    return row.options
