"""Templates become the names of files: safe, unique, and never the input's own. Pure.

Law: what comes from a source's name is one path component and nothing more; what the caller wrote
literally is the caller's. Source of the component rules: POSIX 3.265, Windows naming conventions.
"""

from __future__ import annotations

import posixpath
import re
import string
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.errors import SpecError
from mediaflow.formats import (
    canonical_name,
    containers,
    image_formats,
    output_format,
    sound_formats,
)
from mediaflow.formats.claims import MEDIA_CLAIMS
from mediaflow.formats.subtitle_codecs import sidecar_of
from mediaflow.models.adaptive import StreamOutput
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.film import VideoOutput
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.models.waveform import WaveformOutput
from mediaflow.planning.output_names import ANALYSIS, STORYBOARD, WAVEFORM
from mediaflow.redact import redact
from mediaflow.registry import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mediaflow.geometry import Size
    from mediaflow.models.info import MediaKind
    from mediaflow.models.outputs import Output

__all__ = [
    "FIELDS",
    "UNNAMED_STEMS",
    "SourceName",
    "check_template",
    "find_duplicates",
    "format_of_name",
    "format_of_template",
    "names_format",
    "needs_key",
    "needs_place",
    "output_uri",
    "safe_component",
    "template_for",
]

FIELDS: Final = (
    "ext",
    "format",
    "height",
    "key",
    "name",
    "parent",
    "stem",
    "suffix",
    "width",
)
FOLDER_TEMPLATE: Final = "{stem}{suffix}.{ext}"
UNNAMED_STEM: Final = "image"
UNNAMED_STEMS: Final[dict[MediaKind, str]] = {
    "audio": "sound",
    "image": UNNAMED_STEM,
    "video": "film",
}
"""What outputs of a source without a name are called, by what it is."""

MAX_COMPONENT_BYTES: Final = 255
ROOM_BYTES: Final = 64  # for suffix and extension

_FORBIDDEN: Final = re.compile(
    r'[\x00-\x1f\x7f/\\:*?"<>|'
    r"\u200e\u200f\u202a-\u202e\u2066-\u2069]"  # marks that turn the order of what people read
)
_FORMATTER: Final = string.Formatter()
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceName:
    """What a template may take from the source's location."""

    stem: str = UNNAMED_STEM
    format: str | None = None
    """Format that the source's name claims, or None."""

    parent: str = ""
    key: str = ""
    """Digest of spec and source, in hexadecimal."""


def template_for(to: str | None, *, is_folder: bool, beside: str | None) -> str:
    """Return the name template that a destination stands for.

    Args:
        to: What the caller wrote, or None.
        is_folder: Whether ``to`` names an existing folder.
        beside: Folder of a local source, or None for any other source.

    Raises:
        SpecError: Nothing says where outputs go, or a template field is unknown.
    """
    if to is None:
        if beside is None:
            raise SpecError(
                "this source has no folder of its own, so outputs need a place",
                hint="pass to='folder/' or a template such as to='out/{stem}{suffix}.{ext}'",
                field="to",
            )
        return posixpath.join(_literal(beside), FOLDER_TEMPLATE) if beside else FOLDER_TEMPLATE
    if is_folder and not to.endswith("/"):
        return f"{_literal(to)}/{FOLDER_TEMPLATE}"
    base = _without_query(to)
    if base != to and (base.endswith("/") or not posixpath.splitext(posixpath.basename(base))[1]):
        raise SpecError(
            f"a folder such as {redact(to)!r} cannot carry a query",
            hint="use a storage profile for its credentials",
            field="to",
        )
    last = posixpath.basename(base.replace("\\", "/"))
    if base.endswith("/") or not posixpath.splitext(last)[1]:
        folder = base if base.endswith("/") else f"{base}/"
        template = folder + FOLDER_TEMPLATE
    else:
        template = to
    check_template(template)
    return template


def check_template(template: str) -> None:
    """Refuse a template with an unknown field or any formatting but plain ``{field}``.

    Raises:
        SpecError: A field is unknown, or the braces do not match.
    """
    try:
        parts = list(_FORMATTER.parse(template))
    except ValueError as exc:
        raise SpecError(f"template {redact(template)!r}: {exc}", field="to") from exc
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if name in FIELDS and (spec or conversion):
            raise SpecError(
                f"template {redact(template)!r}: {{{name}}} takes no formatting",
                hint="write the field alone, without ':' and '!'",
                field="to",
            )
        if name not in FIELDS:
            near = did_you_mean(name, list(FIELDS))
            raise SpecError(
                f"template {redact(template)!r} has the unknown field {{{name}}}{near}",
                hint=f"known fields: {', '.join(FIELDS)}",
                field="to",
            )


def needs_key(template: str) -> bool:
    """Return whether a template asks for the digest of spec and source."""
    return any(name == "key" for _, name, _, _ in _FORMATTER.parse(template))


def needs_place(outputs: Iterable[Output]) -> bool:
    """Return whether any of the outputs is a file; data that is not stored is none."""
    return any(_is_file(output) for output in outputs)


def _is_file(output: Output) -> bool:
    match output:
        case (
            ImageOutput()
            | VideoOutput()
            | StillOutput()
            | PreviewOutput()
            | SubtitleOutput()
            | StoryboardOutput()
            | AudioOutput()
            | WaveformOutput()
            | StreamOutput()
        ):
            return True
        case AnalysisOutput():
            return output.store
        case _:
            assert_never(output)


def format_of_template(template: str) -> str:
    """Return the format of a picture or film that a template's extension names.

    Raises:
        SpecError: The template has no extension, or one that names no format.
    """
    extension = posixpath.splitext(_without_query(template))[1].removeprefix(".")
    if not extension or "{" in extension:
        raise SpecError(
            f"{redact(template)!r} does not say which format to write",
            hint="end it with an extension such as '.webp', or pass outputs=ImageOutput(...)",
            field="outputs",
        )
    return output_format(extension)


def _file_words(output: Output) -> tuple[str, str, str]:
    """Return the format, the extension and the suffix of an output's file."""
    match output:
        case ImageOutput() | StillOutput():
            row = image_formats[output.format]
            return row.name, row.extension, output.suffix
        case VideoOutput() | PreviewOutput():
            container = containers[output.format]
            return container.name, container.extension, output.suffix
        case AudioOutput():
            sound = sound_formats[output.format]
            return sound.name, sound.extension, output.suffix
        case SubtitleOutput():
            sidecar = sidecar_of(output.format)
            return sidecar.name, sidecar.extension, output.suffix
        case AnalysisOutput():
            return "json", "json", output.suffix or f"_{ANALYSIS}"
        case StoryboardOutput():
            return "vtt", "vtt", output.suffix or f"_{STORYBOARD}"
        case WaveformOutput():
            return output.format, output.format, output.suffix or f"_{WAVEFORM}"
        case StreamOutput():
            manifest = "m3u8" if output.protocols[0] == "hls" else "mpd"
            return manifest, manifest, output.suffix
        case _:
            assert_never(output)


def output_uri(
    template: str, source: SourceName, output: Output, name: str, size: Size | None
) -> str:
    """Return the place of one output.

    Args:
        template: Name template.
        source: What it may take from the source.
        output: The output.
        name: Its name.
        size: Its width and height in px; None of what has none.

    Raises:
        SpecError: A rendered component is unsafe, the extension names another format, or the size
            of what has none is asked for.
    """
    format, own_extension, suffix = _file_words(output)
    asked = {field for _, field, _, _ in _FORMATTER.parse(template)}
    if size is None and asked & {"height", "width"}:
        raise SpecError(
            f"the template asks for {{width}} or {{height}}, which {format} has not",
            hint="{name} and {suffix} tell outputs apart",
            field="to",
        )
    if not source.parent and "parent" in asked:
        raise SpecError(
            "the template asks for {parent}, and this source has no folder of its own",
            field="to",
        )
    values = {
        "ext": own_extension,
        "format": format,
        "height": "" if size is None else str(size.height),
        "key": source.key,
        "name": safe_component(name),
        "parent": safe_component(source.parent) if source.parent else "",
        "stem": safe_component(source.stem),
        "suffix": suffix,
        "width": "" if size is None else str(size.width),
    }
    uri = _FORMATTER.vformat(template, (), values)
    last = posixpath.basename(_without_query(uri))
    _check_component(last)
    extension = posixpath.splitext(last)[1].removeprefix(".")
    if canonical_name(extension) != format:
        raise SpecError(
            f"{last!r} would hold {format.upper()}, which its extension does not say",
            hint=f"end the template with '.{own_extension}' or '.{{ext}}'",
            field="to",
        )
    return uri


def format_of_name(name: str) -> str | None:
    """Return the format that a file's name claims, or None when it claims none."""
    claimed = canonical_name(posixpath.splitext(name)[1])
    return claimed if claimed in image_formats.builtin_names() or claimed in MEDIA_CLAIMS else None


def names_format(claimed: str | None, found: str) -> bool:
    """Return whether a name that claims a format may stand for a file of another name.

    Args:
        claimed: What :func:`format_of_name` returned.
        found: What the leading bytes say, by the name that the probe gives it.

    Example:
        >>> names_format("webm", "matroska"), names_format("jpeg", "png")
        (True, False)
    """
    return claimed in (None, found) or found in MEDIA_CLAIMS.get(claimed or "", ())


def safe_component(text: str) -> str:
    """Return text as one path component: no separators, control characters or device names."""
    data = unicodedata.normalize("NFC", text).encode(errors="replace")
    clean = data[: MAX_COMPONENT_BYTES - ROOM_BYTES].decode(errors="ignore")
    clean = _FORBIDDEN.sub("_", clean)
    clean = clean.lstrip(" .-").rstrip(" .") or UNNAMED_STEM
    return f"_{clean}" if _DEVICES.fullmatch(clean) else clean


def find_duplicates(uris: Iterable[str]) -> str | None:
    """Return the first place that two outputs share, ignoring case and Unicode form."""
    seen: set[str] = set()
    for uri in uris:
        folded = unicodedata.normalize("NFC", uri).casefold()
        if folded in seen:
            return uri
        seen.add(folded)
    return None


def _literal(text: str) -> str:
    """Return text that a template gives back as it is."""
    return text.replace("{", "{{").replace("}", "}}")


def _without_query(uri: str) -> str:
    return uri.partition("?")[0] if "://" in uri else uri


def _check_component(last: str) -> None:
    if last.startswith(".") or not last or len(last.encode(errors="replace")) > MAX_COMPONENT_BYTES:
        raise SpecError(f"{last[:80]!r} is no usable file name", field="to")
