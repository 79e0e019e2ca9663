"""Streams for tests of manifests: named ones, and any that the model allows."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from mediaflow.models.stream_data import StreamData, TextTrackData, TrackData

__all__ = ["picture", "sound", "streams", "texts"]


def picture(folder: str, height: int = 720, **changes: object) -> TrackData:
    """Return three segments of a picture at 25 frames a second: 6, 6 and 2 s."""
    said: dict[str, object] = {
        "codecs": "avc1.64001f",
        "timescale": 12_800,
        "durations": (76_800, 76_800, 25_600),
        "sizes": (900_000, 600_000, 150_000),
        "init_bytes": 800,
        "width": height * 16 // 9,
        "height": height,
        "frame_rate": Fraction(25),
    }
    return TrackData(kind="video", folder=folder, **(said | changes))


def sound(folder: str, **changes: object) -> TrackData:
    """Return three segments of AAC: whole frames of 1,024 samples nearest to 6, 12 and 14 s."""
    said: dict[str, object] = {
        "codecs": "mp4a.40.2",
        "timescale": 48_000,
        "durations": (287_744, 288_768, 95_488),
        "sizes": (96_000, 97_000, 32_000),
        "init_bytes": 700,
        "channels": 2,
        "sample_rate": 48_000,
    }
    return TrackData(kind="audio", folder=folder, **(said | changes))


labels = st.sampled_from(
    ["", "English", "a & b <c>", "2028: \u2028", "85: \x85", "half \ud800"]
) | (st.text(st.characters(exclude_characters='"\x7f', exclude_categories=["Cc"]), max_size=4))
languages = st.none() | st.sampled_from(["en", "de", "pt-BR", "zh-Hant"])
words = {"language": languages, "label": labels, "is_default": st.booleans()}


@st.composite
def _tables(draw: st.DrawFn) -> dict[str, object]:
    """Draw the segments of a track, most of them of one length, as they are in films."""
    timescale = draw(st.sampled_from([1, 1_000, 12_800, 24_000, 30_000, 44_100, 48_000, 90_000]))
    usual = draw(st.integers(1, 20 * timescale))
    lengths = st.just(usual) | st.integers(1, 20 * timescale)
    durations = draw(st.lists(lengths, min_size=1, max_size=8))
    counts = {"min_size": len(durations), "max_size": len(durations)}
    return {
        "timescale": timescale,
        "first": draw(st.just(0) | st.integers(0, 100 * timescale)),
        "durations": tuple(durations),
        "sizes": tuple(draw(st.lists(st.integers(1, 10_000_000), **counts))),
        "init_bytes": 900,
    }


@st.composite
def _pictures(draw: st.DrawFn, folder: str) -> TrackData:
    return TrackData(
        kind="video",
        folder=folder,
        codecs=draw(st.sampled_from(["avc1.64001f", "avc1.640028", "hvc1.2.4.L120.90"])),
        width=draw(st.none() | st.integers(1, 8_192)),
        height=draw(st.none() | st.integers(1, 8_192)),
        frame_rate=draw(st.none() | st.sampled_from([Fraction(25), Fraction(30_000, 1_001)])),
        video_range=draw(st.sampled_from(["SDR", "PQ", "HLG"])),
        **draw(_tables()),
    )


@st.composite
def _sounds(draw: st.DrawFn, folder: str) -> TrackData:
    return TrackData(
        kind="audio",
        folder=folder,
        codecs=draw(st.sampled_from(["mp4a.40.2", "mp4a.40.5", "opus", "ac-3"])),
        channels=draw(st.none() | st.integers(1, 9)),
        sample_rate=draw(st.none() | st.just(48_000)),
        **draw(st.fixed_dictionaries(words)),
        **draw(_tables()),
    )


@st.composite
def texts(draw: st.DrawFn, folder: str) -> TextTrackData:
    """Draw a track of subtitles."""
    said = draw(st.fixed_dictionaries(words))
    return TextTrackData(folder=folder, is_forced=draw(st.booleans()), **said)


@st.composite
def streams(draw: st.DrawFn) -> StreamData:
    """Draw any stream: pictures, sounds or both, and subtitles."""
    pictures, sounds = draw(
        st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(lambda counts: any(counts))
    )
    return StreamData(
        video=tuple(draw(_pictures(f"v{at}")) for at in range(pictures)),
        audio=tuple(draw(_sounds(f"a{at}")) for at in range(sounds)),
        texts=tuple(draw(texts(f"t{at}")) for at in range(draw(st.integers(0, 2)))),
    )
