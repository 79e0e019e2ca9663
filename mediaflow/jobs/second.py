"""Second inputs of filters: found in the outputs, opened, probed and read, each once a job.

Law: they are acquired exactly like the main source: through the storage and its policy, within the
limits, pictures by the probe.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final, assert_never

from mediaflow.formats.cover_files import MOST_COVER_BYTES
from mediaflow.models.adaptive import StreamOutput
from mediaflow.models.analysis import AnalysisOutput
from mediaflow.models.assets import Asset
from mediaflow.models.film import VideoOutput
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.models.sound import AudioOutput
from mediaflow.models.storyboard import StoryboardOutput
from mediaflow.models.subtitles import SubtitleOutput
from mediaflow.models.waveform import WaveformOutput
from mediaflow.planning import AssetStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mediaflow.jobs.place import Place
    from mediaflow.models.job import Source
    from mediaflow.models.outputs import Output
    from mediaflow.models.plugins import Filter
    from mediaflow.security.limits import Limits
    from mediaflow.storage import OpenSource, Storage

__all__ = [
    "Once",
    "OpenAssets",
    "assets_of",
    "filters_of",
    "sources_of",
    "with_sources",
    "without_sources",
]

PART_BYTES: Final = 8 * 1024 * 1024  # a larger input is digested in pieces


class Once:
    """An input that is read whole at most once."""

    def __init__(self, source: OpenSource) -> None:
        self.source = source
        self._data: bytes | None = None

    def read_all(self) -> bytes:
        """Return the whole input."""
        if self._data is None:
            self._data = self.source.read_all()
        return self._data

    def take(self) -> bytes:
        """Return the whole input and forget it."""
        data = self.read_all()
        self._data = None
        return data

    def parts(self) -> Iterator[bytes]:
        """Yield the whole input piece by piece, without keeping it."""
        size = self.source.size
        if self._data is not None or size is None or size <= PART_BYTES:
            yield self.read_all()
            return
        for offset in range(0, size, PART_BYTES):
            yield self.source.read_at(offset, PART_BYTES)


class OpenAssets:
    """The second inputs of some outputs.

    Args:
        outputs: Typed outputs.
        limits: Limits in force.
    """

    def __init__(self, outputs: Sequence[Output], limits: Limits) -> None:
        found = [asset for each in outputs for asset in _assets_in(each)]
        self._assets = tuple(dict.fromkeys(found))
        self._limits = limits
        self._data: tuple[bytes, ...] | None = None

    def plan(self, storage: Storage, place: Place) -> tuple[AssetStep, ...]:
        """Return what is known about each after a look at its header.

        Args:
            storage: Where they are.
            place: Looks at them.

        Raises:
            SourceError: One is missing, no picture, or larger than allowed.
            ForbiddenLocationError: The policy does not allow a location.
            StorageError: One cannot be read.
        """
        return tuple(self._step(asset, storage, place) for asset in self._assets)

    def read_all(self, storage: Storage) -> tuple[bytes, ...]:
        """Return the whole of each.

        Raises:
            SourceError: One is missing or larger than allowed.
            StorageError: One cannot be read.
        """
        if self._data is None:
            self._data = tuple(self._read(asset, storage) for asset in self._assets)
        return self._data

    def _step(self, asset: Asset, storage: Storage, place: Place) -> AssetStep:
        with storage.open(asset.source, max_bytes=self._max_bytes(asset)) as opened:
            info = None
            if asset.holds == "picture":
                info = place.probe(opened, limits=self._limits)
            return AssetStep(source=asset.source, holds=asset.holds, info=info, bytes=opened.size)

    def _read(self, asset: Asset, storage: Storage) -> bytes:
        with storage.open(asset.source, max_bytes=self._max_bytes(asset)) as opened:
            return opened.read_all()

    def _max_bytes(self, asset: Asset) -> int:
        allowed = self._limits.max_input_bytes
        return allowed if asset.max_bytes is None else min(allowed, asset.max_bytes)


def filters_of(output: Output) -> tuple[Filter, ...]:
    """Return the filters of any output."""
    match output:
        case (
            AnalysisOutput()
            | SubtitleOutput()
            | StoryboardOutput()
            | AudioOutput()
            | WaveformOutput()
        ):
            return ()
        case ImageOutput() | PreviewOutput() | StillOutput() | VideoOutput() | StreamOutput():
            return output.filters
        case _:
            assert_never(output)


def _assets_in(output: Output) -> Iterator[Asset]:
    """Yield the second inputs of an output: those of its filters, and its cover."""
    for one in filters_of(output):
        yield from assets_of(one)
    if isinstance(output, AudioOutput) and output.cover is not None:
        yield Asset(output.cover, holds="file", max_bytes=MOST_COVER_BYTES)


def assets_of(one: Filter) -> tuple[Asset, ...]:
    """Return the second inputs of a filter and of what it stands for."""
    parts = one.parts()
    inner = () if parts == (one,) else tuple(a for part in parts for a in assets_of(part))
    return (*one.assets(), *inner)


def sources_of(output: Output) -> tuple[Source, ...]:
    """Return where the second inputs of an output are: those of its filters, and its cover."""
    return tuple(asset.source for asset in _assets_in(output))


def without_sources(output: Output) -> Output:
    """Return an output whose filters name no second inputs, so that it can be written as JSON."""
    return _with(output, lambda index, _: f"input {index}", cover="cover")


def with_sources(output: Output, change: Callable[[Source], Source]) -> Output:
    """Return an output whose second inputs are elsewhere.

    Args:
        output: The output.
        change: Gives the new place of an input.
    """
    cover = None
    if isinstance(output, AudioOutput) and output.cover is not None:
        cover = change(output.cover)
    return _with(output, lambda _, source: change(source), cover=cover)


def _with(output: Output, name: Callable[[int, Source], Source], cover: Source | None) -> Output:
    match output:
        case AudioOutput():
            return replace(output, cover=None if output.cover is None else cover)
        case AnalysisOutput() | SubtitleOutput() | StoryboardOutput() | WaveformOutput():
            return output
        case ImageOutput() | PreviewOutput() | StillOutput() | VideoOutput() | StreamOutput():
            return replace(output, filters=tuple(_renamed(one, name) for one in output.filters))
        case _:
            assert_never(output)


def _renamed(one: Filter, name: Callable[[int, Source], Source]) -> Filter:
    sources = [asset.source for asset in one.assets()]
    values = {field.name: getattr(one, field.name) for field in fields(one)}
    named = {
        key: name(sources.index(value), value) for key, value in values.items() if value in sources
    }
    return replace(one, **named) if named else one  # type: ignore[arg-type]  # fields of its own
