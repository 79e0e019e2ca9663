"""What is allowed: limits for inputs and rules for locations."""

from __future__ import annotations
