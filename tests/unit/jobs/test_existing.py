"""What is there already is replaced, refused or skipped, as the job says."""

from __future__ import annotations

from pathlib import Path

import pytest

import mediaflow as mf
from mediaflow import errors
from mediaflow.image.pillow import PillowBackend
from tests.measure import listing
from tests.media import encode, photo, photo_jpeg

SOURCE = photo_jpeg(640, 480)
OLD = b"the old output, which must stay whole"
Output = mf.ImageOutput


def test_existing_output_is_replaced_by_default(tmp_path: Path) -> None:
    (tmp_path / "a.webp").write_bytes(OLD)

    result = mf.process(SOURCE, Output("webp"), to=f"{tmp_path}/a.webp")

    assert (tmp_path / "a.webp").stat().st_size == result.outputs[0].bytes
    assert (tmp_path / "a.webp").read_bytes().startswith(b"RIFF")


def test_existing_output_is_an_error_on_request(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "image_webp.webp").write_bytes(OLD)
    monkeypatch.setattr(PillowBackend, "decode", lambda *_: pytest.fail("a pixel was decoded"))

    with pytest.raises(errors.OutputExistsError, match=r"image_webp\.webp"):
        mf.process(SOURCE, mf.recipes.web_images(), to=f"{tmp_path}/", if_exists="error")

    assert listing(tmp_path) == {"image_webp.webp": OLD}


def test_existing_output_is_skipped_on_request(tmp_path: Path) -> None:
    (tmp_path / "image_webp.webp").write_bytes(OLD)

    result = mf.process(SOURCE, mf.recipes.web_images(), to=f"{tmp_path}/", if_exists="skip")

    assert [output.status for output in result.outputs] == ["completed", "skipped", "completed"]
    assert (result.status, result.progress) == ("completed", 1)
    assert (tmp_path / "image_webp.webp").read_bytes() == OLD


def test_nothing_is_decoded_when_all_outputs_are_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mf.process(SOURCE, Output("webp"), to=f"{tmp_path}/")
    monkeypatch.setattr(PillowBackend, "decode", lambda *_: pytest.fail("a pixel was decoded"))

    result = mf.process(SOURCE, Output("webp"), to=f"{tmp_path}/", if_exists="skip")

    assert [output.status for output in result.outputs] == ["skipped"]


@pytest.mark.parametrize("missing", [0, 1, 2, 3])
def test_one_missing_output_of_a_cascade_is_made_alone(tmp_path: Path, missing: int) -> None:
    source = encode(photo(1200, 900), "PNG", compress_level=1)
    widths = (600, 250, 110, 40)
    specs = [Output("png", width=width, suffix=f"_{width}") for width in widths]
    mf.process(source, specs, to=f"{tmp_path}/")
    whole = listing(tmp_path)
    (tmp_path / f"image_{widths[missing]}.png").unlink()

    result = mf.process(source, specs, to=f"{tmp_path}/", if_exists="skip")

    assert result.status == "completed"
    assert listing(tmp_path) == whole
