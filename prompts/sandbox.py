"""Where templates are parsed and rendered: over the inputs alone, and within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST = 1_000_000
"""Characters that a text may come to: more than any budget of tokens admits."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Templates have none of Jinja's own functions, some of which make as much as they are told to, and no arithmetic
    that does: numbers multiply, texts and lists do not. How wide a filter pads a text is not bounded."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
        self.globals.clear()

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - Jinja's own
        if operator == "**" or not all(isinstance(each, int | float) for each in (left, right)):
            raise SecurityError(
                f"{operator!r} is not allowed here: templates may only multiply numbers and take remainders"
            )
        return super().call_binop(context, operator, left, right)


def environment() -> Sandbox:
    """The sandbox in which every part is parsed and rendered."""
    return Sandbox()


def rendered(source: str, values: Mapping[str, Any]) -> str:
    """What a template comes to. Raises TemplateError, TypeError, ValueError or ArithmeticError where it does not."""
    told, length = [], 0
    for piece in environment().from_string(source).generate(values):
        told.append(piece)
        length += len(piece)
        if length > LONGEST:
            raise SecurityError(f"the text is longer than {LONGEST:,} characters")
    return "".join(told).strip()
