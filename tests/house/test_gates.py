"""Pictures and containers are opened in one place each; nobody changes the whole process."""

from __future__ import annotations

import ast

from tests.house.source import calls, modules

PROCESS_WIDE = ("MAX_IMAGE_PIXELS", "LOAD_TRUNCATED_IMAGES")


def _users_of(name: str) -> set[str]:
    return {
        module.relative for module in modules() for used, _ in calls(module.tree) if used == name
    }


def _imports(name: str, source: str) -> set[str]:
    """Return the files that import a name in a way that would hide its use from the other tests."""
    return {
        module.relative
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module == source
        if any(alias.name == name for alias in node.names)
    }


def test_pictures_are_opened_in_one_place() -> None:
    assert _users_of("Image.open") == {"mediaflow/image/gate.py"}
    assert _users_of("PIL.Image.open") == set()
    assert _imports("open", "PIL.Image") == set()


def test_libvips_meets_bytes_in_one_place() -> None:
    loaders = ("load", "load_buffer", "new_from_buffer", "new_from_file", "new_from_source")
    users = {
        module.relative
        for module in modules()
        for used, _ in calls(module.tree)
        if used.startswith("pyvips.") and used.endswith((*loaders, "thumbnail", "thumbnail_buffer"))
    }

    assert users == set()  # the gate takes its loader from the table of names beside it
    named = {module.relative for module in modules() if "load_buffer" in module.text}
    assert named == {"mediaflow/image/vips/gate.py"}


def test_no_opener_is_registered() -> None:
    used = {use.rpartition(".")[2] for module in modules() for use, _ in calls(module.tree)}

    assert not {"register_heif_opener", "register_open", "register_plugin"} & used


def test_libvips_keeps_the_settings_of_the_process() -> None:
    setters = ("cache_set_max", "cache_set_max_mem", "cache_set_trace", "concurrency_set")
    assert [
        use for module in modules() for use, _ in calls(module.tree) if use.endswith(setters)
    ] == []


def test_containers_are_opened_for_reading_in_one_place() -> None:
    readers = {
        module.relative
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "av.open"
        if len(node.args) < 2 or ast.unparse(node.args[1]) != "'w'"
    }

    assert readers == {"mediaflow/libav/gate.py"}
    assert _imports("open", "av") == set()


def test_options_of_codecs_are_set_where_they_are_checked() -> None:
    setters = {
        module.relative
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assign)
        if any(
            isinstance(target, ast.Attribute) and target.attr == "options"
            for target in node.targets
        )
        if module.relative.startswith(("mediaflow/audio/", "mediaflow/libav/", "mediaflow/video/"))
    }

    assert setters == {"mediaflow/libav/gate.py", "mediaflow/libav/options.py"}


def test_nobody_makes_a_decoder_beside_a_container() -> None:
    made = [
        (module.relative, ast.unparse(node))
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("CodecContext.create")
    ]

    assert made
    assert [call for call in made if not call[1].endswith("'w')")] == []


def test_nobody_catches_warnings_for_the_whole_process() -> None:
    assert _users_of("warnings.catch_warnings") == set()
    assert _imports("catch_warnings", "warnings") == set()


def test_nobody_changes_the_switches_of_pillow() -> None:
    assigned = {
        (module.relative, ast.unparse(target))
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if ast.unparse(target).endswith(PROCESS_WIDE)
    }

    assert assigned == set()
