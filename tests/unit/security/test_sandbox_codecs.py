"""Codecs work in a locked child with threads, once what is loaded late was loaded before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mediaflow.security.sandbox import sandbox_support
from tests.house.source import ROOT
from tests.sandbox_codecs import FILMS, SOUNDS

SUPPORT = sandbox_support()

pytestmark = pytest.mark.skipif(
    SUPPORT.level != "full", reason=f"this kernel cannot lock all: {SUPPORT}"
)

NEED_A_PATH = [row[0] for row in (*FILMS, *SOUNDS)]


def tried(lock: str, folder: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "tests.sandbox_codecs", lock, str(folder)]
    surroundings = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # numpy starts threads otherwise
    child = subprocess.run(
        command, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=110
    )
    assert child.returncode == 0, child.stderr
    answer: dict[str, object] = json.loads(child.stdout.splitlines()[-1])
    return answer


def test_all_codecs_work_under_a_full_lock(tmp_path: Path) -> None:
    assert tried("full", tmp_path) == {"failed": {}, "level": "full"}


def test_without_landlock_only_what_needs_a_path_fails(tmp_path: Path) -> None:
    answer = tried("seccomp", tmp_path)

    assert answer == {"failed": dict.fromkeys(NEED_A_PATH, "PermissionError"), "level": "partial"}
