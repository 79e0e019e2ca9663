"""Whatever is wrong ends in a typed error that helps, with nothing written and nothing left open."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PIL import Image

import mediaflow as mf
from mediaflow import errors
from mediaflow.formats import JpegOptions, PngOptions, WebpOptions
from tests.measure import listing, open_descriptors, own_threads
from tests.media import alpha_png, encode, photo, photo_jpeg

Output = mf.ImageOutput


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder with every kind of file, which must look the same after the test."""
    data = photo_jpeg(320, 240)
    (tmp_path / "photo.jpg").write_bytes(data)
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("just text, whatever the name says")
    (tmp_path / "drawing.png").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (tmp_path / "playlist.jpg").write_text("#EXTM3U\n#EXTINF:1,\nphoto.jpg\n")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "photo.jpg")
    (tmp_path / "twin.jpg").hardlink_to(tmp_path / "photo.jpg")
    mf.process(data, Output("png", width=8), to="memory://warm/")  # loads what is loaded once
    files, descriptors, threads = listing(tmp_path), open_descriptors(), own_threads()

    yield tmp_path

    assert listing(tmp_path) == files
    assert open_descriptors() == descriptors
    assert own_threads() == threads


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _hollow_png(width: int, height: int) -> bytes:
    """Return a PNG whose header promises a size and whose pixels are missing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = _chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + pixels + _chunk(b"IEND", b"")


def _hollow_jpeg(width: int, height: int) -> bytes:
    """Return a JPEG whose frame header promises a size that its scan does not hold."""
    data = bytearray(photo_jpeg(64, 48))
    at = data.index(b"\xff\xc0") + 5  # marker, length, precision; then height and width
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


SOURCES = [
    ("missing.jpg", errors.SourceNotFoundError, "missing.jpg"),
    ("empty.jpg", errors.UnidentifiedMediaError, "empty"),
    ("text.jpg", errors.UnidentifiedMediaError, "text"),
    ("drawing.png", errors.CorruptMediaError, "the drawing states neither a size nor a viewBox"),
    ("playlist.jpg", errors.UnidentifiedMediaError, "this is a playlist; known are"),
    (".", errors.SourceError, "folder"),
    ("missing/photo.jpg", errors.SourceNotFoundError, "photo.jpg"),
    ("photo.jpg/inner.jpg", errors.MediaflowError, "inner.jpg"),
]


@pytest.mark.parametrize(("name", "error", "words"), SOURCES, ids=[row[0] for row in SOURCES])
@pytest.mark.parametrize("call", [mf.process, mf.plan], ids=["process", "plan"])
def test_unusable_source_is_named(
    folder: Path,
    name: str,
    error: type[Exception],
    words: str,
    call: Callable[..., object],
) -> None:
    with pytest.raises(error, match=words) as caught:
        call(folder / name, Output("webp"), to=f"{folder}/out/")

    assert isinstance(caught.value, errors.MediaflowError)
    assert str(folder) in str(caught.value.where)


@pytest.mark.parametrize(
    "source", [b"", b"\xff", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"RIFF", b"GIF8"]
)
def test_scraps_of_bytes_are_the_input_s_fault(folder: Path, source: bytes) -> None:
    with pytest.raises(errors.SourceError):
        mf.process(source, Output("webp"), to=f"{folder}/out/")


@pytest.mark.parametrize("source", [5, None, io.StringIO("text"), "", "a\0b"])
def test_source_of_no_kind_is_refused(folder: Path, source: Any) -> None:
    with pytest.raises(errors.SpecError, match=r"source"):
        mf.process(source, Output("webp"), to=f"{folder}/out/")


def test_wrong_extension_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(photo_jpeg(320, 240))

    result = mf.process(tmp_path / "photo.png", Output("webp", width=32), to=f"{tmp_path}/out/")

    assert result.source is not None
    assert result.source.format == "jpeg"
    assert result.status == "completed"


REQUESTS: list[tuple[str, Callable[[], object], str]] = [
    ("width 0", lambda: Output("webp", width=0), "width .* 0"),
    ("width -1", lambda: Output("webp", width=-1), "width .* -1"),
    ("width 10**9", lambda: Output("webp", width=10**9), "width .* 1000000000"),
    ("height 0", lambda: Output("webp", height=0), "height .* 0"),
    ("width True", lambda: Output("webp", width=True), "width .* True"),
    ("width 1.5", lambda: Output("webp", width=1.5), r"width .* 1\.5"),  # type: ignore[arg-type]  # that is the test
    ("width 0%", lambda: Output("webp", width="0%"), "width .* '0%'"),
    ("quality 0", lambda: Output("webp", quality=0), "quality .* 1 to 100, got 0"),
    ("quality 101", lambda: Output("webp", quality=101), "quality .* 1 to 100, got 101"),
    ("two qualities", lambda: Output("webp", quality=5, rate=mf.Lossless()), "exclude"),
    ("fit", lambda: Output("webp", fit="covr"), "'covr'; did you mean 'cover'"),  # type: ignore[arg-type]  # the same
    ("background", lambda: Output("webp", background="blu"), "did you mean 'blue'"),
    ("option range", lambda: WebpOptions(effort=9), "effort.* 0 to 6, got 9"),
    ("option flag", lambda: PngOptions(optimize=1), "optimize.* true or false, got 1"),  # type: ignore[arg-type]  # the same
    (
        "option choice",
        lambda: JpegOptions(chroma_subsampling="4:2:1"),  # type: ignore[arg-type]  # the same
        "chroma_subsampling.*'4:2:1'; did you mean",
    ),
    ("unknown field", lambda: _ask({"format": "webp", "widht": 3}), "'widht'.*'width'"),
    ("unknown format", lambda: _ask(Output("wepb")), "'wepb'; did you mean 'webp'"),
    ("read-only format", lambda: _ask(Output("heic")), "heif can be read but not written"),
    (
        "option of another format",
        lambda: _ask(Output("webp", options=JpegOptions())),
        "options of jpeg do not fit a webp",
    ),
    ("lossless JPEG", lambda: _ask(Output("jpeg", rate=mf.Lossless())), "cannot be lossless"),
    ("no outputs", lambda: _ask([]), "at least one output"),
    ("outputs of no kind", lambda: _ask(5), "output specs"),
    ("output of no kind", lambda: _ask([5]), r"outputs\[0\].*int"),
    ("unknown template field", lambda: _ask(to="out/{stm}.webp"), "{stm}; did you mean 'stem'"),
    ("open brace", lambda: _ask(to="out/{stem.webp"), "template 'out/{stem.webp'"),
    ("format specifier", lambda: _ask(to="out/{width:09d}.webp"), "template"),
    ("attribute", lambda: _ask(to="out/{stem.__class__}.webp"), "template"),
    ("extension of another format", lambda: _ask(to="out/a.png"), "a.png.* would hold WEBP"),
    ("no place", lambda: mf.process(photo_jpeg(8, 8), Output("webp")), "need a place"),
    ("nothing to make", lambda: mf.process(photo_jpeg(8, 8)), "nothing says what to make"),
    (
        "two outputs of one name",
        lambda: _ask([Output("webp", name="a"), Output("png", name="a")]),
        "two outputs are called 'a'",
    ),
    (
        "two outputs of one place",
        lambda: _ask([Output("webp", width=4), Output("webp", width=8)]),
        r"two outputs would be written to 'out/image\.webp'",
    ),
    (
        "two outputs that differ in case",
        lambda: _ask([Output("webp", suffix="_A"), Output("webp", suffix="_a")]),
        "two outputs would be written to",
    ),
    ("edge beyond WebP", lambda: _ask(Output("webp", width=20_000, fit="fill")), "16,383 px"),
    ("if_exists", lambda: _ask(Output("webp"), if_exists="keep"), "if_exists must be one of"),
    ("on_failure", lambda: _ask(Output("webp"), on_failure="stop"), "on_failure must be one of"),
    ("strict", lambda: _ask(Output("webp"), strict=1), "strict must be true or false, got 1"),
    ("unknown protocol", lambda: mf.process("nope://a/b.jpg", Output("webp"), to="out/"), "nope"),
    (
        "chained protocol",
        lambda: mf.process("simplecache::memory://a.jpg", Output("webp"), to="out/"),
        "'::'",
    ),
]


def _ask(outputs: object = None, *, to: str = "out/", **words: Any) -> object:
    return mf.process(
        photo_jpeg(16, 12), Output("webp") if outputs is None else outputs, to=to, **words
    )


@pytest.mark.parametrize(
    ("ask", "words"), [row[1:] for row in REQUESTS], ids=[row[0] for row in REQUESTS]
)
def test_wrong_request_is_named_with_value_and_rule(
    folder: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[[], object], words: str
) -> None:
    monkeypatch.chdir(folder)

    with pytest.raises((errors.SpecError, errors.UnsupportedError), match=words):
        ask()


@pytest.mark.parametrize(
    ("source", "to"),
    [
        pytest.param("photo.jpg", None, id="beside the source"),
        pytest.param("photo.jpg", "photo.jpg", id="itself"),
        pytest.param("photo.jpg", "link.jpg", id="a link to it"),
        pytest.param("link.jpg", "photo.jpg", id="what the source links to"),
        pytest.param("photo.jpg", "twin.jpg", id="another name of the same file"),
        pytest.param("photo.jpg", "../{parent}/photo.jpg", id="a detour"),
    ],
)
def test_output_is_never_its_own_input(
    folder: Path, monkeypatch: pytest.MonkeyPatch, source: str, to: str | None
) -> None:
    monkeypatch.chdir(folder)

    with pytest.raises(errors.SpecError, match="overwrite its own input"):
        mf.process(folder / source, Output("jpeg", width=8), to=to)


def test_open_file_is_never_its_own_output(folder: Path) -> None:
    with (
        open(folder / "photo.jpg", "rb") as source,
        pytest.raises(errors.SpecError, match="overwrite its own input"),
    ):
        mf.process(source, Output("jpeg", width=8), to=str(folder / "photo.jpg"))


@pytest.mark.parametrize("to", ["photo.jpg/a.webp", "photo.jpg/deep/er/", "text.jpg/"])
def test_destination_that_cannot_be_written_is_refused_before_any_work(
    folder: Path, to: str
) -> None:
    with pytest.raises(errors.StorageError, match=r"cannot write .* is a file") as caught:
        mf.process(folder / "photo.jpg", Output("webp", width=8), to=f"{folder}/{to}")

    assert not caught.value.retryable
    assert caught.value.hint


class RefusingPlace:
    """A bucket that may be looked at and not written to."""

    def __init__(self) -> None:
        from fsspec.implementations.memory import MemoryFileSystem

        class Refusing(MemoryFileSystem):  # type: ignore[misc]  # fsspec ships no types
            cachable = False
            store: ClassVar[dict[str, Any]] = {}

            def _refuse(self, *_: object, **__: object) -> Any:
                raise PermissionError(13, "AccessDenied: s3://key:hush@bucket")

            _open = pipe = pipe_file = put = put_file = _refuse

        self.fs = Refusing()
        self.path = "/bucket/out/"

    def __str__(self) -> str:
        return self.path


def test_bucket_that_refuses_fails_each_output_and_tells_no_secret(folder: Path) -> None:
    result = mf.process(
        folder / "photo.jpg",
        [Output("webp", width=8), Output("png", width=8)],
        to=RefusingPlace(),
        on_failure="partial",
    )

    assert result.status == "failed"
    assert [output.error_code for output in result.outputs] == ["storage", "storage"]
    assert "hush" not in repr(result)


@pytest.mark.parametrize("source", [_hollow_png(10_000, 9_000), _hollow_jpeg(10_000, 9_000)])
@pytest.mark.parametrize("verb", ["process", "plan"])
def test_bomb_of_a_stranger_is_refused_before_the_decoder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, source: bytes, verb: str
) -> None:
    def explode(*_: object, **__: object) -> None:
        pytest.fail("a decoder was asked")

    monkeypatch.setattr(Image, "open", explode)

    with (
        mf.Processor("inline", trust="strangers") as processor,
        pytest.raises(errors.LimitExceededError, match=r"90,000,000.*50,000,000") as caught,
    ):
        getattr(processor, verb)(source, Output("webp", width=8), to=f"{folder}/out/")

    assert caught.value.details["limit"] == "max_pixels"
    assert caught.value.hint


def test_own_pictures_have_a_limit_too(folder: Path) -> None:
    with pytest.raises(errors.LimitExceededError, match="200,000,000"):
        mf.process(_hollow_png(20_000, 10_000), Output("webp", width=8), to=f"{folder}/out/")


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (mf.Limits(max_input_bytes=1000), "1,000"),
        (mf.Limits(max_side=300), "320"),
        (mf.Limits(max_pixels=76_799), "76,800"),
        (mf.Limits(max_memory_bytes=1000), "memory"),
        (mf.Limits(max_output_pixels=100), "output pixels"),
        (mf.Limits(allowed_formats=("png",)), "allow png"),
    ],
)
def test_each_limit_of_a_job_is_kept(folder: Path, limits: mf.Limits, words: str) -> None:
    with pytest.raises(errors.SourceError, match=words) as caught:
        mf.process(folder / "photo.jpg", Output("webp"), to=f"{folder}/out/", limits=limits)

    assert "limits." in str(caught.value.hint)


def _many_scans(count: int) -> bytes:
    """Return a progressive JPEG whose last scan is repeated until there are ``count`` scans."""
    data = encode(Image.new("L", (16, 16), 128), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    tables = data.rindex(b"\xff\xc4", 0, last)
    scan = data[tables:-2]
    return data[:-2] + scan * (count - data.count(b"\xff\xda")) + data[-2:]


def test_jpeg_of_many_scans_is_refused_from_strangers(folder: Path) -> None:
    # each scan is a pass over the whole picture: 23 bytes of file for seconds of work
    with (
        mf.Processor("inline", trust="strangers") as processor,
        pytest.raises(
            errors.LimitExceededError, match=r"101 jpeg scans; the limit is 100"
        ) as caught,
    ):
        processor.process(_many_scans(400), Output("webp", width=8), to=f"{folder}/out/")

    assert caught.value.details["limit"] == "max_jpeg_scans"


def test_line_of_px_is_never_scaled_to_nothing(tmp_path: Path) -> None:
    line = encode(photo(500, 4).resize((10_000, 1)), "JPEG")

    result = mf.process(line, Output("png", width=100, height=100), to=f"{tmp_path}/")

    assert (result.outputs[0].width, result.outputs[0].height) == (100, 1)
    with Image.open(result.outputs[0].uri) as made:
        assert made.size == (100, 1)


@pytest.mark.parametrize("fit", ["inside", "outside", "cover", "contain", "fill"])
@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (2, 1), (7, 5)])
def test_thin_and_tiny_sources_fit_every_box(
    tmp_path: Path, fit: Any, size: tuple[int, int]
) -> None:
    source = encode(Image.new("RGB", size, "red"), "PNG")

    result = mf.process(source, Output("png", width=100, height=60, fit=fit), to=f"{tmp_path}/")

    output = result.outputs[0]
    assert min(output.width, output.height) >= 1
    with Image.open(output.uri) as made:
        assert made.size == (output.width, output.height)
        assert (255, 0, 0) in {color for _, color in made.convert("RGB").getcolors(10_000)}


def test_transparent_picture_becomes_a_jpeg_on_the_declared_background(tmp_path: Path) -> None:
    # alpha rises from 0 to 255 over 64 columns of red: column x shows x/63 red over blue
    spec = Output("jpeg", background="#0000ff", quality=100)

    result = mf.process(alpha_png(), spec, to=f"{tmp_path}/a.jpg")

    assert [notice.code for notice in result.notices] == ["alpha_flattened"]
    with Image.open(tmp_path / "a.jpg") as made:
        row = [made.getpixel((x, 20)) for x in (0, 21, 42, 63)]
    expected = [(0, 0, 255), (85, 0, 170), (170, 0, 85), (255, 0, 0)]
    for pixel, wanted in zip(row, expected, strict=True):
        assert isinstance(pixel, tuple)
        assert max(abs(a - b) for a, b in zip(pixel, wanted, strict=True)) <= 4  # JPEG at 100


def test_noise_that_overflows_the_encoder_s_buffer_is_still_encoded(tmp_path: Path) -> None:
    noise = Image.frombytes("RGB", (256, 256), os.urandom(256 * 256 * 3))

    result = mf.process(
        encode(noise, "PNG"), Output("jpeg", quality=100), to=f"{tmp_path}/noise.jpg"
    )

    assert result.status == "completed"
    with Image.open(tmp_path / "noise.jpg") as made:
        made.load()
        assert made.size == (256, 256)
