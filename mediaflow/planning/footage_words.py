"""Words of a plan for what footage needs: tone mapping, speed, fades."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fractions import Fraction

    from mediaflow.planning.frame_steps import FadeStep, ToneStep

__all__ = ["course_words", "tone_words"]

_CURVES: Final = {"bt2390": "BT.2390", "hable": "Hable", "reinhard": "Reinhard"}


def tone_words(step: ToneStep) -> str:
    """Return how HDR becomes SDR."""
    curve = "a function" if callable(step.curve) else _CURVES[step.curve]
    return f"{step.transfer.upper()} of {step.peak_nits:,.0f} cd/m² → SDR by {curve}"


def course_words(speed: Fraction, fade: FadeStep | None) -> str:
    """Return how fast it plays and how it comes and goes, after a comma; nothing as usual."""
    words = [] if speed == 1 else [f"{float(speed):g} × as fast"]
    if fade is not None and fade.fade_in:
        words.append(f"up over {float(fade.fade_in):g} s")
    if fade is not None and fade.fade_out:
        words.append(f"down over {float(fade.fade_out):g} s")
    return "".join(f", {each}" for each in words)
