"""The one place that loads onnxruntime, and has it keep to itself.

As it comes (1.32) it calls home as soon as it is imported: it leaves a session id in TMPDIR (`.ses`), and as long as
the process lives it asks the name server for `mobile.events.data.microsoft.com`. `ORT_DISABLE_TELEMETRY`, set before
the import, ends both; `disable_telemetry_events()` comes after it and ends neither (watched with strace).
"""

from __future__ import annotations

import os
from functools import cache
from types import ModuleType

QUIET = {"ORT_DISABLE_TELEMETRY": "1"}


@cache
def onnxruntime() -> ModuleType:
    """The package onnxruntime, whoever asks for it: no command, no server and no program of somebody else's that uses
    vision tells its maker anything."""
    os.environ.update(QUIET)
    import onnxruntime

    loaded: ModuleType = onnxruntime
    return loaded
