"""A service in a process of its own, as somebody would run it, on this machine alone.

Law: it ends with the block that started it, and its children with it.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError

__all__ = ["serving_media"]

PATIENCE_SECONDS = 60
PROGRAM = """
import base64
import sys
import uvicorn
from fastapi import FastAPI, HTTPException
from mediaflow import aio
from mediaflow.integrations.fastapi import ServicePolicy, create_app, create_router
from mediaflow.storage import Storage

async def by_password(connection):
    told = connection.headers.get("authorization")
    if told != "Basic " + base64.b64encode(b"anna:secret").decode():
        raise HTTPException(401, headers={"WWW-Authenticate": "Basic"})
    return "anna"

root, port, prefix = sys.argv[1:]
processor = aio.Processor(trust="strangers", storage=Storage.within(root))
policy = ServicePolicy(live_private_networks=True, drain_seconds=1)
if prefix:
    app = FastAPI()
    app.include_router(create_router(processor, auth=by_password, policy=policy, prefix=prefix))
else:
    app = create_app(processor, policy=policy, closes_processor=True)
uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", timeout_graceful_shutdown=2)
"""


@contextmanager
def serving_media(root: Path, prefix: str = "") -> Iterator[str]:
    """Run a service over a folder; yield the address of its page.

    Args:
        root: The folder.
        prefix: Path before the endpoints, which then ask for the login of anna, "secret".
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", PROGRAM, str(root), str(port), prefix])
    try:
        _wait_for(port, server)
        yield f"http://127.0.0.1:{port}{prefix}/media/"
    finally:
        server.terminate()
        try:
            server.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
            raise


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        assert server.poll() is None, "the service ended before it was ready"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except HTTPError:
            return  # it answers; within an application nobody answers for it as a whole
        except (URLError, ConnectionError, TimeoutError):
            assert time.monotonic() < deadline, "the service did not get ready"
            time.sleep(0.05)
