"""A report reads well as text and as a page, says only what is known, and hides no markup."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from mediaflow.models.report_words import LINE, LINES
from mediaflow.models.result import JobReport
from mediaflow.models.spent import StageTime

EVIL = '<script>alert("\'&")</script>'
FULL = JobReport(
    plan=("source: a.jpg", "output a: JPEG"),
    seconds=1.25,
    peak_bytes_planned=73_000_000,
    stages=(StageTime(stage="plan", seconds=0.25), StageTime(stage="encode", seconds=0.9996)),
    cpu_seconds=2.0,
    peak_rss_bytes=178_000_000,
    frames_decoded=1500,
    frames_encoded=3000,
    bytes_in=382_000,
    bytes_out=5_610_000,
)


class Page(HTMLParser):
    """Checks that what is opened is closed, and keeps all text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _page(report: JobReport) -> Page:
    page = Page()
    page.feed(report._repr_html_())
    page.close()
    assert page.open == []
    return page


def test_only_a_further_try_is_told() -> None:
    assert str(JobReport(seconds=1, attempt=2)).splitlines() == ["time    1.000 s", "attempt 2"]
    assert "attempt" not in str(FULL)


def test_everything_known_stands_in_its_line() -> None:
    assert str(FULL).splitlines() == [
        "time    1.250 s",
        "stages  plan 0.250 s, encode 1.000 s",
        "cpu     2.000 s",
        "memory  178 MB peak of the process, 73.0 MB planned for the job",
        "frames  1,500 decoded, 3,000 encoded",
        "bytes   382 kB in, 5.6 MB out",
        "plan    source: a.jpg",
        "        output a: JPEG",
    ]


def test_what_is_unknown_is_left_out() -> None:
    assert str(JobReport(seconds=0.5)) == "time    0.500 s"


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (JobReport(peak_rss_bytes=1000), "memory  1.0 kB peak of the process"),
        (JobReport(peak_bytes_planned=1000), "memory  1.0 kB planned for the job"),
        (JobReport(frames_decoded=1), "frames  1 decoded, 0 encoded"),
        (JobReport(bytes_out=1), "bytes   0 B in, 1 B out"),
    ],
)
def test_half_of_a_pair_is_said(report: JobReport, line: str) -> None:
    assert str(report).splitlines()[1] == line


def test_page_holds_what_the_text_holds() -> None:
    page = _page(FULL)

    for line in str(FULL).splitlines():
        assert line[8:] in page.text
    assert page.text.startswith("1.250 s · 2.000 s CPU · 178 MB peak · 382 kB in → 5.6 MB out")


def test_page_of_an_empty_report_is_whole() -> None:
    assert _page(JobReport()).text == "0.000 s · 0 B in → 0 B outtime0.000 s"


def test_markup_in_a_plan_is_text() -> None:
    page = _page(replace(FULL, plan=(f"source: {EVIL}",)))

    assert "script" not in page.tags
    assert EVIL in page.text


def test_a_long_plan_is_cut() -> None:
    long = replace(FULL, plan=("x" * 10_000, *(f"line {n}" for n in range(10_000))))

    text = str(long)

    assert "x" * LINE + "…" in text
    assert "x" * (LINE + 1) not in text
    assert f"line {LINES - 2}\n" in text
    assert text.endswith(f"        … and {10_001 - LINES:,} more")
    assert len(text) < LINES * (LINE + 20)
    assert len(long._repr_html_()) < 2 * LINES * (LINE + 20)
