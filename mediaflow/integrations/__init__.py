"""Bridges to other people's servers and peers: each needs an extra, and the core imports none.

Law: a bridge translates; what it does to media is known by the rooms below.
"""

from __future__ import annotations

__all__: list[str] = []
