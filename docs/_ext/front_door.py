"""Resolves references to front-door names, such as ``mediaflow.process``, to where they are defined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mediaflow

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

__all__ = ["resolve", "setup"]


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.TextElement
) -> nodes.reference | None:
    """Return a link to the definition, or None for a name that is not of the front door."""
    package, _, rest = node["reftarget"].partition(".")
    name, _, attribute = rest.partition(".")
    home = mediaflow._HOME.get(name)
    if node.get("refdomain") != "py" or package != "mediaflow" or not home:
        return None
    target = ".".join(part for part in (package, home, name, attribute) if part)
    domain = env.get_domain("py")
    return domain.resolve_xref(
        env, node["refdoc"], app.builder, node["reftype"], target, node, contnode
    )


def setup(app: Sphinx) -> dict[str, object]:
    """Register the resolver."""
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
