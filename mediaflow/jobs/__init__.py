"""The hallway: acquire, render, publish. The only place where rooms meet."""

from __future__ import annotations
