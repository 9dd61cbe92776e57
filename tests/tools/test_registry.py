"""The tools by name, and that they declare what the rest relies on."""

from __future__ import annotations

import pytest

from tools.errors import ToolError
from tools.evidence import FactSpec
from tools.registry import all_tools, checked_registry, fact_specs
from tools.tool import AnyTool, Found, NoArguments, Tool


def once(name: str, fact: str) -> AnyTool:
    spec = FactSpec(name=fact, kind="flag", meaning="a flag")
    return Tool(name, "tells a flag", lambda *_: Found({}), NoArguments, (spec,), "recorded", 1.0)


def test_a_name_or_a_fact_belongs_to_one_tool():
    with pytest.raises(ToolError, match=r"'a' is registered twice"):
        checked_registry([once("a", "test.flag")] * 2)
    with pytest.raises(ToolError, match=r"fact 'test.flag' is declared by 'a' and 'b'"):
        checked_registry([once("a", "test.flag"), once("b", "test.flag")])


def test_the_registered_tools_declare_bounded_meaningful_facts():
    tools = all_tools()
    assert {"document.read", "document.forgery", "face.match", "face.reuse", "liveness.assess", "sql.velocity"} <= set(
        tools
    )
    assert len([name for name in tools if name.startswith("sql.")]) == 19
    assert all(each.meaning and each.cost > 0 and each.limit_s is None for each in tools.values())
    specs = fact_specs()
    assert all(spec.meaning and spec.name in specs for each in tools.values() for spec in each.facts)
    assert all(spec.choices for spec in specs.values() if spec.kind == "category")
    faces = "clip.similarity face.shared_detail face.similarity"
    noisy = f"{faces} forgery.score forgery.recapture liveness.score"
    noisy += " screening.sanctions_score screening.dated_score screening.pep_score"
    assert {name for name, spec in specs.items() if spec.noise} == set(noisy.split())


def test_each_fact_is_called_something_and_no_two_the_same():
    labels = [spec.label for spec in fact_specs().values()]
    assert all(labels)
    assert len(set(labels)) == len(labels)
