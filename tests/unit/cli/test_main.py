from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

import mediaflow
from tests.house.source import ROOT

COMMANDS = {"compare", "demo", "doctor", "formats", "plan", "probe", "process", "serve"}


def child(code: str, *, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_module_runs_as_a_program() -> None:
    pytest.importorskip("typer", reason="the extra cli is not installed")

    done = subprocess.run(
        [sys.executable, "-m", "mediaflow", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stdout == f"mediaflow {mediaflow.__version__}\n"


@pytest.mark.parametrize("package", ["rich", "typer"])
def test_missing_extra_is_named_with_its_pip_line(package: str) -> None:
    done = child(
        f"import sys; sys.modules[{package!r}] = None\n"
        "from mediaflow.cli import main; sys.exit(main(['--version']))"
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "the mediaflow command needs typer and rich: pip install 'pymediaflow[cli]'\n"
    )


def test_broken_core_library_is_not_taken_for_a_missing_extra() -> None:
    pytest.importorskip("typer", reason="the extra cli is not installed")

    done = child(
        "import sys; sys.modules['mediaflow.processor'] = None\n"
        "from mediaflow.cli import main; main(['--version'])"
    )

    assert "pymediaflow[cli]" not in done.stderr
    assert "mediaflow.processor" in done.stderr


def test_missing_core_library_is_an_error_without_a_traceback(photo) -> None:
    pytest.importorskip("typer", reason="the extra cli is not installed")

    done = child(
        "import sys; sys.modules['PIL'] = None\n"
        f"from mediaflow.cli import main; sys.exit(main(['process', {str(photo)!r}, "
        "'--format', 'webp']))"
    )

    assert done.returncode == 1
    assert "PIL" in done.stderr
    assert done.stderr.endswith("hint: mediaflow doctor shows what is installed\n")
    assert "Traceback" not in done.stderr


def test_terminal_without_the_letters_is_no_error(photo) -> None:
    pytest.importorskip("typer", reason="the extra cli is not installed")

    done = child(
        f"import sys; from mediaflow.cli import main; sys.exit(main(['probe', {str(photo)!r}]))",
        PYTHONIOENCODING="ascii",
    )

    assert done.returncode == 0
    assert "320?240" in done.stdout


def test_main_returns_the_exit_code(capsys) -> None:
    pytest.importorskip("typer", reason="the extra cli is not installed")
    from mediaflow.cli import main

    assert main(["--version"]) == 0
    assert main(["--no-such-option"]) == 2
    assert "--no-such-option" in capsys.readouterr().err


def test_help_names_every_command(run) -> None:
    done = run("--help")

    assert done.exit_code == 0
    _, _, table = done.stdout.partition("Commands:")
    assert set(re.findall(r"^  (\w+) ", table, re.MULTILINE)) == COMMANDS


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(run, command: str) -> None:
    done = run(command, "--help")

    assert done.exit_code == 0
    assert "Usage:" in done.stdout
