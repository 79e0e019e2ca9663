from __future__ import annotations

from mediaflow.formats import image_formats
from mediaflow.image.backend import installed


def cells(text: str) -> dict[str, list[str]]:
    return {line.split()[0]: line.split() for line in text.splitlines()[2:]}


def test_table_has_a_row_for_every_format(run) -> None:
    done = run("formats")

    assert done.exit_code == 0
    assert set(cells(done.stdout)) == set(image_formats.names())


def test_table_says_what_is_read_and_written(run) -> None:
    rows = cells(run("formats").stdout)

    able = installed()
    assert {name for name, row in rows.items() if row[1] == "yes"} == set(able.readable)
    assert {name for name, row in rows.items() if row[2] == "yes"} == set(able.encoders)


def test_row_has_alpha_exactness_side_and_quality(run) -> None:
    rows = cells(run("formats").stdout)

    assert rows["jpeg"] == ["jpeg", "yes", "yes", "no", "no", "65,500", "75", ".jpg"]
    assert rows["png"] == ["png", "yes", "yes", "yes", "yes", "65,535", ".png"]


def test_broken_plug_in_spoils_only_its_own_row(run, broken_format: str) -> None:
    rows = cells(run("formats").stdout)

    assert rows[broken_format][1:3] == ["broken", "broken"]
    assert rows["jpeg"][1:3] == ["yes", "yes"]
