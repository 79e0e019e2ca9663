"""``mediaflow serve`` as a program: where it listens, whom it serves, how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.service_rig import (
    PICTURE,
    SECONDS,
    SLOW,
    WEBP,
    httpx,
    job_of,
    polled,
    slow_film,
)
from tests.rig.around import children_of

pytestmark = pytest.mark.integration

pytest.importorskip("typer", reason="the extra cli is not installed")
websockets = pytest.importorskip("websockets", reason="websockets is not installed here")
from websockets.sync.client import connect  # noqa: E402  # after the check

LONGEST = 60.0
"""Seconds that a server may take to end: its grace, the time of its jobs, and a slow machine."""


class Program:
    """A server in a process of its own.

    Args:
        process: The process.
        port: Where it listens.
        root: Folder of its files.
    """

    def __init__(self, process: subprocess.Popen[bytes], port: int, root: Path) -> None:
        self.process, self.port, self.root = process, port, root
        self.log: Path = root.parent / f"{root.name}.log"

    def client(self, **settings: Any) -> Any:
        url = f"http://127.0.0.1:{self.port}"
        return httpx.Client(base_url=url, timeout=SECONDS, trust_env=False, **settings)

    def is_alive(self) -> bool:
        """Return whether it answers."""
        try:
            with self.client() as client:
                return bool(client.get("/healthz").status_code == 200)
        except httpx.TransportError:
            return False

    def children(self) -> list[int]:
        return children_of(self.process.pid)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@contextmanager
def program(root: Path) -> Iterator[Program]:
    """Start a server and wait until it answers; in the end it is killed."""
    port = free_port()
    words = ["-m", "mediaflow", "serve", "--root", str(root), "--port", str(port)]
    with (root.parent / f"{root.name}.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, *words], stdout=log, stderr=log)
    one = Program(process, port, root)
    try:
        assert polled(lambda: one.is_alive() or process.poll() is not None)
        assert process.poll() is None, (root.parent / f"{root.name}.log").read_text()
        yield one
    finally:
        process.kill()
        process.wait(SECONDS)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with program(tmp_path_factory.mktemp("served") / "root") as one:
        yield one


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return slow_film(tmp_path_factory.mktemp("film"))


def begun(client: Any, data: bytes, outputs: Any) -> str:
    location = client.post("/media/uploads", content=data).json()["location"]
    answer = client.post("/media/process", json={"source": location, "outputs": outputs})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def are_gone(pids: list[int]) -> bool:
    return polled(lambda: not any(_lives(pid) for pid in pids))


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # whoever buries it may take its time


# ------------------------------------------------------------ whom it serves


def test_a_picture_goes_in_and_comes_out_smaller(served: Program) -> None:
    with served.client() as client:
        job_id = begun(client, PICTURE, WEBP)
        address = f"ws://127.0.0.1:{served.port}/media/jobs/{job_id}/progress"
        with connect(address, proxy=None, open_timeout=SECONDS) as one:
            kinds = [json.loads(message)["kind"] for message in one]
        job = job_of(client, job_id)
        file = client.get("/media/files/" + job["outputs"][0]["location"])

    assert (kinds[0], kinds[-1]) == ("started", "finished")
    assert (file.status_code, file.headers["content-type"]) == (200, "image/webp")
    assert (served.root / job["outputs"][0]["location"]).read_bytes() == file.content


def test_it_listens_on_loopback_alone(served: Program) -> None:
    listening = "0A"  # TCP_LISTEN of the kernel
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            place, state = line.split()[1], line.split()[3]
            if state == listening and int(place.partition(":")[2], 16) == served.port:
                found.append(place.partition(":")[0])

    assert found == ["0100007F"]  # 127.0.0.1, the lowest byte first


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:{port}", 200),
        ("localhost:{port}", 200),
        ("rebound.example", 400),
        ("rebound.example:{port}", 400),
        ("127.0.0.1.example", 400),
        ("localhost.example", 400),
        ("", 400),
    ],
)
def test_a_name_that_was_made_to_mean_this_machine_is_refused(
    host: str, status: int, served: Program
) -> None:
    header = {"host": host.replace("{port}", str(served.port))}
    with served.client(headers=header) as client:
        answers = [
            client.get("/healthz"),
            client.get("/media/jobs"),
            client.post("/media/uploads", content=PICTURE),
        ]

    wanted = [200, 200, 201] if status == 200 else [status] * 3
    assert [answer.status_code for answer in answers] == wanted


def test_a_web_socket_by_a_foreign_name_is_refused(served: Program) -> None:
    with served.client() as client:
        job_id = begun(client, PICTURE, WEBP)
    address = f"ws://127.0.0.1:{served.port}/media/jobs/{job_id}/progress"
    rebound = {"Host": "rebound.example", "Origin": "http://rebound.example"}

    with (
        pytest.raises(websockets.exceptions.InvalidHandshake),
        connect(address, additional_headers=rebound, proxy=None, open_timeout=SECONDS) as one,
    ):
        one.recv(timeout=SECONDS)


# ------------------------------------------------------------ how it ends


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_it_is_told_to(number: signal.Signals, tmp_path: Path) -> None:
    with program(tmp_path / "root") as one:
        with one.client() as client:
            job_of(client, begun(client, PICTURE, WEBP))
        children = one.children()
        one.process.send_signal(number)
        code = one.process.wait(LONGEST)

    assert children
    assert code in (0, -number, 128 + number)
    assert are_gone(children)


def test_a_job_that_runs_ends_first(tmp_path: Path, film: bytes) -> None:
    with program(tmp_path / "root") as one:
        with one.client() as client:
            job_id = begun(client, film, [{"kind": "video", "format": "webm"}])
            job_of(client, job_id, until=("processing",))
        children = one.children()
        one.process.send_signal(signal.SIGTERM)
        one.process.wait(LONGEST)

    (made,) = (tmp_path / "root").glob("public/outputs/*/*.webm")
    assert made.stat().st_size > 0
    assert are_gone(children)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_tells_it_twice_waits_for_no_job(
    number: signal.Signals, tmp_path: Path, film: bytes
) -> None:
    with program(tmp_path / "root") as one:
        with one.client() as client:
            job_of(client, begun(client, film, SLOW), until=("processing",))
        children = one.children()
        one.process.send_signal(number)
        assert polled(lambda: b"Shutting down" in one.log.read_bytes())
        one.process.send_signal(number)
        one.process.wait(20)  # jobs would get thirty seconds

    assert are_gone(children)
    assert b"Traceback" not in one.log.read_bytes()


def test_no_child_outlives_it_when_it_is_killed(tmp_path: Path, film: bytes) -> None:
    with program(tmp_path / "root") as one:
        with one.client() as client:
            job_of(client, begun(client, film, SLOW), until=("processing",))
        children = one.children()
        one.process.kill()
        one.process.wait(SECONDS)

        assert children
        assert are_gone(children)


def test_a_port_that_is_taken_is_said(tmp_path: Path, served: Program) -> None:
    words = ["-m", "mediaflow", "serve", "--root", str(tmp_path / "x"), "--port", str(served.port)]

    done = subprocess.run(
        [sys.executable, *words], capture_output=True, timeout=LONGEST, check=False
    )

    assert done.returncode != 0
    assert b"in use" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("missing", ["fastapi", "starlette", "uvicorn"])
def test_what_is_not_installed_is_named_with_the_line_that_installs_it(
    missing: str, tmp_path: Path
) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from mediaflow.cli import main\n"
        f"sys.exit(main(['serve', '--root', {str(tmp_path / 'x')!r}]))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        timeout=LONGEST,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )

    assert done.returncode == 1
    assert "pip install 'pymediaflow[service]'" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert not (tmp_path / "x").exists()
