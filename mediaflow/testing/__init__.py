"""Contract suites that an outside back end, executor or store inherits to prove itself.

Law: imported by tests only; nothing in the library imports it. Needs pytest.
"""

from __future__ import annotations

__all__: list[str] = []
