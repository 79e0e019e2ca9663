"""Adaptive streams, from a film to what FFmpeg reads back: no frame is lost, all cuts fall together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import av
import fsspec
import numpy as np
import pytest
from PIL import Image

import mediaflow as mf
from mediaflow.testing.film_reading import moving_stream, offsets_of
from mediaflow.testing.film_texts import TextTrack, subtitled_film
from tests.film import counting_film, read_number
from tests.made_streams import (
    SpiedStorage,
    alone,
    data_of,
    files_of,
    first_frames,
    frames_of,
    manifest_last,
    named_by,
    sound_of,
    starts_of,
    streamed,
    whole,
)
from tests.sounds import painted_wav

pytestmark = pytest.mark.integration

FRAMES: Final = 80  # 3.2 s
STARTS: Final = (0, 25, 50, 75)
RUNGS: Final = (mf.Rendition(90), mf.Rendition(48))
BUCKET: Final = "streams"
AAC_PACKET: Final = Fraction(1_024, 48_000)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAFLOW_THREADS", "1")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a film of 25 frames a second whose keyframes lie elsewhere than the cuts."""
    return counting_film(
        tmp_path_factory.mktemp("film") / "clip.mkv", frames=FRAMES, gop=11, b_frames=2
    )


class Made:
    """One stream of that film, made once."""

    def __init__(self, film: Path, folder: Path) -> None:
        # effort 0: the lookahead of x264 165 for AVX-512 reads memory that nobody wrote, so that
        # with macroblock trees two runs differ on such processors; with asm=avx2 they do not
        wanted = mf.StreamOutput(renditions=RUNGS, segment_seconds=1.0, storyboard=True, effort=0)
        (self.output,) = mf.process(film, wanted, to=f"{folder}/").outputs
        self.folder, self.files, self.data = folder, files_of(folder), data_of(self.output)


@pytest.fixture(scope="module")
def made(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDIAFLOW_THREADS", "1")
        return Made(film, tmp_path_factory.mktemp("made") / "set")


def test_the_layout_is_that_of_a_stream(made: Made) -> None:
    tracks = {
        f"{folder}/{name}"
        for folder in ("v90_h264", "v48_h264", "a_und")
        for name in ("init.mp4", "playlist.m3u8", *(f"seg_{n:05}.m4s" for n in (1, 2, 3, 4)))
    }
    beside = {"clip.m3u8", "clip.mpd", "clip_storyboard.vtt", "clip_storyboard_1.jpg"}

    assert set(made.files) == tracks | beside
    assert made.output.uri.endswith("/clip.m3u8")
    assert made.output.files[0].uri.endswith("/clip.mpd")


def test_the_result_tells_of_each_file(made: Made) -> None:
    told = {made.output.uri: made.output.bytes, **{x.uri: x.bytes for x in made.output.files}}

    assert {Path(uri).relative_to(made.folder).as_posix(): size for uri, size in told.items()} == {
        name: len(content) for name, content in made.files.items()
    }
    assert made.output.duration_seconds == pytest.approx(FRAMES / 25, abs=0.001)
    assert made.output.frames == 2 * FRAMES


def test_sizes_and_numbers_are_those_of_the_files(made: Made) -> None:
    for track in (*made.data.video, *made.data.audio):
        assert len(made.files[track.init]) == track.init_bytes
        assert tuple(len(made.files[name]) for name in track.segments) == track.sizes


def test_all_that_manifests_name_exists(made: Made) -> None:
    heads = named_by(made.files["clip.m3u8"].decode())
    assert set(heads) >= {"v90_h264/playlist.m3u8", "v48_h264/playlist.m3u8", "a_und/playlist.m3u8"}
    for head in heads:
        folder = head.rpartition("/")[0]
        inside = named_by(made.files[head].decode())
        assert inside == ["init.mp4", *(f"seg_{n:05}.m4s" for n in (1, 2, 3, 4))]
        assert {f"{folder}/{name}" for name in inside} <= set(made.files)


def test_dash_tells_of_the_same_segments(made: Made) -> None:
    tree = ElementTree.fromstring(made.files["clip.mpd"])
    space = {"d": "urn:mpeg:dash:schema:mpd:2011"}
    told = []
    for group in tree.iterfind(".//d:AdaptationSet", space):
        for one in group.iterfind("d:Representation", space):
            template = group.find("d:SegmentTemplate", space)
            template = one.find("d:SegmentTemplate", space) if template is None else template
            assert template is not None
            rows = [
                int(row.attrib["d"])
                for row in template.iterfind(".//d:S", space)
                for _ in range(int(row.get("r", "0")) + 1)
            ]
            init = template.attrib["initialization"]
            told.append((init.replace("$RepresentationID$", one.attrib["id"]), tuple(rows)))

    tracks = (*made.data.video, *made.data.audio)
    assert sorted(told) == sorted((track.init, track.durations) for track in tracks)


@pytest.mark.parametrize("rung", [0, 1])
def test_ffmpeg_reads_every_frame_of_each_rendition_once(made: Made, rung: int) -> None:
    track = made.data.video[rung]

    found = frames_of(made.folder / track.folder / "playlist.m3u8")

    assert [number for _, number in found] == list(range(FRAMES))
    start = found[0][0]  # the demuxer of HLS begins where it likes
    assert [time - start for time, _ in found] == [Fraction(n, 25) for n in range(FRAMES)]


def test_the_first_manifest_opens_as_one_film(made: Made) -> None:
    with av.open(str(made.folder / "clip.m3u8")) as found:
        sizes = {(one.width, one.height) for one in found.streams.video}
        assert len(found.streams.audio) == 1
    assert sizes == {(160, 90), (86, 48)}


@pytest.mark.parametrize("rung", [0, 1])
def test_each_segment_decodes_by_itself_from_its_first_frame(made: Made, rung: int) -> None:
    track = made.data.video[rung]

    for number, start in enumerate(STARTS):
        found = frames_of(alone(made.files, track, number))
        end = [*STARTS, FRAMES][number + 1]
        assert [one for _, one in found] == list(range(start, end))
        assert found[0][0] == Fraction(start, 25)


def test_sound_is_cut_within_half_a_packet_of_the_picture(made: Made) -> None:
    picture, sound = starts_of(made.data.video[0]), starts_of(made.data.audio[0])

    assert picture == [Fraction(start, 25) for start in STARTS]
    assert len(sound) == len(picture)
    for seen, heard in zip(picture, sound, strict=True):
        assert abs(seen - heard) <= AAC_PACKET / 2


def test_sound_is_as_long_as_the_picture(made: Made) -> None:
    start, end = sound_of(whole(made.files, made.data.audio[0]))

    assert abs(start) <= Fraction(1, 1_000)
    assert abs(end - Fraction(FRAMES, 25)) <= AAC_PACKET


@pytest.mark.parametrize("codec", ["aac", "flac", "opus"])
def test_every_codec_of_sound_is_as_long_as_the_picture(codec: Any, tmp_path: Path) -> None:
    source = counting_film(tmp_path / "a.mkv", frames=60)

    output = streamed(source, tmp_path / "out", audio=(mf.AudioTrack(codec=codec),))

    data, files = data_of(output), files_of(tmp_path / "out")
    (track,) = data.audio
    start, end = sound_of(whole(files, track))
    assert abs(start) <= Fraction(1, 1_000)
    assert abs(end - Fraction(60, 25)) <= Fraction(4_608, 48_000)  # the longest packet, of FLAC
    told = Fraction(track.first, track.timescale) + track.duration
    assert abs(told - Fraction(60, 25)) <= Fraction(4_608, 48_000)
    for seen, heard in zip(starts_of(data.video[0]), starts_of(track), strict=True):
        assert abs(seen - heard) <= Fraction(4_608, 48_000) / 2


def test_a_flash_and_its_beep_come_together(made: Made) -> None:
    with av.open(whole(made.files, made.data.video[0])) as seen:
        frames = list(seen.decode(moving_stream(seen)))
    with av.open(whole(made.files, made.data.audio[0])) as heard:
        sounds = list(heard.decode(audio=0))

    offsets = offsets_of(frames, sounds)

    assert len(offsets) == 4
    assert max(map(abs, offsets)) <= 0.010  # s; a window of 4 ms finds the beep


def test_two_runs_make_the_same_bytes(made: Made, film: Path, tmp_path: Path) -> None:
    again = Made(film, tmp_path / "again")

    assert again.files == made.files
    assert again.data == made.data


NTSC: Final = Fraction(30_000, 1_001)
CINEMA: Final = Fraction(24_000, 1_001)
GAPPED: Final = [
    *(Fraction(n, 25) for n in range(20)),
    *(Fraction(33, 10) + n * Fraction(37, 1_000) for n in range(40)),
]
"""Even frames, two and a half seconds of one picture, then uneven ones."""


@pytest.mark.parametrize(
    "times",
    [
        [n / Fraction(25) for n in range(60)],
        [n / CINEMA for n in range(60)],
        [n / NTSC for n in range(75)],
        GAPPED,
    ],
    ids=["25", "24000/1001", "30000/1001", "long gap"],
)
def test_segments_start_at_the_first_frame_after_each_whole_second(
    times: list[Fraction], tmp_path: Path
) -> None:
    source = counting_film(tmp_path / "a.mkv", frames=len(times), pts=times, b_frames=1)

    data = data_of(streamed(source, tmp_path / "out", renditions=RUNGS))

    cells = [time // 1 for time in times]
    expected = [n for n, cell in enumerate(cells) if n == 0 or cell != cells[n - 1]]
    files = files_of(tmp_path / "out")
    for track in data.video:
        assert first_frames(files, track) == expected
        for found, number in zip(starts_of(track), expected, strict=True):
            assert abs(found - times[number]) <= Fraction(1, 1_000)  # the clock of Matroska
    assert len({tuple(starts_of(track)) for track in data.video}) == 1
    found = frames_of(whole(files, data.video[0]))
    assert [number for _, number in found] == list(range(len(times)))
    assert len(data.audio[0].sizes) == len(expected)


@pytest.mark.parametrize("fps", [12, Fraction(50)])
def test_a_rate_that_is_asked_for_is_kept_in_all_renditions(fps: Any, tmp_path: Path) -> None:
    source = counting_film(tmp_path / "a.mkv", frames=50)

    data = data_of(streamed(source, tmp_path / "out", renditions=RUNGS, fps=float(fps)))

    files = files_of(tmp_path / "out")
    for track in data.video:
        times = [time for time, _ in frames_of(whole(files, track))]
        assert times == [n / Fraction(fps) for n in range(int(2 * fps))]
        assert starts_of(track) == [0, 1]


def test_a_part_of_a_film_starts_at_zero(film: Path, tmp_path: Path) -> None:
    data = data_of(streamed(film, tmp_path / "out", start=0.6, end=2.8))

    files = files_of(tmp_path / "out")
    (track,) = data.video
    found = frames_of(whole(files, track))
    assert [number for _, number in found] == list(range(15, 70))
    assert [time for time, _ in found] == [Fraction(n, 25) for n in range(55)]
    assert first_frames(files, track) == [15, 40, 65]
    start, end = sound_of(whole(files, data.audio[0]))
    assert abs(start) <= Fraction(1, 1_000)
    assert abs(end - Fraction(22, 10)) <= AAC_PACKET


def test_the_storyboard_of_a_part_shows_that_part_at_its_own_times(tmp_path: Path) -> None:
    source = counting_film(tmp_path / "a.mkv", frames=130, gop=1)

    streamed(source, tmp_path / "out", start=2.0, end=4.5, storyboard=True)

    text = (tmp_path / "out" / "a_storyboard.vtt").read_text()
    times = [tuple(line.split(" --> ")) for line in text.splitlines() if " --> " in line]
    assert [(start[-6:], end[-6:]) for start, end in times] == [
        ("00.000", "01.000"),
        ("01.000", "02.000"),
        ("02.000", "02.500"),
    ]
    with Image.open(tmp_path / "out" / "a_storyboard_1.jpg") as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    tiles = [pixels[:, left : left + 160] for left in range(0, pixels.shape[1], 160)]
    assert [read_number(tile) for tile in tiles] == [50, 75, 100]


def test_a_filter_changes_each_rendition(tmp_path: Path) -> None:
    source = counting_film(tmp_path / "a.mkv", frames=5)
    turned = mf.filters.OnFrames(lambda frame: 255 - frame)

    data = data_of(streamed(source, tmp_path / "out", renditions=RUNGS, filters=(turned,)))

    files = files_of(tmp_path / "out")
    for track in data.video:
        with pytest.raises(ValueError, match="no counting frame"):
            frames_of(whole(files, track))


CODECS: Final = {
    "hevc": ("libx265", "hvc1."),
    "vp9": ("libvpx-vp9", "vp09."),
    "av1": ("libsvtav1", "av01."),
}


@pytest.mark.parametrize("codec", CODECS)
def test_other_codecs_are_cut_alike(codec: Any, tmp_path: Path) -> None:
    encoder, string = CODECS[codec]
    if encoder not in av.codecs_available:
        pytest.skip(f"this build of FFmpeg has no {encoder}")
    source = counting_film(tmp_path / "a.mkv", frames=35)
    rungs = (mf.Rendition(90, codec=codec, rate=mf.Crf(18)), mf.Rendition(48))

    data = data_of(streamed(source, tmp_path / "out", renditions=rungs, effort=4))

    files = files_of(tmp_path / "out")
    assert data.video[0].folder == f"v90_{codec}"
    assert data.video[0].codecs.startswith(string)
    for track in data.video:
        assert [one for _, one in frames_of(whole(files, track))] == list(range(35))
        assert first_frames(files, track) == [0, 25]
        assert starts_of(track) == [0, 1]


def test_sounds_of_two_languages_have_folders_of_their_own(tmp_path: Path) -> None:
    source = counting_film(tmp_path / "a.mkv", frames=30, languages=("eng", "ger"))
    wanted = (mf.AudioTrack(language="ger"), mf.AudioTrack(language="eng"))

    output = streamed(source, tmp_path / "out", audio=wanted)

    data, files = data_of(output), files_of(tmp_path / "out")
    assert [(one.folder, one.language, one.is_default) for one in data.audio] == [
        ("a_de", "de", True),
        ("a_en", "en", False),
    ]
    for folder in ("a_de", "a_en"):
        assert f'URI="{folder}/playlist.m3u8"' in files["a.m3u8"].decode()
    for track in data.audio:
        assert abs(sound_of(whole(files, track))[1] - Fraction(30, 25)) <= AAC_PACKET
    assert output.notices == ()


def test_a_language_that_is_not_wanted_is_told(tmp_path: Path) -> None:
    source = counting_film(tmp_path / "a.mkv", frames=10, languages=("eng", "ger"))

    output = streamed(source, tmp_path / "out", audio=(mf.AudioTrack(language="ger"),))

    assert [one.folder for one in data_of(output).audio] == ["a_de"]
    assert [notice.code for notice in output.notices] == ["streams_dropped"]


def test_texts_of_two_languages_have_folders_of_their_own(tmp_path: Path) -> None:
    painted = counting_film(tmp_path / "a.mkv", frames=30)
    texts = [
        TextTrack(language="eng", texts=((0, 900, "Hello"),)),
        TextTrack(language="fre", texts=((0, 900, "Salut"),)),
    ]
    source = subtitled_film(tmp_path / "b.mkv", painted, *texts)
    storage = SpiedStorage()

    wanted = mf.StreamOutput(renditions=RUNGS[1:], segment_seconds=1.0, effort=0, storyboard=True)
    with mf.Processor("inline", storage=storage) as processor:
        (output,) = processor.process(source, wanted, to=f"{tmp_path}/out/").outputs

    data, files = data_of(output), files_of(tmp_path / "out")
    assert [(one.folder, one.language, one.is_default) for one in data.texts] == [
        ("s_en", "en", False),
        ("s_fr", "fr", False),
    ]
    for folder, words in (("s_en", "Hello"), ("s_fr", "Salut")):
        assert words in files[f"{folder}/subtitles.vtt"].decode()
        assert f'URI="{folder}/playlist.m3u8"' in files["b.m3u8"].decode()
        assert named_by(files[f"{folder}/playlist.m3u8"].decode()) == ["subtitles.vtt"]
    manifest_last([place.partition("/out/")[2] for place in storage.published])


@pytest.mark.parametrize(
    ("subtitles", "codes"), [("carry", []), ("drop", [])], ids=["carry", "drop"]
)
def test_texts_go_along_where_they_are_wanted(
    subtitles: Any, codes: list[str], tmp_path: Path
) -> None:
    painted = counting_film(tmp_path / "a.mkv", frames=10)
    source = subtitled_film(tmp_path / "b.mkv", painted, TextTrack(texts=((0, 300, "Hello"),)))

    output = streamed(source, tmp_path / "out", subtitles=subtitles)

    there = (tmp_path / "out" / "s_und" / "subtitles.vtt").is_file()
    assert there == bool(data_of(output).texts) == (subtitles == "carry")
    assert [notice.code for notice in output.notices] == codes


@pytest.mark.parametrize("protocols", [("hls",), ("dash",)])
def test_one_protocol_is_enough(protocols: Any, film: Path, tmp_path: Path) -> None:
    output = streamed(film, tmp_path / "out", protocols=protocols, end=0.5)

    names = set(files_of(tmp_path / "out"))
    playlists = {name for name in names if name.endswith(".m3u8")}
    if protocols == ("hls",):
        assert output.uri.endswith("/clip.m3u8")
        assert "clip.mpd" not in names
    else:
        assert output.uri.endswith("/clip.mpd")
        assert not playlists


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, Any]]:
    server = pytest.importorskip("moto.server", reason="S3 is played by moto, not installed here")
    pytest.importorskip("s3fs", reason="the extra s3 is not installed here")
    boto3 = pytest.importorskip("boto3", reason="S3 is played by moto, not installed here")
    thread = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    thread.start()
    host, port = thread.get_host_and_port()
    url = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "hush"}
    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=BUCKET)
    client.close()
    yield {
        "key": "test",
        "secret": "hush",
        "endpoint_url": url,
        "client_kwargs": {"region_name": "us-east-1"},
    }
    thread.stop()


Place = tuple[SpiedStorage, str, Callable[[], dict[str, bytes]]]


@pytest.fixture(params=["local", "memory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return a storage, a folder in it, and what reads all files of that folder."""
    if request.param == "local":
        return SpiedStorage(), f"{tmp_path}/set/", lambda: files_of(tmp_path / "set")
    root, options, storage = f"{BUCKET}/{tmp_path.name}/", {}, SpiedStorage()
    if request.param == "s3":
        options = request.getfixturevalue("s3") | {"skip_instance_cache": True}
        profile = mf.Profile(protocol="s3", root="", options=options)
        storage = SpiedStorage(profiles={"prod": profile})
    filesystem = fsspec.filesystem(request.param, **options)

    def read() -> dict[str, bytes]:
        filesystem.invalidate_cache()
        found = filesystem.find(root)
        return {name.lstrip("/").removeprefix(root): filesystem.cat_file(name) for name in found}

    return storage, f"{request.param}://{root}", read


def test_any_storage_holds_the_same_set_and_gets_it_in_order(
    place: Place, film: Path, made: Made
) -> None:
    storage, to, read = place
    wanted = mf.StreamOutput(renditions=RUNGS, segment_seconds=1.0, storyboard=True, effort=0)

    with mf.Processor("inline", storage=storage) as processor:
        (output,) = processor.process(film, wanted, to=to).outputs

    assert read() == made.files
    names = [uri.partition(to)[2] or Path(uri).as_posix() for uri in storage.published]
    assert sorted(names) == sorted(made.files)
    manifest_last(names)
    assert output.uri == f"{to}clip.m3u8"
    assert output.files[0].uri == f"{to}clip.mpd"
    assert storage.most <= 4


def test_streams_and_films_are_made_of_one_decode(film: Path, tmp_path: Path) -> None:
    outputs = [
        mf.StreamOutput(renditions=(mf.Rendition(48),), segment_seconds=1.0),
        mf.VideoOutput(height=48, suffix="_film"),
    ]

    result = mf.process(film, outputs, to=f"{tmp_path}/{{stem}}{{suffix}}.{{ext}}")

    assert result.report.frames_decoded == FRAMES
    assert [one.status for one in result.outputs] == ["completed", "completed"]
    (track,) = data_of(result.outputs[0]).video
    assert [one for _, one in frames_of(whole(files_of(tmp_path), track))] == list(range(FRAMES))


def test_a_sound_alone_becomes_a_stream_of_sounds(tmp_path: Path) -> None:
    talk = painted_wav(tmp_path / "talk.wav", seconds=3)

    output = streamed(talk, tmp_path / "out", renditions="auto")

    data, files = data_of(output), files_of(tmp_path / "out")
    (track,) = data.audio
    assert (data.video, track.folder, track.is_default) == ((), "a_und", True)
    for number, start in enumerate(starts_of(track)):
        assert abs(start - number) <= AAC_PACKET / 2
    start, end = sound_of(whole(files, track))
    assert abs(start) <= Fraction(1, 1_000)
    assert abs(end - 3) <= Fraction(1_024, track.sample_rate or 1)
    assert named_by(files["talk.m3u8"].decode())[-1] == "a_und/playlist.m3u8"
    with av.open(str(tmp_path / "out" / "talk.m3u8")) as found:
        assert len(found.streams.audio) == 1


def noisy_film(path: Path, seconds: int = 3) -> Path:
    """Write a film of nothing but noise, of which no encoder can leave anything out."""
    random = np.random.default_rng(7)
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=25, options={"crf": "4", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(seconds * 25):
            planes = random.integers(0, 256, (540, 640), dtype=np.uint8)  # 4:2:0, plane by plane
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts = number
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return path


def test_a_rung_without_a_rate_stays_below_its_bound(tmp_path: Path) -> None:
    film = noisy_film(tmp_path / "noise.mkv")
    bound = 1_500_000  # bits a second below 540 lines, and a buffer of two seconds

    bits = {}
    for name, rate in (("bound", None), ("free", mf.Crf(23))):
        stream = mf.StreamOutput(
            renditions=(mf.Rendition(360, rate=rate),), segment_seconds=1, effort=2
        )
        data = mf.process(film, stream, to=f"{tmp_path}/{name}/").outputs[0].data
        assert isinstance(data, mf.StreamData)
        bits[name] = 8 * sum(data.video[0].sizes)

    assert bits["bound"] <= bound * (3 + 2) * 1.02  # boxes come on top of what x264 counts
    assert bits["free"] > bound * (3 + 2) * 1.02
