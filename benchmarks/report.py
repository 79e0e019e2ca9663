"""Writes a report of docs/benchmarks and its plot from one run."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from html import escape

COLORS = {
    "ffmpeg": "#16a34a",
    "ffmpeg-normalize": "#9ca3af",
    "mediaflow": "#2563eb",
    "pyvips": "#9ca3af",
    "sharp": "#f59e0b",
}

PICTURES = """\
All figures are from one run, medians of alternating rounds, on a shared machine: read
them as ratios. All contestants work on the same painted photos with the same encoder
settings; PSNR is that of a lossless rendition of the same geometry against a full
decode scaled by Lanczos."""


@dataclass
class Row:
    """The result of one way of one contestant."""

    who: str
    way: str
    value: float
    """Median, in the unit of the task."""

    bytes: int = 0
    psnr: float | None = None
    samples: list[float] = field(default_factory=list)


@dataclass
class Verdict:
    """One line of the table of targets."""

    task: str
    target: str
    stretch: str
    reached: str
    met: bool
    stretched: bool

    def line(self) -> str:
        state = "stretch met" if self.stretched else "met" if self.met else "**missed**"
        return f"| {self.task} | {self.target} | {self.stretch} | {self.reached} | {state} |"


@dataclass
class Report:
    """Everything that one run found."""

    machine: list[str]
    command: str
    title: str = "Pictures, beside their peers"
    about: str = PICTURES
    plot: str = "images.svg"
    verdicts: list[Verdict] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    bars: list[tuple[str, str, list[Row]]] = field(default_factory=list)

    def markdown(self) -> str:
        lines = [
            f"# {self.title}",
            "",
            self.about,
            "",
            *[f"- {line}" for line in self.machine],
            f"- Made by `{self.command}`.",
            "",
            "| task | target | stretch | reached | |",
            "|---|---|---|---|---|",
            *[verdict.line() for verdict in self.verdicts],
            "",
            f"![Time of each contestant, shorter is better]({self.plot})",
            "",
            *self.sections,
        ]
        return "\n".join(lines).rstrip() + "\n"

    def svg(self) -> str:
        """Return the bars of all comparisons as a small SVG."""
        parts: list[str] = []
        top = 10
        for title, unit, rows in self.bars:
            parts.append(f'<text x="10" y="{top + 14}" class="t">{escape(title)}</text>')
            top += 24
            longest = max(row.value for row in rows)
            for row in rows:
                width = 380 * row.value / longest
                label = f"{row.who}, {row.way}" if row.way else row.who
                parts.append(f'<text x="210" y="{top + 13}" class="l">{escape(label)}</text>')
                parts.append(
                    f'<rect x="218" y="{top}" width="{width:.1f}" height="17" '
                    f'fill="{COLORS[row.who]}"/>'
                )
                parts.append(
                    f'<text x="{224 + width:.1f}" y="{top + 13}">{row.value:.1f} {unit}</text>'
                )
                top += 22
            top += 16
        style = (
            "text{font:12px sans-serif;fill:#111}.t{font-weight:bold}.l{text-anchor:end}rect{rx:2}"
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 {top}">'
            f"<style>{style}</style>"
            f'<rect width="700" height="{top}" fill="#fff"/>{"".join(parts)}</svg>\n'
        )


def table(rows: list[Row], unit: str) -> str:
    """Return rows as a Markdown table."""
    ours = next(row.value for row in rows if row.who == "mediaflow")
    lines = [
        f"| who | way | {unit} | of mediaflow | bytes | PSNR, dB |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for row in rows:
        size = f"{row.bytes:,}" if row.bytes else ""
        fidelity = "" if row.psnr is None else f"{row.psnr:.1f}"
        lines.append(
            f"| {row.who} | {row.way} | {row.value:.1f} | {row.value / ours:.2f} × | {size} "
            f"| {fidelity} |"
        )
    return "\n".join([*lines, ""])


def machine(versions: dict[str, str]) -> list[str]:
    """Return what the figures depend on."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="ascii") as lines:
            model = next(line.split(": ")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass
    import os

    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    return [f"{count} × {model}, {platform.system()}, Python {platform.python_version()}", named]
