"""What a caller may write loosely is exact afterwards."""

from __future__ import annotations

import io
import pickle
from dataclasses import FrozenInstanceError, replace
from pathlib import Path, PurePosixPath

import pytest

from mediaflow.errors import SpecError
from mediaflow.models.job import Job, as_outputs, as_place, as_source, describe_source
from mediaflow.models.outputs import ImageOutput, OutputSpec
from mediaflow.security.limits import Limits

WEBP = ImageOutput("webp")


class Bucket:
    """Stands in for a UPath."""

    fs = object()
    path = "bucket/a.jpg"

    def __str__(self) -> str:
        return "s3://id:hush@bucket/a.jpg"


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        ("a.jpg", "a.jpg"),
        ("s3://bucket/a.jpg", "s3://bucket/a.jpg"),
        (PurePosixPath("photos/a.jpg"), "photos/a.jpg"),
        (b"\xff\xd8", b"\xff\xd8"),
        (bytearray(b"\xff\xd8"), b"\xff\xd8"),
        (memoryview(b"\xff\xd8"), b"\xff\xd8"),
    ],
)
def test_source_is_text_or_bytes(written, exact):
    source = Job(written, WEBP, to="out/").source

    assert source == exact
    assert type(source) is type(exact)


def test_binary_file_stays_the_object_it_is():
    file = io.BytesIO(b"\xff\xd8")

    assert Job(file, WEBP, to="out/").source is file


def test_nothing_is_read_from_a_file_object():
    file = io.BytesIO(b"\xff\xd8")

    Job(file, WEBP, to="out/")

    assert file.tell() == 0


def test_path_with_its_own_filesystem_stays_the_object_it_is():
    bucket = Bucket()

    assert Job(bucket, WEBP, to=bucket).source is bucket
    assert as_place(bucket) is bucket


def test_real_upath_keeps_its_filesystem():
    upath = pytest.importorskip("upath", reason="universal_pathlib is not installed")
    source = upath.UPath("memory://photos/a.jpg")

    job = Job(source, WEBP, to=source.parent)

    assert job.source is source
    assert job.to == source.parent
    assert describe_source(job.source) == "memory://photos/a.jpg"


@pytest.mark.parametrize("source", [None, 3, 1.5, ["a.jpg"], object(), ImageOutput])
def test_anything_else_is_no_source(source):
    with pytest.raises(SpecError, match="source must be a path or URL, bytes or a binary file"):
        Job(source, WEBP)


@pytest.mark.parametrize("source", ["", "a\0b.jpg"])
def test_empty_or_broken_path_is_refused(source):
    with pytest.raises(SpecError, match="source must not be empty or hold a NUL character"):
        Job(source, WEBP)


def test_bytes_path_is_refused():
    class Old:
        def __fspath__(self) -> bytes:
            return b"a.jpg"

    with pytest.raises(SpecError, match="source must be a path"):
        as_source(Old())


@pytest.mark.parametrize("to", ["out/", Path("out"), "out/{stem}.webp", "s3://bucket/"])
def test_place_becomes_text(to):
    assert Job("a.jpg", WEBP, to=to).to == str(to)


@pytest.mark.parametrize("to", [3, b"out/", ["out/"]])
def test_anything_else_is_no_place(to):
    with pytest.raises(SpecError, match="to must be a path or URL, got"):
        Job("a.jpg", WEBP, to=to)


def test_empty_place_is_refused():
    with pytest.raises(SpecError, match="to must not be empty"):
        Job("a.jpg", WEBP, to="")


@pytest.mark.parametrize(
    "outputs",
    [WEBP, [WEBP], (WEBP,), iter([WEBP]), {"kind": "image", "format": "webp"}],
    ids=["one", "list", "tuple", "iterator", "dict"],
)
def test_one_output_or_many_become_a_tuple(outputs):
    assert as_outputs(outputs) == (WEBP,)


def test_dict_without_a_kind_is_the_short_form():
    assert as_outputs([{"format": "webp", "width": 3}]) == (OutputSpec(format="webp", width=3),)


def test_kinds_can_be_mixed_and_keep_their_order():
    short = OutputSpec(format="jpeg")

    assert as_outputs([short, WEBP, {"format": "png"}]) == (short, WEBP, OutputSpec(format="png"))


@pytest.mark.parametrize("outputs", [(), [], iter([])], ids=["tuple", "list", "iterator"])
def test_job_without_an_output_is_refused(outputs):
    with pytest.raises(SpecError, match="at least one output") as caught:
        Job("a.jpg", outputs)

    assert caught.value.hint is not None


@pytest.mark.parametrize("outputs", ["webp", b"webp", 3, None], ids=repr)
def test_anything_else_is_no_set_of_outputs(outputs):
    with pytest.raises(SpecError, match="outputs must be output specs such as"):
        Job("a.jpg", outputs)


def test_wrong_item_is_named_by_its_place():
    with pytest.raises(SpecError, match=r"outputs\[1\] must be an output spec or a dict, got str"):
        Job("a.jpg", [WEBP, "webp"])


def test_wrong_dict_is_named_by_its_place():
    with pytest.raises(SpecError, match=r"outputs\[1\].*'widht'; did you mean 'width'"):
        Job("a.jpg", [WEBP, {"format": "webp", "widht": 3}])


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (
            "if_exists",
            "overwrite",
            "if_exists must be one of replace, error, skip, got 'overwrite'",
        ),
        ("if_exists", "skp", "if_exists must be one of replace, error, skip, got 'skp'; "),
        ("on_failure", "rais", "on_failure must be one of raise, partial, got 'rais'; "),
        ("strict", 1, "strict must be true or false, got 1"),
        ("limits", 5, "limits must be"),
    ],
)
def test_setting_that_is_not_known_is_refused(field, value, message):
    with pytest.raises(SpecError) as caught:
        Job("a.jpg", WEBP, **{field: value})

    assert str(caught.value).startswith(message)


def test_defaults_replace_atomically_and_raise():
    job = Job("a.jpg", WEBP)

    assert (job.to, job.if_exists, job.on_failure, job.strict, job.limits) == (
        None,
        "replace",
        "raise",
        False,
        None,
    )


def test_job_can_be_changed_into_another():
    job = Job("a.jpg", WEBP, to="out/")

    assert replace(job, to="in/") == Job("a.jpg", WEBP, to="in/")
    with pytest.raises(FrozenInstanceError):
        job.to = "in/"  # type: ignore[misc]  # that is the point


def test_job_is_a_plain_value():
    job = Job("a.jpg", [WEBP], to="out/", limits=Limits(max_pixels=5))

    assert pickle.loads(pickle.dumps(job)) == job
    assert hash(job) == hash(Job(Path("a.jpg"), WEBP, to="out/", limits=Limits(max_pixels=5)))


def test_repr_holds_no_secret():
    job = Job("s3://id:hush@b/a.jpg", WEBP, to="https://host/{stem}.webp?X-Amz-Signature=hush")

    assert "hush" not in repr(job)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (b"abc", "<3 bytes>"),
        ("https://host/a.jpg?sig=hush", "https://host/a.jpg?***"),
        (io.BytesIO(b"abc"), "<file object>"),
        (Bucket(), "s3://***@bucket/a.jpg"),
    ],
    ids=["bytes", "text", "file", "upath"],
)
def test_source_is_described_without_secrets(source, text):
    assert describe_source(source) == text


def test_file_is_described_by_its_name(tmp_path):
    with (tmp_path / "a.jpg").open("wb+") as file:
        assert describe_source(file) == "<file a.jpg>"


@pytest.mark.parametrize("path", ["it's.jpg", "a b.jpg", 'a"b.jpg'])
def test_query_is_hidden_whatever_the_path_looks_like(path: str) -> None:
    assert describe_source(f"https://host/{path}?Policy=hush&s=hush") == f"https://host/{path}?***"
