"""The audio back ends keep the contract."""

from __future__ import annotations

import pytest

from mediaflow.audio import lane
from mediaflow.audio.backend import AudioBackend, audio_backends
from mediaflow.models.sound import AudioOutput
from mediaflow.planning import SoundStep
from mediaflow.testing import AudioBackendContract
from mediaflow.testing.sound_making import made_sounds, noise, write_wav

pytestmark = pytest.mark.contract


class TestRegistered(AudioBackendContract):
    @pytest.fixture(params=audio_backends.builtin_names())
    def backend(self, request: pytest.FixtureRequest) -> AudioBackend:
        return audio_backends[request.param]


def test_one_encoder_serves_all_outputs_that_want_its_sound(tmp_path, monkeypatch):
    source = tmp_path / "sound.wav"
    write_wav(source, noise(48_000))
    opened: list[str] = []
    create = lane.Sound

    def counted(step: SoundStep, *rest: object) -> object:
        opened.append(step.codec)
        return create(step, *rest)

    monkeypatch.setattr(lane, "Sound", counted)
    outputs = [AudioOutput(form, name=form) for form in ("aac", "m4a", "mp3", "ogg", "opus")]

    made_sounds(audio_backends["libav"], source, tmp_path / "made", *outputs)

    assert sorted(opened) == ["aac", "mp3", "opus"]
