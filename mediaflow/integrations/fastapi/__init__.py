"""A web API over the library: a router for an application, or a whole one.

Law: no module-level application and no globals; strangers' files are taken apart in children.
"""

from __future__ import annotations

from importlib.util import find_spec

from mediaflow.errors import MissingExtraError

if find_spec("fastapi") is None:
    raise MissingExtraError("the web API needs fastapi", hint="pip install 'pymediaflow[service]'")

from mediaflow.integrations.fastapi.app import create_app
from mediaflow.integrations.fastapi.policy import ServicePolicy
from mediaflow.integrations.fastapi.routes import create_router
from mediaflow.integrations.fastapi.schema import add_models

__all__ = ["ServicePolicy", "add_models", "create_app", "create_router"]
