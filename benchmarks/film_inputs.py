"""Paints the films that are measured, the same on every machine, into a folder.

``python benchmarks/film_inputs.py FOLDER`` makes what is not there yet, and names of films after it
choose among them. The picture is clouds over which the camera moves, with noise, so that an encoder has
real work; the sound is a tone that sways.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from hdr_patches import COUNT
from PIL import Image

from mediaflow.testing.footage_films import patch_film
from mediaflow.testing.hdr import held_codes

RATE = 48_000
SOUND_FRAME = 1024
MARGIN = 1.25  # how much larger the clouds are than what the camera sees
NOISES = 5
HDR_TAGS = (9, 16, 9)  # BT.2020 and PQ, by ITU-T H.273
MEGABYTES = 200


@dataclass(frozen=True, kw_only=True)
class Film:
    """What one film is like."""

    width: int
    height: int
    seconds: int
    fps: int
    noise: float
    crf: int
    is_hdr: bool = False
    """Whether its samples are PQ of BT.2020 with 10 bits, in HEVC."""


FILMS = {
    "1080p": Film(width=1920, height=1080, seconds=10, fps=25, noise=1.5, crf=20),
    "hdr": Film(width=1920, height=1080, seconds=5, fps=25, noise=1.5, crf=20, is_hdr=True),
    "1-minute": Film(width=320, height=180, seconds=60, fps=5, noise=0.7, crf=24),
    "10-minutes": Film(width=320, height=180, seconds=600, fps=5, noise=0.7, crf=24),
}


def clouds(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """Return luma of several scales."""
    luma = np.zeros((height, width), np.float32)
    for octave in range(2, 9):
        cells = 2**octave
        weight = 70 / (octave - 1)
        coarse = rng.uniform(-weight, weight, (cells * height // width + 2, cells + 2))
        layer = Image.fromarray(coarse.astype(np.float32))
        luma += np.asarray(layer.resize((width, height), Image.Resampling.BICUBIC))
    return (125 + luma).clip(24, 227).astype(np.int16)


def frames(film: Film):
    """Yield the frames: the camera circles over the clouds."""
    rng = np.random.default_rng(11)
    width, height = film.width, film.height
    large = clouds(round(width * MARGIN), round(height * MARGIN), rng)
    room = (large.shape[1] - width, large.shape[0] - height)
    noises = [
        rng.normal(0, film.noise, (height, width)).round().clip(-8, 8).astype(np.int16)
        for _ in range(NOISES)
    ]
    planes = np.empty((height * 3 // 2, width), np.uint8)
    for index in range(film.seconds * film.fps):
        left = round(room[0] * (0.5 + 0.5 * np.sin(index / 40)))
        top = round(room[1] * (0.5 + 0.5 * np.cos(index / 55)))
        luma = large[top : top + height, left : left + width] + noises[index % NOISES]
        planes[:height] = luma
        chroma = (planes[:height:2, ::2] // 4 + 92).reshape(-1, width)
        planes[height:] = np.concatenate([chroma, 255 - chroma])
        frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, film.fps)
        yield frame


def deepened(frame: av.VideoFrame) -> av.VideoFrame:
    """Return a frame whose levels are those of PQ with 10 bits, a little darker."""
    made = av.VideoFrame(frame.width, frame.height, "yuv420p10le")
    for index, (source, target) in enumerate(zip(frame.planes, made.planes, strict=True)):
        rows = np.frombuffer(memoryview(source), np.uint8).reshape(-1, source.line_size)
        deep = np.zeros((target.height, target.line_size // 2), "<u2")
        levels = rows[:, : source.width].astype(np.uint16) * 4
        deep[:, : target.width] = levels * 3 // 4 if index == 0 else levels
        target.update(deep.tobytes())
    made.pts, made.time_base = frame.pts, frame.time_base
    return made


def sounds(film: Film):
    """Yield the sound in frames of an AAC encoder."""
    rng = np.random.default_rng(12)
    for first in range(0, film.seconds * RATE, SOUND_FRAME):
        time = np.arange(first, first + SOUND_FRAME) / RATE
        tone = 0.2 * np.sin(2 * np.pi * 440 * time + 3 * np.sin(time))
        left = tone + 0.01 * rng.normal(size=SOUND_FRAME)
        samples = np.stack([left, 0.8 * left]).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, first, Fraction(1, RATE)
        yield frame


def paint(path: Path, film: Film) -> None:
    """Write one film as mp4."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx265" if film.is_hdr else "libx264", rate=film.fps)
        video.width, video.height = film.width, film.height
        video.pix_fmt = "yuv420p10le" if film.is_hdr else "yuv420p"
        video.options = {"preset": "superfast", "crf": str(film.crf), "g": str(2 * film.fps)}
        if film.is_hdr:
            context = video.codec_context
            context.color_primaries, context.color_trc, context.colorspace = HDR_TAGS
            context.color_range = 1
            video.options |= {"x265-params": "log-level=none"}
        audio = container.add_stream("aac", rate=RATE, layout="stereo")
        sound = sounds(film)
        for frame in frames(film):
            container.mux(video.encode(deepened(frame) if film.is_hdr else frame))
            while (heard := next(sound, None)) is not None:
                container.mux(audio.encode(heard))
                if heard.time >= frame.time:
                    break
        container.mux(video.encode(None))
        for heard in sound:
            container.mux(audio.encode(heard))
        container.mux(audio.encode(None))


def repeat(path: Path, source: Path, megabytes: int) -> None:
    """Write a film that shows another one again and again until it has so many megabytes."""
    with av.open(str(source)) as film, av.open(str(path), "w") as made:
        tracks = {one.index: made.add_stream_from_template(one) for one in film.streams}
        coded = [one for one in film.demux() if one.dts is not None]
        ends = [Fraction(one.dts + one.duration) * one.time_base for one in coded]
        length = max(ends) - min(Fraction(one.dts) * one.time_base for one in coded)
        coded = [(bytes(one), one.stream.index, one) for one in coded]
        for time in range(-(-megabytes * 1_000_000 // source.stat().st_size)):
            for data, index, one in coded:
                packet = av.Packet(data)
                shift = round(time * length / one.time_base)
                packet.stream, packet.time_base = tracks[index], one.time_base
                packet.pts, packet.dts = one.pts + shift, one.dts + shift
                packet.duration, packet.is_keyframe = one.duration, one.is_keyframe
                made.mux(packet)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    names = sys.argv[2:]
    for name, film in FILMS.items():
        path = folder / f"{name}.mp4"
        if not path.exists() and (not names or name in names):
            unfinished = path.with_suffix(".part.mp4")
            paint(unfinished, film)
            unfinished.rename(path)
    if names:
        return
    for transfer in ("pq", "hlg"):
        path = folder / f"patches-{transfer}.mkv"
        if not path.exists():
            patch_film(path, held_codes(transfer, COUNT), transfer)
    path = folder / "200-megabytes.mp4"
    if not path.exists():
        unfinished = path.with_suffix(".part.mp4")
        repeat(unfinished, folder / "1080p.mp4", MEGABYTES)
        unfinished.rename(path)


if __name__ == "__main__":
    main()
