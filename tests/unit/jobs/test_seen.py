"""A file that was looked at is known for a moment, and one that changed is another file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

import mediaflow as mf
from mediaflow.jobs.isolated import IsolatedPlace
from mediaflow.jobs.seen import KEPT_SECONDS, MOST, Seen
from mediaflow.security.limits import limits_for
from tests.media import photo_jpeg

if TYPE_CHECKING:
    from pathlib import Path

OWN, STRANGERS = limits_for("own"), limits_for("strangers")
INFO = mf.probe(photo_jpeg(32, 24))


def open_(path: Path) -> Any:
    return mf.Storage().open(path, max_bytes=1_000_000)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    place = tmp_path / "photo.jpg"
    place.write_bytes(photo_jpeg(32, 24))
    return place


def test_same_file_is_known_for_a_moment(photo: Path) -> None:
    now = [0.0]
    seen = Seen(clock=lambda: now[0])

    with open_(photo) as source:
        before = seen.get(source, OWN)
        seen.put(source, OWN, INFO)
    with open_(photo) as again:
        known, otherwise = seen.get(again, OWN), seen.get(again, STRANGERS)
        now[0] = KEPT_SECONDS
        late = seen.get(again, OWN)

    assert (before, known, otherwise, late) == (None, INFO, None, None)


def test_file_that_changed_or_was_replaced_is_another(photo: Path, tmp_path: Path) -> None:
    seen = Seen()
    with open_(photo) as source:
        seen.put(source, OWN, INFO)
    times = photo.stat()

    photo.write_bytes(bytes(reversed(photo.read_bytes())))  # as many bytes
    os.utime(photo, ns=(times.st_atime_ns, times.st_mtime_ns))  # and the same time
    with open_(photo) as changed:
        assert seen.get(changed, OWN) is None
    other = tmp_path / "other.jpg"
    other.write_bytes(photo_jpeg(32, 24))
    other.replace(photo)
    with open_(photo) as replaced:
        assert seen.get(replaced, OWN) is None


def test_what_is_no_local_file_is_looked_at_each_time() -> None:
    seen = Seen()
    source = open_(photo_jpeg(32, 24))

    seen.put(source, OWN, INFO)

    assert seen.get(source, OWN) is None


def test_the_oldest_are_let_go(tmp_path: Path) -> None:
    seen = Seen()
    for number in range(MOST + 1):
        place = tmp_path / f"{number}.jpg"
        place.write_bytes(b"x")
        with open_(place) as source:
            seen.put(source, OWN, INFO)

    with open_(tmp_path / "0.jpg") as first, open_(tmp_path / "1.jpg") as second:
        assert (seen.get(first, OWN), seen.get(second, OWN)) == (None, INFO)


def test_job_that_was_planned_is_not_looked_at_again(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    real = IsolatedPlace._ask

    def spy(self: Any, data: Any, *rest: Any, **more: Any) -> Any:
        asked.append(data["do"])
        return real(self, data, *rest, **more)

    monkeypatch.setattr(IsolatedPlace, "_ask", spy)
    output = mf.ImageOutput("webp", width=16)
    with mf.Processor(workers=1, isolation="worker") as processor:
        plan = processor.plan(photo, output, to=f"{tmp_path}/out/")
        result = processor.process(photo, output, to=f"{tmp_path}/out/")

    assert asked == ["probe", "render"]
    assert result.status == "completed"
    assert result.source == plan.source
