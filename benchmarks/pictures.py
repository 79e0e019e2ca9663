"""Collects the second report, docs/benchmarks/pictures.md, from scripts of one theme each.

Each script runs in a process of its own, so that none warms up, fills up or ends another. One that
is not there, or fails, is a row that says so.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from protocol import Options, parser, real_media, table
from report import Verdict, machine

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs" / "benchmarks"
SCRIPTS = ("looks", "formats", "animation", "placeholder", "compare")
PACKAGES = {
    "mediaflow": "pymediaflow",
    "Pillow": "pillow",
    "PyAV": "av",
    "pilgram": "pilgram",
    "pillow-heif": "pillow-heif",
    "pyvips": "pyvips",
    "pyvips-binary": "pyvips-binary",
}


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--only", help=f"comma-separated, {', '.join(SCRIPTS)}; prints only")
    options.add_argument("--child", choices=SCRIPTS, help="run one script and print JSON")
    given, _ = options.parse_known_args()  # run.py takes more, and both get the same words
    with tempfile.TemporaryDirectory() as scratch:
        inputs = given.inputs or Path(scratch)
        if given.child:
            print(json.dumps(child(given.child, given.rounds, inputs)))
            return 0
        wanted = given.only.split(",") if given.only else list(SCRIPTS)
        found = {name: ask(name, given.rounds, inputs) for name in wanted}
    words = " ".join(["nox -s bench --", *sys.argv[1:]]) if sys.argv[1:] else "nox -s bench"
    text = page([verdict for verdicts in found.values() for verdict in verdicts], words)
    print(text)
    if not given.only:
        DOCS.mkdir(parents=True, exist_ok=True)
        (DOCS / "pictures.md").write_text(text, encoding="utf-8")
    return int(any(verdict.reached.startswith("failed") for v in found.values() for verdict in v))


def child(name: str, rounds: int, inputs: Path) -> list[dict[str, object]]:
    """Run one script here."""
    inputs.mkdir(parents=True, exist_ok=True)
    script = importlib.import_module(name)
    found = script.verdicts(Options(rounds=rounds, inputs=inputs, media=real_media()))
    return [asdict(verdict) for verdict in found]


def ask(name: str, rounds: int, inputs: Path) -> list[Verdict]:
    """Run one script in a process of its own; a missing or failed one is a verdict as well."""
    print(f"… {name}", file=sys.stderr, flush=True)
    path = HERE / f"{name}.py"
    if not path.exists():
        return [missing(name, "not measured: no such script")]
    if "def verdicts(" not in path.read_text(encoding="utf-8"):
        return [missing(name, f"not measured: python benchmarks/{name}.py has no verdicts")]
    words = ["--child", name, "--rounds", str(rounds), "--inputs", str(inputs)]
    done = subprocess.run(
        [sys.executable, str(HERE / "pictures.py"), *words],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        return [missing(name, f"failed with code {done.returncode}; see the log")]
    return [Verdict(**verdict) for verdict in json.loads(done.stdout.splitlines()[-1])]


def missing(name: str, why: str) -> Verdict:
    return Verdict(name, "", "", why, met=False, stretched=False)


def page(verdicts: list[Verdict], command: str) -> str:
    """Return the report."""
    versions = {}
    for name, package in PACKAGES.items():
        try:
            versions[name] = version(package)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return "\n".join(
        [
            "# Pictures, feature by feature",
            "",
            "All figures are from one run on a shared machine, medians of alternating rounds: read",
            "them as ratios. Each theme ran in a process of its own.",
            "",
            *[f"- {line}" for line in machine(versions)],
            f"- Made by `{command}`.",
            "",
            table(verdicts),
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
