"""The stream that the clients play: one set of segments with an HLS and a DASH manifest.

Law: only :func:`stream_set` knows what makes the set; tests know its manifests and the folders or
beginnings of names of its tracks.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.browser.painted import CUES, paint_film

__all__ = ["StreamSet", "stream_set"]

SEGMENT_SECONDS = 2
TEXTS = """\
<AdaptationSet id="9" contentType="text" mimeType="text/vtt" lang="en">
<Role schemeIdUri="urn:mpeg:dash:role:2011" value="subtitle"/>
<Representation id="s_en" bandwidth="100"><BaseURL>s_en/subtitles.vtt</BaseURL></Representation>
</AdaptationSet>
</Period>"""
MAIN = """\
#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,\
CHANNELS="2",URI="media_2.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Deutsch",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=YES,\
CHANNELS="2",URI="media_3.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="English",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,\
URI="s_en/playlist.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=640x360,FRAME-RATE=30.000,\
CODECS="avc1.64001e,mp4a.40.2",AUDIO="a",SUBTITLES="s"
media_0.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=320x180,FRAME-RATE=30.000,\
CODECS="avc1.64000d,mp4a.40.2",AUDIO="a",SUBTITLES="s"
media_1.m3u8
"""
TEXT_PLAYLIST = """\
#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:16
#EXT-X-PLAYLIST-TYPE:VOD
#EXTINF:16.000,
subtitles.vtt
#EXT-X-ENDLIST
"""


@dataclass(frozen=True, kw_only=True)
class StreamSet:
    """A stream's manifests, and by what its tracks are known in paths of segments."""

    folder: Path
    hls: str
    dash: str
    video: Mapping[int, str]
    """By lines of the picture."""

    audio: Mapping[str, str]
    """By language."""

    text: str
    """The file of the subtitles."""


def stream_set(folder: Path) -> StreamSet:
    """Make the painted film a stream in two sizes, with two sounds and subtitles."""
    film = paint_film(folder / "film.mp4")
    made = folder / "made"
    made.mkdir()
    _segment(film, made)
    for playlist in made.glob("media_*.m3u8"):
        text = re.sub(r"#EXT-X-PROGRAM-DATE-TIME.*\n", "", playlist.read_text())
        playlist.write_text(text.replace("#EXTINF", "#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF", 1))
    manifest = (made / "film.mpd").read_text()
    manifest = manifest.replace('lang="eng"', 'lang="en"').replace('lang="deu"', 'lang="de"')
    (made / "film.mpd").write_text(manifest.replace("</Period>", TEXTS))
    (made / "film.m3u8").write_text(MAIN)
    (made / "s_en").mkdir()
    (made / "s_en" / "playlist.m3u8").write_text(TEXT_PLAYLIST)
    (made / "s_en" / "subtitles.vtt").write_text("WEBVTT\n\n" + "\n".join(map(_cue, CUES)))
    return StreamSet(
        folder=made,
        hls="film.m3u8",
        dash="film.mpd",
        video={360: "/stream0_", 180: "/stream1_"},
        audio={"en": "/stream2_", "de": "/stream3_"},
        text="s_en/subtitles.vtt",
    )


def _segment(film: Path, folder: Path) -> None:
    command = (
        *("ffmpeg", "-v", "error", "-nostdin", "-i", str(film), "-threads", "1"),
        *("-map", "0:v", "-map", "0:v", "-map", "0:a:0", "-map", "0:a:1"),
        *("-c:v", "libx264", "-preset", "veryfast", "-sc_threshold", "0"),
        *("-g", str(30 * SEGMENT_SECONDS), "-bf", "2", "-b:v:0", "600k", "-b:v:1", "200k"),
        *("-filter:v:1", "scale=320:180", "-c:a", "aac", "-b:a", "96k"),
        *("-f", "dash", "-seg_duration", str(SEGMENT_SECONDS)),
        *("-use_template", "1", "-use_timeline", "1"),
        *("-hls_playlist", "1", "-hls_master_name", "unused.m3u8"),
        *("-init_seg_name", "stream$RepresentationID$_init.mp4"),
        *("-media_seg_name", "stream$RepresentationID$_seg_$Number%05d$.m4s"),
        *("-adaptation_sets", "id=0,streams=0,1 id=1,streams=2 id=2,streams=3"),
        str(folder / "film.mpd"),
    )
    subprocess.run(command, check=True, timeout=120, cwd=folder, stdin=subprocess.DEVNULL)


def _cue(cue: tuple[int, int, str]) -> str:
    first, last, text = cue
    return f"00:00:{first / 1000:06.3f} --> 00:00:{last / 1000:06.3f}\n{text}\n"
