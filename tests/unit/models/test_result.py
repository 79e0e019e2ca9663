"""A result tells what came out, and shows it without reading anything."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from mediaflow.errors import UnknownNameError
from mediaflow.models.result import JobReport, JobResult, Notice, OutputResult
from tests.infos import media_info

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
EVIL = '<script>alert("\'&")</script>'


class Reader(HTMLParser):
    """Collects tags, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.texts: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.update(attrs)

    def handle_data(self, data):
        self.texts.append(data)


def output(name="a", status="completed", **facts):
    given = {
        "uri": f"out/{name}.jpg",
        "format": "jpeg",
        "width": 300,
        "height": 225,
        "bytes": 12345,
    }
    return OutputResult(name=name, status=status, **(given | facts))


def result(*outputs, status="completed", **facts):
    return JobResult(
        **{
            "id": "j1",
            "status": status,
            "outputs": outputs,
            "source": media_info(),
            "report": JobReport(),
            "created_at": NOON,
            "completed_at": NOON,
        }
        | facts
    )


def read(made):
    reader = Reader()
    reader.feed(made._repr_html_())
    return reader


def test_output_is_found_by_its_name():
    made = result(output("a"), output("b"))

    assert made["b"].uri == "out/b.jpg"


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match=r"no output called 'c'.*known: a, b"):
        result(output("a"), output("b"))["c"]


@pytest.mark.parametrize(
    ("statuses", "status", "progress"),
    [
        (["completed", "completed"], "completed", 1.0),
        (["completed", "skipped"], "completed", 1.0),
        (["completed", "failed"], "partial", 0.5),
        (["failed", "failed"], "failed", 0.0),
        (["skipped", "failed", "failed", "failed"], "partial", 0.25),
        ([], "failed", 0.0),
    ],
)
def test_progress_is_the_share_of_outputs_that_are_there(statuses, status, progress):
    outputs = [output(str(index), each) for index, each in enumerate(statuses)]

    assert result(*outputs, status=status).progress == progress


def test_metadata_is_about_the_original():
    assert result().metadata == media_info()
    assert result(source=None).metadata is None


def test_notices_of_all_outputs_are_in_one_place():
    first = Notice(code="alpha_flattened", message="one")
    second = Notice(code="color_converted", message="two")

    made = result(output("a", notices=(first,)), output("b", notices=(second, first)))

    assert made.notices == (first, second, first)


def test_result_is_a_plain_value():
    made = result(output("a"))

    assert pickle.loads(pickle.dumps(made)) == made
    assert hash(made) == hash(result(output("a")))


def test_table_shows_a_row_for_each_output():
    reader = read(result(output("a"), output("b")))

    assert reader.tags.count("tr") == 3 + 1  # the last one is the time in the report
    assert reader.tags.count("td") == 8 + 1
    assert "out/b.jpg" in reader.texts
    assert "300×225" in reader.texts
    assert "12,345" in reader.texts


def test_table_says_why_an_output_is_missing():
    reader = read(result(output("a", "failed", bytes=0, error="no space"), status="failed"))

    assert "failed" in reader.texts
    assert "no space" in reader.texts


def test_preview_stands_in_the_page_itself():
    reader = read(result(preview="data:image/jpeg;base64,AAAA"))

    assert reader.attributes["src"] == "data:image/jpeg;base64,AAAA"


def test_table_without_a_preview_has_no_picture():
    assert "img" not in read(result(output("a"))).tags


@pytest.mark.parametrize(
    "made",
    [
        result(id=EVIL),
        result(error=EVIL),
        result(output("a", uri=EVIL)),
        result(output("a", "failed", error=EVIL)),
        result(output("a", notices=(Notice(code="color_converted", message=EVIL),))),
        result(preview=f'data:x" onerror="{EVIL}'),
    ],
    ids=["id", "error", "uri", "output error", "notice", "preview"],
)
def test_every_text_in_the_table_is_escaped(made):
    reader = read(made)

    assert "script" not in reader.tags
    assert "onerror" not in reader.attributes


def test_report_stands_below_the_outputs():
    reader = read(result(output("a"), report=JobReport(seconds=1.5, plan=(EVIL,), bytes_out=7)))

    text = "".join(reader.texts)
    assert text.index("out/a.jpg") < text.index("1.500 s · 0 B in → 7 B out") < text.index(EVIL)
    assert reader.tags.count("details") == 1
    assert "script" not in reader.tags


def test_table_of_many_outputs_is_cut():
    reader = read(result(*(output(f"n{number}") for number in range(250))))

    text = "".join(reader.texts)
    assert "out/n99.jpg" in text
    assert "out/n100.jpg" not in text
    assert "… and 150 more" in text


def test_escaped_text_is_still_read_as_it_was_written():
    reader = read(result(output("a", uri=EVIL)))

    assert EVIL in "".join(reader.texts)


def test_location_in_a_result_keeps_no_secret():
    made = output("a", uri="https://host/a.jpg?X-Amz-Signature=hush")

    assert "hush" not in repr(made)
    assert "hush" not in result(made)._repr_html_()


def test_error_can_be_told_apart_by_its_code():
    made = replace(output("a", "failed"), error="x", error_code="encode_failed")

    assert made.error_code == "encode_failed"
