"""Says of each sound which of its samples are heard, so that players and cutters lose none.

Law: what a header says exactly, or nothing. A file that was cut off has lost samples that its header
still claims, so nothing is said of their number.

Source: the sources of the readers that this asks; the note "iTunSMPB" of iTunes (four hexadecimal
numbers: nothing, delay, padding, samples).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mediaflow.libav.sample_counts import SampleCounts

if TYPE_CHECKING:
    from mediaflow.models.streams import AudioStream
    from mediaflow.probing.edits import TrackEdit
    from mediaflow.probing.mp3_head import Mp3Head

__all__ = ["edited", "itunes_note", "noted", "with_counts"]

NOTE: Final = re.compile(
    r" ?[0-9A-F]{8} ([0-9A-F]{8}) ([0-9A-F]{8}) ([0-9A-F]{16})\b", re.IGNORECASE | re.ASCII
)
MOST_SAMPLES: Final = 1 << 48  # a century at 96 kHz; what claims more is damaged


def with_counts(stream: AudioStream, counts: SampleCounts, *, is_cut: bool) -> AudioStream:
    """Return a sound with what is known of its samples.

    Args:
        stream: The sound.
        counts: What is known.
        is_cut: Whether a part of the file is missing.
    """
    samples = counts.samples
    is_sane = samples is not None and 0 < samples < MOST_SAMPLES and not is_cut
    return replace(
        stream,
        encoder_delay_samples=counts.delay,
        padding_samples=None if is_cut else counts.padding,
        samples=samples if is_sane else None,
    )


def itunes_note(text: str | None) -> SampleCounts | None:
    """Return what iTunes notes in a tag, or None for no such note.

    Example:
        >>> itunes_note(" 00000000 00000840 000001C0 0000000000000400").delay
        2112
    """
    found = None if text is None else NOTE.match(text)
    if found is None:
        return None
    delay, padding, samples = (int(digits, 16) for digits in found.groups())
    return SampleCounts(delay=delay, padding=padding, samples=samples) if samples else None


def noted(head: Mp3Head) -> SampleCounts:
    """Return what the first frame of an MP3 file says."""
    return SampleCounts(delay=head.delay, padding=head.padding, samples=head.samples)


def edited(edit: TrackEdit, stream: AudioStream, coded: int | None) -> SampleCounts:
    """Return what an edit list says of a sound.

    An edit list counts in ticks of the movie, mostly thousandths of a second. Where it leads to
    within a tick of the end of the media, everything up to there is heard, exactly.

    Args:
        edit: What the track says.
        stream: The sound.
        coded: Samples that all its packets decode to; None where the codec does not tell.
    """
    if edit.scale != stream.sample_rate or edit.start is None or edit.start > edit.length:
        return SampleCounts()
    is_to_the_end = edit.end is None or abs(edit.end - edit.length) <= edit.grain
    if is_to_the_end:
        end = edit.length
    elif edit.grain == 0 and edit.end is not None and edit.end <= edit.length:
        end = edit.end
    else:
        return SampleCounts(delay=edit.start)
    behind = None if coded is None or coded < end else coded - end
    return SampleCounts(delay=edit.start, padding=behind, samples=end - edit.start)
