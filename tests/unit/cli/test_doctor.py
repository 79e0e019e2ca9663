from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import version

import pytest

import mediaflow
from mediaflow.formats import image_formats
from mediaflow.security.sandbox import SandboxReport, sandbox_support
from tests.house.source import ROOT

EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "optional-dependencies"
]


def test_doctor_names_the_versions_of_the_core(run) -> None:
    done = run("doctor")

    assert done.exit_code == 0
    assert done.stderr == ""
    shown = {tuple(line.split()[-2:]) for line in done.stdout.splitlines()}
    assert ("mediaflow", mediaflow.__version__) in shown
    assert ("PyAV", version("av")) in shown
    assert ("Pillow", version("pillow")) in shown
    assert ("fsspec", version("fsspec")) in shown
    assert ("numpy", version("numpy")) in shown
    assert {"FFmpeg", "libavif", "libwebp", "libswscale"} <= {words[0] for words in shown}


def test_extras_are_those_of_the_project_file(run) -> None:
    from mediaflow.cli import doctor as module

    declared = {
        extra: tuple(re.split(r"[<>=\[]", line)[0] for line in lines)
        for extra, lines in EXTRAS.items()
    }
    assert declared == module.EXTRAS


def test_missing_extra_comes_with_its_pip_line(run, monkeypatch) -> None:
    from mediaflow.cli import doctor as module

    monkeypatch.setitem(module.EXTRAS, "s3", ("no-such-package-of-anyone",))

    done = run("doctor")

    assert done.exit_code == 0
    assert "not installed: pip install 'pymediaflow[s3]'" in done.stdout


def test_broken_plug_in_is_named_with_its_reason(run, broken_format: str) -> None:
    done = run("doctor")

    assert done.exit_code == 1
    assert f"error: image format {broken_format!r}: " in done.stderr
    assert "no_such_package_of_anyone" in done.stderr


def test_variables_are_named_without_their_values(run, monkeypatch) -> None:
    monkeypatch.setenv("MEDIAFLOW_PROFILE_PROD_PROTOCOL", "s3")
    monkeypatch.setenv("MEDIAFLOW_PROFILE_PROD_SECRET", "hush")

    done = run("doctor")

    assert "MEDIAFLOW_PROFILE_PROD_SECRET" in done.stdout
    assert re.search(r"profiles\s+prod\s+s3", done.stdout)
    assert "hush" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [("MEDIAFLOW_THREADS", "many"), ("MEDIAFLOW_PROFILES", "/no/such/file.toml")],
)
def test_variable_that_breaks_every_job_is_a_problem(run, monkeypatch, variable, value) -> None:
    monkeypatch.setenv(variable, value)

    done = run("doctor")

    assert done.exit_code == 1
    assert variable in done.stderr


def test_scratch_that_cannot_be_written_is_a_problem(run, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")

    done = run("doctor")

    assert done.exit_code == 1
    assert "error: scratch: cannot be written" in done.stderr


def test_sandbox_of_this_kernel_is_told(run) -> None:
    done = run("doctor")

    (line,) = [line for line in done.stdout.splitlines() if line.strip().startswith("sandbox")]
    assert line.split(maxsplit=1)[1].strip() == str(sandbox_support())


def test_sandbox_that_lacks_a_part_is_told_and_is_no_problem(run, monkeypatch) -> None:
    poorer = SandboxReport(
        level="partial", parts=("rlimits", "seccomp"), lacks=("landlock: the kernel has none",)
    )
    monkeypatch.setattr("mediaflow.cli.doctor.sandbox_support", lambda: poorer)

    done = run("doctor")

    assert done.exit_code == 0
    assert "partial (rlimits, seccomp); landlock: the kernel has none" in done.stdout


def test_library_that_does_not_load_is_a_problem(run, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "mediaflow.libav.versions", None)

    done = run("doctor")

    assert done.exit_code == 1
    assert "error: PyAV: cannot be imported" in done.stderr
    assert "Pillow" in done.stdout


def test_plug_in_that_fails_in_its_own_way_is_a_problem(run, monkeypatch) -> None:
    class Point:
        value = "anything"

        def load(self) -> object:
            raise RuntimeError("not today")

    monkeypatch.setattr(image_formats, "_plugins", {"odd": Point()})

    done = run("doctor")

    assert done.exit_code == 1
    assert "error: image format 'odd': RuntimeError: not today" in done.stderr
