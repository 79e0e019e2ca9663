"""Clients go from one rendition to another and back, and show the same film in both."""

from __future__ import annotations

import pytest

from tests.browser.clients import CHOOSING, CLIENTS
from tests.browser.painted import FPS

pytestmark = [pytest.mark.browser, pytest.mark.smoke]

LATE_SECONDS = 4 / FPS  # between a frame's own time and what a page sees of it
SLOW = 40_000  # bytes a second: more than the small rendition has, less than the large one
NETWORK = {"offline": False, "latency": 5, "uploadThroughput": SLOW}


@pytest.mark.parametrize("client", CHOOSING, ids=lambda client: client.name, indirect=True)
def test_switches_down_and_up_by_the_api_of_the_player(playing, server, stream):
    playing.wait(lambda state: state["time"] > 0.2, "the start")

    for height in (180, 360, 180):
        playing.choose(height)
        playing.wait(lambda state, height=height: state["height"] == height, f"{height} lines")
        picture = playing.look()

        assert (picture.width, picture.height) == (height * 16 // 9, height)
        assert picture.seconds == pytest.approx(picture.time, abs=LATE_SECONDS)
    assert server.asked(stream.video[180])
    assert server.asked(stream.video[360])


@pytest.mark.parametrize("client", CLIENTS[:1], ids=lambda client: client.name, indirect=True)
def test_the_browser_itself_follows_the_network_up_and_down(playing, server, stream):
    network = playing.page.context.new_cdp_session(playing.page)
    network.send("Network.enable")

    playing.wait(lambda state: server.asked(stream.video[360]), "a fetch of the large rendition")
    network.send("Network.emulateNetworkConditions", {**NETWORK, "downloadThroughput": SLOW})
    playing.wait(lambda state: state["height"] == 360, "the large rendition")
    playing.wait(lambda state: state["height"] == 180, "the small rendition")
    picture = playing.look()

    assert (picture.width, picture.height) == (320, 180)
    assert picture.seconds == pytest.approx(picture.time, abs=LATE_SECONDS)
