"""Film: one decode, every rendition; stills and previews. A film has a soundtrack."""

from __future__ import annotations
