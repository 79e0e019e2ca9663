"""What a request of several films takes, and what it shows of them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from mediaflow.errors import SpecError
from mediaflow.models.concat import MAX_PARTS, Concat, Part, describe_job_source, part_labels
from mediaflow.models.film import VideoOutput
from mediaflow.models.job import Job
from mediaflow.models.serde import from_dict, to_dict

SIGNED = "s3://id:hush@bucket/b.mov?X-Amz-Signature=hush"


def test_sources_become_whole_parts():
    file = io.BytesIO(b"film")

    concat = Concat(["a.mp4", Path("b.mov"), bytearray(b"film"), file, Part("c.mkv", start=1)])

    assert [part.source for part in concat.parts] == ["a.mp4", "b.mov", b"film", file, "c.mkv"]
    assert [(part.start, part.end) for part in concat.parts] == [(0.0, None)] * 4 + [(1.0, None)]


def test_any_iterable_of_sources_is_taken():
    assert Concat(f"{name}.mp4" for name in "ab") == Concat(("a.mp4", "b.mp4"))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ("a.mp4", "takes a list of sources, got str"),
        (b"film", "takes a list of sources, got bytes"),
        (Part("a.mp4"), "takes a list of sources, got Part"),
        (None, "takes a list of sources, got NoneType"),
        ([], f"takes 1 to {MAX_PARTS} parts, got 0"),
        (["a.mp4"] * (MAX_PARTS + 1), f"takes 1 to {MAX_PARTS} parts, got {MAX_PARTS + 1}"),
        (["a.mp4", 3], "source must be a path or URL"),
        (["a.mp4", ""], "source must not be empty"),
        (["a.mp4", Concat(["b.mp4"])], "a part cannot be a Concat itself"),
    ],
)
def test_what_is_no_list_of_sources_is_refused(parts, message):
    with pytest.raises(SpecError, match=message):
        Concat(parts)


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (-1, None, "start"),
        ("1", None, "start"),
        (2, 2, "end 2 s must be after start 2 s"),
        (0, float("nan"), "end"),
    ],
)
def test_a_piece_without_a_length_is_refused(start, end, message):
    with pytest.raises(SpecError, match=message):
        Part("a.mp4", start=start, end=end)


def test_secrets_are_shown_nowhere():
    concat = Concat(["a.mp4", Part(SIGNED, end=3)])
    job = Job(concat, VideoOutput())

    shown = [repr(concat), repr(concat.parts[1]), repr(job), *part_labels(concat)]

    assert [text for text in shown if "hush" in text] == []
    assert (
        repr(concat) == "Concat(['a.mp4', Part('s3://***@bucket/b.mov?***', start=0.0, end=3.0)])"
    )
    assert part_labels(concat)[1] == "part 2 of 2 (s3://***@bucket/b.mov)"
    assert describe_job_source(concat) == "a.mp4 + s3://***@bucket/b.mov?***"


def test_control_characters_are_written_out_in_messages():
    hostile = "\x1b[31m\n\x9b2J\udcff.mp4"
    file = io.BytesIO(b"film")
    file.name = f"films/{hostile}"
    concat = Concat([hostile, f"s3://bucket/{hostile}?X-Amz-Signature=hush", file])

    shown = "\\x1b[31m\\n\\x9b2J\\udcff.mp4"
    assert part_labels(concat) == (
        f"part 1 of 3 ({shown})",
        f"part 2 of 3 (s3://bucket/{shown})",
        f"part 3 of 3 (<file {shown}>)",
    )
    texts = [repr(concat), repr(concat.parts[0]), describe_job_source(concat)]
    assert all(text.isprintable() for text in texts)


def test_json_form_is_the_one_that_is_documented():
    job = Job(Concat(["a.mp4", Part("b.mov", start=1.5)]), VideoOutput())

    data = to_dict(job, omit_defaults=True)

    assert data["source"] == {"parts": [{"source": "a.mp4"}, {"source": "b.mov", "start": 1.5}]}
    assert from_dict(Job, data) == job


def test_open_files_and_bytes_do_not_travel():
    with pytest.raises(SpecError, match=r"\$\.source\.parts\[1\]\.source"):
        to_dict(Job(Concat(["a.mp4", b"film"]), VideoOutput()))
