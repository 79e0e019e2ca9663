"""A film that tells in each frame which one it is, and in each sound which language it is.

Law: what a frame shows and how high a tone is, is known by arithmetic alone.

The upper half holds nine bars, the bits of the frame's number from the highest on: a bar that is set
is red, green or blue in turn, one that is not is black. The lower half has the color of the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

__all__ = ["BARS", "BAR_COLORS", "CUES", "FPS", "HERTZ", "SECONDS", "paint_film", "second_color"]

SECONDS = 16
FPS = 30
WIDTH, HEIGHT = 640, 360
BARS = 9  # 480 frames need 9 bits
BAR_COLORS = ((220, 30, 30), (30, 220, 30), (30, 30, 220))
LEVELS = (40, 100, 160, 220)  # of red and green; 4 × 4 give each of 16 seconds its own color

SAMPLE_RATE = 48_000
SAMPLES = 1024  # of an AAC frame
HERTZ = {"eng": 750, "deu": 1500}  # whole bins of an analysis of 1024 samples at 48 kHz: 16 and 32
CUES = ((1_000, 3_000, "one to three"), (9_000, 15_000, "nine to fifteen"))
MILLISECOND = Fraction(1, 1000)

BT709 = 1  # ITU-T H.273: primaries, transfer and matrix have the same number


def second_color(second: int) -> tuple[int, int, int]:
    """Return the color of the lower half in a second of the film."""
    return LEVELS[second % 4], LEVELS[second // 4], 128


def paint_film(path: Path) -> Path:
    """Write the film: 16 s of 640×360 at 30 fps, a tone for each language, English subtitles."""
    with av.open(str(path), "w") as film:
        picture = film.add_stream("libx264", rate=FPS, options={"crf": "12", "preset": "veryfast"})
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        context = picture.codec_context
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = ColorRange.MPEG
        sounds = {}
        for language in HERTZ:
            sounds[language] = film.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
            sounds[language].metadata["language"] = language
        words = film.add_stream("mov_text")
        words.codec_context.subtitle_header = b"[Events]"  # FFmpeg wants one, and writes it nowhere
        words.time_base, words.metadata["language"] = MILLISECOND, "eng"
        film.start_encoding()
        for cue in CUES:
            film.mux(_text(words, *cue))
        for frame in _frames():
            film.mux(picture.encode(frame))
        film.mux(picture.encode(None))
        for language, sound in sounds.items():
            for block in _tone(HERTZ[language]):
                film.mux(sound.encode(block))
            film.mux(sound.encode(None))
    return path


def _text(track: av.stream.Stream, first: int, last: int, text: str) -> av.Packet:
    packet = av.Packet(len(text).to_bytes(2) + text.encode())
    packet.stream, packet.time_base = track, MILLISECOND
    packet.pts = packet.dts = first
    packet.duration = last - first
    return packet


def _frames() -> Iterator[av.VideoFrame]:
    reformatter = VideoReformatter()
    for number in range(SECONDS * FPS):
        frame = av.VideoFrame.from_ndarray(_picture(number), format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        yield reformatter.reformat(
            frame,
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
        )


def _picture(number: int) -> np.ndarray:
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    edges = [round(WIDTH * bar / BARS) for bar in range(BARS + 1)]
    for bar in range(BARS):
        if number >> (BARS - 1 - bar) & 1:
            pixels[: HEIGHT // 2, edges[bar] : edges[bar + 1]] = BAR_COLORS[bar % 3]
    pixels[HEIGHT // 2 :] = second_color(number // FPS)
    return pixels


def _tone(hertz: int) -> Iterator[av.AudioFrame]:
    for start in range(0, SECONDS * SAMPLE_RATE, SAMPLES):
        turns = hertz * np.arange(start, start + SAMPLES) / SAMPLE_RATE
        wave = (0.25 * np.sin(2 * np.pi * turns)).astype(np.float32)
        block = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
        block.sample_rate, block.time_base, block.pts = SAMPLE_RATE, Fraction(1, SAMPLE_RATE), start
        yield block
