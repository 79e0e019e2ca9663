"""The nouns: what is wanted, what is there, what came out. Built and stored with no codec."""

from __future__ import annotations
