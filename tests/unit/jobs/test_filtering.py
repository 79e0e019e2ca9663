"""Filters in a job: second inputs are acquired like the source, looks are made beside each other."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow import errors
from mediaflow.filters import Blur, CubeLut, Look, Sepia, Text, Watermark
from mediaflow.image.pillow import PillowBackend, filtering
from mediaflow.jobs.environment import Environment
from mediaflow.jobs.run import run_job
from mediaflow.models.context import Budget, Context
from mediaflow.models.job import Job
from mediaflow.storage import Storage
from tests.measure import open_descriptors
from tests.media import encode, oriented_jpeg, photo_jpeg

SOURCE = photo_jpeg(640, 480)
RED = encode(Image.new("RGB", (40, 20), (255, 0, 0)), "PNG")
GRAY = encode(Image.new("RGB", (200, 100), (120, 120, 120)), "PNG")


def _png(*filters: Any, **rest: Any) -> mf.ImageOutput:
    return mf.ImageOutput("png", filters=filters, **rest)


def _pixels(result: mf.JobResult, name: str = "png") -> Any:
    return np.asarray(Image.open(result[name].uri).convert("RGB"), np.int16)


def _run(job: Job, threads: int) -> mf.JobResult:
    context = Context(job_id="test", budget=Budget(threads=threads))
    return run_job(job, Environment(), context)


def test_filter_comes_before_padding(tmp_path: Path) -> None:
    output = _png(Sepia(), width=100, height=100, fit="contain", background="#0000ff")

    made = _pixels(mf.process(GRAY, output, to=f"{tmp_path}/"))

    assert tuple(made[5, 50]) == (0, 0, 255)
    # 120 × 1.351, 120 × 1.203, 120 × 0.937
    assert made[50, 50] == pytest.approx((162, 144, 112), abs=1)


def test_filter_sees_the_picture_upright(tmp_path: Path) -> None:
    mark = Watermark(RED, position="northwest", scale=0.3, margin=0)
    upright = Image.new("RGB", (100, 60), (120, 120, 120))

    made = _pixels(mf.process(oriented_jpeg(6, upright), _png(mark), to=f"{tmp_path}/"))

    assert made.shape == (60, 100, 3)
    assert tuple(made[3, 3]) == (255, 0, 0)
    assert made[-3, -3] == pytest.approx((120, 120, 120), abs=3)


def test_second_picture_is_turned_upright(tmp_path: Path) -> None:
    upright = Image.new("RGB", (40, 40), (255, 0, 0))
    upright.paste((0, 0, 255), (0, 20, 40, 40))
    mark = Watermark(oriented_jpeg(6, upright), position="center", scale=0.2)

    made = _pixels(mf.process(GRAY, _png(mark), to=f"{tmp_path}/"))

    assert made[40, 100] == pytest.approx((255, 0, 0), abs=20)
    assert made[60, 100] == pytest.approx((0, 0, 255), abs=20)


@pytest.mark.parametrize("form", ["bytes", "path", "text", "file", "memory"])
def test_second_input_may_be_in_any_place_a_source_may_be(tmp_path: Path, form: str) -> None:
    path = tmp_path / "mark.png"
    path.write_bytes(RED)
    storage = Storage()
    with storage.stage("memory://marks/mark.png") as staged:
        staged.write(RED)
        staged.publish()
    forms: dict[str, Any] = {
        "bytes": RED,
        "path": path,
        "text": str(path),
        "file": io.BytesIO(RED),
        "memory": "memory://marks/mark.png",
    }

    made = _pixels(mf.process(GRAY, _png(Watermark(forms[form])), to=f"{tmp_path}/out/"))

    assert (made == (255, 0, 0)).all(axis=-1).any()


def test_second_input_is_read_and_decoded_once_for_all_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []
    real = filtering.decode_asset
    monkeypatch.setattr(filtering, "decode_asset", lambda *given: decoded.append(1) or real(*given))
    outputs = [_png(Watermark(RED), width=width, suffix=f"_{width}") for width in (200, 100, 50)]

    plan = mf.plan(GRAY, outputs, to=f"{tmp_path}/")
    mf.process(GRAY, outputs, to=f"{tmp_path}/")

    assert len(plan.assets) == 1
    assert decoded == [1]


def test_missing_second_input_is_refused_by_the_plan(tmp_path: Path) -> None:
    output = _png(Watermark(tmp_path / "none.png"))

    with pytest.raises(errors.SourceNotFoundError, match=r"none\.png"):
        mf.plan(GRAY, output, to=f"{tmp_path}/")


def test_second_picture_that_is_none_is_refused_by_the_plan(tmp_path: Path) -> None:
    with pytest.raises(errors.UnidentifiedMediaError):
        mf.plan(GRAY, _png(Watermark(b"no picture at all")), to=f"{tmp_path}/")


def test_second_input_obeys_the_limits(tmp_path: Path) -> None:
    limits = mf.Limits(max_pixels=200 * 100)
    large = encode(Image.new("RGB", (300, 200)), "PNG")

    with pytest.raises(errors.LimitExceededError, match="60,000"):
        mf.plan(GRAY, _png(Watermark(large)), to=f"{tmp_path}/", limits=limits)
    with pytest.raises(errors.LimitExceededError):
        mf.plan(GRAY, _png(CubeLut(b"#" * 20_000_000)), to=f"{tmp_path}/")


def test_second_input_obeys_the_policy(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(RED)

    storage = Storage(policy=mf.UriPolicy(roots=(str(tmp_path / "allowed"),)))

    with (
        mf.Processor("inline", storage=storage) as processor,
        pytest.raises(errors.ForbiddenLocationError),
    ):
        processor.plan(GRAY, _png(Watermark(tmp_path / "logo.png")), to=f"{tmp_path}/allowed/")


def test_output_never_replaces_a_second_input(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(RED)

    with pytest.raises(errors.SpecError, match="second input"):
        mf.process(GRAY, _png(Watermark(tmp_path / "logo.png")), to=tmp_path / "logo.png")
    assert (tmp_path / "logo.png").read_bytes() == RED


def test_broken_second_input_fails_its_own_outputs_only(tmp_path: Path) -> None:
    outputs = [
        _png(CubeLut(b"LUT_1D_SIZE two"), suffix="_cube"),
        _png(Watermark(RED[:45]), suffix="_mark"),
        _png(Sepia(), suffix="_sepia"),
    ]

    result = mf.process(GRAY, outputs, to=f"{tmp_path}/", on_failure="partial")

    assert [output.status for output in result.outputs] == ["failed", "failed", "completed"]
    assert "line 1" in str(result["cube"].error)


def test_key_of_a_name_follows_the_bytes_of_second_inputs(tmp_path: Path) -> None:
    blue = encode(Image.new("RGB", (40, 20), (0, 0, 255)), "PNG")
    names = [
        mf.plan(GRAY, _png(Watermark(mark)), to=f"{tmp_path}/{{key}}.png").encodes[0].uri
        for mark in (RED, blue, RED)
    ]

    assert names[0] != names[1]
    assert names[0] == names[2]


def test_key_of_a_name_does_not_follow_where_second_inputs_stand(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(RED)
    names = {
        mf.plan(GRAY, _png(Watermark(mark)), to=f"{tmp_path}/{{key}}.png").encodes[0].uri
        for mark in (RED, tmp_path / "logo.png")
    }

    assert len(names) == 1


@pytest.mark.parametrize("threads", [1, 4])
def test_looks_are_the_same_whatever_runs_beside_them(tmp_path: Path, threads: int) -> None:
    outputs = [_png(Look(name), width=320, suffix=f"_{name}") for name in ("moon", "rise", "1977")]
    alone = [
        _pixels(mf.process(SOURCE, output, to=f"{tmp_path}/alone/"), output.suffix[1:])
        for output in outputs
    ]

    result = _run(Job(SOURCE, outputs, to=f"{tmp_path}/{threads}/"), threads)

    together = [_pixels(result, output.suffix[1:]) for output in outputs]
    assert all(np.array_equal(one, two) for one, two in zip(alone, together, strict=True))


def test_looks_run_beside_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2, timeout=20)
    real = PillowBackend.filter

    def together(self: PillowBackend, *given: Any) -> Any:
        both.wait()  # breaks, and fails its output, when the other one does not come
        return real(self, *given)

    monkeypatch.setattr(PillowBackend, "filter", together)
    outputs = [_png(Look(name), suffix=f"_{name}") for name in ("moon", "rise")]

    result = _run(Job(SOURCE, outputs, to=f"{tmp_path}/"), 2)

    assert result.status == "completed"


def test_picture_of_several_encoders_is_filtered_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filtered = []
    real = PillowBackend.filter

    def counted(self: PillowBackend, *given: Any) -> Any:
        filtered.append(1)
        return real(self, *given)

    monkeypatch.setattr(PillowBackend, "filter", counted)
    outputs = [mf.ImageOutput(name, filters=(Blur(3),)) for name in ("png", "jpeg", "webp")]

    result = _run(Job(SOURCE, outputs, to=f"{tmp_path}/"), 4)

    assert result.status == "completed"
    assert filtered == [1]


def test_skipped_output_needs_no_filter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = [_png(Look(name), suffix=f"_{name}") for name in ("moon", "rise")]
    mf.process(SOURCE, outputs[0], to=f"{tmp_path}/")

    result = mf.process(SOURCE, outputs, to=f"{tmp_path}/", if_exists="skip")

    assert [output.status for output in result.outputs] == ["skipped", "completed"]


def test_preview_shows_the_filter(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3), np.uint8)
    source = encode(Image.fromarray(noise), "PNG")

    result = mf.process(source, _png(Text("X", size="100%", position="center")), to=f"{tmp_path}/")
    plain = mf.process(source, _png(suffix="_plain"), to=f"{tmp_path}/")

    assert result.preview is not None
    assert result.preview != plain.preview


def test_second_inputs_are_closed(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(RED)
    before = open_descriptors()

    mf.process(GRAY, _png(Watermark(tmp_path / "logo.png")), to=f"{tmp_path}/out/")

    assert open_descriptors() == before


def test_kept_gray_profile_does_not_stay_on_colored_samples(tmp_path: Path) -> None:
    gray = encode(Image.new("L", (30, 20), 120), "PNG")

    made = _pixels(mf.process(gray, _png(Sepia(), color="preserve"), to=f"{tmp_path}/"))

    assert made[10, 10] == pytest.approx((162, 144, 112), abs=1)
