from __future__ import annotations

import json
from pathlib import Path

import pytest

import mediaflow as mf
from mediaflow.models.quantities import file_size
from tests.film import counting_film
from tests.media import alpha_png, image, oriented_jpeg


def test_probe_shows_what_a_viewer_shows(run, tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    path.write_bytes(oriented_jpeg(6))  # stored 48×64, shown 64×48

    done = run("probe", path)

    assert done.exit_code == 0
    assert "64×48" in done.stdout
    assert "EXIF orientation 6, stored as 48×64" in done.stdout
    assert done.stderr == ""


def test_probe_as_json_is_the_model(run, photo: Path) -> None:
    done = run("probe", photo, "--json")

    data = json.loads(done.stdout)
    assert (data["format"], data["width"], data["height"]) == ("jpeg", 320, 240)
    assert mf.from_dict(mf.MediaInfo, data) == mf.probe(photo)


def test_probe_of_nothing_is_a_bad_source(run, tmp_path: Path) -> None:
    done = run("probe", tmp_path / "none.jpg", "--json")

    assert done.exit_code == 3
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")


def test_plan_says_in_words_what_would_be_done(run, photo: Path, tmp_path: Path) -> None:
    done = run("plan", photo, "--format", "webp", "--width", "40", "--to", tmp_path / "out/")

    assert done.exit_code == 0
    assert "WEBP 40×30" in done.stdout
    assert not (tmp_path / "out").exists()


def test_plan_as_json_has_the_estimates(run, photo: Path, tmp_path: Path) -> None:
    done = run("plan", photo, "--recipe", "thumbnails", "--to", tmp_path / "out/", "--json")

    data = json.loads(done.stdout)
    assert len(data["encodes"]) == 4
    assert data["peak_bytes"] > 0
    assert data["estimated_seconds"] > 0


def test_plan_says_exactly_what_python_says(run, photo: Path, tmp_path: Path) -> None:
    to = f"{tmp_path}/out/"

    done = run("plan", photo, "--recipe", "web-images", "--to", to)

    assert done.stdout == f"{mf.plan(photo, mf.recipes.web_images(), to=to)}\n"


def test_process_makes_a_recipe_and_a_table(run, photo: Path, tmp_path: Path) -> None:
    done = run("process", photo, "--recipe", "thumbnails", "--to", tmp_path / "out/")

    assert done.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "photo_thumb_150.jpg",
        "photo_thumb_300.jpg",
        "photo_thumb_300_webp.webp",
        "photo_thumb_800.jpg",
    ]
    head, _, *rows = done.stdout.splitlines()
    assert head.split() == ["output", "px", "bytes", "seconds", "notices"]
    assert len(rows) == 4
    assert "150×113" in rows[0]  # 240 × 150 / 320 = 112.5, rounded up
    assert done.stderr == ""  # nobody watches, so no bar


def test_process_tells_what_it_took_when_asked(run, photo: Path, tmp_path: Path) -> None:
    words = ["process", photo, "--format", "webp", "--width", "40", "--to", tmp_path / "out/"]

    short, long = run(*words), run(*words, "--report")

    assert long.exit_code == 0
    made = (tmp_path / "out" / "photo.webp").stat().st_size
    assert f"frames  1 decoded, 1 encoded\nbytes   {file_size(photo.stat().st_size)} in, " in (
        long.stdout
    )
    assert f"{file_size(made)} out\nplan    source: " in long.stdout
    assert "decoded, " not in short.stdout


def test_process_takes_the_format_of_the_name(run, photo: Path, tmp_path: Path) -> None:
    done = run(
        "process", photo, "--to", f"{tmp_path}/{{stem}}_{{width}}.webp", "--width", "50%",
        "--quality", "70",
    )  # fmt: skip

    assert done.exit_code == 0
    assert image((tmp_path / "photo_160.webp").read_bytes()).size == (160, 120)


def test_process_takes_several_formats_and_a_fit(run, photo: Path, tmp_path: Path) -> None:
    done = run(
        "process", photo, "--format", "png", "--format", "webp", "--width", "30", "--height", "30",
        "--fit", "cover", "--to", tmp_path / "out/",
    )  # fmt: skip

    assert done.exit_code == 0
    sizes = {path.suffix: image(path.read_bytes()).size for path in (tmp_path / "out").iterdir()}
    assert sizes == {".png": (30, 30), ".webp": (30, 30)}


def test_process_shows_its_notices(run, tmp_path: Path) -> None:
    path = tmp_path / "soft.png"
    path.write_bytes(alpha_png())

    done = run("process", path, "--format", "jpeg")

    assert done.exit_code == 0
    assert "white" in done.stdout.splitlines()[2]


def test_process_as_json_prints_nothing_else(run, photo: Path, tmp_path: Path) -> None:
    done = run("process", photo, "--recipe", "thumbnails", "--to", tmp_path / "out/", "--json")

    data = json.loads(done.stdout)
    assert data["status"] == "completed"
    assert [output["width"] for output in data["outputs"]] == [150, 300, 320, 300]
    assert done.stderr == ""


WRONG_REQUESTS = {
    "nothing": ([], "nothing says what to make"),
    "recipe": (["--recipe", "thumbs"], "did you mean 'thumbnails'?"),
    "both": (["--recipe", "thumbnails", "--width", "9"], "--recipe and --width exclude"),
    "format": (["--format", "wepb"], "did you mean 'webp'?"),
    "width 0": (["--format", "webp", "--width", "0"], "got 0"),
    "width text": (["--format", "webp", "--width", "wide"], "got 'wide'"),
    "quality 0": (["--format", "webp", "--quality", "0"], "1 to 100, got 0"),
    "quality 101": (["--format", "webp", "--quality", "101"], "1 to 100, got 101"),
    "fit": (["--format", "webp", "--fit", "covr"], "did you mean 'cover'?"),
    "field": (["--format", "webp", "--to", "{stm}.webp"], "did you mean 'stem'?"),
    "folder": (["--to", "out"], "does not say which format"),
    "extension": (["--to", "out/{stem}.wepb"], "did you mean 'webp'?"),
    "if exists": (["--format", "webp", "--if-exists", "keep"], "if_exists must be one of"),
    "own input": (["--format", "jpeg"], "overwrite its own input"),
}


@pytest.mark.parametrize(("words", "message"), WRONG_REQUESTS.values(), ids=WRONG_REQUESTS)
def test_wrong_request_is_exit_code_2(run, photo: Path, words: list[str], message: str) -> None:
    before = photo.read_bytes()

    done = run("process", photo, *words)

    assert done.exit_code == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert [path.name for path in photo.parent.iterdir()] == [photo.name]
    assert photo.read_bytes() == before


def test_existing_output_is_refused_skipped_or_replaced(run, photo: Path, tmp_path: Path) -> None:
    words = ["process", photo, "--format", "webp", "--to", tmp_path, "--if-exists"]
    old = tmp_path / "photo.webp"
    old.write_bytes(b"old")

    refused, skipped = run(*words, "error"), run(*words, "skip")

    assert refused.exit_code == 4
    assert "hint: --if-exists replace" in refused.stderr
    assert skipped.exit_code == 0
    assert "exists already" in skipped.stdout
    assert old.read_bytes() == b"old"
    assert run(*words, "replace").exit_code == 0
    assert old.read_bytes() != b"old"


@pytest.fixture
def half_blocked(tmp_path: Path) -> Path:
    """Return a folder in which the PNG cannot be written: a folder has its name."""
    (tmp_path / "out" / "photo.png" / "in the way").mkdir(parents=True)
    return tmp_path / "out"


BOTH = ("--format", "png", "--format", "webp")


def test_failed_output_is_shown_and_the_other_one_stands(run, photo, half_blocked: Path) -> None:
    done = run("process", photo, *BOTH, "--to", half_blocked)

    assert done.exit_code == 4  # nothing but storage is at fault
    assert "failed" in done.stdout.splitlines()[2]
    assert "hint: the other outputs are published; --partial accepts that" in done.stderr
    assert (half_blocked / "photo.webp").is_file()


def test_partial_accepts_failed_outputs(run, photo: Path, half_blocked: Path) -> None:
    done = run("process", photo, *BOTH, "--to", half_blocked, "--partial", "--json")

    assert done.exit_code == 0
    assert json.loads(done.stdout)["status"] == "partial"
    assert "1 of 2 outputs failed" in done.stderr


def test_partial_does_not_accept_that_all_fail(run, photo: Path, half_blocked: Path) -> None:
    done = run("process", photo, "--format", "png", "--to", half_blocked, "--partial")

    assert done.exit_code == 4
    assert "1 of 1 outputs failed" in done.stderr


def test_failed_job_as_json_still_prints_its_result(run, photo, half_blocked: Path) -> None:
    done = run("process", photo, "--format", "png", "--to", half_blocked, "--json")

    assert done.exit_code == 4
    assert json.loads(done.stdout)["outputs"][0]["status"] == "failed"


def test_cut_off_source_is_exit_code_3(run, photo: Path, tmp_path: Path) -> None:
    photo.write_bytes(photo.read_bytes()[:-2000])

    done = run("process", photo, "--format", "webp", "--to", tmp_path / "out/")

    assert done.exit_code == 3
    assert not (tmp_path / "out").exists()


def test_url_with_secrets_is_refused_without_showing_them(run) -> None:
    done = run("probe", "s3://id:hush@bucket/a.jpg?X-Amz-Signature=abc")

    assert done.exit_code == 2
    assert "hush" not in done.stderr + done.stdout
    assert "abc" not in done.stderr + done.stdout


def test_placeholder_is_shown_and_writes_nothing(run, photo: Path) -> None:
    done = run("process", photo, "--placeholder")

    expected = mf.process(photo, mf.AnalysisOutput())["analysis"].data
    assert done.exit_code == 0
    assert expected is not None
    assert expected.blurhash in done.stdout
    assert expected.dominant_color in done.stdout
    assert [path.name for path in photo.parent.iterdir()] == ["photo.jpg"]


def test_placeholder_may_stand_beside_pictures(run, photo: Path, tmp_path: Path) -> None:
    to = f"{tmp_path}/out/{{stem}}.webp"

    done = run("process", photo, "--placeholder", "--to", to, "--json")

    outputs = mf.from_dict(mf.JobResult, json.loads(done.stdout)).outputs
    assert [output.name for output in outputs] == ["webp", "analysis"]
    assert outputs[1].data is not None


def test_plan_of_a_placeholder_says_what_is_looked_at(run, photo: Path) -> None:
    done = run("plan", photo, "--placeholder")

    assert "picture 0 at 100×75 → placeholder → the result alone" in done.stdout


def test_responsive_recipe_is_known(run, photo: Path, tmp_path: Path) -> None:
    done = run("process", photo, "--recipe", "responsive", "--to", tmp_path / "out/")

    assert done.exit_code == 0
    assert len(list((tmp_path / "out").iterdir())) == 3  # 320 px in three formats, and no larger
    assert "duplicate" not in done.stdout
    assert "the same file" in done.stdout


def test_adaptive_recipe_is_known(run, tmp_path: Path) -> None:
    film = counting_film(tmp_path / "film.mp4", size=(128, 72), frames=25)
    to = tmp_path / "site/{stem}/{stem}.{ext}"

    done = run("process", film, "--recipe", "adaptive", "--to", to, "--json")

    (stream,) = mf.from_dict(mf.JobResult, json.loads(done.stdout)).outputs
    assert isinstance(stream.data, mf.StreamData)
    assert [track.height for track in stream.data.video] == [72]  # rungs do not enlarge
    names = sorted(path.name for path in (tmp_path / "site/film").iterdir())
    assert names == ["a_und", "film.m3u8", "film.mpd", "v72_h264"]
