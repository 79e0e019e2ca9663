"""What the scripts of the second report share: options in, verdicts out; see README.md."""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from report import Verdict

HEAD = ("| task | target | stretch | reached | |", "|---|---|---|---|---|")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a script may count on."""

    rounds: int
    """How often each way is timed, after one round that warms up."""

    inputs: Path
    """Folder that keeps painted inputs; ``inputs.photos(options.inputs)`` fills it once."""

    media: Path | None
    """Folder of real files, or None where there is none."""


def real_media() -> Path | None:
    """Return the folder that MEDIAFLOW_MEDIA names, if it is there."""
    folder = os.environ.get("MEDIAFLOW_MEDIA", "")
    return Path(folder) if folder and Path(folder).is_dir() else None


def parser(about: str | None) -> argparse.ArgumentParser:
    """Return a parser of the options that all scripts take."""
    made = argparse.ArgumentParser(description=about)
    made.add_argument("--rounds", type=int, default=7)
    made.add_argument("--inputs", type=Path, help="folder that keeps the painted photos")
    return made


def table(verdicts: Sequence[Verdict]) -> str:
    """Return verdicts as a Markdown table."""
    return "\n".join([*HEAD, *[verdict.line() for verdict in verdicts]])


def alone(verdicts: Callable[[Options], list[Verdict]], about: str | None = None) -> None:
    """Run one script by itself and print its table."""
    given = parser(about).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.inputs or Path(scratch)
        found = verdicts(Options(rounds=given.rounds, inputs=folder, media=real_media()))
    print(table(found))
