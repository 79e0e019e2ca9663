"""``python -m mediaflow``: the same as the ``mediaflow`` command."""

from __future__ import annotations

import sys

from mediaflow.cli import main

if __name__ == "__main__":
    sys.exit(main())
