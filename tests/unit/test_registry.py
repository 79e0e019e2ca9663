"""Names are found in the table, then in entry points, and loaded when asked for."""

from __future__ import annotations

import sys
import threading

import pytest

from mediaflow.errors import (
    MediaflowError,
    MissingExtraError,
    SpecError,
    UnknownNameError,
    UnsupportedError,
)
from mediaflow.formats import video_codecs
from mediaflow.registry import Entry, Registry, did_you_mean

GROUP = "mediaflow.shapes"
BUILTIN = {
    "circle": Entry("mediaflow_shapes_in_house:CIRCLE"),
    "hexagon": Entry("package_that_nobody_has:HEXAGON", extra="shapes"),
    "square": Entry("mediaflow_shapes_in_house:SQUARE"),
}


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Give a folder on the path with one module of ours and one of a plug-in."""
    (tmp_path / "mediaflow_shapes_in_house.py").write_text("CIRCLE, SQUARE = 'o', '[]'\n")
    (tmp_path / "mediaflow_shapes_outside.py").write_text(
        "class Nested:\n    STAR = 'nested *'\nSTAR = '*'\nCIRCLE = 'outside'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("MEDIAFLOW_PLUGINS", raising=False)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("mediaflow_shapes_")]:
        del sys.modules[name]


def install(site, *lines, name="outside"):
    folder = site / f"{name}-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines]) + "\n")


def shapes():
    return Registry("shape", group=GROUP, builtin=BUILTIN)


def test_builtin_name_is_loaded_when_asked_for(site):
    registry = shapes()

    assert "mediaflow_shapes_in_house" not in sys.modules
    assert registry["circle"] == "o"
    assert "mediaflow_shapes_in_house" in sys.modules


def test_names_are_sorted_and_loaded_by_nobody(site):
    install(site, "star = mediaflow_shapes_outside:STAR")

    assert shapes().names() == ("circle", "hexagon", "square", "star")
    assert "mediaflow_shapes_outside" not in sys.modules


def test_entry_point_adds_a_name(site):
    install(site, "star = mediaflow_shapes_outside:STAR")
    registry = shapes()

    assert "star" in registry
    assert registry["star"] == "*"
    assert registry.builtin_names() == ("circle", "hexagon", "square")


def test_entry_point_may_name_an_attribute_of_an_attribute(site):
    # Entry points specification: the object reference is importable.module:object.attr.
    install(site, "star = mediaflow_shapes_outside:Nested.STAR")

    assert shapes()["star"] == "nested *"


def test_entry_point_may_name_extras(site):
    # The same: "importable.module:object.attr [extra]" is old and still allowed.
    install(site, "star = mediaflow_shapes_outside:STAR [more]")

    assert shapes()["star"] == "*"


def test_entry_point_of_another_group_is_not_seen(site):
    install(site, "[mediaflow.colours]", "star = mediaflow_shapes_outside:STAR")

    assert "star" not in shapes()


def test_builtin_name_wins_over_an_entry_point(site):
    install(site, "circle = mediaflow_shapes_outside:CIRCLE")

    assert shapes()["circle"] == "o"


def test_plugins_can_be_switched_off(site, monkeypatch):
    install(site, *(f"{name} = mediaflow_shapes_outside:STAR" for name in ("off", "star")))
    monkeypatch.setenv("MEDIAFLOW_PLUGINS", "off")
    registry = shapes()

    assert registry.names() == ("circle", "hexagon", "square")
    with pytest.raises(UnknownNameError):
        registry["star"]


def test_plugins_can_be_chosen_by_name(site, monkeypatch):
    install(site, *(f"{name} = mediaflow_shapes_outside:STAR" for name in ("moon", "star", "sun")))
    monkeypatch.setenv("MEDIAFLOW_PLUGINS", "star, sun")

    assert shapes().names() == ("circle", "hexagon", "square", "star", "sun")


def test_broken_plugin_breaks_only_its_own_name(site):
    install(site, "moon = mediaflow_shapes_missing:MOON", "star = mediaflow_shapes_outside:STAR")
    registry = shapes()

    with pytest.raises((ImportError, MediaflowError)):
        registry["moon"]
    assert registry["star"] == "*"


@pytest.mark.parametrize(
    "target", ["mediaflow_shapes_missing:MOON", "mediaflow_shapes_outside:MOON"]
)
def test_broken_plugin_is_reported_by_its_name(site, target):
    install(site, f"moon = {target}")

    with pytest.raises(MediaflowError, match="shape 'moon'"):
        shapes()["moon"]


def test_missing_extra_names_the_line_that_installs_it(site):
    with pytest.raises(MissingExtraError, match=r"shape 'hexagon' needs") as caught:
        shapes()["hexagon"]

    assert caught.value.hint == "pip install 'pymediaflow[shapes]'"
    assert "'package_that_nobody_has'" in str(caught.value)


def test_near_miss_is_named(site):
    with pytest.raises(UnknownNameError, match="did you mean 'circle'") as caught:
        shapes()["circel"]

    assert str(caught.value) == (
        "no shape called 'circel'; did you mean 'circle'? (known: circle, hexagon, square)"
    )


def test_far_miss_lists_what_is_known(site):
    with pytest.raises(UnknownNameError) as caught:
        shapes()["x"]

    assert str(caught.value) == "no shape called 'x' (known: circle, hexagon, square)"


def test_registered_name_lives_in_this_process(site):
    registry = shapes()

    registry.register("blob", "~")

    assert registry["blob"] == "~"
    assert "blob" in registry.names()
    assert "blob" not in registry.builtin_names()


def test_taken_name_is_not_registered_by_accident(site):
    registry = shapes()

    with pytest.raises(SpecError, match="'circle' exists already"):
        registry.register("circle", "O")
    assert registry["circle"] == "o"


def test_taken_name_can_be_replaced_on_purpose(site):
    registry = shapes()

    registry.register("circle", "O", replace=True)

    assert registry["circle"] == "O"


@pytest.mark.parametrize("name", [None, 3, ("circle",)])
def test_only_text_can_be_a_name(site, name):
    assert name not in shapes()


def test_threads_that_ask_together_get_one_object(site):
    (site / "mediaflow_shapes_slow.py").write_text("SLOW = object()\n")
    registry = Registry("shape", group=GROUP, builtin={"a": Entry("mediaflow_shapes_slow:SLOW")})
    start = threading.Barrier(4)
    found = []

    def ask():
        start.wait(10)
        found.append(registry["a"])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert len(found) == 4
    assert len(set(map(id, found))) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [("widht", "; did you mean 'width'?"), ("x", ""), ("", "")],
)
def test_near_names_are_offered_and_far_ones_not(name, text):
    assert did_you_mean(name, ["format", "height", "width"]) == text


@pytest.mark.parametrize(
    ("word", "name"), [("h265", "hevc"), ("libx264", "h264"), ("X265", "hevc"), ("vp8", "vp9")]
)
def test_other_words_for_a_name_are_explained(word, name):
    with pytest.raises(UnknownNameError, match=f"did you mean '{name}'"):
        video_codecs[word]


def test_plugins_are_loaded_ahead_and_broken_ones_are_told_when_asked_for(site):
    install(site, "star = mediaflow_shapes_outside:STAR", "ghost = mediaflow_shapes_outside:GHOST")
    registry = shapes()

    registry.load_plugins()

    assert "mediaflow_shapes_outside" in sys.modules
    assert "mediaflow_shapes_in_house" not in sys.modules
    with pytest.raises(UnsupportedError, match="cannot be loaded"):
        registry["ghost"]
