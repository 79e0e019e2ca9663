"""A picture of how loud a sound is along its time, for a page or a notebook.

Law: text only, of data that checks itself; nothing of it comes from a stranger's words.
Source: EBU Tech 3341 (momentary and short-term loudness); W3C SVG 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediaflow.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mediaflow.models.loudness import LoudnessData

__all__ = ["loudness_chart"]

MOMENTARY_SECONDS: Final = 0.4
SHORT_TERM_SECONDS: Final = 3.0
LOWEST: Final = -60.0  # LUFS at the lower edge
STEP: Final = 10
LEFT: Final = 44
BOTTOM: Final = 24
TOP: Final = 10
RIGHT: Final = 12
LEAST: Final = (200, 100)
MOST: Final = 10_000
TICKS: Final = 6
COLORS: Final = {"grid": "#e5e7eb", "text": "#4b5563", "momentary": "#93c5fd", "short": "#1d4ed8"}
MEAN: Final = "#dc2626"


def loudness_chart(data: LoudnessData, *, width: int = 1200, height: int = 320) -> str:
    """Return an SVG of momentary (light) and short-term (dark) loudness, and of the whole (dashed).

    Args:
        data: What an ``AnalysisOutput(what=("loudness",))`` found.
        width: Width in px, from 200.
        height: Height in px, from 100.

    Raises:
        SpecError: It is too small or too large.
    """
    for name, value, least in (("width", width, LEAST[0]), ("height", height, LEAST[1])):
        if not least <= value <= MOST:
            raise SpecError(
                f"{name} must be {least:,} to {MOST:,} px, got {value!r}", field=name, value=value
            )
    plot = _Plot(width, height, data.duration_seconds)
    parts = [*plot.grid()]
    step = data.step_seconds
    for series, window, color, stroke in (
        (data.momentary_lufs, MOMENTARY_SECONDS, COLORS["momentary"], 1),
        (data.short_term_lufs, SHORT_TERM_SECONDS, COLORS["short"], 2),
    ):
        path = plot.path(series, window, step)
        if path:
            parts.append(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{stroke}"/>')
    if data.integrated_lufs is not None:
        parts += plot.mean(data.integrated_lufs)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="11">'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


class _Plot:
    """Where moments and levels lie in the drawing."""

    def __init__(self, width: int, height: int, seconds: float) -> None:
        self._width, self._height = width, height
        self._seconds = max(seconds, 0.1)

    def grid(self) -> Iterator[str]:
        """Yield the lines and words of both axes."""
        for level in range(0, int(LOWEST) - 1, -STEP):
            y = self._y(level)
            yield (
                f'<path d="M{LEFT} {y:.1f}H{self._width - RIGHT}" stroke="{COLORS["grid"]}"/>'
                f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" '
                f'fill="{COLORS["text"]}">{level}</text>'
            )
        for tick in range(TICKS + 1):
            seconds = self._seconds * tick / TICKS
            anchor = {0: "start", TICKS: "end"}.get(tick, "middle")
            yield (
                f'<text x="{self._x(seconds):.1f}" y="{self._height - 8}" text-anchor="{anchor}" '
                f'fill="{COLORS["text"]}">{_clock(seconds)}</text>'
            )

    def path(self, series: Sequence[float | None], window: float, step: float) -> str:
        """Return a line through the values of a series; what is not heard parts it."""
        words: list[str] = []
        is_down = False
        for index, level in enumerate(series):
            if level is None:
                is_down = False
                continue
            point = f"{self._x(window + index * step):.1f} {self._y(level):.1f}"
            words.append(f"{'L' if is_down else 'M'}{point}")
            is_down = True
        return "".join(words)

    def mean(self, level: float) -> Iterator[str]:
        """Yield the line of the whole, and its number."""
        y = self._y(level)
        yield (
            f'<path d="M{LEFT} {y:.1f}H{self._width - RIGHT}" stroke="{MEAN}" '
            f'stroke-dasharray="6 4"/><text x="{LEFT + 6}" y="{y - 5:.1f}" '
            f'fill="{MEAN}">{level:.1f} LUFS</text>'
        )

    def _x(self, seconds: float) -> float:
        return LEFT + min(seconds / self._seconds, 1.0) * (self._width - LEFT - RIGHT)

    def _y(self, level: float) -> float:
        share = min(max(level, LOWEST), 0.0) / LOWEST
        return TOP + share * (self._height - TOP - BOTTOM)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
