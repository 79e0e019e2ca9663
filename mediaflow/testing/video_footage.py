"""The part of the suite of film back ends that looks at footage: HDR, depth, fields, rates, fades.

Law: as of `VideoBackendContract`, which is what an outside back end inherits.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from mediaflow.models.encoding import Crf, Lossless
from mediaflow.models.film import AudioTrack, VideoOutput
from mediaflow.models.footage import ToneMap
from mediaflow.models.previews import PreviewOutput, StillOutput
from mediaflow.testing.film_making import (
    VideoSuite,
    made_film,
    made_films,
    made_stills,
    need_encoder,
    seen,
)
from mediaflow.testing.films import counting_film, solid_film
from mediaflow.testing.footage_films import (
    bar_place,
    combed_share,
    patch_film,
    read_patches,
    telecined_film,
    woven_film,
)
from mediaflow.testing.hdr import delta_e, hlg_code, pq_code, sdr_of

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from mediaflow.testing.film_making import FilmSeen
    from mediaflow.video.backend import VideoBackend

__all__ = ["VideoFootage"]

GRAYS: Final = tuple((pq_code(nits),) * 3 for nits in (0.5, 5, 26, 100, 203, 400, 1_000))
TINTS: Final = ((0.5, 0.4, 0.45), (0.4, 0.45, 0.5), (0.55, 0.5, 0.4), (0.52, 0.55, 0.5))
PATCHES: Final = {
    "pq": GRAYS + TINTS,
    "hlg": tuple((hlg_code(light),) * 3 for light in (0.001, 0.01, 0.05, 0.26, 0.6, 1)) + TINTS,
}
MEAN_ERROR: Final = 0.7
"""CIEDE2000 of 8 bits a sample and a fine rate; what cannot be told apart is below 1."""

COMBED: Final = 0.004
"""Share of px by which woven fields show in what is painted here; a whole frame has none."""

LEVELS: Final = 2


def _wanted(container: str = "mp4", **words: object) -> VideoOutput:
    words = {"effort": 0, "rate": Crf(10), **words}
    return VideoOutput(container, **words)  # type: ignore[arg-type]  # a test's own words


def _luma(film: FilmSeen, index: int) -> npt.NDArray[np.generic]:
    plane = film.frames[index].planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def _errors(picture: npt.NDArray[np.generic], transfer: str) -> list[float]:
    codes = PATCHES[transfer]
    shown = read_patches(picture, len(codes))
    return [
        delta_e([each / 255 for each in patch], sdr_of(code, transfer))
        for patch, code in zip(shown, codes, strict=True)
    ]


class VideoFootage(VideoSuite):
    """What cannot be shown as it is becomes so, and what can be kept is kept."""

    @pytest.mark.parametrize("transfer", ["pq", "hlg"])
    @pytest.mark.parametrize(
        ("container", "codec"), [("mp4", "h264"), ("webm", "vp9"), ("mp4", "hevc")]
    )
    def test_hdr_becomes_sdr_as_the_standard_says(
        self, backend: VideoBackend, tmp_path: Path, transfer: str, container: str, codec: str
    ) -> None:
        source = patch_film(tmp_path / "film.mkv", PATCHES[transfer], transfer)
        wanted = _wanted(container, codec=codec, dynamic_range="sdr", bit_depth=8)

        film = made_film(backend, source, tmp_path / "made", wanted)

        errors = _errors(film.picture(), transfer)
        assert film.tags == (1, 1, 1, 1)
        assert film.pixel_format == "yuv420p"
        assert sum(errors) / len(errors) <= MEAN_ERROR
        assert max(errors) <= 2 * MEAN_ERROR

    @pytest.mark.parametrize("transfer", ["pq", "hlg"])
    def test_pictures_of_hdr_show_sdr(
        self, backend: VideoBackend, tmp_path: Path, transfer: str
    ) -> None:
        source = patch_film(tmp_path / "film.mkv", PATCHES[transfer], transfer)
        width = 16 * len(PATCHES[transfer])
        clip = PreviewOutput("webp", width=width, quality=95)

        still = made_stills(backend, source, StillOutput(format="png", width=width))[0]
        data = made_films(backend, source, tmp_path / "made", clip)[0].read_bytes()

        still_errors = _errors(self.read(still)[0][0][..., :3], transfer)
        clip_errors = _errors(self.read(data)[0][0][..., :3], transfer)
        assert sum(still_errors) / len(still_errors) <= MEAN_ERROR
        assert sum(clip_errors) / len(clip_errors) <= 2 * MEAN_ERROR  # lossy, on small patches

    @pytest.mark.parametrize(
        "tone_map",
        [ToneMap("hable"), ToneMap("reinhard"), ToneMap(lambda nits: min(nits / 203, 1))],
        ids=["hable", "reinhard", "own"],
    )
    def test_every_curve_keeps_gray_gray_and_brighter_brighter(
        self, backend: VideoBackend, tmp_path: Path, tone_map: ToneMap
    ) -> None:
        source = patch_film(tmp_path / "film.mkv", GRAYS, "pq")

        still = made_stills(backend, source, StillOutput(format="png", tone_map=tone_map))[0]

        patches = np.array(read_patches(self.read(still)[0][0][..., :3], len(GRAYS)))
        assert np.ptp(patches, axis=1).max() <= LEVELS
        assert (np.diff(patches[:5, 1]) > 0).all()
        assert patches[-1, 1] == pytest.approx(255, abs=LEVELS)

    @pytest.mark.parametrize(
        ("container", "codec"), [("mp4", "hevc"), ("mkv", "av1"), ("mp4", "h264")]
    )
    @pytest.mark.parametrize(("transfer", "code"), [("pq", 16), ("hlg", 18)])
    def test_hdr_is_kept_with_10_bits(
        self,
        backend: VideoBackend,
        tmp_path: Path,
        container: str,
        codec: str,
        transfer: str,
        code: int,
    ) -> None:
        yuv = (500, 480, 600)
        color = (9, code, 9)
        source = solid_film(tmp_path / "film.mkv", yuv, pixel_format="yuv420p10le", color=color)
        wanted = _wanted(container, codec=codec, dynamic_range="keep", bit_depth=10)

        film = made_film(backend, source, tmp_path / "made", wanted)

        planes = film.frames[0].planes
        samples = [np.frombuffer(memoryview(plane), "<u2")[: plane.width] for plane in planes]
        assert (film.pixel_format, film.tags) == ("yuv420p10le", (9, code, 9, 1))
        assert [part.mean() for part in samples] == pytest.approx(yuv, abs=4 * LEVELS)

    @pytest.mark.parametrize("top_first", [True, False])
    def test_fields_become_whole_frames_at_their_times(
        self, backend: VideoBackend, tmp_path: Path, top_first: bool
    ) -> None:
        source = woven_film(tmp_path / "film.mp4", top_first=top_first)
        woven = _wanted(deinterlace="never", name="woven")

        films = made_films(backend, source, tmp_path / "made", _wanted(name="whole"), woven)

        whole, kept = map(seen, films)
        assert whole.numbers == list(range(12))
        assert whole.times == [Fraction(n, 25) for n in range(12)]
        assert [combed_share(_luma(whole, n)) for n in range(12)] == [0] * 12
        assert min(combed_share(_luma(kept, n)) for n in range(12)) > COMBED
        # each frame shows the moment of its earlier field: bars move by two steps a frame
        assert [bar_place(_luma(whole, n)) for n in range(12)] == pytest.approx(
            [13.5 + 4 * n for n in range(12)], abs=0.5
        )

    def test_telecined_film_has_no_combs(self, backend: VideoBackend, tmp_path: Path) -> None:
        source = telecined_film(tmp_path / "film.mp4")

        film = made_film(backend, source, tmp_path / "made", _wanted())

        assert film.numbers == list(range(20))
        assert max(combed_share(_luma(film, n)) for n in range(20)) == 0

    def test_a_part_at_another_rate_is_whole_too(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = woven_film(tmp_path / "film.mp4", frames=25)
        wanted = _wanted(fps=5, start=0.2)

        film = made_film(backend, source, tmp_path / "made", wanted)

        assert film.numbers == [5, 10, 15, 20]
        assert max(combed_share(_luma(film, n)) for n in range(4)) == 0
        assert [bar_place(_luma(film, n)) for n in range(4)] == pytest.approx(
            [13.5 + 4 * n for n in (5, 10, 15, 20)], abs=0.5
        )

    def test_frames_that_are_left_out_still_fill_the_fields_of_others(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = woven_film(tmp_path / "film.mp4", frames=25)
        every, some = (_wanted(rate=Lossless(), fps=fps, name=f"{fps}") for fps in (25, 5))

        films = made_films(backend, source, tmp_path / "made", every, some)

        whole, part = map(seen, films)
        for n in range(1, 4):  # before the first and behind the last one, a part knows no frame
            assert np.array_equal(_luma(part, n), _luma(whole, 5 * n))

    def test_pictures_of_fields_have_no_combs(self, backend: VideoBackend, tmp_path: Path) -> None:
        source = woven_film(tmp_path / "film.mp4")
        clip = PreviewOutput("webp", width=None, quality=95)

        still = made_stills(backend, source, StillOutput(at=0.2, format="png"))[0]
        data = made_films(backend, source, tmp_path / "made", clip)[0].read_bytes()

        for picture, _ in (*self.read(still), *self.read(data)):
            assert combed_share(picture[..., 1]) == 0

    @pytest.mark.parametrize("fps", [120, 240])
    def test_a_high_rate_is_kept_or_brought_to_the_most_that_is_wanted(
        self, backend: VideoBackend, tmp_path: Path, fps: int
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=fps // 2, fps=fps, sound=None)
        outputs = [_wanted(name="all"), _wanted(max_fps=60, name="less"), _wanted(max_fps=fps)]

        films = made_films(backend, source, tmp_path / "made", *outputs)

        every, less, same = map(seen, films)
        assert every.numbers == same.numbers == list(range(fps // 2))
        assert every.times == same.times == [Fraction(n, fps) for n in range(fps // 2)]
        assert less.numbers == list(range(0, fps // 2, fps // 60))
        assert less.times == [Fraction(n, 60) for n in range(30)]

    @pytest.mark.parametrize("speed", [0.25, 0.5, 1.5, 2, 4])
    def test_picture_and_sound_play_faster_and_slower_together(
        self, backend: VideoBackend, tmp_path: Path, speed: float
    ) -> None:
        need_encoder("flac")
        source = counting_film(tmp_path / "film.mkv", frames=100, size=(64, 48), sound_codec="flac")
        wanted = _wanted("mkv", speed=speed, audio=AudioTrack("flac"))

        film = made_film(backend, source, tmp_path / "made", wanted)

        exact = Fraction(str(speed))
        assert film.numbers == list(range(100))
        assert [float(time) for time in film.times] == pytest.approx(
            [float(n / 25 / exact) for n in range(100)], abs=0.001
        )
        assert len(film.samples()) == round(4 / exact * 48_000)
        assert len(film.offsets) == 4
        assert max(map(abs, film.offsets)) <= 0.010

    def test_a_speed_at_a_constant_rate_has_as_many_frames_as_arithmetic_says(
        self, backend: VideoBackend, tmp_path: Path
    ) -> None:
        source = counting_film(tmp_path / "film.mp4", frames=50, size=(64, 48), sound=None)

        film = made_film(backend, source, tmp_path / "made", _wanted(speed=2, fps=10))

        assert film.times == [Fraction(n, 10) for n in range(10)]
        assert film.numbers == [5 * n for n in range(10)]

    @pytest.mark.parametrize(("bits", "full"), [(8, False), (10, False), (8, True)])
    def test_picture_and_sound_come_up_and_go_down(
        self, backend: VideoBackend, tmp_path: Path, bits: int, full: bool
    ) -> None:
        source = solid_film(
            tmp_path / "film.mkv",
            (235, 90, 160),
            frames=50,
            sound="beeps",
            full_range=full,
        )
        words = {"fade_in": 0.4, "fade_out": 0.8, "end": 2, "bit_depth": bits}

        film = made_film(backend, source, tmp_path / "made", _wanted("mkv", codec="hevc", **words))

        black = 0 if full else 16
        kind, unit = (np.uint8, 1) if bits == 8 else (np.dtype("<u2"), 4)
        found = [
            float(np.frombuffer(memoryview(frame.planes[0]), kind)[:60].mean() / unit)
            for frame in film.frames
        ]
        levels = [min(1, n / 10, (50 - n) / 20) for n in range(50)]
        assert found == pytest.approx([black + (235 - black) * level for level in levels], abs=2)

    def test_sound_fades_by_the_sample(self, backend: VideoBackend, tmp_path: Path) -> None:
        need_encoder("flac")
        source = counting_film(tmp_path / "film.mkv", sound_codec="flac", size=(64, 48))
        track = AudioTrack("flac")
        plain = _wanted("mkv", audio=track, name="plain")
        faded = _wanted("mkv", audio=track, fade_in=0.5, fade_out=1, name="faded")

        films = made_films(backend, source, tmp_path / "made", plain, faded)

        before, after = (seen(film).samples() for film in films)
        time = np.arange(96_000) / 48_000
        level = np.clip(np.minimum(time / 0.5, (2 - time) / 1), 0, 1)
        assert after == pytest.approx(before * level, abs=1)

    def test_full_range_film_stays_full_range(self, backend: VideoBackend, tmp_path: Path) -> None:
        source = solid_film(tmp_path / "film.mkv", (250, 128, 128), full_range=True)
        outputs = [_wanted(name="plain"), _wanted(height=24, max_fps=60, name="small")]

        films = made_films(backend, source, tmp_path / "made", *outputs)
        still = made_stills(backend, source, StillOutput(format="png"))[0]

        for film in map(seen, films):
            assert film.tags[3] == 2
            assert film.levels() == pytest.approx((250, 128, 128), abs=LEVELS)
        assert np.abs(self.read(still)[0][0][..., :3].astype(int) - 250).max() <= 1
