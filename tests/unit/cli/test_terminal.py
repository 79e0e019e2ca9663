from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mediaflow.errors import (
    CorruptMediaError,
    EncodeError,
    JobCancelledError,
    LimitExceededError,
    MediaflowError,
    MissingExtraError,
    OutputExistsError,
    OutputsFailedError,
    SourceNotFoundError,
    SpecError,
    StorageError,
    UnknownNameError,
    UnsupportedError,
)
from mediaflow.models.result import JobReport, JobResult, OutputResult

typer = pytest.importorskip("typer", reason="the extra cli is not installed")
terminal = pytest.importorskip("mediaflow.cli.terminal", reason="the extra cli is not installed")

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def output(status: str, code: str | None = None) -> OutputResult:
    return OutputResult(
        name=f"{status} {code}",
        status=status,
        uri="out/a.webp",
        format="webp",
        width=4,
        height=3,
        error=code,
        error_code=code,
    )


def result(*outputs: OutputResult) -> JobResult:
    return JobResult(
        id="1",
        status="failed",
        outputs=outputs,
        source=None,
        report=JobReport(),
        error="failed",
        created_at=NOW,
        completed_at=NOW,
    )


def exit_code(error: BaseException) -> int:
    with pytest.raises(typer.Exit) as caught, terminal.reported():
        raise error
    return caught.value.exit_code


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (EncodeError, 1),
        (UnsupportedError, 1),
        (MissingExtraError, 1),
        (SpecError, 2),
        (UnknownNameError, 2),
        (SourceNotFoundError, 3),
        (CorruptMediaError, 3),
        (LimitExceededError, 3),
        (StorageError, 4),
        (OutputExistsError, 4),
        (JobCancelledError, 130),
    ],
)
def test_exit_code_says_whose_fault_it_is(kind: type[MediaflowError], code: int, capsys) -> None:
    assert exit_code(kind("it is so", hint="do that")) == code


def test_interrupt_is_cancelled(capsys) -> None:
    assert exit_code(KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == "error: cancelled\nhint: no output was published\n"


def test_failed_outputs_are_exit_code_1(capsys) -> None:
    error = OutputsFailedError(
        "1 of 2 outputs failed", result=result(output("completed"), output("failed", "encode"))
    )

    assert exit_code(error) == 1
    assert "--partial" in capsys.readouterr().err


def test_outputs_that_only_storage_refused_are_exit_code_4(capsys) -> None:
    error = OutputsFailedError("1 of 1 outputs failed", result=result(output("failed", "storage")))

    assert exit_code(error) == 4
    assert capsys.readouterr().err == "error: 1 of 1 outputs failed\n"


def test_error_is_a_message_and_a_hint_on_stderr(capsys) -> None:
    exit_code(SpecError("width is wrong", hint="give another one"))

    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "error: width is wrong\nhint: give another one\n"


def test_error_is_never_read_as_markup(capsys) -> None:
    exit_code(SpecError("no [bold]such[/] thing :smile: [/nothing]"))

    assert capsys.readouterr().err == "error: no [bold]such[/] thing :smile: [/nothing]\n"


def test_error_hides_secrets(capsys) -> None:
    terminal.say_error("cannot read s3://id:hush@bucket/a.jpg?X-Amz-Signature=abc", "token=hush")

    shown = capsys.readouterr().err
    assert "s3://***@bucket/a.jpg?***" in shown
    assert "hush" not in shown


def test_error_sends_no_control_character_to_the_terminal(capsys) -> None:
    terminal.say_error("no file \x1b]0;title\x07.jpg")

    assert capsys.readouterr().err == "error: no file \\x1b]0;title\\x07.jpg\n"


@pytest.mark.parametrize(
    ("hint", "shown"),
    [
        ("pass to='folder/' or a name", "pass --to 'folder/' or a name"),
        ("another folder with to=...", "another folder with --to"),
        ("if_exists='replace' overwrites it", "--if-exists replace overwrites it"),
        ('pass if_exists="replace"', "pass --if-exists replace"),
        ("or pass outputs=ImageOutput(...)", "or pass --format"),
    ],
)
def test_hint_names_the_option_of_the_command(hint: str, shown: str, capsys) -> None:
    terminal.say_error("it is so", hint)

    assert capsys.readouterr().err.splitlines()[1] == f"hint: {shown}"


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (3_120_000, "3.1 MB"),
        (84_100_000_000, "84.1 GB"),
        (5_000_000_000_000_000, "5000 TB"),
    ],
)
def test_file_size_has_two_or_three_digits(count: int, shown: str) -> None:
    assert terminal.file_size(count) == shown


def test_json_is_plain_ascii_without_secrets(capsys) -> None:
    terminal.show_json({"uri": "s3://b/ä.jpg?sig=hush", "n": [1, None, "data:image/jpeg;a=b"]})

    shown = capsys.readouterr().out
    assert shown.isascii()
    assert "hush" not in shown
    assert "data:image/jpeg;a=b" in shown


def test_table_in_a_pipe_is_not_broken_into_lines(capsys, monkeypatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    long = "a" * 150
    table = terminal.new_table(("output", "left"), ("px", "right"))

    terminal.show_table(terminal.rows(table, [(long, "4×3")]))

    assert any(long in line and "4×3" in line for line in capsys.readouterr().out.splitlines())


def test_table_shows_brackets_and_escapes_controls(capsys) -> None:
    table = terminal.new_table(("output", "left"))

    terminal.show_table(terminal.rows(table, [("[red]a[/].jpg",), ("b\x1b.jpg",)]))

    shown = capsys.readouterr().out
    assert "[red]a[/].jpg" in shown
    assert "b\\x1b.jpg" in shown
