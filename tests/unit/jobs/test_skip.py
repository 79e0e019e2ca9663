from __future__ import annotations

from pathlib import Path

import pytest

import mediaflow as mf
from tests.media import photo_jpeg

# The second is made from the first, and the third from the second.
OUTPUTS = tuple(
    mf.ImageOutput("jpeg", width=width, name=str(width), suffix=f"_{width}")
    for width in (2000, 400, 100)
)


@pytest.mark.parametrize("missing", [output.name for output in OUTPUTS])
def test_missing_output_is_made_while_those_it_is_made_from_are_skipped(
    missing: str, tmp_path: Path
) -> None:
    source = photo_jpeg(2000, 1500)
    made = mf.process(source, OUTPUTS, to=f"{tmp_path}/")
    Path(made[missing].uri).unlink()

    again = mf.process(source, OUTPUTS, to=f"{tmp_path}/", if_exists="skip", on_failure="partial")

    assert again.error is None
    assert [output.status for output in again.outputs].count("skipped") == len(OUTPUTS) - 1
    assert again[missing].sha256 == made[missing].sha256
