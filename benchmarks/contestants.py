"""Starts the contestants and talks to them: a JSON line each way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PEERS = HERE / ".peers"


@dataclass
class Contestant:
    """One process that runs tasks."""

    name: str
    process: subprocess.Popen[str]

    def ask(self, task: str, **arguments: object) -> dict[str, object]:
        """Run one task and return its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"task": task, "arguments": arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended in the middle of {task}")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)


def start(name: str) -> Contestant | None:
    """Start a contestant, or return None when it is not installed."""
    environment = dict(os.environ)
    if name == "sharp":
        if not install_sharp():
            return None
        environment["SHARP_HOME"] = str(PEERS)
        command = [shutil.which("node") or "node", str(HERE / "worker_sharp.mjs")]
    else:
        module = {"mediaflow": "worker_ours.py", "pyvips": "worker_vips.py"}[name]
        command = [sys.executable, str(HERE / module)]
        if name == "pyvips":
            probe = subprocess.run([sys.executable, "-c", "import pyvips"], check=False)
            if probe.returncode:
                return None
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    return Contestant(name, process)


def install_sharp() -> bool:
    """Install sharp from npm once; return whether it is there."""
    if (PEERS / "node_modules" / "sharp").exists():
        return True
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return False
    PEERS.mkdir(exist_ok=True)
    (PEERS / "package.json").write_text('{"private": true}\n')
    done = subprocess.run([npm, "install", "sharp@0.35"], cwd=PEERS, check=False)
    return done.returncode == 0
