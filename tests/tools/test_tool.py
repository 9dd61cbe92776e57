"""What a tool is told of a case, and what a function becomes as a tool."""

from __future__ import annotations

import pytest

from tools.errors import ToolError
from tools.tool import Found, NoArguments, Subject, tool


def at(text: str) -> Subject:
    return Subject(customer_id="C1", as_of=text)


def test_a_moment_is_in_utc_whatever_its_zone() -> None:
    assert at("2026-06-01T14:00:00+02:00").moment.isoformat() == "2026-06-01T12:00:00"
    assert at("2026-06-01T12:00:00Z").moment == at("2026-06-01T12:00:00").moment


def test_a_time_that_is_none_is_named() -> None:
    with pytest.raises(ToolError, match="'yesterday' is not ISO 8601; correct the case"):
        _ = at("yesterday").moment


def test_a_function_becomes_a_tool_by_its_first_line() -> None:
    @tool("test.waits", (), trust="recorded", cost=2.0)
    def waits(subject: Subject, sources: object, arguments: NoArguments) -> Found:
        """Waits.

        For nothing.
        """
        return Found({})

    assert (waits.name, waits.meaning, waits.cost, waits.limit_s) == ("test.waits", "Waits.", 2.0, None)
    assert waits.arguments is NoArguments
