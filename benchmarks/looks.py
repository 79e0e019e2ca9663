"""Three looks of one photo: against one look, and against the package pilgram.

``python benchmarks/looks.py`` prints its table; ``pictures.py`` collects it. pilgram does the same by its own way: open, resize with Pillow to the same
size, look, save. Rounds take turns, so that a busy machine slows all of them down.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from inputs import photos
from protocol import Options, alone
from report import Verdict

WIDTH = 1080
LOOKS = ("clarendon", "moon", "xpro2")
QUALITY = 75


def ours(photo, folder, names):
    """Make one picture a look with mediaflow."""
    import mediaflow as mf

    outputs = [
        mf.ImageOutput(
            "jpeg",
            width=WIDTH,
            quality=QUALITY,
            filters=(mf.filters.Look(name),),
            suffix=f"_{name}",
        )
        for name in names
    ]
    mf.process(photo, outputs, to=f"{folder}/")


def theirs(photo, folder, names):
    """Make one picture a look with pilgram, from one decode and one resize."""
    import pilgram
    from PIL import Image

    image = Image.open(photo)
    height = round(image.height * WIDTH / image.width)
    image = image.resize((WIDTH, height), Image.Resampling.LANCZOS)
    for name in names:
        look = getattr(pilgram, name)
        path = f"{folder}/theirs_{name}.jpg"
        look(image).save(path, quality=QUALITY, optimize=True, progressive=True)


def measure(photo, rounds=15):
    """Return medians in milliseconds: one look, three looks, pilgram's three looks."""
    tasks = {
        "one": lambda folder: ours(photo, folder, LOOKS[:1]),
        "three": lambda folder: ours(photo, folder, LOOKS),
        "pilgram": lambda folder: theirs(photo, folder, LOOKS),
    }
    taken = {name: [] for name in tasks}
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        for turn in range(rounds + 1):
            for name, task in tasks.items():
                started = time.perf_counter()
                task(folder)
                if turn:  # the first one loads libraries and compiles tables
                    taken[name].append((time.perf_counter() - started) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


def verdicts(options: Options) -> list[Verdict]:
    """Return the two figures of three looks."""
    real = options.media and options.media / "images" / "photo_2725x2225.jpg"
    photo = real if real and real.exists() else photos(options.inputs)["6mp"]
    found = measure(str(photo), max(options.rounds * 2, 9))
    one, three, pilgram = (found[name] for name in ("one", "three", "pilgram"))
    task = f"three looks of a 6 MP photo at {WIDTH} px ({photo.name})"
    return [
        Verdict(
            task,
            "≤ 1.3 × one look",
            "",
            f"{three / one:.2f} × ({three:.0f} ms, one look {one:.0f} ms)",
            met=three / one <= 1.3,
            stretched=False,
        ),
        Verdict(
            task,
            "≤ 0.5 × pilgram",
            "",
            f"{three / pilgram:.2f} × (pilgram {pilgram:.0f} ms)",
            met=three / pilgram <= 0.5,
            stretched=False,
        ),
    ]


def _memory():
    """Return a folder without a disk behind it, where there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


if __name__ == "__main__":
    alone(verdicts, __doc__)
