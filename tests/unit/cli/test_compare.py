from __future__ import annotations

import json
from pathlib import Path

import mediaflow as mf
from tests.media import encode, photo


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_compare_shows_the_figures_of_python(run, photo: Path, tmp_path: Path) -> None:
    other = _write(tmp_path / "b.png", encode(_painted(), "PNG"))

    done = run("compare", photo, other)

    found = mf.compare(photo, other)
    assert done.exit_code == 0
    assert "320×240" in done.stdout
    assert f"{found.psnr_db:.2f} dB" in done.stdout
    assert f"{found.ssim:.4f}" in done.stdout
    assert f"{found.score:.1f} of 100" in done.stdout
    assert done.stderr == ""


def test_compare_as_json_is_the_model_and_its_psnr(run, photo: Path, tmp_path: Path) -> None:
    other = _write(tmp_path / "b.png", encode(_painted(), "PNG"))

    data = json.loads(run("compare", photo, other, "--json").stdout)

    found = mf.compare(photo, other)
    assert data.pop("psnr_db") == found.psnr_db
    assert data.pop("is_identical") is False
    assert mf.from_dict(mf.Comparison, data) == found


def test_identical_pictures_have_no_psnr_in_json(run, photo: Path) -> None:
    data = json.loads(run("compare", photo, photo, "--json").stdout)

    assert (data["psnr_db"], data["is_identical"], data["worst"]) == (None, True, None)


def test_identical_pictures_are_called_so(run, photo: Path) -> None:
    done = run("compare", photo, photo)

    assert "identical   yes" in done.stdout
    assert "PSNR" not in done.stdout
    assert "worst" not in done.stdout


def test_other_size_names_the_option_that_helps(run, photo: Path, tmp_path: Path) -> None:
    small = _write(tmp_path / "b.png", encode(_painted().resize((32, 24)), "PNG"))

    refused, scaled = run("compare", photo, small), run("compare", photo, small, "--resize")

    assert refused.exit_code == 2
    assert "--resize" in refused.stderr
    assert scaled.exit_code == 0
    assert "B scaled" in scaled.stdout


def test_missing_picture_is_a_bad_source(run, photo: Path, tmp_path: Path) -> None:
    assert run("compare", photo, tmp_path / "none.jpg").exit_code == 3


def _painted():
    return photo(320, 240)
