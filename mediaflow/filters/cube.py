"""Colours by a .cube file, as colour grading programs write them.

Law: what a file says is an ordinary colour filter as soon as it is read; values between entries are
interpolated linearly, along each axis.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from mediaflow.filters.base import ColorFilter
from mediaflow.filters.cube_file import MAX_CUBE_BYTES, CubeTable, read_cube
from mediaflow.models.assets import Asset
from mediaflow.models.job import Source, as_source, describe_source

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from mediaflow.filters.base import Assets, Colors

__all__ = ["CubeLut", "LoadedCube"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CubeLut(ColorFilter):
    """Map colours by a .cube file, one- or three-dimensional.

    Example:
        >>> CubeLut("film.cube", strength=0.8).words()
        'cube_lut film.cube 0.8'
    """

    kind: Literal["cube_lut"] = "cube_lut"

    file: Source = field(kw_only=False, repr=False)
    """Where the file is; acquired like the job's source."""

    strength: float = 1.0
    """0 leaves the picture, 1 is the whole effect."""

    seconds_per_megapixel: ClassVar[float] = 0.035

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", as_source(self.file))
        self.check_number("strength", 0, 1)

    def assets(self) -> tuple[Asset, ...]:
        """Return the file."""
        return (Asset(self.file, holds="file", max_bytes=MAX_CUBE_BYTES),)

    def words(self) -> str:
        """Return it in a few words, without secrets."""
        return f"cube_lut {describe_source(self.file)} {self.strength:g}"

    def bound(self, assets: Assets) -> ColorFilter:
        """Return the filter that the file describes.

        Raises:
            CorruptMediaError: The file breaks the rules of its format.
            LimitExceededError: Its table is too large.
        """
        table = read_cube(assets.file(self.file))
        return LoadedCube(table=table, strength=self.strength)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedCube(ColorFilter):
    """A .cube file that was read."""

    kind: Literal["loaded_cube"] = "loaded_cube"

    table: CubeTable
    """What the file says."""

    strength: float = 1.0
    """0 leaves the picture, 1 is the whole effect."""

    channelwise: ClassVar[bool] = False

    def map_colors(self, rgb: Colors) -> Colors:
        """Return the colours by the table, mixed with themselves."""
        import numpy as np

        table = self.table
        low, high = np.asarray(table.low, np.float32), np.asarray(table.high, np.float32)
        place = np.clip((rgb - low) / (high - low), 0, 1) * (table.side - 1)
        mapped = _by_curves(table, place) if table.dimensions == 1 else _by_cube(table, place)
        return rgb + (mapped - rgb) * np.float32(self.strength)


def _by_curves(table: CubeTable, place: Colors) -> Colors:
    import numpy as np

    curves = np.frombuffer(table.values, np.float32).reshape(-1, 3)
    entries = np.arange(table.side)
    channels = [np.interp(place[..., k], entries, curves[:, k]) for k in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def _by_cube(table: CubeTable, place: Colors) -> Colors:
    """Return what lies between eight corners of the cube."""
    import numpy as np

    cube = np.frombuffer(table.values, np.float32).reshape(*(table.side,) * 3, 3)
    below: npt.NDArray[np.intp] = np.minimum(place.astype(np.intp), table.side - 2)
    share = place - below
    total = np.zeros_like(place)
    for corner in np.ndindex(2, 2, 2):
        red, green, blue = (below[..., k] + corner[k] for k in range(3))
        weights = [share[..., k] if corner[k] else 1 - share[..., k] for k in range(3)]
        total += (weights[0] * weights[1] * weights[2])[..., None] * cube[blue, green, red]
    return total
