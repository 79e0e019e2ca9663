"""Sphinx configuration; built with ``nox -s docs``, warnings are errors."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

_project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "mediaflow"
author = copyright = "the mediaflow authors"
version = release = _project["version"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "filter_gallery",
    "format_table",
    "front_door",
    "output_picture",
    "tone_mapping",
]
exclude_patterns = ["_build", "changes"]
suppress_warnings = ["ref.python"]  # a field called bytes is no rival of the type of that name

html_theme = "furo"
html_title = f"mediaflow {release}"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "undoc-members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_mock_imports = ["aiortc", "distributed"]  # signatures need no peer and no cluster
napoleon_numpy_docstring = False
python_use_unqualified_type_names = True

# Other projects' inventories would have to be fetched: a build must not need a network. So names
# outside of the library are not links; every name inside of it has to be found.
nitpicky = True
nitpick_ignore_regex = [
    (r"py:.*", r"(?!mediaflow).*"),
    (r"py:.*", r"mediaflow\..*\.\w*T"),  # type variables have no page
]
