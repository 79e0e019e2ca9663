"""Named places with credentials, read from a TOML file and the environment.

::

    # the file that MEDIAFLOW_PROFILES names
    [prod]
    protocol = "s3"
    root = "bucket/prefix"
    [prod.options]
    endpoint_url = "https://…"
    key = "…"

    # the environment wins, and may define a profile alone
    MEDIAFLOW_PROFILE_PROD_SECRET=…
    MEDIAFLOW_PROFILE_BACKUP_PROTOCOL=gs

Law: the value of an option never leaves this room as text: not in a repr, an error or a pickle.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NoReturn

from mediaflow.errors import SpecError, UnknownNameError
from mediaflow.registry import did_you_mean
from mediaflow.security.policy import canonical_protocol

__all__ = ["Profile", "check_profiles", "load_profiles"]

FILE_VARIABLE: Final = "MEDIAFLOW_PROFILES"
PREFIX: Final = "MEDIAFLOW_PROFILE_"
_NAME: Final = re.compile(r"[a-z][a-z0-9_.+-]+")
_FIELDS: Final = ("options", "protocol", "root")
_TAKEN: Final = frozenset(
    {"abfs", "abfss", "az", "data", "file", "gcs", "gs", "http", "https", "local", "memory", "s3"}
    | {"s3a"}
)
_WORDS: Final[Mapping[str, bool]] = {"true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Profile:
    """A place by name: ``prod://a.jpg`` is ``a.jpg`` below the root of the profile ``prod``.

    Example:
        >>> Profile(protocol="s3", root="bucket/site", options={"key": "id", "secret": "hush"})
        Profile(protocol='s3', root='bucket/site', options=<key, secret>)
    """

    protocol: str
    """Name of the fsspec file system, such as ``"s3"``; ``"file"`` for a local folder."""

    root: str = ""
    """Bucket and prefix, or folder, that every location of the profile lies below."""

    options: Mapping[str, object] = field(default_factory=dict, hash=False)
    """What the file system is made with: keys, endpoint …; see its own documentation."""

    def __post_init__(self) -> None:
        if not isinstance(self.protocol, str) or not self.protocol:
            raise SpecError("a profile needs a protocol, such as 's3'", field="protocol")
        if not isinstance(self.root, str):
            raise SpecError("the root of a profile must be text", field="root")
        if canonical_protocol(self.protocol) == "file" and not os.path.isabs(self.root):
            raise SpecError("a profile of local files needs an absolute root", field="root")
        object.__setattr__(self, "protocol", self.protocol.lower())
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))

    def __repr__(self) -> str:
        names = ", ".join(sorted(self.options))
        return f"Profile(protocol={self.protocol!r}, root={self.root!r}, options=<{names}>)"

    def __reduce__(self) -> NoReturn:
        raise SpecError(
            "a Profile holds credentials and is never pickled",
            hint="send its name, and load the profiles where the work is done",
        )


def check_profiles(profiles: Mapping[str, Profile]) -> dict[str, Profile]:
    """Return the profiles under names that can be told from protocols.

    Raises:
        SpecError: A name is the name of a protocol, or no valid scheme of a URL.
    """
    for name in profiles:
        if name in _TAKEN or not _NAME.fullmatch(name):
            raise SpecError(
                f"a storage profile cannot be called {name!r}: two or more of a-z 0-9 _ . + -, "
                "and no protocol's own name",
                hint="for example 'prod'",
                field="profiles",
            )
    return dict(profiles)


def load_profiles(environ: Mapping[str, str] | None = None) -> dict[str, Profile]:
    """Return the profiles that the environment describes.

    Variables are ``MEDIAFLOW_PROFILE_<NAME>_<OPTION>``, the name in upper case with ``_`` for
    ``-``; ``PROTOCOL`` and ``ROOT`` set those fields. ``true``, ``false`` and JSON objects are
    read as such, all else as text.

    Args:
        environ: Variables to read; those of the process when None.

    Raises:
        SpecError: The file cannot be read, or a profile is wrong.
        UnknownNameError: A profile in the file has an unknown field.
    """
    environ = os.environ if environ is None else environ
    path = environ.get(FILE_VARIABLE)
    fields = _read_file(path) if path else {}
    for name in _named_in(environ, fields):
        fields[name] = {}
    for name, values in fields.items():
        _override(name, values, environ, fields)
    return check_profiles({name: _build(name, values) for name, values in fields.items()})


def _read_file(path: str) -> dict[str, dict[str, object]]:
    import tomllib

    try:
        with open(path, "rb") as file:
            tables = tomllib.load(file)
    except OSError as exc:
        raise SpecError(
            f"{FILE_VARIABLE} names {path!r}, which cannot be read: {exc.strerror}"
        ) from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        # The parser's own text may quote the line, and the line may hold a secret.
        line = re.search(r"\(at [^)]*\)", str(exc))
        raise SpecError(
            f"{path!r} is not valid TOML {line.group() if line else ''}".rstrip()
        ) from None
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise SpecError(f"{path!r}: {name} must be a table such as [{name}]", field=name)
    return tables


def _named_in(environ: Mapping[str, str], known: Mapping[str, object]) -> list[str]:
    """Return the names of profiles that the environment defines alone, by their protocol."""
    end = "_PROTOCOL"
    prefixes = tuple(_variable(name) for name in known)
    return [
        variable[len(PREFIX) : -len(end)].lower().replace("_", "-")
        for variable in environ
        if variable.startswith(PREFIX) and not variable.startswith(prefixes)
        if variable.endswith(end) and len(variable) > len(PREFIX + end)
    ]


def _override(
    name: str,
    values: dict[str, object],
    environ: Mapping[str, str],
    names: Mapping[str, object],
) -> None:
    prefix = _variable(name)
    longer = [_variable(other) for other in names if _variable(other).startswith(prefix)]
    options = values.get("options", {})
    merged = dict(options) if isinstance(options, dict) else {}
    for variable, text in environ.items():
        # PROD_EU_KEY belongs to the profile prod-eu where there is one, else to prod.
        if not variable.startswith(prefix) or any(
            variable.startswith(other) for other in longer if other != prefix
        ):
            continue
        option = variable[len(prefix) :].lower()
        if option in {"protocol", "root"}:
            values[option] = text
        elif option:
            merged[option] = _value(variable, text)
    if merged:
        values["options"] = merged


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper().replace('-', '_')}_"


def _value(variable: str, text: str) -> object:
    if not text.startswith("{"):
        return _WORDS.get(text.lower(), text)
    try:
        value: object = json.loads(text)
    except ValueError:
        raise SpecError(f"{variable} starts like a JSON object but is none") from None
    return value


def _build(name: str, values: dict[str, object]) -> Profile:
    for key in values:
        if key not in _FIELDS:
            near = did_you_mean(key, list(_FIELDS))
            raise UnknownNameError(
                f"profile {name!r} has an unknown field {key!r}{near}",
                hint=f"options of the file system belong under [{name}.options]",
            )
    protocol, root = values.get("protocol"), values.get("root", "")
    options = values.get("options")
    if not isinstance(protocol, str) or not isinstance(root, str):
        raise SpecError(f'profile {name!r} needs protocol = "…" and, if any, root = "…"')
    if options is not None and not isinstance(options, dict):
        raise SpecError(f"profile {name!r}: options must be a table", field="options")
    return Profile(protocol=protocol, root=root, options=options or {})
