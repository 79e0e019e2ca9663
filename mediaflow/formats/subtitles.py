"""Subtitles as text: cues, and the files that hold them.

Law: text in and text out; nothing is opened. A file is read with patience (missing numbers, blank
lines, overlaps, any line ends) but for one thing: a line that should hold times and does not is an
error with its number. Cues that end no later than they begin are never shown and left out.

Source: W3C WebVTT 1 4.1 and 6.1; for SubRip, which has none, what players accept; the texts of
Aegisub and libass on ASS.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Final

from mediaflow.errors import CorruptMediaError, LimitExceededError
from mediaflow.formats.subtitle_text import (
    MAX_CHARACTERS,
    from_ass,
    from_srt,
    from_webvtt,
    to_plain,
    to_srt,
    to_webvtt,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "MAX_CUES",
    "MAX_FILE_BYTES",
    "Cue",
    "parse_ass",
    "parse_srt",
    "parse_subtitles",
    "parse_webvtt",
    "plain_cues",
    "write_srt",
    "write_webvtt",
]

MAX_FILE_BYTES: Final = 8 * 1024 * 1024
MAX_CUES: Final = 100_000  # 11 a second for two and a half hours
HOUR_MS: Final = 3_600_000

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_TIME: Final = r"\s{0,9}(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9}))?\s{0,9}"
_TIMES: Final = re.compile(rf"{_TIME}-->{_TIME}(?:\s.*)?")
_ASS_TIME: Final = re.compile(_TIME)
_ASS_FIELDS: Final = ("layer", "start", "end", "style", "name", "l", "r", "v", "effect", "text")


@dataclass(frozen=True, slots=True)
class Cue:
    """Text and when it is shown, in seconds."""

    start: Fraction
    end: Fraction
    text: str
    """Lines separated by a newline; ``<b>``, ``<i>`` and ``<u>`` are markup, all else is meant."""


def parse_subtitles(data: bytes, *, where: str | None = None) -> tuple[Cue, ...]:
    """Return the cues of an SRT, WebVTT or ASS file, told apart by how it begins.

    Args:
        data: The whole file; UTF-8, UTF-16 with its mark, or else Windows-1252.
        where: Location of the file, for errors.

    Returns:
        The cues by start.

    Raises:
        CorruptMediaError: It is no text, or none of the three, or a line of times cannot be read.
        LimitExceededError: It is longer than a film of days needs.
    """
    head = _text_of(data[:4096], where).lstrip()
    if head.startswith("WEBVTT"):
        return parse_webvtt(data, where=where)
    if head.startswith("[") and "[script info]" in head.lower():
        return parse_ass(data, where=where)
    return parse_srt(data, where=where)


def plain_cues(data: bytes, *, where: str | None = None) -> tuple[Cue, ...]:
    """Return the cues of a file without markup, for what draws them in one style.

    Args:
        data: The whole file.
        where: Location of the file, for errors.

    Raises:
        SourceError: See :func:`parse_subtitles`.
    """
    cues = parse_subtitles(data, where=where)
    return tuple(Cue(cue.start, cue.end, to_plain(cue.text)) for cue in cues)


def parse_srt(data: bytes, *, where: str | None = None) -> tuple[Cue, ...]:
    """Return the cues of an SRT file by start.

    A cue goes on to the next line of times; a number right above that line belongs to the next.

    Args:
        data: The whole file.
        where: Location of the file, for errors.

    Raises:
        CorruptMediaError: A line with an arrow does not hold two times, or text stands before all.
        LimitExceededError: It is longer than a film of days needs.
    """
    lines = _lines(data, where)
    starts = [at for at, line in enumerate(lines) if "-->" in line]
    _check_count(len(starts), where)
    before = [line for line in lines[: starts[0] if starts else None] if line.strip()]
    if before and not (len(before) == 1 and starts and before[0].strip().isdecimal()):
        number = lines.index(before[0]) + 1
        raise _corrupt(f"line {number} is no subtitle: {before[0].strip()!r:.60}", where)
    cues: list[Cue | None] = []
    for at, until in pairwise((*starts, len(lines))):
        body = lines[at + 1 : until]
        if until < len(lines) and body and body[-1].strip().isdecimal():
            body = body[:-1]
        cues.append(_cue(at, lines[at], from_srt, body, where))
    return _sorted(cues)


def parse_webvtt(data: bytes, *, where: str | None = None) -> tuple[Cue, ...]:
    """Return the cues of a WebVTT file by start; notes, styles, regions and settings are left out.

    Args:
        data: The whole file.
        where: Location of the file, for errors.

    Raises:
        CorruptMediaError: It does not begin with WEBVTT, or a line with an arrow does not hold two
            times.
        LimitExceededError: It is longer than a film of days needs.
    """
    lines = _lines(data, where)
    if re.match(r"WEBVTT(\s|$)", lines[0]) is None:
        raise _corrupt("the file does not begin with WEBVTT", where)
    cues: list[Cue | None] = []
    is_aside = True  # the head of the file, a note, a style or a region, to the next empty line
    for at, line in enumerate(lines):
        if not line.strip():
            is_aside = False
        elif "-->" in line and (not is_aside or _TIMES.fullmatch(line)):
            following = (lines[after] for after in range(at + 1, len(lines)))
            cues.append(_cue(at, line, from_webvtt, list(takewhile(_goes_on, following)), where))
            _check_count(len(cues), where)
        elif re.match(r"(NOTE|STYLE|REGION)(\s|$)", line) and not lines[at - 1].strip():
            is_aside = True
    return _sorted(cues)


def parse_ass(data: bytes, *, where: str | None = None) -> tuple[Cue, ...]:
    """Return the events of an ASS or SSA file by start; styles, places and drawings are left out.

    Args:
        data: The whole file.
        where: Location of the file, for errors.

    Raises:
        CorruptMediaError: It has no events, or one without two times.
        LimitExceededError: It is longer than a film of days needs.
    """
    fields: Sequence[str] = _ASS_FIELDS
    section = ""
    cues: list[Cue | None] = []
    for at, line in enumerate(_lines(data, where)):
        key, _, value = line.partition(":")
        if line.startswith("["):
            section = line.strip().lower()
        elif section == "[events]" and key.strip().lower() == "format":
            fields = [name.strip().lower() for name in value[:MAX_CHARACTERS].split(",")]
        elif section == "[events]" and key.strip().lower() == "dialogue":
            cues.append(_event(at, fields, value, where))
            _check_count(len(cues), where)
    if not section:
        raise _corrupt("the file has no sections, such as [Events]", where)
    return _sorted(cues)


def write_srt(cues: Iterable[Cue]) -> str:
    """Return an SRT file; what shows nothing is left out.

    Example:
        >>> print(write_srt([Cue(Fraction(1, 2), Fraction(2), "<i>Hello</i>")]))
        1
        00:00:00,500 --> 00:00:02,000
        <i>Hello</i>
        <BLANKLINE>
    """
    blocks = (f"{times}\n{text}\n" for times, text in _blocks(cues, ",", to_srt))
    return "\n".join(f"{number}\n{block}" for number, block in enumerate(blocks, 1))


def write_webvtt(cues: Iterable[Cue]) -> str:
    """Return a WebVTT file; what shows nothing is left out.

    Example:
        >>> print(write_webvtt([Cue(Fraction(1, 2), Fraction(2), "1 < 2")]))
        WEBVTT
        <BLANKLINE>
        00:00:00.500 --> 00:00:02.000
        1 &lt; 2
        <BLANKLINE>
    """
    blocks = (f"{times}\n{text}\n" for times, text in _blocks(cues, ".", to_webvtt))
    return "\n".join(("WEBVTT\n", *blocks))


def _blocks(
    cues: Iterable[Cue], point: str, spelled: Callable[[str], str]
) -> Iterable[tuple[str, str]]:
    """Yield the times and the text of each cue, to whole milliseconds and at least one."""
    for cue in cues:
        start = round(cue.start * 1000)
        end = max(round(cue.end * 1000), start + 1)
        text = spelled(cue.text)
        if text:
            yield f"{_clock(start, point)} --> {_clock(end, point)}", text


def _clock(milliseconds: int, point: str) -> str:
    hours, rest = divmod(milliseconds, HOUR_MS)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def _goes_on(line: str) -> bool:
    return bool(line.strip()) and "-->" not in line


def _lines(data: bytes, where: str | None) -> list[str]:
    if len(data) > MAX_FILE_BYTES:
        raise LimitExceededError(
            f"the file of subtitles has {len(data):,} bytes; {MAX_FILE_BYTES:,} are read",
            stage="decode",
            where=where,
        )
    return _LINE_END.split(_text_of(data, where))


def _text_of(data: bytes, where: str | None) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if b"\0" in data:
        raise _corrupt("the file of subtitles is no text", where)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:  # what older tools of Windows write
        return data.decode("cp1252", "replace")


def _cue(
    at: int, line: str, meant: Callable[[str], str], body: Sequence[str], where: str | None
) -> Cue | None:
    """Return a cue, or None for one that is never shown."""
    found = _TIMES.fullmatch(line)
    if found is None:
        raise _corrupt(f"line {at + 1} does not hold two times: {line.strip()!r:.60}", where)
    parts = found.groups()
    return _made(at, _seconds(parts[:4]), _seconds(parts[4:]), meant, "\n".join(body), where)


def _event(at: int, fields: Sequence[str], value: str, where: str | None) -> Cue | None:
    parts = dict(zip(fields, value.split(",", len(fields) - 1), strict=False))
    start = _ASS_TIME.fullmatch(parts.get("start", ""))
    end = _ASS_TIME.fullmatch(parts.get("end", ""))
    if start is None or end is None:
        raise _corrupt(f"line {at + 1} does not hold two times: {value.strip()!r:.60}", where)
    seconds = _seconds(start.groups()), _seconds(end.groups())
    return _made(at, *seconds, from_ass, parts.get("text", ""), where)


def _made(
    at: int,
    start: Fraction,
    end: Fraction,
    meant: Callable[[str], str],
    text: str,
    where: str | None,
) -> Cue | None:
    if len(text) > MAX_CHARACTERS:
        raise _corrupt(
            f"the subtitle of line {at + 1} has {len(text):,} characters; {MAX_CHARACTERS:,} are "
            "allowed",
            where,
        )
    shown = meant(text) if end > start else ""
    return Cue(start, end, shown) if shown else None


def _seconds(parts: Sequence[str | None]) -> Fraction:
    hours, minutes, seconds, digits = (part or "0" for part in parts)
    part = Fraction(int(digits), 10 ** len(digits))
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + part


def _sorted(cues: Iterable[Cue | None]) -> tuple[Cue, ...]:
    return tuple(sorted((cue for cue in cues if cue is not None), key=lambda cue: cue.start))


def _check_count(count: int, where: str | None) -> None:
    if count > MAX_CUES:
        raise LimitExceededError(
            f"the file has more than {MAX_CUES:,} subtitles", stage="decode", where=where
        )


def _corrupt(message: str, where: str | None) -> CorruptMediaError:
    return CorruptMediaError(
        message,
        hint="subtitles are read as SRT, WebVTT or ASS; correct the file in a text editor",
        stage="decode",
        where=where,
    )
