"""Lets a film back end make what a plan says, and opens what it made, for the suite of back ends.

Law: what is made is read through the one gate and decoded by PyAV; nothing of the back end is
asked but its two verbs.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import numpy as np
import numpy.typing as npt
import pytest

from mediaflow.filters import NO_ASSETS
from mediaflow.libav.gate import open_decoder, open_input
from mediaflow.libav.passes import two_pass_codecs
from mediaflow.models.capabilities import Capabilities
from mediaflow.models.context import Context
from mediaflow.planning import SourceName, plan_film
from mediaflow.probing import probe
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from mediaflow.testing.film_reading import (
    first_channel,
    fraction_of,
    moving_stream,
    offsets_of,
    time_of,
)
from mediaflow.testing.films import read_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from av.container import InputContainer

    from mediaflow.models.outputs import Output
    from mediaflow.planning import FilmPlan, FilmStep
    from mediaflow.testing.pngs import Pixels
    from mediaflow.video.backend import MadeRendition, MadeStill, VideoBackend

__all__ = [
    "INSTALLED",
    "FilmFiles",
    "FilmSeen",
    "VideoSuite",
    "made_film",
    "made_films",
    "made_stills",
    "need_encoder",
    "opened",
    "planned",
    "run_renditions",
    "run_stills",
    "seen",
]

FORMATS: Final = {
    "gif": "gif",
    "mkv": "matroska",
    "mov": "mov",
    "mp4": "mp4",
    "webm": "matroska",
}
"""What the gate calls the containers, by extension."""

INSTALLED: Final = Capabilities(
    decoders=(),
    encoders=(),
    upright_decoders=(),
    fast_scaler=False,
    two_pass_codecs=two_pass_codecs(),
)
"""What is installed: nothing for second inputs, which the suite has none of."""


class VideoSuite:
    """What the parts of the suite share: the back end, and a reader of pictures."""

    @pytest.fixture
    def backend(self) -> VideoBackend:
        """Return the back end under test."""
        raise NotImplementedError

    def read(self, data: bytes) -> Sequence[tuple[Pixels, float]]:
        """Return the frames of a picture or an animation, decoded by another library.

        Each is (height, width, 4), red, green, blue and alpha, with its seconds; of a still 0.
        """
        raise NotImplementedError


class FilmFiles:
    """Gives each output a file of its own in a folder.

    Args:
        folder: An empty folder.
        denied: Names of outputs whose file cannot be written.
    """

    def __init__(self, folder: Path, denied: Sequence[str] = ()) -> None:
        self._folder, self._denied = folder, denied

    def path(self, step: FilmStep) -> str:
        """Return the path of the file of an output."""
        folder = self._folder / "missing" if step.name in self._denied else self._folder
        return str(folder / f"{step.position}.{step.format}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmSeen:
    """What a reader finds in a film that was made."""

    size: tuple[int, int]
    codec: str
    """FFmpeg's name of the codec of the picture."""

    sound_codecs: tuple[str, ...]
    """The same of each sound track."""

    tags: tuple[int, int, int, int]
    """Code points of primaries, transfer and matrix; 1 for limited range, 2 for full."""

    pixel_format: str
    frames: tuple[av.VideoFrame, ...]
    sounds: tuple[av.AudioFrame, ...]
    """Decoded sound of the first track."""

    key_stamps: tuple[Fraction, ...]
    """Time stamps of keyframes, in seconds."""

    @property
    def first(self) -> Fraction:
        """Time stamp of the first frame, in seconds."""
        return time_of(self.frames[0])

    @property
    def times(self) -> list[Fraction]:
        """When each frame is shown, in seconds after the first one."""
        return [time_of(frame) - self.first for frame in self.frames]

    @property
    def key_times(self) -> list[Fraction]:
        """When each keyframe is shown, in seconds after the first frame."""
        return sorted(stamp - self.first for stamp in self.key_stamps)

    @property
    def numbers(self) -> list[int]:
        """The number of each frame of a counting film."""
        return [read_number(_plane(frame, 0)) for frame in self.frames]

    @property
    def offsets(self) -> list[float]:
        """By how many seconds each beep of a counting film comes after its flash."""
        return offsets_of(self.frames, self.sounds)

    def samples(self) -> npt.NDArray[np.float64]:
        """Return the first channel of the sound as it was decoded."""
        return np.concatenate([first_channel(frame) for frame in self.sounds])

    def levels(self, index: int = 0) -> list[float]:
        """Return the mean level of each plane of a frame of 8 bits."""
        frame = self.frames[index]
        return [float(_plane(frame, place).mean()) for place in range(len(frame.planes))]

    def picture(self, index: int = 0) -> Pixels:
        """Return a frame as (height, width, 3), red, green and blue as FFmpeg takes its tags."""
        return self.frames[index].to_ndarray(format="rgb24").astype(np.uint8, copy=False)


def planned(path: Path, *outputs: Output, limits: Limits | None = None) -> FilmPlan:
    """Return the plan of outputs for a film on disk."""
    return plan_film(
        outputs,
        probe(BytesSource(path.read_bytes())),
        template="{name}.{ext}",
        source_name=SourceName(stem="film"),
        capabilities=INSTALLED,
        limits=limits or Limits(),
    )


def run_renditions(
    backend: VideoBackend,
    plan: FilmPlan,
    path: Path,
    files: FilmFiles,
    context: Context | None = None,
    limits: Limits | None = None,
) -> Sequence[MadeRendition]:
    """Have all renditions of a plan made."""
    return backend.make_renditions(
        plan,
        plan.renditions,
        BytesSource(path.read_bytes()),
        files,
        context or Context(job_id="suite"),
        limits=limits or Limits(),
        assets=NO_ASSETS,
    )


def made_films(
    backend: VideoBackend, path: Path, folder: Path, *outputs: Output, plan: FilmPlan | None = None
) -> list[Path]:
    """Make films in a new folder and return their places.

    Raises:
        MediaflowError: One of them could not be made.
    """
    folder.mkdir()
    made = run_renditions(backend, plan or planned(path, *outputs), path, FilmFiles(folder))
    for one in made:
        if one.error is not None:
            raise one.error
    return [folder / f"{one.step.position}.{one.step.format}" for one in made]


def made_film(
    backend: VideoBackend, path: Path, folder: Path, *outputs: Output, plan: FilmPlan | None = None
) -> FilmSeen:
    """Make one film in a new folder and decode it.

    Raises:
        MediaflowError: It could not be made.
    """
    return seen(made_films(backend, path, folder, *outputs, plan=plan)[0])


def made_stills(backend: VideoBackend, path: Path, *outputs: Output) -> list[bytes]:
    """Make stills and return their files.

    Raises:
        MediaflowError: One of them could not be made.
    """
    made = run_stills(backend, planned(path, *outputs), path)
    for one in made:
        if one.error is not None:
            raise one.error
    return [one.data for one in made]


def run_stills(
    backend: VideoBackend, plan: FilmPlan, path: Path, context: Context | None = None
) -> Sequence[MadeStill]:
    """Have all stills of a plan made."""
    return backend.make_stills(
        plan,
        plan.stills,
        BytesSource(path.read_bytes()),
        context or Context(job_id="suite"),
        limits=Limits(),
        assets=NO_ASSETS,
    )


def need_encoder(name: str) -> None:
    """Skip the test where this FFmpeg lacks an encoder."""
    if name not in av.codecs_available:
        pytest.skip(f"this FFmpeg has no {name}")


@contextmanager
def opened(path: Path | str) -> Iterator[InputContainer]:
    """Open a film that was made here, ready to decode."""
    place = str(path)
    with open(place, "rb") as file:
        data = file.read()
    extension = place.rpartition(".")[2]
    with open_input(BytesSource(data), format=FORMATS[extension], limits=Limits()) as film:
        for track in film.streams.video:
            open_decoder(track, Limits(), threads=1)
        for sound in film.streams.audio:
            open_decoder(sound, Limits(), threads=1)
        yield film


def seen(path: Path | str) -> FilmSeen:
    """Decode a film that was made here."""
    keys: list[Fraction] = []
    frames: list[av.VideoFrame] = []
    sounds: list[av.AudioFrame] = []
    with opened(path) as film:
        stream = moving_stream(film)
        context, tick = stream.codec_context, fraction_of(stream.time_base)
        for packet in film.demux(stream, *film.streams.audio[:1]):
            is_picture = packet.stream.index == stream.index
            if is_picture and packet.size and packet.is_keyframe and packet.pts is not None:
                keys.append(packet.pts * tick)
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    frames.append(frame)
                elif isinstance(frame, av.AudioFrame):
                    sounds.append(frame)
        codes = (context.color_primaries, context.color_trc, context.colorspace)
        tracks = film.streams.audio
        return FilmSeen(
            size=(context.width, context.height),
            codec=context.codec.canonical_name,
            sound_codecs=tuple(each.codec_context.codec.canonical_name for each in tracks),
            tags=(int(codes[0]), int(codes[1]), int(codes[2]), int(context.color_range)),
            pixel_format=context.pix_fmt or "",
            frames=tuple(frames),
            sounds=tuple(sounds),
            key_stamps=tuple(keys),
        )


def _plane(frame: av.VideoFrame, place: int) -> Pixels:
    """Return the samples of a plane of 8 bits, (height, width)."""
    plane = frame.planes[place]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]
