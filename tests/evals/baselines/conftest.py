"""The chat server of the agent's tests, for the plain agent."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location("chatting", Path(__file__).parents[2] / "agent" / "conftest.py")
assert _SPEC is not None
assert _SPEC.loader is not None
_CHATTING = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_CHATTING)
chat_server = _CHATTING.chat_server
