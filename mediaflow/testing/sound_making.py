"""Paints sounds, lets a back end make what a plan says of them, and reads what it made.

Law: sources are written by Python's own writer of WAV, or by PyAV used plainly; what was made is read
through the one gate. Samples are (samples, channels), full scale being 1.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

import av
import numpy as np
import numpy.typing as npt
import pytest

from mediaflow.libav.gate import open_decoder, open_input
from mediaflow.models.context import Context
from mediaflow.probing import probe
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from mediaflow.testing.film_making import planned
from mediaflow.testing.film_reading import fraction_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from av.audio.stream import AudioStream

    from mediaflow.audio.backend import AudioBackend, MadeSound
    from mediaflow.models.outputs import Output
    from mediaflow.planning import FilmPlan, SoundFileStep

__all__ = [
    "RATE",
    "Heard",
    "Samples",
    "SoundFolder",
    "SoundSuite",
    "clicks",
    "heard",
    "made_sounds",
    "noise",
    "onsets",
    "run_sounds",
    "tone",
    "write_sound",
    "write_wav",
]

Samples = npt.NDArray[np.float64]

RATE: Final = 48_000  # Hz
LOUD: Final = 0.5  # of the highest sample; what is as loud belongs to a click
APART: Final = 0.05  # s; what comes sooner belongs to the click before
SEED: Final = 7


class SoundSuite:
    """What the parts of the suite share: the back end."""

    @pytest.fixture
    def backend(self) -> AudioBackend:
        """Return the back end under test."""
        raise NotImplementedError


class SoundFolder:
    """Gives each output a file of its own in a folder.

    Args:
        folder: An empty folder.
        denied: Names of outputs whose file cannot be written.
    """

    def __init__(self, folder: Path, denied: Sequence[str] = ()) -> None:
        self._folder, self._denied = folder, denied

    def path(self, step: SoundFileStep) -> str:
        """Return the path of the file of an output."""
        folder = self._folder / "missing" if step.name in self._denied else self._folder
        return str(folder / f"{step.position}.{step.format}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a reader finds in a file of sound."""

    codec: str
    """Name of the codec."""

    sample_rate: int
    samples: Samples
    packets: tuple[bytes, ...]

    @property
    def count(self) -> int:
        """Number of samples of each channel."""
        return len(self.samples)

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[1])


def noise(samples: int, channels: int = 2, level: float = 0.5) -> Samples:
    """Return white noise."""
    return np.random.default_rng(SEED).uniform(-level, level, (samples, channels))


def tone(
    seconds: float, hz: float = 997, level: float = 0.5, *, channels: int = 2, rate: int = RATE
) -> Samples:
    """Return a sine that all channels have.

    Args:
        seconds: How long it lasts.
        hz: Its frequency.
        level: Its peak.
        channels: How many there are.
        rate: Samples a second.
    """
    sine = level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    return np.repeat(sine[:, None], channels, axis=1)


def clicks(samples: int, places: Sequence[int], *, channels: int = 2, rate: int = RATE) -> Samples:
    """Return silence with short beeps that set in at some samples.

    Args:
        samples: How many there are.
        places: Where beeps set in.
        channels: How many there are.
        rate: Samples a second.
    """
    beep = tone(0.01, 2_000, 0.8, channels=channels, rate=rate)
    made = np.zeros((samples, channels))
    for place in places:
        made[place : place + len(beep)] = beep
    return made


def onsets(samples: Samples, rate: int = RATE) -> list[float]:
    """Return when beeps of :func:`clicks` set in, in seconds: where half of their level is passed."""
    loud = np.flatnonzero(np.abs(samples[:, 0]) > LOUD * np.abs(samples).max())
    firsts = [place for place, last in zip(loud, [-rate, *loud], strict=False) if place - last > 1]
    found: list[float] = []
    for place in firsts:
        if not found or place / rate - found[-1] > APART:
            found.append(place / rate)
    return found


def write_wav(path: Path, samples: Samples, *, rate: int = RATE, bits: int = 16) -> Samples:
    """Write a WAV file; return the samples as they are stored.

    Args:
        path: The file.
        samples: What is written, rounded.
        rate: Samples a second.
        bits: 16, 24 or 32 a sample.
    """
    scale = 1 << (bits - 1)
    whole = np.clip(np.round(samples * scale), -scale, scale - 1).astype("<i4")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(bits // 8)
        file.setframerate(rate)
        file.writeframes(whole[..., None].view(np.uint8)[..., : bits // 8].tobytes())
    return whole / scale


def write_sound(
    path: Path,
    tracks: Sequence[Samples],
    codec: str,
    *,
    muxer: str | None = None,
    languages: Sequence[str] = (),
    options: dict[str, str] | None = None,
    starts: Sequence[Fraction] = (),
) -> Path:
    """Write tracks of stereo or mono the plain way of PyAV.

    Args:
        path: The file.
        tracks: Samples of each.
        codec: FFmpeg's name of the encoder, which takes 16 bits or floats.
        muxer: FFmpeg's name of the muxer; None goes by the extension.
        languages: The language of each track; none where empty.
        options: Options of the muxer.
        starts: When each track begins, in seconds; at 0 where empty.
    """
    with av.open(str(path), "w", format=muxer, options=options or {}) as file:
        streams = []
        for place, samples in enumerate(tracks):
            stream = cast("AudioStream", file.add_stream(codec, rate=RATE))
            stream.codec_context.layout = {1: "mono", 2: "stereo"}[samples.shape[1]]
            if languages:
                stream.metadata["language"] = languages[place]
            streams.append(stream)
        for place, (stream, samples) in enumerate(zip(streams, tracks, strict=True)):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples.T.astype(np.float32)),
                format="fltp",
                layout=stream.codec_context.layout.name,
            )
            frame.sample_rate = RATE
            frame.pts = round(starts[place] * RATE) if starts else 0
            frame.time_base = Fraction(1, RATE)
            for packet in (*stream.encode(frame), *stream.encode(None)):
                file.mux(packet)
    return path


def run_sounds(
    backend: AudioBackend,
    plan: FilmPlan,
    path: Path,
    files: SoundFolder,
    context: Context | None = None,
    limits: Limits | None = None,
) -> Sequence[MadeSound]:
    """Have all files of sound of a plan made."""
    return backend.make_sounds(
        plan,
        plan.sound_files,
        BytesSource(path.read_bytes()),
        files,
        context or Context(job_id="suite"),
        limits=limits or Limits(),
    )


def made_sounds(
    backend: AudioBackend, path: Path, folder: Path, *outputs: Output, plan: FilmPlan | None = None
) -> list[Path]:
    """Make files of sound in a new folder and return their places.

    Raises:
        MediaflowError: One of them could not be made.
    """
    folder.mkdir()
    made = run_sounds(backend, plan or planned(path, *outputs), path, SoundFolder(folder))
    for one in made:
        if one.error is not None:
            raise one.error
    return [folder / f"{one.step.position}.{one.step.format}" for one in made]


def heard(path: Path) -> Heard:
    """Decode a file of sound as players do: without what it says is padding."""
    source = BytesSource(path.read_bytes())
    with open_input(source, format=probe(source).format, limits=Limits()) as file:
        stream = file.streams.audio[0]
        open_decoder(stream, Limits(), threads=1)
        parts: list[Samples] = []
        packets: list[bytes] = []
        for packet in file.demux(stream):
            packets += [bytes(packet)] if packet.size else []
            parts += [_floats(frame) for frame in packet.decode()]
        samples = np.concatenate(parts)
        if file.format.name.startswith("mov") and stream.duration is not None:
            # FFmpeg 8 goes on to the end of the last packet, which the index does not count
            last = stream.duration * fraction_of(stream.time_base) * stream.sample_rate
            samples = samples[: round(last)]
        return Heard(
            codec=stream.codec_context.codec.canonical_name,
            sample_rate=stream.sample_rate,
            samples=samples,
            packets=tuple(packets),
        )


def _floats(frame: av.AudioFrame) -> Samples:
    array = frame.to_ndarray()
    channels = frame.layout.nb_channels
    rows = array.T if frame.format.is_planar else array.reshape(-1, channels)
    whole = np.issubdtype(array.dtype, np.integer)
    return rows / (1 << (array.dtype.itemsize * 8 - 1)) if whole else rows.astype(np.float64)
