"""The `casework` command, which is also `python -m agent`. An interrupt is as clean while it loads as later."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

INTERRUPTED = 130


def main() -> NoReturn:
    """Load the command line and run it."""
    try:
        from agent.cli import main as command_line
    except KeyboardInterrupt:
        sys.stderr.write("casework: interrupted\n")
        sys.stderr.flush()
        os._exit(INTERRUPTED)
    command_line()


if __name__ == "__main__":
    main()
