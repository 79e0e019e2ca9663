"""A contact sheet: one page of HTML that shows every output of a job as a browser shows it.

Law: text in, text out; it needs nothing beside the outputs, and every text in it is escaped.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from mediaflow import __version__
from mediaflow.cli.terminal import file_size
from mediaflow.models.result import JobResult, OutputResult

if TYPE_CHECKING:
    from mediaflow.models.info import MediaInfo

__all__ = ["Group", "Part", "contact_sheet"]

STYLE: Final = """
:root {
  color-scheme: light dark;
  --paper: #f5f4f1; --card: #fff; --ink: #1c1c1e; --soft: #65635e; --line: #dfdcd5;
  --note: #855300; --bad: #b3261e; --link: #0b57a4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #161618; --card: #212124; --ink: #ececee; --soft: #a3a2a8; --line: #38383d;
    --note: #f0b85a; --bad: #ff8a80; --link: #8cbcff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 76rem; padding: clamp(1rem, 4vw, 3rem);
  background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
a { color: var(--link); text-underline-offset: 0.15em; }
h1 { margin: 0; font-size: clamp(1.5rem, 4vw, 2.25rem); line-height: 1.2; overflow-wrap: anywhere; }
h2, h3 { margin: 2.5rem 0 1rem; font-size: 1.15rem; }
header h2 { margin: 4rem 0 0; font-size: clamp(1.3rem, 3vw, 1.8rem); }
header p, footer { color: var(--soft); }
header p { margin: 0.4rem 0 0; }
footer { margin-top: 3rem; font-size: 0.875rem; }
.true-size { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 1.5rem; }
.true-size figure { inline-size: max(calc(var(--width) + 2px), 12rem); }
.columns {
  display: grid; gap: 1.5rem; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr));
}
figure {
  margin: 0; max-inline-size: 100%; overflow: hidden;
  background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem;
}
figure > a { display: block; line-height: 0; text-align: center; }
img, video { max-width: 100%; height: auto; }
video { display: block; background: #000; }
img {
  background: repeating-conic-gradient(#8884 0 25%, #0000 0 50%) 0 0 / 1rem 1rem;
}
figcaption { padding: 0.7rem 0.9rem 0.8rem; font-size: 0.875rem; overflow-wrap: anywhere; }
figcaption b { font-weight: 600; }
figcaption span { display: block; color: var(--soft); font-variant-numeric: tabular-nums; }
figcaption .note { color: var(--note); }
figcaption .bad { color: var(--bad); }
details { margin-top: 2.5rem; }
summary { cursor: pointer; font-weight: 600; }
pre {
  padding: 1rem; overflow-x: auto; font-size: 0.8125rem; line-height: 1.6;
  background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem;
}
"""

FILMS: Final = frozenset({"mkv", "mov", "mp4", "webm"})

PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: {count} outputs</title>
<style>{style}</style>
</head>
<body>
<main>
{parts}
</main>
<footer>Made with mediaflow {version}, {date}.</footer>
</body>
</html>
"""


PART: Final = """<header>
<{tag}>{title}</{tag}>
<p>{facts}</p>
</header>
{groups}
<details>
<summary>What was planned</summary>
<pre>{plan}</pre>
</details>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Outputs that belong together on the page."""

    title: str
    outputs: tuple[OutputResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One job on the page."""

    result: JobResult
    """What came out."""

    groups: tuple[Group, ...]
    """Its outputs in the order of the page."""

    link: str | None
    """Relative link to the original, already quoted, or None."""


def contact_sheet(*parts: Part) -> str:
    """Return a page that stands in the folder of the outputs.

    Args:
        *parts: One or more jobs, in the order of the page.
    """
    last = parts[-1].result
    return PAGE.format(
        title=escape(" and ".join(_name_of(part.result.source) for part in parts)),
        count=sum(len(part.result.outputs) for part in parts),
        style=STYLE,
        parts="\n".join(_part(part, "h2" if index else "h1") for index, part in enumerate(parts)),
        version=__version__,
        date=last.completed_at.strftime("%Y-%m-%d %H:%M UTC"),
    )


def _part(part: Part, tag: str) -> str:
    result = part.result
    poster = _poster(result)
    groups = (_group(group, result.source, poster) for group in part.groups if group.outputs)
    return PART.format(
        tag=tag,
        title=escape(_name_of(result.source)),
        facts=_facts(result, part.link),
        groups="\n".join(groups),
        plan=escape("\n".join(result.report.plan)),
    )


def _name_of(source: MediaInfo | None) -> str:
    uri = source.uri if source is not None else None
    return uri.replace("\\", "/").rstrip("/").rpartition("/")[2] if uri else "picture"


def _facts(result: JobResult, link: str | None) -> str:
    made = sum(output.bytes for output in result.outputs)
    count = len(result.outputs)
    parts = [f"{count} outputs, {file_size(made)}, in {result.report.seconds:.1f} s"]
    source = result.source
    if source is not None:
        words = f"{source.width}×{source.height} px {source.format.upper()}"
        if source.duration_seconds is not None:
            words += f", {source.duration_seconds:.1f} s"
        if source.bytes is not None:
            words += f", {file_size(source.bytes)}"
        original = f'<a href="{escape(link)}">original</a>' if link else "original"
        parts.insert(0, f"{original}: {escape(words)}")
    return " · ".join(parts)


def _poster(result: JobResult) -> str:
    """Return the attribute that puts a still of the same job in front of its players, or nothing."""
    for output in result.outputs:
        is_still = output.format not in FILMS and output.duration_seconds is None
        if is_still and output.status == "completed" and output.has_file:
            return f' poster="{_href(output)}"'
    return ""


def _href(output: OutputResult) -> str:
    return escape(quote(output.uri.rpartition("/")[2]))


def _group(group: Group, source: MediaInfo | None, poster: str) -> str:
    # large pictures share the width of the page; small ones are shown px by px
    small = all(
        source is None or source.width is None or output.size.width < source.width
        for output in group.outputs
    )
    kind = "true-size" if small else "columns"
    figures = "\n".join(_figure(output, source, poster) for output in group.outputs)
    return (
        f'<section>\n<h3>{escape(group.title)}</h3>\n<div class="{kind}">\n'
        f"{figures}\n</div>\n</section>"
    )


def _figure(output: OutputResult, source: MediaInfo | None, poster: str) -> str:
    name = output.uri.rpartition("/")[2]
    lines = [f"<b>{escape(name)}</b>"]
    picture = ""
    if output.status == "completed" or (output.status == "skipped" and output.format not in FILMS):
        href = _href(output)
        shape = f'width="{output.width}" height="{output.height}"'
        if output.format in FILMS:
            picture = f'<video src="{href}" {shape}{poster} controls preload="metadata"></video>\n'
        else:
            picture = f'<a href="{href}"><img src="{href}" {shape} alt="{escape(name)}"></a>\n'
    lines.append(f"<span>{_measures(output, source)}</span>")
    lines += [f'<span class="note">{escape(note.message)}</span>' for note in output.notices]
    if output.error is not None:
        lines.append(f'<span class="bad">{escape(output.error)}</span>')
    caption = "\n".join(lines)
    return (
        f'<figure style="--width: {output.width}px">\n{picture}'
        f"<figcaption>{caption}</figcaption>\n</figure>"
    )


def _measures(output: OutputResult, source: MediaInfo | None) -> str:
    parts = [output.format.upper(), f"{output.shape} px"]
    if output.status != "completed":
        return escape(" · ".join([*parts, output.status]))
    if output.duration_seconds is not None:
        parts.append(f"{output.duration_seconds:.1f} s long")
    parts.append(file_size(output.bytes))
    moves = output.duration_seconds is not None
    if not (moves and source is not None and source.kind == "video"):
        # films of a job are made side by side: how long that took stands at the head
        parts.append(f"made in {output.seconds:.3f} s")
    if source is not None and source.bytes and source.size == output.size:
        parts.append(f"{output.bytes / source.bytes:.0%} of the original")
    return escape(" · ".join(parts))
