"""Sessions: lint, types, layers, tests, docs by default; the others by name.

Each session installs its group of ``[dependency-groups]`` into a virtual environment that is kept.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.download_python = "never"  # an interpreter that is not there is skipped, not fetched
nox.options.error_on_missing_interpreters = False  # nox would make it an error where CI is set
nox.options.sessions = ["lint", "types", "layers", "tests", "docs"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
REPORTS = Path("build", "reports")  # one JUnit file per test session; .ci/run counts from them

# PyAV 18 is the last for Python 3.11, later ones run PyAV 19: the other generation is the other list.
OTHER_PYTHONS = ["3.12", "3.13"] if sys.version_info < (3, 12) else ["3.11"]

# Tests run beside each other, so each takes one codec thread.
ENVIRONMENT = {"MEDIAFLOW_THREADS": "1", "OMP_NUM_THREADS": "1"}


def install(session: nox.Session, group: str, *, package: str | None = None) -> None:
    """Install a dependency group and, when named, the package with its extras."""
    wanted = list(nox.project.dependency_groups(PYPROJECT, group))
    if package is not None:
        wanted += ["--editable", package]
    session.install(*wanted)


def run_pytest(session: nox.Session, *arguments: str) -> None:
    """Run pytest on all processors and leave a JUnit report named like the session."""
    report = REPORTS / f"{session.name}.xml"
    session.run(
        "pytest",
        "--numprocesses=auto",
        "--dist=worksteal",
        "--timeout=120",
        f"--junit-xml={report}",
        *arguments,
        *session.posargs,
        env=ENVIRONMENT,
    )


@nox.session
def lint(session: nox.Session) -> None:
    install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    install(session, "types", package=".[cli]")
    session.run("mypy")
    session.run("pyright", "tests/typing")
    session.run("pyright", "--verifytypes", "mediaflow", "--ignoreexternal")


@nox.session
def layers(session: nox.Session) -> None:
    install(session, "lint")
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    install(session, "tests", package=".[cli,s3]")
    run_pytest(session)


@nox.session(python=OTHER_PYTHONS)
def tests_other(session: nox.Session) -> None:
    install(session, "tests", package=".[cli,s3]")
    run_pytest(session, "-m", "contract or integration")


# What optional decoders and encoders change: the contracts, and the rooms that know pictures.
EXTRA_TESTS = (
    "tests/contracts",
    "tests/integration",
    "tests/unit/cli",
    "tests/unit/formats",
    "tests/unit/image",
    "tests/unit/jobs",
    "tests/unit/planning",
    "tests/unit/probing",
)


@nox.session
def tests_extras(session: nox.Session) -> None:
    install(session, "tests", package=".[cli,s3,heif,vips]")
    run_pytest(session, *EXTRA_TESTS)


@nox.session
def docs(session: nox.Session) -> None:
    install(session, "docs", package=".[cli]")
    session.install(*nox.project.dependency_groups(PYPROJECT, "tests"))  # testing needs pytest
    session.run(
        "sphinx-build", "-n", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html"
    )
    session.run("pytest", "tests/house/test_docs_blocks.py", "-p", "no:randomly", env=ENVIRONMENT)


@nox.session
def faults(session: nox.Session) -> None:
    """Break jobs, children and programs as often as the figures ask for; minutes, not seconds."""
    install(session, "tests", package=".[cli,s3]")
    session.run(
        "pytest",
        "tests/faults",
        "--timeout=1200",
        *session.posargs,
        env=ENVIRONMENT | {"MEDIAFLOW_FAULTS": "full"},
    )


# What runs the clients of streams; the players themselves come from npm.
BROWSERS = ("chromium", "chromium-browser")
PLAYERS = Path("tests", "browser", "players.json")


def install_players(session: nox.Session) -> Path:
    """Install the players that are named beside the tests, and return the folder they are in."""
    folder = Path(session.virtualenv.location, "players").resolve()
    wanted, package = PLAYERS.read_text(encoding="utf-8"), folder / "package.json"
    finished = folder / "node_modules" / ".package-lock.json"  # what npm writes last
    if not (finished.exists() and package.read_text(encoding="utf-8") == wanted):
        finished.unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        package.write_text(wanted, encoding="utf-8")
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        session.run("npm", "install", "--prefix", str(folder), *quiet, external=True)
    return folder


@nox.session
def browser(session: nox.Session) -> None:
    """Play streams in Chromium and in the players of the web; ``-- smoke`` runs the short part."""
    if not any(map(shutil.which, BROWSERS)):
        session.skip("chromium is not installed here")
    if not (shutil.which("node") and shutil.which("npm")):
        session.skip("Node.js with npm is not installed here")
    words = list(session.posargs)
    marks = "browser and smoke" if words[:1] == ["smoke"] else "browser"
    install(session, "browser", package=".[service]")
    session.run(
        "pytest",
        "tests/browser",
        f"-m={marks}",
        "--timeout=120",
        f"--junit-xml={REPORTS / session.name}.xml",
        *words[marks != "browser" :],
        env=ENVIRONMENT | {"MEDIAFLOW_PLAYERS": str(install_players(session))},
    )


@nox.session
def coverage(session: nox.Session) -> None:
    install(session, "tests", package=".[cli,s3]")
    session.run("coverage", "run", "-m", "pytest", *session.posargs, env=ENVIRONMENT)
    session.run("coverage", "report")


# The reports of the benchmarks; a first word such as ``film`` asks for one of them.
REPORT_SCRIPTS = {
    "images": "run.py",
    "pictures": "pictures.py",
    "film": "film.py",
    "sound": "sound.py",
    "reliability": "reliability.py",
    "streams": "streams.py",
    "service": "service.py",
}


@nox.session
def bench(session: nox.Session) -> None:
    install(session, "bench", package=".")
    words = list(session.posargs)
    named = words.pop(0) if words and words[0] in REPORT_SCRIPTS else None
    scripts = [REPORT_SCRIPTS[named]] if named else list(REPORT_SCRIPTS.values())
    if named is None and any(word.startswith("--tasks") for word in words):
        scripts = scripts[:1]  # a part of the first, printed only
    for script in scripts:
        session.run("python", f"benchmarks/{script}", *words)
