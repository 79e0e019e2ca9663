"""Clients list the sounds and the subtitles of a stream, and give what is chosen."""

from __future__ import annotations

import pytest

from tests.browser.clients import CHOOSING
from tests.browser.painted import HERTZ

pytestmark = pytest.mark.browser

that_choose = pytest.mark.parametrize(
    "client", CHOOSING, ids=lambda client: client.name, indirect=True
)


@pytest.fixture
def heard(playing):
    """Let the page be heard, which takes a gesture of its user."""
    playing.wait(lambda state: state["time"] > 0.2, "the start")
    playing.page.click("video")
    playing.ask("() => { video.muted = false; }")
    return playing


@pytest.mark.smoke
@that_choose
def test_lists_both_sounds_and_the_subtitles(playing):
    playing.wait(lambda state: state["time"] > 0.2, "the start")

    assert sorted(playing.ask("client.sounds()")) == ["de", "en"]
    assert playing.ask("client.texts()") == ["en"]


def test_the_default_sound_is_heard_and_nothing_else_fetched(heard, server, stream):
    heard.wait(lambda state: heard.ask("hear()") == HERTZ["eng"], "English")

    assert server.asked(stream.audio["en"])
    assert server.asked(stream.audio["de"]) == []


@that_choose
def test_the_sound_that_is_chosen_is_heard(heard, server, stream):
    heard.wait(lambda state: heard.ask("hear()") == HERTZ["eng"], "English")
    heard.ask("() => { client.listen('de'); }")
    heard.wait(lambda state: heard.ask("hear()") == HERTZ["deu"], "German")

    assert server.asked(stream.audio["de"])


@that_choose
def test_subtitles_stand_on_the_picture_at_their_time(playing, server, stream):
    playing.wait(lambda state: state["time"] > 0.2, "the start")
    playing.ask("() => { client.read('en'); }")

    playing.wait(lambda state: playing.ask("reading()") == ["one to three"], "the first text")
    playing.wait(lambda state: state["time"] > 3.2, "the time after it")
    assert playing.ask("reading()") == []
    assert server.asked(stream.text)
