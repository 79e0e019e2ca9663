"""The asyncio shell says the same words as the blocking one, each of them awaitable."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest

import mediaflow as mf
from mediaflow import aio, processor, verbs

if TYPE_CHECKING:
    from pathlib import Path


def _functions(module: Any) -> set[str]:
    return {name for name in module.__all__ if inspect.isfunction(getattr(module, name))}


def _methods(cls: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(cls) if not name.startswith("_")}


def _parameters(function: Any) -> list[tuple[str, object, object]]:
    return [
        (parameter.name, parameter.kind, parameter.default)
        for parameter in inspect.signature(function).parameters.values()
    ]


FUNCTIONS = sorted(_functions(verbs) | _functions(aio))
NAMES = sorted(_methods(processor.Processor) | _methods(aio.Processor))
PROPERTIES = [
    name for name in NAMES if isinstance(getattr(processor.Processor, name, None), property)
]
METHODS = [name for name in NAMES if name not in PROPERTIES]


def test_both_shells_have_the_same_functions() -> None:
    assert _functions(aio) == _functions(verbs)
    assert {"plan", "probe", "process"} <= _functions(aio)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_takes_the_same_arguments(name: str) -> None:
    assert _parameters(getattr(aio, name)) == _parameters(getattr(verbs, name))
    assert inspect.iscoroutinefunction(getattr(aio, name))


def test_both_processors_have_the_same_methods() -> None:
    assert _methods(aio.Processor) == _methods(processor.Processor)


@pytest.mark.parametrize("name", PROPERTIES)
def test_property_is_one_on_both(name: str) -> None:
    assert isinstance(getattr(aio.Processor, name), property)


@pytest.mark.parametrize("name", METHODS)
def test_method_takes_the_same_arguments(name: str) -> None:
    assert _parameters(getattr(aio.Processor, name)) == _parameters(
        getattr(processor.Processor, name)
    )


def test_both_processors_are_made_alike() -> None:
    assert _parameters(aio.Processor.__init__) == _parameters(processor.Processor.__init__)


def test_both_processors_tell_how_they_were_made(tmp_path: Path) -> None:
    storage = mf.Storage.within(tmp_path)
    with processor.Processor(trust="strangers", storage=storage, workers=1) as blocking:
        strangers = (blocking.trust, blocking.isolation, blocking.storage.policy.roots)
    own = aio.Processor(workers=1, storage=storage)

    assert strangers == ("strangers", "worker", storage.policy.roots)
    assert (own.trust, own.isolation, own.storage) == ("own", "none", storage)
    asyncio.run(own.close())
