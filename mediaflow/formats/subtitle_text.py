"""The text of one subtitle, in our own markup and in the dialects of SRT, WebVTT, ASS and MP4.

Our markup is ``<b>``, ``<i>`` and ``<u>``, nested properly; all else is meant as it stands, lines are
separated by a newline and none is empty.

Law: text comes from strangers. Control characters never pass, every search takes time in proportion
to the text, and what a dialect says beyond the three styles is left out.

Source: W3C WebVTT 1 4.2 and 6.4; ETSI TS 126 245 5.2 (``tx3g``, ``styl``); the texts of Aegisub and
libass on ASS override tags.
"""

from __future__ import annotations

import html
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "MAX_CHARACTERS",
    "Run",
    "Style",
    "from_ass",
    "from_markup",
    "from_plain",
    "from_srt",
    "from_tx3g",
    "from_webvtt",
    "runs_of",
    "to_ass",
    "to_plain",
    "to_srt",
    "to_tx3g",
    "to_webvtt",
]

Style: TypeAlias = Literal["b", "i", "u"]
Styles: TypeAlias = frozenset[Style]

MAX_CHARACTERS: Final = 10_000
"""Longest text of one subtitle, as it is stored; what lies beyond is left out."""

PLAIN: Final[Styles] = frozenset()
ORDER: Final[tuple[Style, ...]] = ("b", "i", "u")
JOINER: Final = "\u2060"  # invisible; keeps signs from being read as one
BOLD_WEIGHT: Final = 600  # of a font, CSS Fonts 4 2.2
FACES: Final[dict[Style, int]] = {"b": 1, "i": 2, "u": 4}  # TS 126 245 5.2, face-style-flags
STYLE_BOX: Final = struct.Struct(">HHHBB4s")  # first, after the last, font, face, size, color
TEXT_COLOR: Final = b"\xff\xff\xff\xff"
FONT_SIZE: Final = 18

_TAG: Final = re.compile(r"<(/?)([biu])>")
_SRT_MARK: Final = re.compile(
    r"<(/?)(?:([biu])|s|(?:font|c|v|lang|span)\b[^<>]*)\s*>|\{\\[^{}]*\}", re.IGNORECASE
)
_VTT_MARK: Final = re.compile(r"<(/?)(?:([biu])(?:[.\s][^<>]*)?|[^<>]*)>")
_ASS_MARK: Final = re.compile(rf"\\([Nnh{{}}{JOINER}])|\{{([^{{}}]*)\}}")
_ASS_OVERRIDE: Final = re.compile(r"\\(?:([biu])(\d*)(?![a-z(])|(r)(?!nd)|p(\d))")
_ASS_SIGNS: Final = {"N": "\n", "n": "\n", "h": "\u00a0", "{": "{", "}": "}", JOINER: "\\"}
_CONTROL: Final = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0xFEFF), None),
    **dict.fromkeys((0x0A, 0x0D, 0x0B, 0x0C, 0x85, 0x2028, 0x2029), "\n"),
    0x09: " ",
}


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style."""

    text: str
    styles: frozenset[Style] = PLAIN


def runs_of(text: str) -> tuple[Run, ...]:
    """Return text in our markup as stretches of one style; newlines stay in them.

    Example:
        >>> [(run.text, sorted(run.styles)) for run in runs_of("so <i>be</i> it")]
        [('so ', []), ('be', ['i']), (' it', [])]
    """
    return tuple(_merged(_split(_TAG, text)))


def from_srt(text: str) -> str:
    r"""Return the text of an SRT cue in our markup.

    Example:
        >>> from_srt(r"{\an8}<font color=red>Fire <I>now</I></font>, 2 < 3")
        'Fire <i>now</i>, 2 < 3'
    """
    return _written(_split(_SRT_MARK, text[:MAX_CHARACTERS]))


def from_webvtt(text: str) -> str:
    """Return the text of a WebVTT cue in our markup.

    Example:
        >>> from_webvtt("<v Ada><b.loud>Fish &amp; chips</b>")
        '<b>Fish & chips</b>'
    """
    return _written(_split(_VTT_MARK, text[:MAX_CHARACTERS], html.unescape))


def from_ass(text: str) -> str:
    r"""Return the text of an ASS event in our markup; drawings are left out.

    Example:
        >>> from_ass(r"{\pos(1,2)\b1}Stop{\b0}\Nhere")
        '<b>Stop</b>\nhere'
    """
    return _written(_ass_runs(text[:MAX_CHARACTERS]))


def from_plain(text: str) -> str:
    """Return text without any markup in ours."""
    return _written((Run(text[:MAX_CHARACTERS]),))


def from_tx3g(sample: bytes) -> str:
    """Return a sample of MP4 timed text in our markup; empty where it shows nothing."""
    length = int.from_bytes(sample[:2], "big")
    data, boxes = sample[2 : 2 + length], sample[2 + length :]
    wide = data[:2] in (b"\xfe\xff", b"\xff\xfe")
    text = data.decode("utf-16" if wide else "utf-8", "replace")[:MAX_CHARACTERS]
    bounds: list[tuple[int, int, Styles]] = []
    for first, last, face in _faces(boxes):
        styles = frozenset(style for style, flag in FACES.items() if face & flag)
        if first < last and styles and (not bounds or first >= bounds[-1][1]):
            bounds.append((first, last, styles))
    runs: list[Run] = []
    position = 0
    for first, last, styles in bounds:
        runs += [Run(text[position:first]), Run(text[first:last], styles)]
        position = last
    return _written((*runs, Run(text[position:])))


def to_srt(text: str) -> str:
    """Return text for SRT; an arrow of two dashes, which would begin a cue, loses one."""
    return _written(runs_of(text)).replace("-->", "->")


def to_webvtt(text: str) -> str:
    """Return text for WebVTT, with its three special signs escaped.

    Example:
        >>> to_webvtt("<i>a < b</i> --> c")
        '<i>a &lt; b</i> --&gt; c'
    """
    return _written(runs_of(text), _escaped)


def to_ass(text: str) -> str:
    r"""Return text for an ASS event.

    Example:
        >>> to_ass("<b>Stop</b>\nhere")
        '{\\b1}Stop{\\b0}\\Nhere'
    """
    runs = runs_of(from_markup(text))
    return "".join(_ass_parts(runs))


def to_plain(text: str) -> str:
    """Return text without its markup."""
    return "".join(run.text for run in runs_of(from_markup(text)))


def to_tx3g(text: str) -> bytes:
    """Return a sample of MP4 timed text, with its styles in a box behind it."""
    runs = runs_of(from_markup(text))
    data = "".join(run.text for run in runs).encode("utf-8", "replace")
    records: list[bytes] = []
    position = 0
    for run in runs:
        end = position + len(run.text)
        if run.styles:
            face = sum(FACES[style] for style in run.styles)
            records.append(STYLE_BOX.pack(position, end, 1, face, FONT_SIZE, TEXT_COLOR))
        position = end
    body = struct.pack(">H", len(records)) + b"".join(records)
    box = struct.pack(">I4s", 8 + len(body), b"styl") + body if records else b""
    return struct.pack(">H", len(data)) + data + box


def from_markup(text: str) -> str:
    """Return text that is in our markup already, with its lines and styles made tidy."""
    return _written(_split(_TAG, text[:MAX_CHARACTERS]))


def _split(mark: re.Pattern[str], text: str, meant: Callable[[str], str] = str) -> Iterator[Run]:
    """Yield the stretches between marks; a mark says by its groups what it closes or opens."""
    styles, position = PLAIN, 0
    for found in mark.finditer(text):
        yield Run(meant(text[position : found.start()]), styles)
        styles = _switched(styles, (found[2] or "").lower(), is_on=not found[1])
        position = found.end()
    yield Run(meant(text[position:]), styles)


def _switched(styles: Styles, name: str, *, is_on: bool) -> Styles:
    one = frozenset((cast("Style", name),)) if name else PLAIN
    return styles | one if is_on else styles - one


def _ass_runs(text: str) -> Iterator[Run]:
    styles, position, is_drawing = PLAIN, 0, False
    for found in _ASS_MARK.finditer(text):
        yield Run("" if is_drawing else text[position : found.start()], styles)
        position = found.end()
        if found[1] is not None:
            yield Run(_ASS_SIGNS[found[1]], styles)
            continue
        for name, number, reset, drawing in _ASS_OVERRIDE.findall(found[2]):
            is_drawing = drawing != "0" if drawing else is_drawing
            is_on = number == "1" or int(number[:4] or 0) >= BOLD_WEIGHT
            styles = PLAIN if reset else _switched(styles, name, is_on=is_on)
    yield Run("" if is_drawing else text[position:], styles)


def _ass_parts(runs: Iterable[Run]) -> Iterator[str]:
    styles = PLAIN
    for run in (*runs, Run("")):
        changes = [
            f"\\{style}{int(style in run.styles)}"
            for style in ORDER
            if (style in styles) != (style in run.styles)
        ]
        if changes:
            yield f"{{{''.join(changes)}}}"
        styles = run.styles
        spelled = run.text.replace("\\", f"\\{JOINER}")
        yield spelled.replace("{", "\\{").replace("}", "\\}").replace("\n", "\\N")


def _faces(boxes: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield first character, end and face of each record of the style boxes of a sample."""
    position = 0
    while position + 8 <= len(boxes):
        size = int.from_bytes(boxes[position : position + 4], "big")
        if size < 8:
            return
        if boxes[position + 4 : position + 8] == b"styl":
            records = boxes[position + 10 : position + size]
            for at in range(0, len(records) - STYLE_BOX.size + 1, STYLE_BOX.size):
                first, last, _, face, _, _ = STYLE_BOX.unpack_from(records, at)
                yield first, last, face
        position += size


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _guarded(text: str) -> str:
    """Return text in which nothing spells a tag that was not meant as one."""
    return _TAG.sub(lambda found: f"<{JOINER}{found[0][1:]}", text)


def _written(runs: Iterable[Run], meant: Callable[[str], str] = _guarded) -> str:
    """Return runs in our markup: lines tidy, tags nested."""
    parts: list[str] = []
    opened: list[Style] = []
    for run in _merged(_tidy(runs)):
        while not run.styles.issuperset(opened):
            parts.append(f"</{opened.pop()}>")
        fresh = [style for style in ORDER if style in run.styles and style not in opened]
        parts += [f"<{style}>" for style in fresh]
        opened += fresh
        parts.append(meant(run.text))
    parts += [f"</{style}>" for style in reversed(opened)]
    return "".join(parts)


def _tidy(runs: Iterable[Run]) -> Iterator[Run]:
    """Yield runs without control characters, empty lines and space at either end of a line."""
    lines: list[list[Run]] = [[]]
    for run in runs:
        first, *others = run.text.replace("\r\n", "\n").translate(_CONTROL).split("\n")
        lines[-1].append(Run(first, run.styles))
        lines += [[Run(part, run.styles)] for part in others]
    before: Styles | None = None
    for line in lines:
        kept = _stripped(line)
        if not kept:
            continue
        if before is not None:
            yield Run("\n", before & kept[0].styles)
        yield from kept
        before = kept[-1].styles


def _stripped(line: list[Run]) -> list[Run]:
    """Return a line without space at its ends; nothing of one that shows nothing."""
    filled = [at for at, run in enumerate(line) if run.text.strip()]
    if not any(run.text.replace(JOINER, "").strip() for run in line):
        return []
    kept = line[filled[0] : filled[-1] + 1]
    kept[0] = Run(kept[0].text.lstrip(), kept[0].styles)
    kept[-1] = Run(kept[-1].text.rstrip(), kept[-1].styles)
    return kept


def _merged(runs: Iterable[Run]) -> Iterator[Run]:
    """Yield runs that are not empty, neighbours of one style as one."""
    held: Run | None = None
    for run in runs:
        if not run.text:
            continue
        if held is not None and held.styles != run.styles:
            yield held
            held = None
        held = run if held is None else Run(held.text + run.text, run.styles)
    if held is not None:
        yield held
