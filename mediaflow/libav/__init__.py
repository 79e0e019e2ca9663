"""What pictures, film, sound and probing share of PyAV."""

from __future__ import annotations
