"""What the tests of clients share: a browser, players, the stream and its server.

Law: everything that is started ends with its fixture. What is missing skips, and says what it was.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.clients import CLIENTS, Client, Playing
from tests.browser.served import Served, serving
from tests.browser.streams import StreamSet, stream_set

CHROMIUM = ("chromium", "chromium-browser")
ARGUMENTS = (
    "--disable-dev-shm-usage",
    "--disable-gpu",
    # a camera that needs no person, and peers on this machine
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)
PAGE_MILLISECONDS = 30_000
PAGES = Path(__file__).parent / "pages"


@pytest.fixture(scope="session")
def players() -> Path:
    """Return the folder of the players from npm, or skip."""
    folder = Path(os.environ.get("MEDIAFLOW_PLAYERS", ""), "node_modules")
    if not (folder / "hls.js").is_dir():
        pytest.skip("MEDIAFLOW_PLAYERS names no folder of players: nox -s browser installs them")
    return folder


@pytest.fixture(scope="session")
def browser():
    """Start Chromium without a window, once, or skip."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed here")
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip("chromium is not installed here")
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()  # its sandbox refuses root
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program,
            headless=True,
            args=[*ARGUMENTS, *as_root],
            timeout=PAGE_MILLISECONDS,
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def stream(tmp_path_factory) -> StreamSet:
    """Make the stream once."""
    return stream_set(tmp_path_factory.mktemp("stream"))


@pytest.fixture(scope="session")
def server(players, browser, stream) -> Iterator[Served]:
    with serving({"pages": PAGES, "players": players, "set": stream.folder}) as started:
        yield started


@pytest.fixture(params=CLIENTS, ids=lambda client: client.name)  # tests may take some by name
def client(request) -> Client:
    return request.param


@pytest.fixture
def playing(browser, server, stream, client) -> Iterator[Playing]:
    """Open the page of a client, which loads its manifest and starts."""
    context = browser.new_context(viewport={"width": 640, "height": 360})
    context.set_default_timeout(PAGE_MILLISECONDS)
    page = context.new_page()
    server.log.clear()
    manifest = getattr(stream, client.protocol)
    page.goto(f"{server.url}/pages/{client.page}?manifest=/set/{manifest}")
    yield Playing(page)
    context.close()
