"""The command lines of the ffmpeg program that do what a plan of mediaflow says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

POSTER_SCALE = 2
"""mjpeg's own scale of quality; of the whole steps the nearest in bytes to quality 85."""

SHEET_SCALE = 4
"""The same for sheets, which have quality 75 and no Huffman codes of their own."""

SDR = ":out_primaries=bt709:out_transfer=bt709:out_color_matrix=bt709"
"""What makes the scaler convert colours; its look is its own."""

PALETTE = "palettegen=stats_mode=diff[p];[b][p]paletteuse=bayer_scale=5:diff_mode=rectangle"


def ffmpeg() -> str | None:
    """Return the program that a package of the bench group carries, or the system's."""
    script = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"
    found = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    return found.stdout.strip() if not found.returncode else shutil.which("ffmpeg")


def version(program: str) -> str:
    """Return the version that a program of FFmpeg tells."""
    told = subprocess.run([program, "-version"], check=True, capture_output=True, text=True)
    found = re.match(r"\w+ version (\S+)", told.stdout)
    return found[1] if found else "of an unknown version"


def probe(program: str, source: str) -> list[str]:
    return [program, "-v", "error", "-show_format", "-show_streams", "-of", "json", source]


def one_command(program: str, source: str, plan: dict, folder: Path) -> list[str]:
    """Return one command that decodes once and splits the frames."""
    films = plan["films"]
    graph = [f"[0:v]split={len(films)}" + "".join(f"[s{index}]" for index in range(len(films)))]
    graph += [f"[s{index}]{scaled(film)}[v{index}]" for index, film in enumerate(films)]
    words = [*opened(program, source), "-filter_complex", ";".join(graph)]
    for index, film in enumerate(films):
        words += ["-map", f"[v{index}]", *(["-map", "0:a"] if plan["sounds"] else [])]
        words += [*encoded(film, plan), str(folder / f"split_{film['name']}.mp4")]
    return words


def stream(program: str, source: str, plan: dict, folder: Path, seconds: float) -> list[str]:
    """Return one command that decodes once and writes segments, playlists and the list of them.

    Args:
        program: The program.
        source: The film.
        plan: What mediaflow would do.
        folder: Where the set goes.
        seconds: How much of the film.
    """
    films = plan["films"]
    graph = [f"[0:v]split={len(films)}" + "".join(f"[s{index}]" for index in range(len(films)))]
    graph += [f"[s{index}]{scaled(film)}[v{index}]" for index, film in enumerate(films)]
    words = [*opened(program, source, "-t", f"{seconds:g}"), "-filter_complex", ";".join(graph)]
    for index, film in enumerate(films):
        words += ["-map", f"[v{index}]", f"-c:v:{index}", film["encoder"]]
        words += [f"-pix_fmt:v:{index}", film["pixel_format"]]
        for name, value in film["arguments"]:
            words += [f"-{name}:v:{index}", value]
        every = f"expr:gte(t,n_forced*{film['keyframe_seconds']})"
        words += [f"-force_key_frames:v:{index}", every]
    (sound,) = plan["sounds"]
    words += ["-map", "0:a", "-c:a", sound["encoder"], "-b:a", str(sound["bit_rate"])]
    words += ["-ar", str(sound["sample_rate"])]
    variants = [f"v:{index},agroup:sound,name:v{index}" for index in range(len(films))]
    return [
        *words,
        *("-f", "hls", "-hls_segment_type", "fmp4", "-hls_playlist_type", "vod"),
        *("-hls_time", films[0]["keyframe_seconds"], "-hls_flags", "independent_segments"),
        *("-var_stream_map", " ".join([*variants, "a:0,agroup:sound,name:a0"])),
        *("-master_pl_name", "film.m3u8"),
        *("-hls_segment_filename", str(folder / "%v" / "seg_%05d.m4s")),
        str(folder / "%v" / "playlist.m3u8"),
    ]


def command_each(program: str, source: str, plan: dict, folder: Path) -> list[list[str]]:
    """Return a command for every output."""
    return [
        [
            *opened(program, source),
            *("-vf", scaled(film)),
            *encoded(film, plan),
            str(folder / f"each_{film['name']}.mp4"),
        ]
        for film in plan["films"]
    ]


def poster(program: str, source: str, folder: Path) -> list[str]:
    words = ["-frames:v", "1", "-q:v", str(POSTER_SCALE), "-update", "1"]
    return [*opened(program, source, "-ss", "3"), *words, str(folder / "poster.jpg")]


def preview(program: str, source: str, plan: dict, folder: Path) -> list[str]:
    (film,) = plan["films"]
    graph = f"fps={film['fps']},{scaled(film)},split[a][b];[a]{PALETTE}"
    window = ("-ss", str(film["start"]), "-t", str(film["seconds"]))
    return [
        *opened(program, source, *window),
        *("-an", "-filter_complex", graph),
        str(folder / "preview.gif"),
    ]


def storyboard(program: str, source: str, plan: dict, folder: Path) -> list[str]:
    """Return the command that makes the sheet of a storyboard from keyframes alone."""
    (board,) = plan["boards"]
    rows = -(-board["tiles"] // board["columns"])
    graph = (
        f"fps=1/{board['interval']:g},scale={board['width']}:{board['height']}:flags=bicubic,"
        f"tile={board['columns']}x{rows}"
    )
    words = [program, "-v", "error", "-nostdin", "-y", "-skip_frame", "nokey", "-i", source]
    words += ["-an", "-vf", graph, "-frames:v", "1", "-q:v", str(SHEET_SCALE)]
    return [*words, "-update", "1", str(folder / "sheet.jpg")]


def to_sdr(program: str, source: str, plan: dict, path: Path) -> list[str]:
    """Return a command that brings HDR to SDR by the program's own scaler."""
    (film,) = plan["films"]
    words = [*opened(program, source), "-vf", f"{scaled(film, SDR)}", *encoded(film, plan)]
    return [*words, str(path)]


def copied(program: str, source: Path, folder: Path) -> list[str]:
    """Return the command that packs picture and sound as they are, the index in front."""
    words = ["-map", "0:v", "-map", "0:a", "-c", "copy", "-movflags", "+faststart"]
    return [*opened(program, str(source)), *words, str(folder / "copied.mp4")]


def opened(program: str, source: str, *window: str) -> list[str]:
    return [program, "-v", "error", "-nostdin", "-y", *window, "-i", source]


def scaled(film: dict, more: str = "") -> str:
    """Return the filters of one output; a scaler of equal sizes lets frames through."""
    return f"scale={film['width']}:{film['height']}:flags={film['kernel']}{more},setsar=1"


def encoded(film: dict, plan: dict) -> list[str]:
    """Return the same encoder settings; threads are left to the program, which knows best."""
    words = ["-c:v", film["encoder"], "-pix_fmt", film["pixel_format"]]
    for name, value in film["arguments"]:
        words += [f"-{name}", value]
    words += ["-force_key_frames", f"expr:gte(t,n_forced*{film['keyframe_seconds']})"]
    if plan["sounds"]:
        (sound,) = plan["sounds"]
        words += ["-c:a", sound["encoder"], "-b:a", str(sound["bit_rate"])]
        words += ["-ar", str(sound["sample_rate"])]
    else:
        words += ["-an"]
    for name, value in film["muxer"]:
        words += [f"-{name}", value]
    return words
