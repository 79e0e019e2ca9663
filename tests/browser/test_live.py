"""Live video in a real browser: what comes back is filtered, keeps its pace, and ends when it is told."""

from __future__ import annotations

import os
import statistics
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.browser.service import serving_media

pytestmark = pytest.mark.browser

PATIENCE = 60_000  # milliseconds
SECONDS = 10
LEAST_FPS = 15
EDGE_SECONDS = 2
TRIES = 3
BITS = 24  # of milliseconds since the page began: four hours
WIDTH, HEIGHT = 640, 360

# A camera that shows the time it was painted at: bars for the bits above, a plain colour below.
CLOCK = (
    """
(() => {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext("2d");
  const paint = () => {
    const now = Math.round(performance.now());
    context.fillStyle = "rgb(200, 60, 40)";
    context.fillRect(0, HEIGHT / 2, WIDTH, HEIGHT / 2);
    for (let bit = 0; bit < BITS; bit += 1) {
      context.fillStyle = now & (1 << bit) ? "white" : "black";
      context.fillRect((bit * WIDTH) / BITS, 0, WIDTH / BITS + 1, HEIGHT / 2);
    }
  };
  setInterval(paint, 1000 / 30);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(30);
})();
""".replace("WIDTH", str(WIDTH))
    .replace("HEIGHT", str(HEIGHT))
    .replace("BITS", str(BITS))
)

# Look at each frame that is shown of the filtered video, and read the time in it.
WATCH = (
    """
(seconds) => new Promise((done) => {
  const film = document.querySelector('video[aria-label="Filtered"]');
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const frames = [];
  const began = performance.now();
  const look = () => {
    const now = performance.now();
    context.drawImage(film, 0, 0, WIDTH, HEIGHT);
    const bars = context.getImageData(0, HEIGHT / 4, WIDTH, 1).data;
    let painted = 0;
    for (let bit = 0; bit < BITS; bit += 1) {
      const at = Math.floor(((bit + 0.5) * WIDTH) / BITS);
      if (bars[4 * at] > 127) painted |= 1 << bit;
    }
    frames.push({ at: (now - began) / 1000, latency: now - painted });
    if (now - began > seconds * 1000) done(frames);
    else film.requestVideoFrameCallback(look);
  };
  film.requestVideoFrameCallback(look);
})
""".replace("WIDTH", str(WIDTH))
    .replace("HEIGHT", str(HEIGHT))
    .replace("BITS", str(BITS))
)

# The middle of the lower half of a video, as a person would see it.
COLOR = """
(label) => {
  const film = document.querySelector(`video[aria-label="${label}"]`);
  const canvas = new OffscreenCanvas(film.videoWidth || 1, film.videoHeight || 1);
  const context = canvas.getContext("2d");
  context.drawImage(film, 0, 0);
  return [...context.getImageData(canvas.width / 2, (canvas.height * 3) / 4, 1, 1).data].slice(0, 3);
}
"""


@pytest.fixture(scope="module")
def address(browser, tmp_path_factory) -> Iterator[str]:
    with serving_media(tmp_path_factory.mktemp("service")) as started:
        yield started


@pytest.fixture
def page(browser, address) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1100, "height": 800})
    context.set_default_timeout(PATIENCE)
    made = context.new_page()
    faults: list[str] = []
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on("console", lambda one: faults.append(one.text) if one.type == "error" else None)
    yield made
    context.close()
    assert faults == []


def begin(page: Any, address: str, chosen: str) -> None:
    """Open the live tab and start the camera with a filter."""
    page.goto(address)
    page.wait_for_selector("html[data-ready=true]")
    page.get_by_role("tab", name="Live").click()
    page.get_by_label("Filter", exact=True).select_option(label=chosen)
    page.get_by_role("button", name="Start the camera").click()
    page.get_by_text("frames a second").wait_for()


def until(page: Any, check: Any) -> Any:
    """Wait until what a look at the page gives passes a check; return it."""
    deadline = time.monotonic() + PATIENCE / 1000
    while True:
        seen = page.evaluate(COLOR, "Filtered")
        if check(seen):
            return seen
        assert time.monotonic() < deadline, f"the last was {seen}"
        page.wait_for_timeout(50)


def peers(address: str) -> int:
    metrics = address.replace("/media/", "/metrics")
    with urllib.request.urlopen(metrics, timeout=10) as answer:
        figures = answer.read().decode()
    return int(figures.split("\nmediaflow_live_peers ")[1].split()[0])


def is_gray(color: list[int]) -> bool:
    return max(color) - min(color) <= 8 and max(color) > 30  # VP8 keeps plain areas within a few


@dataclass(frozen=True)
class Pace:
    """How ten seconds of filtered video went."""

    fps: float
    early_ms: float
    """Median latency of the first two seconds."""

    late_ms: float
    """That of the last two."""

    @classmethod
    def of(cls, frames: list[dict[str, float]]) -> Pace:
        first = [one["latency"] for one in frames if one["at"] <= EDGE_SECONDS]
        last = [one["latency"] for one in frames if one["at"] >= SECONDS - EDGE_SECONDS]
        span = frames[-1]["at"] - frames[0]["at"]
        return cls((len(frames) - 1) / span, statistics.median(first), statistics.median(last))

    @property
    def is_kept(self) -> bool:
        return self.fps >= LEAST_FPS and 0 < self.late_ms <= 1.5 * self.early_ms < 3_000


def luminance(color: list[int]) -> float:
    """Return what grayscale of CSS makes of a color (Filter Effects 1)."""
    return 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]


@pytest.mark.smoke
def test_filtered_video_keeps_its_pace_and_changes_live(page: Any, address: str) -> None:
    page.add_init_script(CLOCK)
    begin(page, address, "As it is")
    until(page, lambda color: color[0] > color[1] + 100)
    page.get_by_label("Filter", exact=True).select_option(label="Grayscale")
    until(page, is_gray)
    paces = []
    for _ in range(TRIES):  # the machine may have done something else for a while
        paces.append(Pace.of(page.evaluate(WATCH, SECONDS)))
        if paces[-1].is_kept:
            break
    gray = page.evaluate(COLOR, "Filtered")  # the first pictures were coarse
    page.get_by_label("Filter", exact=True).select_option(label="As it is")
    until(page, lambda color: color[0] > color[1] + 100)
    page.wait_for_timeout(1_000)  # until a change of all pixels has been coded finely
    plain = page.evaluate(COLOR, "Filtered")
    here = peers(address)
    page.get_by_label("Filter", exact=True).select_option(label="Hue")
    page.get_by_label("How much").fill("120")
    turned = until(page, lambda color: color[1] > color[0] + 40)  # red becomes green
    page.get_by_role("button", name="Stop").click()
    deadline = time.monotonic() + PATIENCE / 1000
    while peers(address) and time.monotonic() < deadline:
        page.wait_for_timeout(50)

    print(*paces, sep="\n")
    assert gray == pytest.approx([luminance(plain)] * 3, abs=8)
    assert paces[-1].is_kept, paces
    assert here == 1
    assert turned[1] > 60
    assert peers(address) == 0


def test_camera_of_the_browser_is_shown_beside_its_filtered_picture(
    page: Any, address: str
) -> None:
    begin(page, address, "Grayscale")
    until(page, is_gray)
    folder = os.environ.get("MEDIAFLOW_SCREENSHOTS")
    for kind, scheme, width in (
        ("light", "light", 1100),
        ("dark", "dark", 1100),
        ("narrow", "light", 360),
    ):
        page.set_viewport_size({"width": width, "height": 740})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        if folder:
            page.screenshot(path=str(Path(folder, f"live-{kind}.png")), full_page=True)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped.").wait_for()


def test_filter_that_is_chosen_before_there_is_an_answer_is_taken(page: Any, address: str) -> None:
    def slowly(route: Any) -> None:
        answer = route.fetch()
        page.get_by_label("Filter", exact=True).select_option(label="Grayscale")
        page.wait_for_timeout(300)  # longer than a change waits for the next one
        route.fulfill(response=answer)

    page.route("**/webrtc/offer", slowly)
    begin(page, address, "As it is")
    until(page, is_gray)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped.").wait_for()


def test_start_that_was_stopped_leaves_the_next_one_alone(page: Any, address: str) -> None:
    held: list[Any] = []
    page.route("**/webrtc/offer", lambda route: held.append(route), times=1)
    page.goto(address)
    page.wait_for_selector("html[data-ready=true]")
    page.get_by_role("tab", name="Live").click()
    start = page.get_by_role("button", name="Start the camera")
    start.focus()
    page.keyboard.press("Enter")
    stop = page.locator("button:focus", has_text="Stop")
    stop.wait_for()
    while not held:
        page.wait_for_timeout(20)
    page.keyboard.press("Enter")
    page.locator("button:focus", has_text="Start the camera").wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("frames a second").wait_for()
    held[0].fulfill(body="{", content_type="application/json")  # a fault, told late
    page.wait_for_timeout(1_500)  # a look at figures and a half
    here = peers(address)
    is_going = page.get_by_role("button", name="Stop").is_enabled()
    page.get_by_role("button", name="Stop").click()

    assert (here, is_going) == (1, True)
    assert page.get_by_role("alert").count() == 0


def test_sound_comes_back_beside_the_video(page: Any, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("html[data-ready=true]")
    page.get_by_role("tab", name="Live").click()
    page.get_by_label("with sound").check()
    page.get_by_label("Filter", exact=True).select_option(label="Grayscale")
    page.get_by_role("button", name="Start the camera").click()
    page.get_by_text("frames a second").wait_for()
    until(page, is_gray)
    kinds = page.evaluate(
        "document.querySelector('video[aria-label=\"Filtered\"]')"
        ".srcObject.getTracks().map((one) => [one.kind, one.muted]).sort()"
    )
    page.get_by_role("button", name="Stop").click()

    assert kinds == [["audio", False], ["video", False]]


def test_camera_that_may_not_be_used_is_told_in_words(browser: Any, address: str) -> None:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia ="
        " async () => { throw new DOMException('no', 'NotAllowedError'); };"
    )
    page.goto(address)
    page.wait_for_selector("html[data-ready=true]")
    page.get_by_role("tab", name="Live").click()
    page.get_by_role("button", name="Start the camera").click()
    words = page.get_by_role("alert").inner_text()
    context.close()

    assert "may not use the camera" in words
