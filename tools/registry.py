"""The tools by name, and the facts that they can find out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from tools import clip, document, face, liveness
from tools.errors import ToolError
from tools.evidence import FactSpec
from tools.playbook import load_playbook
from tools.tool import AnyTool, Tool, specs_of

MODULES = (clip, document, face, liveness)


@cache
def all_tools() -> Mapping[str, AnyTool]:
    """Every tool by name: the Tools that stand in the modules named above, and one for each playbook query.

    Raises:
        ToolError: two tools of one name, or one fact declared by two tools.
    """
    written = [value for module in MODULES for value in vars(module).values() if isinstance(value, Tool)]
    return checked_registry([*written, *load_playbook()])


def checked_registry(tools: Iterable[AnyTool]) -> Mapping[str, AnyTool]:
    """Index tools by name, and hold that each fact is declared by exactly one of them."""
    by_name: dict[str, AnyTool] = {}
    owner: dict[str, str] = {}
    for each in tools:
        if each.name in by_name:
            raise ToolError(f"tool {each.name!r} is registered twice", "rename one of them")
        by_name[each.name] = each
        for spec in each.facts:
            if spec.name in owner:
                both = f"by {owner[spec.name]!r} and {each.name!r}"
                raise ToolError(f"fact {spec.name!r} is declared {both}", "declare it in one tool")
            owner[spec.name] = each.name
    return MappingProxyType(by_name)


@cache
def fact_specs() -> Mapping[str, FactSpec]:
    """Every fact that any tool can produce, by name."""
    return MappingProxyType(specs_of(all_tools()))
