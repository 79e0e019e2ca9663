"""The clients that play streams, driven alike whatever they are.

Law: pages answer what is seen and heard; what is right is said by tests.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.browser.painted import BARS, FPS

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["CHOOSING", "CLIENTS", "Client", "Picture", "Playing"]

PATIENCE_SECONDS = 40  # two busy cores decode slower than real time at worst
POLL_MILLISECONDS = 100
LIT = 128  # of 255; what is lit has 220 in one channel, what is not has 0


@dataclass(frozen=True)
class Client:
    """A page that plays one kind of manifest."""

    name: str
    page: str
    protocol: str


CLIENTS = (
    Client("chromium", "native.html", "hls"),
    Client("hls.js", "hls.html", "hls"),
    Client("shaka-hls", "shaka.html", "hls"),
    Client("shaka-dash", "shaka.html", "dash"),
    Client("dash.js", "dash.html", "dash"),
)
CHOOSING = CLIENTS[1:]  # Chromium's own player has no API for renditions, sounds and subtitles


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What a canvas showed of the video."""

    time: float
    width: int
    height: int
    bars: tuple[tuple[float, float, float], ...]
    below: tuple[float, float, float]

    @property
    def number(self) -> int:
        """Return which frame of the painted film it is."""
        bits = (max(color) > LIT for color in self.bars)
        return sum(bit << (BARS - 1 - place) for place, bit in enumerate(bits))

    @property
    def seconds(self) -> float:
        """Return when the painted film shows it."""
        return self.number / FPS


class Playing:
    """A client at work on a page."""

    def __init__(self, page: Page):
        self.page = page

    def ask(self, expression: str, argument: object = None) -> Any:
        """Evaluate JavaScript in the page."""
        return self.page.evaluate(expression, argument)

    def state(self) -> Mapping[str, Any]:
        """Return the time and what else the page says of its video."""
        return self.ask("state()")

    def wait(self, until: Callable[[Mapping[str, Any]], bool], what: str) -> Mapping[str, Any]:
        """Wait for a state, and fail on an error of the client or when it takes too long."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            state = self.state()
            assert state["errors"] == []
            if until(state):
                return state
            assert time.monotonic() < end, f"{what} did not come: {state}"
            self.page.wait_for_timeout(POLL_MILLISECONDS)

    def look(self) -> Picture:
        """Return the next frame that is shown while it plays."""
        return _picture(self.ask("lookNext()"))

    def look_at(self, seconds: float) -> Picture:
        """Return the frame at a time; the video stands still there afterwards."""
        return _picture(self.ask("lookAt", seconds))

    def choose(self, height: int) -> None:
        """Take a rendition by the player's own API."""
        self.ask("(height) => { client.choose(height); }", height)


def _picture(told: Mapping[str, Any]) -> Picture:
    bars = tuple(tuple(color) for color in told["bars"])
    return Picture(**{**told, "bars": bars, "below": tuple(told["below"])})
