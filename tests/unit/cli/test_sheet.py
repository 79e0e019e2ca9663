from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

import mediaflow as mf
from mediaflow.geometry import Size
from mediaflow.models.result import JobReport, Notice, OutputResult

sheet = pytest.importorskip("mediaflow.cli.sheet", reason="the extra cli is not installed")

VOID = {"br", "img", "meta"}
SOURCE = mf.MediaInfo(
    uri="in/a <b> & c.jpg",
    format="jpeg",
    mime_type="image/jpeg",
    bytes=2_000_000,
    width=4000,
    height=3000,
    image=mf.ImageInfo(stored_size=Size(4000, 3000)),
)
SMALL = OutputResult(
    name="small",
    status="completed",
    uri='out/a "<b>" & c_small.jpg',
    format="jpeg",
    width=150,
    height=113,
    bytes=6_200,
    seconds=0.0123,
    notices=(Notice(code="alpha_flattened", message="laid on <white>"),),
)
LARGE = replace(
    SMALL, name="large", uri="out/large.avif", format="avif", width=4000, height=3000,
    bytes=500_000, notices=(),
)  # fmt: skip
FAILED = replace(
    LARGE, name="bad", uri="out/bad.webp", status="failed", bytes=0, error="disk <full>"
)


class Page(HTMLParser):
    """Reads a page: its open tags must close in order; links and pictures are collected."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.stack += [] if tag in VOID else [tag]

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, attribute: str) -> list[str | None]:
        return [attrs.get(attribute) for name, attrs in self.found if name == tag]


def result(*outputs: OutputResult) -> mf.JobResult:
    return mf.JobResult(
        id="1",
        status="completed",
        outputs=outputs,
        source=SOURCE,
        report=JobReport(plan=("decode: <all>",), seconds=1.5),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        completed_at=datetime(2026, 1, 1, 12, 30, tzinfo=UTC),
    )


def page(*outputs: OutputResult, link: str | None = "../a.jpg") -> tuple[Page, str]:
    groups = (sheet.Group(title="Set", outputs=outputs),)
    text = sheet.contact_sheet(sheet.Part(result=result(*outputs), groups=groups, link=link))
    return Page(text), text


def test_every_output_is_shown_at_its_own_size_by_a_relative_link() -> None:
    read, _ = page(SMALL, LARGE)

    assert read.all("img", "src") == ["a%20%22%3Cb%3E%22%20%26%20c_small.jpg", "large.avif"]
    assert read.all("img", "width") == ["150", "4000"]
    assert read.all("img", "height") == ["113", "3000"]
    assert read.all("img", "alt") == ['a "<b>" & c_small.jpg', "large.avif"]


def test_caption_has_format_px_bytes_seconds_and_notices() -> None:
    read, _ = page(SMALL)

    assert "JPEG · 150×113 px · 6.2 kB · made in 0.012 s" in read.text
    assert "laid on <white>" in read.text


def test_films_of_a_job_are_made_side_by_side_and_tell_no_time_of_their_own() -> None:
    film = replace(LARGE, uri="out/film.mp4", format="mp4", duration_seconds=4.0, seconds=9.0)
    source = replace(SOURCE, uri="lake.mov", format="mov", kind="video", image=None)
    part = sheet.Part(
        result=replace(result(film, SMALL), source=source),
        groups=(sheet.Group(title="All", outputs=(film, SMALL)),),
        link=None,
    )

    read = Page(sheet.contact_sheet(part))

    assert "MP4 · 4000×3000 px · 4.0 s long · 500 kB · 25% of the original" in read.text
    assert read.text.count("made in") == 1


def test_picture_of_the_same_size_is_compared_with_the_original() -> None:
    read, _ = page(SMALL, LARGE)

    assert read.text.count("of the original") == 1
    assert "25% of the original" in read.text  # 500 kB of 2 MB


def test_failed_output_has_its_reason_and_no_picture() -> None:
    read, _ = page(LARGE, FAILED)

    assert len(read.all("img", "src")) == 1
    assert "disk <full>" in read.text


def test_film_is_played_behind_a_still_of_the_same_job() -> None:
    film = replace(LARGE, name="film", uri="out/film.mp4", format="mp4", duration_seconds=4.0)
    gif = replace(LARGE, name="gif", uri="out/film.gif", format="gif", duration_seconds=2.0)

    behind, _ = page(gif, SMALL, film)
    bare, _ = page(gif, film)

    assert behind.all("video", "poster") == ["a%20%22%3Cb%3E%22%20%26%20c_small.jpg"]
    assert behind.all("video", "src") == ["film.mp4"]
    assert bare.all("video", "poster") == [None]


def test_page_of_two_jobs_is_called_after_both() -> None:
    part = sheet.Part(result=result(SMALL), groups=(), link=None)
    other = replace(part, result=replace(part.result, source=replace(SOURCE, uri="lake.mp4")))

    read = Page(sheet.contact_sheet(part, other))

    assert "a <b> & c.jpg and lake.mp4: 2 outputs" in read.text


def test_page_loads_nothing_from_elsewhere_and_runs_nothing() -> None:
    read, text = page(SMALL, LARGE)

    assert "://" not in text
    assert "url(" not in text
    assert {"script", "link", "iframe"} & {tag for tag, _ in read.found} == set()


def test_names_and_plans_cannot_become_markup() -> None:
    read, _ = page(SMALL)

    assert {"b", "white", "all"} & {tag for tag, _ in read.found} == {"b"}  # captions are bold
    assert len(read.all("b", "class")) == 1
    assert "decode: <all>" in read.text


def test_page_follows_light_and_dark() -> None:
    _, text = page(SMALL)

    assert "color-scheme: light dark" in text
    assert "prefers-color-scheme: dark" in text


def test_page_fits_a_phone() -> None:
    read, text = page(SMALL)

    assert "width=device-width, initial-scale=1" in read.all("meta", "content")
    assert "max-width: 100%" in text


def test_original_is_linked_where_it_can_be_reached() -> None:
    linked, _ = page(SMALL, link="../a%20b.jpg")
    alone, _ = page(SMALL, link=None)

    assert linked.all("a", "href")[0] == "../a%20b.jpg"
    assert alone.all("a", "href") == ["a%20%22%3Cb%3E%22%20%26%20c_small.jpg"]
    assert "original: 4000×3000 px JPEG, 2.0 MB" in linked.text


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2, relative luminance)."""

    def luminance(color: str) -> float:
        digits = color if len(color) == 6 else "".join(2 * digit for digit in color)
        channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "card"])
@pytest.mark.parametrize("ink", ["ink", "soft", "note", "bad", "link"])
def test_text_can_be_read_in_light_and_dark(scheme: int, ground: str, ink: str) -> None:
    colors = [dict(re.findall(r"--(\w+): #(\w+)", block)) for block in sheet.STYLE.split("@media")]

    assert contrast(colors[scheme][ink], colors[scheme][ground]) >= 4.5  # WCAG 2.2 1.4.3 AA
