"""A result as HTML for a page: ``<picture>`` with every format and width that was made.

Law: text in, text out; only what the result holds is said, every text is escaped and every address
is quoted. Source: HTML Living Standard, "Images" (source selection, srcset, sizes).
"""

from __future__ import annotations

import posixpath
import re
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from mediaflow.errors import SpecError
from mediaflow.formats import canonical_name, image_formats
from mediaflow.models.analysis import PlaceholderData

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mediaflow.geometry import Size
    from mediaflow.models.analysis import AnalysisData
    from mediaflow.models.result import JobResult, OutputResult

__all__ = ["picture_markup", "srcset"]

SMALLEST_FIRST: Final = ("avif", "webp")
"""Formats that a browser should take when it can, the smallest files first."""

COMPATIBLE_FIRST: Final = ("jpeg", "png", "gif", "webp", "avif")
"""Formats for ``<img>``, the one that most programs show first."""

_SAFE_IN_BASE: Final = "/:?&=#@%[]!$+;~"  # not a comma and not a space, which end a URL in srcset
_NEVER_IN_BASE: Final = re.compile(r"[\s\x00-\x1f\\<>\"]")
_SCHEME: Final = re.compile(r"[^/?#]*:")  # RFC 3986 4.1: what stands before the first colon


def picture_markup(
    result: JobResult,
    *,
    alt: str,
    sizes: str = "100vw",
    base_url: str = "",
    lazy: bool = True,
    placeholder: AnalysisData | None = None,
) -> str:
    """Return ``<picture>`` with a source for each format and an ``<img>`` for everybody else.

    It holds every picture of the result that is there and has the shape of the source, or, where
    none has, that of the largest one; so crops beside it do no harm. Of several pictures of one format and width the first is taken.

    Args:
        result: What came out, such as of :func:`responsive`.
        alt: What the picture shows, for those who do not see it; empty for decoration.
        sizes: How wide it is laid out, as in CSS: ``"(min-width: 60rem) 50vw, 100vw"``.
        base_url: Where the files are served from: a path or an http(s) address. It stands before
            each file's path below the folder that all of these files share; empty means beside
            the page.
        lazy: Whether browsers may wait until it comes near the window. Say False for the one that
            is seen first.
        placeholder: Data of an analysis; it is shown behind the picture until that is there. One
            with transparency is left out, as it would shine through.

    Raises:
        SpecError: The result holds no picture, ``base_url`` is neither a path nor http(s), or the
            data describes no picture.
    """
    style = _background(placeholder)
    by_format = _by_format(result)
    fallback = min(by_format, key=_rank(COMPATIBLE_FIRST))
    urls = _urls(by_format, base_url)
    better = [name for name in by_format if name != fallback and name in SMALLEST_FIRST]
    better.sort(key=SMALLEST_FIRST.index)
    lines = ["<picture>"]
    for name in better:
        words = {
            "type": image_formats[name].mime_type,
            "srcset": _candidates(by_format[name], urls),
            "sizes": sizes,
        }
        lines.append(f"  <source{_attributes(words)}>")
    largest = by_format[fallback][-1]
    words = {
        "src": urls[largest.name],
        "srcset": _candidates(by_format[fallback], urls),
        "sizes": sizes,
        "width": str(largest.width),
        "height": str(largest.height),
        "alt": alt,
        "loading": "lazy" if lazy else "eager",
        "decoding": "async",
    }
    if style is not None:
        words["style"] = style
    lines += [f"  <img{_attributes(words)}>", "</picture>"]
    return "\n".join(lines)


def _background(data: AnalysisData | None) -> str | None:
    """Return the style that shows a placeholder, or None where none can be shown."""
    match data:
        case None:
            return None
        case PlaceholderData():
            if data.has_alpha:
                return None
            return (
                f"background: {data.dominant_color} url({data.data_uri}) center / cover no-repeat"
            )
        case _:
            raise SpecError(
                f"a placeholder is the data of a picture, got that of {data.kind}",
                hint="AnalysisOutput(what=('placeholder',)) gives it, of films too",
                field="placeholder",
            )


def srcset(result: JobResult, format: str, *, base_url: str = "") -> str:
    """Return the pictures of one format as the value of ``srcset``, not yet escaped for HTML.

    Args:
        result: What came out.
        format: Name of the format.
        base_url: As in :func:`picture_markup`.

    Raises:
        SpecError: The result holds no picture of that format, or ``base_url`` is no such place.
    """
    by_format = _by_format(result)
    name = canonical_name(format)
    if name not in by_format:
        raise SpecError(
            f"the result holds no {format} picture",
            hint=f"it holds {', '.join(sorted(by_format))}",
            field="format",
            value=format,
        )
    return _candidates(by_format[name], _urls(by_format, base_url))


def _by_format(result: JobResult) -> dict[str, list[OutputResult]]:
    """Return the pictures that are there by format, each list from narrow to wide."""
    there = [output for output in result.outputs if _is_there(output)]
    if not there:
        raise SpecError(
            "the result holds no picture that could be shown",
            hint="make some, for example with recipes.responsive(), and look at result.error",
            field="result",
        )
    shape = _shape(result, there)
    found: dict[str, dict[int, OutputResult]] = {}
    for output in there:
        if _is_alike(output.size, shape):
            found.setdefault(output.format, {}).setdefault(output.size.width, output)
    return {name: [of[width] for width in sorted(of)] for name, of in found.items()}


def _is_there(output: OutputResult) -> bool:
    """Whether an output is a picture that stands at its place, now or since an earlier run."""
    kept = output.status == "skipped" and any(
        notice.code == "exists_skipped" for notice in output.notices
    )
    made = output.status == "completed" or kept
    return made and output.has_file and output.format in image_formats


def _shape(result: JobResult, outputs: Sequence[OutputResult]) -> Size:
    """Return the size whose shape all pictures must have."""
    source = result.source
    if source is not None and any(_is_alike(o.size, source.size) for o in outputs):
        return source.size
    return max((output.size for output in outputs), key=lambda size: size.pixels)


def _is_alike(size: Size, shape: Size) -> bool:
    """Whether rounding to whole px explains the difference between two aspect ratios."""
    exact_height = size.width * shape.height / shape.width
    exact_width = size.height * shape.width / shape.height
    return abs(exact_height - size.height) < 1 or abs(exact_width - size.width) < 1


def _urls(by_format: dict[str, list[OutputResult]], base_url: str) -> dict[str, str]:
    """Return the address of each picture by its name."""
    base = _checked_base(base_url)
    outputs = [output for listed in by_format.values() for output in listed]
    paths = {output.name: _path(output.uri) for output in outputs}
    folders = [posixpath.dirname(path) for path in paths.values()]
    shared = _shared_folder(folders)
    return {
        name: base + quote(path[len(shared) :].lstrip("/"), safe="/")
        for name, path in paths.items()
    }


def _path(uri: str) -> str:
    return uri.partition("?")[0] if "://" in uri else uri.replace("\\", "/")


def _shared_folder(folders: Sequence[str]) -> str:
    first, *rest = (folder.split("/") for folder in folders)
    count = len(first)
    for parts in rest:
        same = (a == b for a, b in zip(first, parts, strict=False))
        count = min(count, next((n for n, equal in enumerate(same) if not equal), len(parts)))
    return "/".join(first[:count])


def _checked_base(base_url: str) -> str:
    if not base_url:
        return ""
    scheme = base_url.partition(":")[0].lower() if _SCHEME.match(base_url) else ""
    if scheme not in ("", "http", "https") or _NEVER_IN_BASE.search(base_url):
        raise SpecError(
            f"base_url must be a path or an http(s) address, got {base_url!r:.80}",
            hint="for example '/media/' or 'https://cdn.example.com/photos'",
            field="base_url",
            value=base_url,
        )
    quoted = quote(base_url, safe=_SAFE_IN_BASE)
    return quoted if quoted.endswith(("/", "=")) else f"{quoted}/"


def _candidates(outputs: Sequence[OutputResult], urls: dict[str, str]) -> str:
    return ", ".join(f"{urls[output.name]} {output.width}w" for output in outputs)


def _attributes(words: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in words.items())


def _rank(names: Sequence[str]) -> Callable[[str], int]:
    return lambda name: names.index(name) if name in names else len(names)
