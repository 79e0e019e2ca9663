"""A program that makes outputs until it is ended: run as ``python -m tests.rig.parent FOLDER``.

It says ``ready`` on standard output when its children are warm, makes the same outputs again and again
until its standard input ends, and says then what came of them, as JSON.
"""

from __future__ import annotations

import json
import select
import sys
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Final

import mediaflow as mf
from mediaflow.errors import MediaflowError

__all__ = ["OUTPUTS", "main"]

OUTPUTS: Final[dict[str, tuple[mf.Output, ...]]] = {
    "film.mp4": (mf.VideoOutput("mp4"),),
    "photo.jpg": (mf.ImageOutput("png", width=200), mf.ImageOutput("webp", width=160)),
    "talk.wav": (mf.AudioOutput("flac"),),
}
"""What is made of each source."""

FOLDERS: Final = 3
"""Outputs are replaced after so many rounds."""


def main(folder: Path) -> None:
    """Make outputs until nobody wants more."""
    came = Counter[str]()
    with mf.Processor("threads", workers=2, isolation="worker") as processor:
        for number in count():
            handles = [
                processor.submit(folder / name, outputs, to=folder / "out" / f"{number % FOLDERS}/")
                for name, outputs in OUTPUTS.items()
            ]
            for handle in handles:
                try:
                    came[handle.result().status] += 1
                except MediaflowError as exc:
                    came[type(exc).__name__] += 1
            if number == 0:
                print("ready", flush=True)
            if select.select([sys.stdin], [], [], 0)[0]:
                break
    print(json.dumps(came), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
