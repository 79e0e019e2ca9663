"""The page of the web API in a real browser: files in, progress, results, and a table that stays."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.browser.painted import SECONDS, paint_film
from tests.browser.service import serving_media
from tests.media import photo_jpeg

pytestmark = pytest.mark.browser

PATIENCE = 100_000  # milliseconds, on a machine that does much else
WIDE, NARROW = {"width": 1100, "height": 800}, {"width": 360, "height": 740}
PHOTO = (1200, 800)


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def address(browser, root) -> Iterator[str]:
    with serving_media(root) as started:
        yield started


@pytest.fixture(scope="module")
def photo(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("photo") / "beach.jpg"
    place.write_bytes(photo_jpeg(*PHOTO))
    return place


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    return paint_film(tmp_path_factory.mktemp("clip") / "walk.mp4")


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """Write a picture that no packing makes small: 10 MB, two pieces of an upload."""
    place = tmp_path_factory.mktemp("large") / "large.png"
    noise = Image.effect_noise((1850, 1850), 90)
    Image.merge("RGB", (noise, noise.rotate(90), noise.rotate(180))).save(place, compress_level=0)
    return place


class Visit:
    """A page that somebody has open, and everything that went wrong in it."""

    def __init__(self, context: Any, address: str) -> None:
        self.page = context.new_page()
        self.address = address
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._heard)
        self.page.on("request", self._asked)
        self.open()

    def open(self) -> None:
        self.page.goto(self.address)
        self.page.wait_for_selector("html[data-ready=true]")

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def _asked(self, request: Any) -> None:
        place = self.address.removesuffix("media/")
        if not request.url.startswith((place, "blob:" + place, "data:")):
            self.faults.append(f"asked for {request.url}")

    def card(self, name: str) -> Any:
        return self.page.locator("article", has_text=name)

    def take(self, *files: Path) -> None:
        self.page.set_input_files("#files-input", [str(one) for one in files])

    def start(self, name: str, recipe: str) -> Any:
        card = self.card(name)
        card.locator("select").select_option(label=recipe)
        card.get_by_role("button", name="Start").click()
        return card

    def row(self, name: str) -> Any:
        return self.page.locator("#jobs tr", has_text=name).first


@pytest.fixture
def visit(browser, address) -> Iterator[Visit]:
    context = browser.new_context(viewport=WIDE, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    made = Visit(context, address)
    yield made
    context.close()
    assert made.faults == []


# Pairs of text and ground that are too alike, by the formula of WCAG 2.2 (1.4.3).
PALE = """() => {
    const parts = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = ([red, green, blue]) => [red, green, blue].map((one) => one / 255)
        .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
        .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
    const ground = (one) => {
        const color = parts(getComputedStyle(one).backgroundColor);
        return color[3] !== 0 ? color : ground(one.parentElement);
    };
    const found = [];
    for (const one of document.querySelectorAll("body *")) {
        const hasText = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!hasText || one.disabled || !one.checkVisibility() || one.closest(".tag, .hidden")) continue;
        const both = [light(parts(getComputedStyle(one).color)), light(ground(one))];
        const ratio = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
        if (ratio < 4.5) found.push(`${one.outerHTML}: ${ratio}`);
    }
    return found;
}"""


def shoot(page: Any, name: str) -> None:
    """Check a view light, dark and narrow; keep pictures of it where a folder for them is named."""
    folder = os.environ.get("MEDIAFLOW_SCREENSHOTS")
    for kind, viewport in (("light", WIDE), ("dark", WIDE), ("narrow", NARROW)):
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme="dark" if kind == "dark" else "light")
        inner, whole = page.evaluate("[innerWidth, document.scrollingElement.scrollWidth]")
        assert whole <= inner, f"{name} is wider than its window of {inner} px"
        assert page.evaluate(PALE) == []
        if folder:
            page.screenshot(path=str(Path(folder, f"{name}-{kind}.png")), full_page=True)
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")


@pytest.mark.smoke
def test_picture_becomes_small_ones_that_can_be_compared(visit: Visit, photo: Path) -> None:
    visit.take(photo)
    card = visit.card("beach.jpg")
    card.get_by_text("What will be done").wait_for()
    shoot(visit.page, "plan")
    visit.start("beach.jpg", "Small pictures for the web")
    card.locator(".compare").wait_for()
    pictures = card.locator("figure:not(.wide) img")
    pictures.nth(2).scroll_into_view_if_needed()
    visit.page.wait_for_load_state("networkidle")

    shoot(visit.page, "results")
    sizes = pictures.evaluate_all("all => all.map((one) => [one.naturalWidth, one.naturalHeight])")
    slider = card.get_by_role("slider")
    slider.focus()
    visit.page.keyboard.press("Home")
    split = card.locator(".compare").evaluate("one => one.style.getPropertyValue('--split')")
    with visit.page.expect_download() as download:
        card.get_by_role("link", name="webp").click()

    assert sizes == [list(PHOTO)] * 3
    assert split == "0%"
    assert download.value.suggested_filename == "beach_webp.webp"
    assert "smaller" in card.inner_text()


@pytest.mark.smoke
def test_film_moves_on_and_plays_as_a_stream(visit: Visit, clip: Path) -> None:
    visit.take(clip)
    card = visit.start("walk.mp4", "Adaptive stream (HLS and DASH)")
    bar = card.locator("progress")
    seen = [0.0]
    film = card.locator("video")
    deadline = time.monotonic() + PATIENCE / 1000
    while not film.count() and time.monotonic() < deadline:
        seen += [float(one) for one in bar.evaluate_all("all => all.map((one) => one.value)")]
        visit.page.wait_for_timeout(50)
    film.wait_for()
    if not film.evaluate("one => one.canPlayType('application/vnd.apple.mpegurl')"):
        pytest.skip("this Chromium does not play HLS by itself")
    film.evaluate("one => { one.muted = true; return one.play(); }")
    while film.evaluate("one => one.currentTime") < 1 and time.monotonic() < deadline:
        visit.page.wait_for_timeout(50)

    assert seen == sorted(seen)
    assert len(set(seen)) > 3
    assert film.evaluate("one => one.currentTime") >= 1
    assert film.evaluate("one => one.duration") == pytest.approx(SECONDS, abs=0.2)
    assert film.evaluate("one => one.videoWidth") > 0
    shoot(visit.page, "stream")


def test_outputs_without_a_file_are_told_in_words(visit: Visit, clip: Path) -> None:
    visit.take(clip)
    card = visit.start("walk.mp4", "Films in four sizes")  # the clip is smaller than three of them
    card.locator(".results").wait_for()
    films = card.locator("video").count()
    visit.page.wait_for_load_state("networkidle")

    assert films == 1
    assert card.locator(".results p", has_text="left out").count() == 3
    shoot(visit.page, "left-out")


def test_sound_is_heard_and_its_waveform_drawn(visit: Visit, clip: Path) -> None:
    visit.take(clip)
    card = visit.start("walk.mp4", "MP3 and waveform")
    card.locator("canvas").wait_for()
    sound = card.locator("audio")
    sound.evaluate("one => new Promise((done) => { one.onloadedmetadata = done; one.load(); })")

    painted = card.locator("canvas").evaluate(
        "one => one.getContext('2d').getImageData(0, 0, one.width, one.height).data.some(Boolean)"
    )

    assert painted
    assert sound.evaluate("one => one.duration") == pytest.approx(SECONDS, abs=0.2)


@pytest.mark.smoke
def test_job_is_cancelled_and_the_table_survives_a_reload(visit: Visit, clip: Path) -> None:
    visit.take(clip)
    visit.card("walk.mp4").get_by_text("What will be done").wait_for()
    visit.start("walk.mp4", "Films in four sizes")
    visit.row("walk.mp4").get_by_role("button", name="Cancel").wait_for()
    visit.card("walk.mp4").get_by_text("encoding").first.wait_for()
    shoot(visit.page, "running")

    visit.open()
    card = visit.card("walk.mp4")
    card.locator("progress").wait_for()  # followed again, without being asked
    card.get_by_role("button", name="Cancel").click()
    card.get_by_text("cancelled").wait_for()
    visit.open()
    status = visit.row("walk.mp4").get_attribute("data-status")
    visit.row("walk.mp4").get_by_role("button", name="Retry").click()
    again = visit.card("walk.mp4").get_by_role("button", name="Cancel")
    again.click()
    visit.card("walk.mp4").get_by_text("cancelled").wait_for()

    assert status == "cancelled"
    shoot(visit.page, "table")


def test_what_is_no_picture_is_refused_in_words(visit: Visit, tmp_path: Path) -> None:
    text = tmp_path / "letter.jpg"
    text.write_text("this is a letter", encoding="ascii")

    visit.take(text)
    alert = visit.card("letter.jpg").get_by_role("alert")
    alert.wait_for()

    assert "unknown" in alert.inner_text() or "known kind" in alert.inner_text()
    assert visit.faults == [one for one in visit.faults if "415" in one]
    visit.faults.clear()  # a browser tells of each answer that is no success


@pytest.mark.smoke
def test_all_is_done_by_the_keyboard_and_everything_has_a_name(visit: Visit, photo: Path) -> None:
    page = visit.page
    visit.take(photo)
    card = visit.card("beach.jpg")
    card.get_by_text("What will be done").wait_for()
    card.locator("select").focus()
    page.keyboard.press("t")  # the recipe that begins with it
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    card.locator(".compare").wait_for()
    focused = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # what follows the head of a card closes it
    card.wait_for(state="detached")
    visit.row("beach.jpg").get_by_role("button", name="Open").press("Enter")
    card.locator(".compare").wait_for()

    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, video, audio, progress, img")]
        .filter((one) => !(one.ariaLabel || one.getAttribute("aria-label") || one.textContent.trim()
          || one.labels?.length || one.hasAttribute("alt")))
        .map((one) => one.outerHTML)"""
    )

    assert focused == "beach.jpg"
    assert nameless == []
    assert "300 × 200" in card.inner_text()
    page.keyboard.press("Home")
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_large_upload_goes_on_where_it_was_cut_off(visit: Visit, large: Path, root: Path) -> None:
    asked: list[str] = []

    def cut(route: Any) -> None:
        asked.append(route.request.method)
        if asked.count("PATCH") == 2 and asked[-1] == "PATCH":
            route.abort("connectionreset")
        else:
            route.continue_()

    visit.page.route("**/uploads*", cut)
    visit.page.route("**/uploads/*", cut)
    visit.take(large)
    visit.card("large.png").get_by_role("button", name="Start").wait_for()

    assert asked == ["POST", "PATCH", "PATCH", "HEAD", "PATCH"]
    assert large.read_bytes() in [one.read_bytes() for one in root.glob("*/uploads/*.png")]
    assert visit.faults == [one for one in visit.faults if "ERR_CONNECTION_RESET" in one]
    visit.faults.clear()


def test_many_jobs_leave_connections_for_what_else_is_wanted(
    visit: Visit, photo: Path, clip: Path
) -> None:
    request = visit.page.request
    source = request.post(visit.address + "uploads", data=clip.read_bytes()).json()["location"]
    recipes = {one["name"]: one for one in request.get(visit.address + "recipes").json()}
    wanted = {"source": source, "outputs": recipes["streaming"]["outputs"]}
    begun = [
        request.post(visit.address + "process", data=wanted).json()["job_id"] for _ in range(8)
    ]

    visit.open()
    visit.take(photo)
    visit.card("beach.jpg").get_by_role("button", name="Start").wait_for()
    running = visit.page.locator("article progress").count()
    for one in begun:
        request.delete(visit.address + f"jobs/{one}")
    for one in begun:
        visit.page.wait_for_selector(f"tr[data-job='{one}'][data-status=cancelled]")

    assert running > 6  # connections that a browser has for a site over HTTP/1.1


def test_job_is_seen_to_its_end_where_events_are_refused(visit: Visit, photo: Path) -> None:
    visit.page.route("**/events", lambda route: route.fulfill(status=503))
    visit.take(photo)
    card = visit.start("beach.jpg", "Thumbnails")
    card.locator(".compare").wait_for()

    assert "done" in card.inner_text()
    assert visit.row("beach.jpg").get_attribute("data-status") == "completed"
    assert visit.faults == [one for one in visit.faults if "503" in one]
    visit.faults.clear()


def test_dropped_files_are_started_at_once(visit: Visit, photo: Path) -> None:
    page = visit.page
    page.evaluate(
        """async (bytes) => {
        const files = new DataTransfer();
        for (const name of ["one.jpg", "two.unknown"]) files.items.add(new File([new Uint8Array(bytes)], name));
        document.getElementById("drop").dispatchEvent(
            new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
        }""",
        list(photo.read_bytes()),
    )
    page.get_by_role("button", name="Start all").click()
    for name in ("one.jpg", "two.unknown"):
        visit.card(name).locator(".compare").wait_for()

    assert page.locator(".compare").count() == 2
    assert not page.get_by_role("button", name="Start all").is_visible()


def test_page_below_a_path_works_with_a_login_of_the_browser(
    browser, tmp_path: Path, photo: Path
) -> None:
    login = {"username": "anna", "password": "secret"}
    context = browser.new_context(viewport=WIDE, http_credentials=login)
    context.set_default_timeout(PATIENCE)
    with serving_media(tmp_path, prefix="/studio/api") as address:
        visit = Visit(context, address)
        visit.take(photo)
        card = visit.card("beach.jpg")
        card.get_by_role("button", name="Start").click()
        card.locator(".compare").wait_for()
        seen = card.locator("figure:not(.wide) img").count()
        context.close()

    assert address.endswith("/studio/api/media/")
    assert seen == 3
    assert visit.faults == []


def test_nothing_runs_that_is_not_of_the_page(visit: Visit) -> None:
    page = visit.page

    ran = page.evaluate(
        """() => {
        const made = document.createElement("script");
        made.textContent = "window.ran = true";
        document.body.append(made);
        return Boolean(window.ran);
        }"""
    )

    assert not ran
    assert [one for one in visit.faults if "Content Security Policy" in one]
    visit.faults.clear()
