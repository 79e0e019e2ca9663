"""What the reports of film and sound share: verdicts, tables, and what limits a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from report import Report, Row, Verdict

if TYPE_CHECKING:
    from film_runs import Samples


class Judged:
    """A benchmark that judges what it finds."""

    report: Report
    missed: dict[str, str]
    """Kind of a figure that is missed, and its task."""

    def judge(
        self,
        kind: str,
        task: str,
        target: str,
        stretch: str,
        reached: str,
        met: bool,
        stretched: bool,
    ) -> None:
        self.report.verdicts.append(Verdict(task, target, stretch, reached, met, stretched))
        if not met:
            self.missed[kind] = task

    def skipped(self, task: str, program: str) -> None:
        why = f"not measured: {program} is not installed"
        self.report.verdicts.append(Verdict(task, "", "", why, met=False, stretched=False))

    def show(self, title: str, every: list[Samples], unit: str = "s") -> None:
        """Add a plot and a table."""
        factor = 1000 if unit == "ms" else 1
        rows = [Row(one.who, one.way, factor * one.median("seconds")) for one in every]
        self.report.bars.append((title, unit, rows))
        ours = every[0]
        lines = [
            f"| who | way | wall, {unit} | CPU, {unit} | wall, of mediaflow | CPU, of mediaflow | peak MB | bytes |",
            "|---|---|--:|--:|--:|--:|--:|--:|",
        ]
        for one in every:
            peak = one.median("megabytes")
            lines.append(
                f"| {one.who} | {one.way} | {factor * one.median('seconds'):.1f} "
                f"| {factor * one.median('processor'):.1f} | {one.ratio(ours, 'seconds'):.2f} × "
                f"| {one.ratio(ours, 'processor'):.2f} × | {f'{peak:.0f}' if peak else ''} "
                f"| {f'{one.bytes:,}' if one.files else ''} |"
            )
        self.report.sections += [f"## {title[0].upper()}{title[1:]}", "", *lines, ""]


def limits(missed: dict[str, str], words: dict[str, str]) -> list[str]:
    """Return what limits each figure that is missed."""
    if not missed:
        return []
    lines = ["## What limits the figures that are missed", ""]
    for kind, task in missed.items():
        lines += [f"**{task[0].upper()}{task[1:]}:** {words[kind]}", ""]
    return lines


def said(words: list[str]) -> list[str]:
    """Return the words of a command without the folder of inputs, which is a machine's own."""
    kept = list(words)
    if "--inputs" in kept:
        place = kept.index("--inputs")
        del kept[place : place + 2]
    return [word for word in kept if not word.startswith("--inputs")]
