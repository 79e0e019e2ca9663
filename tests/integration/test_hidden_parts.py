"""What an edit list hides of a film is in no file that is made of it, copied or not."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest

import mediaflow as mf
from mediaflow.errors import UnsupportedError
from tests.edit_lists import with_edits
from tests.film import av_offsets, counting_film, numbers_of

pytestmark = pytest.mark.integration

FRAMES = 75  # 3 s, of which the first 0.6 s are hidden
LATER = [(0.6, 2.4)]
SHOWN = list(range(15, FRAMES))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Return the bytes of a counting film with sound."""
    path = counting_film(tmp_path_factory.mktemp("edits") / "film.mp4", frames=FRAMES, b_frames=2)
    return path.read_bytes()


def edited(data, folder, **edits):
    path = folder / "edited.mp4"
    path.write_bytes(with_edits(data, **edits))
    assert len(numbers_of(path)) < FRAMES or "picture" not in edits  # FFmpeg reads the list
    return path


@pytest.mark.parametrize("target", ["mkv", "mp4"])
@pytest.mark.parametrize("sound", [LATER, [(0.0, 2.4)]], ids=["both", "picture"])
def test_hidden_frames_are_not_published(data, tmp_path, target, sound):
    film = edited(data, tmp_path, picture=LATER, sound=sound)

    output = mf.process(film, mf.VideoOutput(target), to=f"{tmp_path}/to/").outputs[0]

    assert numbers_of(output.uri) == SHOWN
    with av.open(output.uri) as made:
        assert sum(1 for packet in made.demux(video=0) if packet.size) == len(SHOWN)


def test_sound_stays_with_its_picture(data, tmp_path):
    film = edited(data, tmp_path, picture=LATER, sound=LATER)

    output = mf.process(film, mf.VideoOutput("mp4"), to=f"{tmp_path}/to/").outputs[0]

    assert max(map(abs, av_offsets(output.uri))) <= 0.010


def test_hidden_sound_is_not_published(data, tmp_path):
    film = edited(data, tmp_path, sound=LATER)

    output = mf.process(film, mf.VideoOutput("mkv"), to=f"{tmp_path}/to/").outputs[0]

    assert numbers_of(output.uri) == list(range(FRAMES))
    assert heard(output.uri) == pytest.approx(2.4, abs=0.05)


def heard(path):
    """Return for how long a file has sound, in seconds."""
    with av.open(str(path)) as film:
        frames = list(film.decode(audio=0))
    return float(sum(Fraction(frame.samples, frame.sample_rate) for frame in frames))


def test_sound_hidden_in_the_middle_is_not_published(data, tmp_path, monkeypatch):
    """Such as what lies behind the part of the index that a probe looks at."""
    monkeypatch.setattr("mediaflow.libav.timing.FIRST_ENTRIES", 10)
    film = edited(data, tmp_path, sound=[(0.0, 1.0), (1.5, 1.0)])

    output = mf.process(film, mf.VideoOutput("mkv"), to=f"{tmp_path}/to/").outputs[0]

    assert heard(output.uri) == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("words", [{"codec": "copy"}, {"audio": "copy"}], ids=str)
def test_copy_that_would_show_it_is_refused(data, tmp_path, words):
    film = edited(data, tmp_path, picture=LATER, sound=LATER)

    with pytest.raises(UnsupportedError, match="that the source hides"):
        mf.process(film, mf.VideoOutput("mkv", **words), to=f"{tmp_path}/to/")


def test_probe_tells_how_much_is_hidden(data, tmp_path):
    info = mf.probe(edited(data, tmp_path, picture=LATER, sound=LATER))

    assert info.video[0].hidden_seconds == pytest.approx(3 / 25)  # frames 12 to 14, from a keyframe
    assert info.audio[0].hidden_seconds == pytest.approx(0.6, abs=0.05)
